"""What the notification lane remembers in order to decide, and the rows that hold it."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from schemas.base import Fact
from schemas.notification import (
    NoticeCommandRepeated,
    NoticeDelivered,
    NoticeFailed,
    NoticeQueued,
    RecipientRegistered,
)
from schemas.values import Language

Row = Mapping[str, str | None]

_RECIPIENT = "recipient/"
_OPEN = "open/"
_ID = "id/"
_OPEN_FIELDS = ("recipient_id", "application_id")
_REMEMBERED_FIELDS = ("number", "sha256", "at")


@dataclass(frozen=True, slots=True)
class Remembered:
    """One command's id: its place in order of arrival, the SHA-256 of its JSON, the shard's time."""

    number: int
    sha256: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OpenNotice:
    """A notice without an outcome: whose it is, and the application it is about."""

    recipient_id: str
    application_id: str | None = None


@dataclass(slots=True)
class NoticesState:
    """State of one shard.

    `recipients`: language by recipient. `open_notices`: by id, kept until they have their outcome.
    `ids`: commands of the last `ID_HORIZON_DAYS` days of shard time, oldest first.
    `forgotten`: ids dropped by the last fact, so that their rows go too; no part of the state's value.
    """

    recipients: dict[str, Language] = field(default_factory=dict)
    open_notices: dict[str, OpenNotice] = field(default_factory=dict)
    ids: OrderedDict[str, Remembered] = field(default_factory=OrderedDict)
    forgotten: tuple[str, ...] = field(default=(), compare=False)


def initial(_shard: int) -> NoticesState:
    """State of an empty shard."""
    return NoticesState()


def _id_row(one: Remembered) -> Row:
    return {"number": str(one.number), "sha256": one.sha256, "at": one.at.isoformat()}


def _open_row(one: OpenNotice) -> Row:
    return {"recipient_id": one.recipient_id, "application_id": one.application_id}


def rows(state: NoticesState, fact: Fact) -> Mapping[str, Row]:
    """Rows changed by this fact, read from the state after it."""
    changed: dict[str, Row] = {_ID + name: dict.fromkeys(_REMEMBERED_FIELDS) for name in state.forgotten}
    match fact:
        case RecipientRegistered():
            changed[_RECIPIENT + fact.recipient_id] = {"language": state.recipients[fact.recipient_id]}
        case NoticeQueued():
            changed[_OPEN + fact.notice_id] = _open_row(state.open_notices[fact.notice_id])
        case NoticeDelivered() | NoticeFailed():
            changed[_OPEN + fact.notice_id] = dict.fromkeys(_OPEN_FIELDS)
        case NoticeCommandRepeated():
            return changed
    if fact.command_id in state.ids:
        changed[_ID + fact.command_id] = _id_row(state.ids[fact.command_id])
    return changed


def all_rows(state: NoticesState) -> Mapping[str, Row]:
    """The whole state as rows."""
    return {
        **{_RECIPIENT + name: {"language": language} for name, language in state.recipients.items()},
        **{_OPEN + name: _open_row(one) for name, one in state.open_notices.items()},
        **{_ID + name: _id_row(one) for name, one in state.ids.items()},
    }


def restore(_shard: int, found: Mapping[str, Mapping[str, str]]) -> NoticesState:
    """The state that `all_rows` wrote; the order of the rows does not matter."""
    state = NoticesState()
    ids: list[tuple[str, Remembered]] = []
    for key, row in found.items():
        name = key.partition("/")[2]
        if key.startswith(_RECIPIENT):
            state.recipients[name] = cast(Language, row["language"])
        elif key.startswith(_OPEN):
            state.open_notices[name] = OpenNotice(row["recipient_id"], row.get("application_id"))
        elif key.startswith(_ID):
            ids.append((name, Remembered(int(row["number"]), row["sha256"], datetime.fromisoformat(row["at"]))))
    state.ids.update(sorted(ids, key=lambda item: item[1].number))
    return state
