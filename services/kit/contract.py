"""What a service declares: lanes, views, senders. Plain data and pure functions; the runtime does the rest."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal, TypeVar

from schemas.base import Command, Fact, Malformed, Received
from schemas.catalogue import Topic

S = TypeVar("S")

Fields = Mapping[str, str | None]
"""Fields of one Redis hash to set; None deletes the field."""

Rows = Mapping[str, Fields]
"""Redis hashes by key below the shard's prefix. Every value is absolute: a row is set, never added to."""


def never(_: object) -> None:
    """`due` of a lane in which nothing expires."""
    return


@dataclass(frozen=True, slots=True)
class Lane(Generic[S]):
    """Pure functions between one inbox and one journal; a shard is a partition of both.

    All functions are synchronous, total and deterministic; refusals are facts with a code.
    `evolve` may change the state it is given (the lane owns it) and returns it.
    `decide` and `malformed` may not: several facts of one command are evolved after it returns.
    """

    name: str
    service: str
    inbox: Topic
    journal: Topic
    initial: Callable[[int], S]
    """State of an empty shard."""
    decide: Callable[[S, Command, Received], tuple[Fact, ...]]
    evolve: Callable[[S, Fact], S]
    react: Callable[[Fact], tuple[Command, ...]]
    """Commands a fact causes, for the inboxes of `schemas.catalogue.INBOX_OF`; ids by `derived_id`."""
    rows: Callable[[S, Fact], Rows]
    """Rows changed by this fact, read from the state after it."""
    all_rows: Callable[[S], Rows]
    """The whole state as rows: `restore(shard, all_rows(s))` equals s, and so do all `rows` merged in order."""
    restore: Callable[[int, Mapping[str, Mapping[str, str]]], S]
    malformed: Callable[[S, Malformed, Received], tuple[Fact, ...]] | None = None
    """Facts for a record that carried no valid command, beside its dead letter; None: the dead letter alone."""
    due: Callable[[S], datetime | None] = never
    """When the state next wants a tick, or None."""
    tick: Callable[[S, datetime], tuple[Command, ...]] | None = None
    """Commands for the lane's own inbox when `due` has passed; ids derived from what is due."""
    gather: Callable[[Sequence[Command]], Awaitable[Sequence[Command]]] | None = None
    """Read-only step before `decide`: returns the commands with what they need filled in, same order and ids."""
    on_bug: Literal["stop", "park"] = "park"
    """When `decide` raises twice: stop the shard, or park that key and go on with the others."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where a fact stands: what a view and a sender know beside it."""

    topic: str
    partition: int
    offset: int
    id: str
    source: str
    at: datetime
    correlation_id: str
    causation_id: str


@dataclass(frozen=True, slots=True)
class View:
    """Rows computed from journals, fact by fact, without state of its own. Topics have equal partition counts."""

    name: str
    service: str
    topics: tuple[Topic, ...]
    project: Callable[[Fact, Recorded], Rows]


@dataclass(frozen=True, slots=True)
class Sender:
    """Acts outside, at least once, with a stable id, and reports the result as a command.

    What is still to be done is read from the journal itself: opened by one fact and not closed by another.
    """

    name: str
    service: str
    topic: Topic
    opens: Callable[[Fact], str | None]
    """The id of the outside effect this fact asks for; None if it asks for none."""
    closes: Callable[[Fact], str | None]
    """The id of the effect whose result this fact records; None if it records none."""
    send: Callable[[Fact, Recorded], Awaitable[Command]]
    """One outside effect with its own bounded retries; always ends in a command that says what became of it."""
