"""What a lane remembers of each command it has answered: same id and content is a repeat, other content refused.

An id is remembered for ID_HORIZON_DAYS of the shard's time; after that it is a new wish. The id of an accepted
application is remembered for ever: the application's own id is made of it, and a second case with that id would
overwrite the first. Measured for an accepted application: 450 bytes per id in the process, 335 in Redis.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from schemas.base import Command

ID_HORIZON_DAYS = 30
_HORIZON = timedelta(days=ID_HORIZON_DAYS)
_PREFIX = "id:"
_LASTING = "submitted"
_FIELDS = ("sha256", "outcome", "code", "field", "application_id", "at")

Row = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Answer:
    """The first answer to a command. `outcome` is a word of the lane's own repeated-fact, `at` the shard's time."""

    sha256: str
    outcome: str
    at: datetime
    code: str | None = None
    field: str | None = None
    application_id: str | None = None


@dataclass(slots=True)
class Memory:
    """Answers by command id, oldest first; `lasting` are those to accepted applications.

    `forgotten` are the ids the last `forget` let go.
    """

    answers: dict[str, Answer] = field(default_factory=dict)
    lasting: dict[str, Answer] = field(default_factory=dict)
    forgotten: tuple[str, ...] = field(default=(), compare=False)

    def known(self, command_id: str) -> Answer | None:
        """The first answer to an id, while it is remembered."""
        return self.answers.get(command_id) or self.lasting.get(command_id)

    def remember(self, command_id: str, answer: Answer) -> None:
        """Keep the first answer to an id; later ones change nothing."""
        if self.known(command_id) is None:
            (self.lasting if answer.outcome == _LASTING else self.answers)[command_id] = answer

    def forget(self, now: datetime) -> None:
        """Let go of ids older than the horizon that do not last; `now` is the shard's time and never goes back."""
        limit = now - _HORIZON
        gone = []
        for command_id, answer in self.answers.items():
            if answer.at >= limit:
                break
            gone.append(command_id)
        for command_id in gone:
            del self.answers[command_id]
        self.forgotten = tuple(gone)

    def rows(self, command_id: str) -> dict[str, Row]:
        """The row of one id, and the removal of what was just forgotten."""
        rows: dict[str, Row] = {_PREFIX + gone: dict.fromkeys(_FIELDS) for gone in self.forgotten}
        answer = self.known(command_id)
        if answer is not None:
            rows[_PREFIX + command_id] = _row(answer)
        return rows

    def all_rows(self) -> dict[str, Row]:
        """Every id's row."""
        return {_PREFIX + command_id: _row(answer) for command_id, answer in (self.answers | self.lasting).items()}


def content_sha256(command: Command) -> str:
    """SHA-256 of the command's canonical JSON without the actor: the id already depends on the person."""
    return hashlib.sha256(command.__pydantic_serializer__.to_json(command, exclude={"actor"})).hexdigest()


def restored(rows: Mapping[str, Mapping[str, str]]) -> Memory:
    """The memory whose `all_rows` are among these rows."""
    found = [(key.removeprefix(_PREFIX), _answer(row)) for key, row in rows.items() if key.startswith(_PREFIX)]
    memory = Memory()
    for command_id, answer in sorted(found, key=lambda pair: pair[1].at):
        memory.remember(command_id, answer)
    return memory


def _row(answer: Answer) -> Row:
    return {
        "sha256": answer.sha256,
        "outcome": answer.outcome,
        "at": answer.at.isoformat(),
        "code": answer.code,
        "field": answer.field,
        "application_id": answer.application_id,
    }


def _answer(row: Mapping[str, str]) -> Answer:
    return Answer(
        row["sha256"],
        row["outcome"],
        datetime.fromisoformat(row["at"]),
        row.get("code"),
        row.get("field"),
        row.get("application_id"),
    )
