"""How a fact changes the notification lane's state."""

from datetime import timedelta

from schemas.base import Fact
from schemas.notification import (
    NoticeCommandRefused,
    NoticeCommandRepeated,
    NoticeDelivered,
    NoticeFailed,
    NoticeQueued,
    RecipientRegistered,
)
from services.notification.domain.state import NoticesState, OpenNotice, Remembered

ID_HORIZON_DAYS = 30
"""How long the same command id gets the same answer, in days of shard time."""
FORGOTTEN_PER_FACT_MAX = 8
"""Ids dropped with one fact: more than a fact adds, few enough to keep every step short."""


def evolve(state: NoticesState, fact: Fact) -> NoticesState:
    """The state after the fact; changes and returns the one it is given."""
    match fact:
        case RecipientRegistered():
            state.recipients[fact.recipient_id] = fact.language
        case NoticeQueued():
            state.open_notices[fact.notice_id] = OpenNotice(fact.recipient_id, fact.application_id)
        case NoticeDelivered() | NoticeFailed():
            state.open_notices.pop(fact.notice_id, None)
    _remember(state, fact)
    _forget(state, fact)
    return state


def _remember(state: NoticesState, fact: Fact) -> None:
    """Keep the id of a command at its first answer; later answers change nothing."""
    match fact:
        case NoticeCommandRepeated():
            return
        case RecipientRegistered() | NoticeQueued() | NoticeDelivered() | NoticeFailed() | NoticeCommandRefused():
            number = next(reversed(state.ids.values())).number + 1 if state.ids else 0
            state.ids.setdefault(fact.command_id, Remembered(number, fact.command_sha256, fact.at))


def _forget(state: NoticesState, fact: Fact) -> None:
    """Drop the oldest ids beyond the horizon, a bounded number with each fact."""
    limit = fact.at - timedelta(days=ID_HORIZON_DAYS)
    dropped: list[str] = []
    while state.ids and len(dropped) < FORGOTTEN_PER_FACT_MAX and next(iter(state.ids.values())).at < limit:
        dropped.append(state.ids.popitem(last=False)[0])
    state.forgotten = tuple(dropped)
