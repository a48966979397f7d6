"""The log as the runtime sees it: partitions, a fenced append, a plain send, bounded reads, a group inbox.

Two implementations, `memory` and `kafka`, pass one suite (`tests/contract/test_transport.py`).
Times are milliseconds since the epoch, as the broker stamped them. Offsets count from 0.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

Headers = tuple[tuple[str, bytes], ...]
UNREADABLE_NAME = "greenlight-unreadable-name"
"""A transport adds a header of this name to a record that has a header whose name is no UTF-8."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record as read. `timestamp` is the broker's, in milliseconds."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One record to write."""

    key: bytes | None
    value: bytes | None
    headers: Headers = ()


class Appender(Protocol):
    """The only writer of one journal partition, fenced by the broker."""

    async def append(self, records: Sequence[Outgoing]) -> int:
        """Write the records as ONE atomic batch, acknowledged by all in-sync replicas; return the first offset.

        Raises Fenced (a newer owner exists) or Unknown (the outcome is not known; this appender is dead).
        """
        ...


class Inbox(Protocol):
    """One member of a consumer group on one topic. A partition is paused from assignment until `resume`."""

    async def start(self) -> None:
        """Join the group. Assignments are told to the listener given to `Transport.inbox`."""
        ...

    async def stop(self) -> None:
        """Leave the group."""
        ...

    def assigned(self) -> frozenset[int]:
        """The partitions this member holds, as far as it knows."""
        ...

    def resume(self, partition: int, position: int) -> None:
        """Seek to `position` and begin to deliver. A position outside the log makes `poll` raise Halted."""
        ...

    def pause(self, partition: int) -> None:
        """Deliver nothing more of this partition."""
        ...

    async def poll(self, partition: int, records_max: int, wait_seconds: float) -> Sequence[Record]:
        """Next records of one partition, in order; empty after `wait_seconds`. Raises Halted, Unavailable."""
        ...

    async def commit(self, positions: Mapping[int, int]) -> None:
        """Tell the group where each partition goes on. Raises StaleMember, Unavailable."""
        ...


class Listener(Protocol):
    """Told of changes in assignment. Both return at once: work is done in tasks of the listener's own."""

    def assigned(self, partitions: frozenset[int]) -> None:
        """These partitions are this member's now; all are paused."""
        ...

    def revoked(self, partitions: frozenset[int]) -> None:
        """These partitions are no longer this member's."""
        ...


class Transport(Protocol):
    """A log of topics with partitions."""

    async def start(self) -> None:
        """Connect. Raises Unavailable."""
        ...

    async def stop(self) -> None:
        """Disconnect; every appender and inbox is dead after it."""
        ...

    async def cluster(self) -> str:
        """Identity of the cluster, so that a shard notices a log that is not its own. Raises Unavailable."""
        ...

    async def partitions(self, topic: str) -> int:
        """Number of partitions; 0 if the topic does not exist. Raises Unavailable."""
        ...

    async def appender(self, topic: str, partition: int) -> Appender:
        """Take the partition over: every older appender of it is refused from this one's first append on.

        Raises Unavailable.
        """
        ...

    async def send(self, topic: str, partition: int, records: Sequence[Outgoing]) -> int:
        """Write to any topic, unfenced, in order, acknowledged by all in-sync replicas; return the first offset.

        All in one batch where they fit. Raises Unknown, Unavailable.
        """
        ...

    async def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """First offset kept and the offset after the last. Raises Unavailable."""
        ...

    async def ends(self, topic: str, partitions: Sequence[int]) -> Mapping[int, int]:
        """The offset after the last record of each of these partitions, in one request. Raises Unavailable."""
        ...

    async def read(self, topic: str, partition: int, start: int, stop: int, records_max: int) -> Sequence[Record]:
        """Up to `records_max` records from `start`, none at or beyond `stop`; waits for at least one if start < stop.

        Outside any group. Raises Unavailable; Halted if `start` is before the first offset kept.
        """
        ...

    async def tail(self, topic: str, starts: Mapping[int, int], handle: Callable[[Record], Awaitable[None]]) -> None:
        """Hand over every record of the given partitions from the given offsets on, for ever, until cancelled.

        Order holds within a partition. Raises Unavailable, Halted.
        """
        ...

    def inbox(self, topic: str, group: str, listener: Listener) -> Inbox:
        """A member of `group` on `topic`, not yet started."""
        ...
