"""Which commands were already answered: each id with the hash of its content, for a named horizon.

The same id with the same content is a repeat; with other content it is refused; an id older than the horizon
is new again. One id costs about 0.4 KB of memory. Ids leave in the order they came, a few with each new one.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from schemas.base import Command

ID_HORIZON_DAYS = 30
EVICTED_PER_ID_MAX = 16
_PER_ROW = 1_000
_HORIZON = timedelta(days=ID_HORIZON_DAYS)
DONE = "DONE"


def content_sha256(command: Command) -> str:
    """SHA-256 of a command's canonical JSON: fields in the order of its class, those without a value left out.

    Without the actor: the id already depends on the person, whose grade may have changed since.
    """
    return hashlib.sha256(command.model_dump_json(exclude={"actor"}, exclude_none=True).encode()).hexdigest()


class Known(NamedTuple):
    """One answered command: the number of its id, the shard's time, its content's hash, its outcome."""

    number: int
    at: datetime
    sha256: str
    outcome: str


@dataclass(slots=True)
class Ids:
    """Answered commands, oldest first. `evicted` names those that left with the latest one."""

    known: dict[str, Known] = field(default_factory=dict)
    evicted: dict[str, Known] = field(default_factory=dict, compare=False)

    def judge(self, command_id: str, sha256: str, at: datetime) -> tuple[Literal["new", "repeat", "reuse"], str]:
        """What a command is, and the first outcome of its id."""
        known = self.known.get(command_id)
        if known is None or known.at < at - _HORIZON:
            return "new", ""
        return ("repeat" if known.sha256 == sha256 else "reuse"), known.outcome

    def remember(self, command_id: str, sha256: str, at: datetime, outcome: str) -> None:
        """Keep the first answer of an id; forget what is older than the horizon."""
        known = self.known.get(command_id)
        if known is not None and known.at >= at - _HORIZON:
            return
        self.evicted = {}
        if known is not None:
            self._forget(command_id)
        number = next(reversed(self.known.values())).number + 1 if self.known else self._after_evicted()
        self.known[command_id] = Known(number, at, sha256, outcome)
        self._evict(at - _HORIZON)

    def rows(self, command_id: str) -> dict[str, dict[str, str | None]]:
        """Rows changed when this id was remembered; none if it is not the latest."""
        known = self.known.get(command_id)
        if known is None or known is not next(reversed(self.known.values())):
            return {}
        changed: dict[str, dict[str, str | None]] = {}
        for old, gone in self.evicted.items():
            changed.setdefault(_row(gone.number), {})[old] = None
        changed.setdefault(_row(known.number), {})[command_id] = _text(known)
        return changed

    def all_rows(self) -> dict[str, dict[str, str | None]]:
        """Every id as rows."""
        rows: dict[str, dict[str, str | None]] = {}
        for command_id, known in self.known.items():
            rows.setdefault(_row(known.number), {})[command_id] = _text(known)
        return rows

    def _forget(self, command_id: str) -> None:
        self.evicted[command_id] = self.known.pop(command_id)

    def _after_evicted(self) -> int:
        return max((gone.number for gone in self.evicted.values()), default=0) + 1

    def _evict(self, before: datetime) -> None:
        old: list[str] = []
        for command_id, known in self.known.items():
            if known.at >= before or len(old) == EVICTED_PER_ID_MAX:
                break
            old.append(command_id)
        for command_id in old:
            self._forget(command_id)


def restore_ids(rows: Mapping[str, Mapping[str, str]]) -> Ids:
    """Ids from their rows; other rows are passed over."""
    found = []
    for key, fields in rows.items():
        if key.startswith("ids:"):
            found += [(command_id, _known(text)) for command_id, text in fields.items()]
    return Ids(dict(sorted(found, key=lambda entry: entry[1].number)))


def _row(number: int) -> str:
    return f"ids:{number // _PER_ROW}"


def _text(known: Known) -> str:
    return json.dumps([known.number, known.at.isoformat(), known.sha256, known.outcome], separators=(",", ":"))


def _known(text: str) -> Known:
    number, at, sha256, outcome = json.loads(text)
    return Known(number, datetime.fromisoformat(at), sha256, outcome)
