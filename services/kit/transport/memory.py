"""The log in memory: partitions, append fencing, groups of one process, and crash points for tests.

Held to the same suite as the Kafka transport. Nothing survives the process: it is for first looks,
the demo and tests. Assignment is by range over the members in order of joining; a broker's timeouts,
sessions and zombies are Kafka's affair.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from services.kit.errors import Fenced, Halted, StaleMember, Unavailable, Unknown
from services.kit.tasks import end
from services.kit.transport.base import Listener, Outgoing, Record

Fault = Callable[[str, str, int], None]
"""Called at each crash point with (point, topic, partition); may raise what a broker's failure would."""


def _milliseconds() -> int:
    return time.time_ns() // 1_000_000


class _Partition:
    def __init__(self) -> None:
        self.records: list[Record] = []
        self.first = 0
        self.issued = 0
        self.epoch = 0
        self.changed = asyncio.Event()

    @property
    def end(self) -> int:
        return self.first + len(self.records)

    def slice(self, start: int, stop: int) -> Sequence[Record]:
        return self.records[start - self.first : stop - self.first]

    def extend(self, records: Sequence[Record]) -> None:
        self.records.extend(records)
        self.changed.set()
        self.changed = asyncio.Event()


class MemoryTransport:
    """A Transport in memory. `fault` is called at `append-before`, `append-after`, `send-before`, `send-after`."""

    def __init__(
        self,
        topics: Mapping[str, int],
        clock: Callable[[], int] = _milliseconds,
        fault: Fault | None = None,
        cluster: str = "memory",
    ) -> None:
        self._partitions = {(name, p): _Partition() for name, count in topics.items() for p in range(count)}
        self._counts = dict(topics)
        self._clock = clock
        self._cluster = cluster
        self.fault = fault
        self.away = False
        self.groups: dict[tuple[str, str], list[MemoryInbox]] = {}

    async def start(self) -> None:
        """Nothing to connect."""

    async def stop(self) -> None:
        """Nothing to disconnect."""

    async def cluster(self) -> str:
        """The name given to the constructor."""
        self._check()
        return self._cluster

    async def partitions(self, topic: str) -> int:
        """Number of partitions; 0 if unknown."""
        self._check()
        return self._counts.get(topic, 0)

    async def appender(self, topic: str, partition: int) -> "MemoryAppender":
        """A new epoch of the partition; it fences the older ones with its first append, as a broker's does."""
        self._check()
        log = self._log(topic, partition)
        log.issued += 1
        return MemoryAppender(self, topic, partition, log.issued)

    async def send(self, topic: str, partition: int, records: Sequence[Outgoing]) -> int:
        """Write unfenced, in order."""
        self._check()
        self.reach("send-before", topic, partition)
        offset = self.write(topic, partition, records)
        self.reach("send-after", topic, partition)
        await asyncio.sleep(0)
        return offset

    async def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """First offset kept, offset after the last."""
        self._check()
        log = self._log(topic, partition)
        return log.first, log.end

    async def ends(self, topic: str, partitions: Sequence[int]) -> Mapping[int, int]:
        """The offset after the last record of each partition. Raises Unavailable."""
        return {partition: (await self.bounds(topic, partition))[1] for partition in partitions}

    async def read(self, topic: str, partition: int, start: int, stop: int, records_max: int) -> Sequence[Record]:
        """Bounded read, outside any group."""
        while True:
            self._check()
            log = self._log(topic, partition)
            if start < log.first:
                raise Halted(f"{topic}/{partition}: offset {start} is before the first kept, {log.first}")
            if start >= stop:
                return ()
            if start < log.end:
                return tuple(log.slice(start, min(stop, log.end, start + records_max)))
            await log.changed.wait()

    async def tail(self, topic: str, starts: Mapping[int, int], handle: Callable[[Record], Awaitable[None]]) -> None:
        """Hand over every record for ever."""
        tasks = [asyncio.create_task(self._tail(topic, p, start, handle)) for p, start in starts.items()]
        try:
            for first in asyncio.as_completed(tasks):
                await first
        finally:
            await end(tasks)

    async def _tail(self, topic: str, partition: int, start: int, handle: Callable[[Record], Awaitable[None]]) -> None:
        position = start
        while True:
            for record in await self.read(topic, partition, position, 2**62, 1_000):
                await handle(record)
                position = record.offset + 1
            await asyncio.sleep(0)

    def inbox(self, topic: str, group: str, listener: Listener) -> "MemoryInbox":
        """A member, not yet started."""
        return MemoryInbox(self, topic, group, listener)

    def truncate(self, topic: str, partition: int, first: int) -> None:
        """Forget records before `first`: what retention or a recreated topic does."""
        log = self._log(topic, partition)
        log.records = list(log.slice(first, log.end))
        log.first = first

    def recreate(self, topic: str) -> None:
        """Delete every record of a topic and begin again at offset 0."""
        for partition in range(self._counts[topic]):
            before = self._log(topic, partition)
            self._partitions[(topic, partition)] = _Partition()
            before.changed.set()

    def forget(self, topic: str, partition: int) -> None:
        """Forget who owns the partition, as a broker does after days: a former owner's append is taken again."""
        self._log(topic, partition).epoch = 0

    def _check(self) -> None:
        if self.away:
            raise Unavailable("the log is away")

    def _log(self, topic: str, partition: int) -> _Partition:
        log = self._partitions.get((topic, partition))
        if log is None:
            raise Unavailable(f"{topic}/{partition}: no such partition")
        return log

    def reach(self, point: str, topic: str, partition: int) -> None:
        """A crash point has been reached."""
        if self.fault is not None:
            self.fault(point, topic, partition)

    def write(self, topic: str, partition: int, records: Sequence[Outgoing]) -> int:
        """Append, stamped by the clock, never backwards; return the first offset."""
        log = self._log(topic, partition)
        start = log.end
        now = max(self._clock(), log.records[-1].timestamp if log.records else 0)
        log.extend(
            [Record(topic, partition, start + i, now, r.key, r.value, tuple(r.headers)) for i, r in enumerate(records)]
        )
        return start

    def admits(self, topic: str, partition: int, epoch: int) -> bool:
        """Whether an appender of this epoch may still write; if so, no older one may any more."""
        log = self._log(topic, partition)
        if epoch < log.epoch:
            return False
        log.epoch = epoch
        return True

    def rebalance(self, topic: str, group: str) -> None:
        """Share the partitions among the members, by range in order of joining."""
        members = self.groups.get((topic, group), [])
        wanted: dict[MemoryInbox, set[int]] = {member: set() for member in members}
        for partition in range(self._counts[topic]):
            wanted[members[partition % len(members)]].add(partition)
        for member in members:
            member.revoke(member.assigned() - wanted[member])
        for member in members:
            member.assign(frozenset(wanted[member]) - member.assigned())


