"""What the edge stands on. Tests give small fakes, `bootstrap` gives the kit's."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pydantic import JsonValue

from schemas.base import Command, Fact
from schemas.catalogue import Topic
from services.intake.domain.tokens import TokenBook
from services.kit.dead_letters import DeadLetter

WAIT_SECONDS = 2.0


class Asker(Protocol):
    """Sends a command and hears its answer."""

    async def ask(self, command: Command, wait_seconds: float) -> Fact | None:
        """The first fact of this command; None if none came in time. Raises Unavailable if it was not accepted."""
        ...


class ViewReader(Protocol):
    """Reads one view's rows."""

    async def row(self, shard: int, key: str) -> Mapping[str, str] | None:
        """One row; None if there is none. Raises Unavailable."""
        ...

    async def row_in_each(self, shards: Sequence[int], key: str) -> Sequence[Mapping[str, str]]:
        """The row of this name in each of these shards; empty where there is none. Raises Unavailable."""
        ...

    async def caught_up(self, inbox: Topic, wait_seconds: float) -> bool:
        """Whether the view shows every command that was in the inbox before this call. Raises Unavailable."""
        ...


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One fact of a journal with its published bytes."""

    offset: int
    value: bytes
    fact: Fact


class JournalReader(Protocol):
    """Reads journals past their readers' rule: control records and those of former owners are left out."""

    def facts(self, topic: Topic, partition: int, start: int = 0) -> AsyncGenerator[JournalLine, None]:
        """Facts from offset `start` to the end as it is when the reading begins. Raises Unavailable, Halted."""
        ...


class DeadLetters(Protocol):
    """What no lane could handle. Letters are replayed by the process that reads the act, one at a time."""

    async def letters(self, service: str) -> Sequence[DeadLetter]:
        """The newest letters of a service, oldest first. Raises Unavailable."""
        ...


class Services(Protocol):
    """What every process says of itself."""

    async def statuses(self) -> Sequence[Mapping[str, JsonValue]]:
        """One document per process: service, instance, readiness, lanes, figures. Raises Unavailable."""
        ...


@dataclass(frozen=True, slots=True)
class EdgePorts:
    """Everything the edge needs. `clock` gives aware UTC; `wait_seconds` bounds the wait for a fact or a view.

    `tokens_current`: whether `tokens` hold everything that their journal held when it was last reached.
    """

    asker: Asker
    cases: ViewReader
    accounts: ViewReader
    batches: ViewReader
    tokens: TokenBook
    tokens_current: Callable[[], bool]
    journals: JournalReader
    dead_letters: DeadLetters
    services: Services
    clock: Callable[[], datetime]
    wait_seconds: float = WAIT_SECONDS