class MemoryAppender:
    """The only writer of one partition, until a newer one is made."""

    def __init__(self, transport: MemoryTransport, topic: str, partition: int, epoch: int) -> None:
        self._transport, self._topic, self._partition, self._epoch = transport, topic, partition, epoch
        self._dead = False

    async def append(self, records: Sequence[Outgoing]) -> int:
        """One atomic batch."""
        if self._dead or self._transport.away:
            self._dead = True
            raise Unknown(f"{self._topic}/{self._partition}: this appender is dead")
        try:
            self._transport.reach("append-before", self._topic, self._partition)
            if not self._transport.admits(self._topic, self._partition, self._epoch):
                raise Fenced(f"{self._topic}/{self._partition}: a newer owner exists")
            offset = self._transport.write(self._topic, self._partition, records)
            self._transport.reach("append-after", self._topic, self._partition)
        except (Unknown, Fenced):
            self._dead = True
            raise
        await asyncio.sleep(0)
        return offset


class MemoryInbox:
    """One member of a group in this process."""

    def __init__(self, transport: MemoryTransport, topic: str, group: str, listener: Listener) -> None:
        self._transport, self._topic, self._group, self._listener = transport, topic, group, listener
        self._positions: dict[int, int | None] = {}
        self.committed: dict[int, int] = {}

    async def start(self) -> None:
        """Join."""
        self._transport.groups.setdefault((self._topic, self._group), []).append(self)
        self._transport.rebalance(self._topic, self._group)

    async def stop(self) -> None:
        """Leave."""
        members = self._transport.groups.get((self._topic, self._group), [])
        if self in members:
            members.remove(self)
            self.revoke(self.assigned())
            if members:
                self._transport.rebalance(self._topic, self._group)

    def assigned(self) -> frozenset[int]:
        """Partitions held."""
        return frozenset(self._positions)

    def assign(self, partitions: frozenset[int]) -> None:
        """Take partitions, paused, and tell the listener."""
        if partitions:
            self._positions.update(dict.fromkeys(partitions))
            self._listener.assigned(partitions)

    def revoke(self, partitions: frozenset[int]) -> None:
        """Lose partitions and tell the listener."""
        if partitions:
            for partition in partitions:
                self._positions.pop(partition, None)
            self._listener.revoked(partitions)

    def resume(self, partition: int, position: int) -> None:
        """Deliver from here on."""
        if partition in self._positions:
            self._positions[partition] = position

    def pause(self, partition: int) -> None:
        """Deliver nothing more."""
        if partition in self._positions:
            self._positions[partition] = None

    async def poll(self, partition: int, records_max: int, wait_seconds: float) -> Sequence[Record]:
        """Next records of one partition."""
        position = self._positions.get(partition)
        first, end = await self._transport.bounds(self._topic, partition)
        if position is not None and not first <= position <= end:
            raise Halted(f"{self._topic}/{partition}: position {position} is outside {first}..{end}")
        if position is None:
            await asyncio.sleep(wait_seconds)
            return ()
        try:
            async with asyncio.timeout(wait_seconds):
                found = await self._transport.read(self._topic, partition, position, 2**62, records_max)
        except TimeoutError:
            return ()
        if self._positions.get(partition) == position:
            self._positions[partition] = position + len(found)
            return found
        return ()

    async def commit(self, positions: Mapping[int, int]) -> None:
        """Record positions; a partition that is not held makes the member stale."""
        if self._transport.away:
            raise Unavailable("the log is away")
        if not positions.keys() <= self._positions.keys():
            raise StaleMember(f"{self._topic}: not the owner of {sorted(set(positions) - set(self._positions))}")
        self.committed.update(positions)
