"""One member of a consumer group: aiokafka's consumer, its partitions paused from assignment until they are claimed."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiokafka import AIOKafkaConsumer
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import (
    CommitFailedError,
    ConsumerStoppedError,
    IllegalStateError,
    KafkaError,
    OffsetOutOfRangeError,
)
from aiokafka.structs import TopicPartition

from services.kit.errors import Halted, StaleMember, Unavailable
from services.kit.transport.base import Listener, Record
from services.kit.transport.kafka_reader import END_OF_TIME, clean_headers
from services.kit.transport.kafka_wire import KafkaOptions

JOIN_MARGIN_MS = 5_000
"""A join is answered when the others have come or their session is over: a request waits longer than that."""
METADATA_AGE_MS = 5_000
"""A topic deleted and made anew is noticed after this long."""
Read = Callable[[str, int, int, int, int], Awaitable[Sequence[Record]]]
"""`Transport.read`: what aiokafka's consumer cannot read, our own reader can."""
NEVER_MS = 2**40
"""aiokafka leaves the group when nobody polls for so long; with every partition paused that would be for ever."""


class _Gate(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka ships no types
    """aiokafka's listener. Everything happens before its first await: no record slips through, no heartbeat waits."""

    def __init__(self, inbox: "KafkaInbox") -> None:
        self._inbox = inbox

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        self._inbox.take(frozenset(tp.partition for tp in assigned))

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        self._inbox.drop(frozenset(tp.partition for tp in revoked))


class KafkaInbox:
    """Inbox on Kafka. Offsets are never reset by themselves: a position outside the log is Halted."""

    def __init__(self, options: KafkaOptions, topic: str, group: str, listener: Listener, read: Read) -> None:
        self._options, self._topic, self._group, self._listener, self._read = options, topic, group, listener, read
        self._next: dict[int, int] = {}
        self._held: frozenset[int] = frozenset()
        self._flowing: set[int] = set()
        self._consumer: AIOKafkaConsumer | None = None

    async def start(self) -> None:
        """Join the group; the first assignment has been told when it returns. Raises Unavailable."""
        options = self._options
        consumer = AIOKafkaConsumer(
            group_id=self._group,
            group_instance_id=options.group_instance_id,
            session_timeout_ms=options.session_timeout_ms,
            heartbeat_interval_ms=options.heartbeat_interval_ms,
            request_timeout_ms=max(options.request_timeout_ms, options.session_timeout_ms + JOIN_MARGIN_MS),
            max_poll_interval_ms=NEVER_MS,
            metadata_max_age_ms=METADATA_AGE_MS,
            enable_auto_commit=False,
            auto_offset_reset="none",
            max_partition_fetch_bytes=options.fetch_bytes_max,
            fetch_max_wait_ms=options.fetch_wait_ms,
            **options.connection(),
        )
        consumer.subscribe([self._topic], listener=_Gate(self))
        self._consumer = consumer
        try:
            async with asyncio.timeout(options.join_timeout_seconds):
                await consumer.start()
        except (KafkaError, TimeoutError) as error:
            await self.stop()
            raise Unavailable(f"{self._group} cannot join for {self._topic}: {error!r}") from error
        except BaseException:  # reason: a cancelled start leaves no consumer behind
            await self.stop()
            raise

    async def stop(self) -> None:
        """Leave the group (a static member only goes silent) and tell the listener that nothing is held."""
        consumer, self._consumer = self._consumer, None
        self.drop(self._held)
        if consumer is not None:
            await consumer.stop()

    def take(self, partitions: frozenset[int]) -> None:
        """Assigned: pause first, then tell the listener."""
        consumer = self._consumer
        if consumer is None:
            return
        for partition in partitions:
            consumer.pause(TopicPartition(self._topic, partition))
            # Any position keeps aiokafka from asking for a committed one; `resume` gives the true one.
            consumer.seek(TopicPartition(self._topic, partition), 0)
        self._held = partitions
        if partitions:
            self._listener.assigned(partitions)

    def drop(self, partitions: frozenset[int]) -> None:
        """Revoked: forget and tell the listener."""
        lost = partitions & self._held
        self._held -= lost
        self._flowing -= lost
        if lost:
            self._listener.revoked(lost)

    def assigned(self) -> frozenset[int]:
        """The partitions this member holds, as far as it knows."""
        return self._held

    def resume(self, partition: int, position: int) -> None:
        """Seek and begin to deliver; nothing if the partition is not held any more."""
        if self._consumer is not None and partition in self._held:
            tp = TopicPartition(self._topic, partition)
            self._consumer.seek(tp, position)
            self._consumer.resume(tp)
            self._flowing.add(partition)
            self._next[partition] = position

    def pause(self, partition: int) -> None:
        """Deliver nothing more; the place is forgotten, `resume` gives a new one."""
        self._flowing.discard(partition)
        if self._consumer is not None and partition in self._held:
            self._consumer.pause(TopicPartition(self._topic, partition))

    async def poll(self, partition: int, records_max: int, wait_seconds: float) -> Sequence[Record]:
        """Next records of one partition, in order; empty after `wait_seconds`. Raises Halted, Unavailable."""
        consumer = self._consumer
        if consumer is None:
            raise Unavailable(f"{self._group} has left {self._topic}")
        if partition not in self._flowing:
            await asyncio.sleep(wait_seconds)
            return ()
        tp = TopicPartition(self._topic, partition)
        try:
            # A rebalance makes getmany wait for its end, whatever its own timeout says.
            async with asyncio.timeout(wait_seconds + 0.05):
                found = await consumer.getmany(tp, timeout_ms=int(wait_seconds * 1_000), max_records=records_max)
        except TimeoutError:
            return ()
        except OffsetOutOfRangeError as error:
            raise Halted(f"{self._topic}/{partition}: the position is not in the log: {error}") from error
        except UnicodeDecodeError:
            return await self._read_any_names(tp, records_max)
        except (KafkaError, ConsumerStoppedError) as error:
            raise Unavailable(f"{self._topic}/{partition}: {error!r}") from error
        records = [
            Record(tp.topic, tp.partition, r.offset, r.timestamp, r.key, r.value, clean_headers(r.headers))
            for r in found.get(tp, ())
        ]
        if records:
            self._next[partition] = records[-1].offset + 1
        return records

    async def _read_any_names(self, tp: TopicPartition, records_max: int) -> Sequence[Record]:
        """The consumer has met a header whose name it cannot read, and lost its place: read here, and go on from there.

        Raises Halted, Unavailable.
        """
        start = self._next[tp.partition]
        records = await self._read(tp.topic, tp.partition, start, END_OF_TIME, records_max)
        if tp.partition not in self._flowing or self._next[tp.partition] != start:
            return ()
        self.resume(tp.partition, records[-1].offset + 1)
        return records

    async def commit(self, positions: Mapping[int, int]) -> None:
        """Tell the group where each partition goes on. Raises StaleMember, Unavailable."""
        consumer = self._consumer
        if consumer is None or not positions.keys() <= self._held:
            raise StaleMember(f"{self._group} on {self._topic}: {sorted(positions)} are not all held")
        offsets = {TopicPartition(self._topic, partition): position for partition, position in positions.items()}
        try:
            async with asyncio.timeout(self._options.commit_timeout_seconds):
                await consumer.commit(offsets)
        except (CommitFailedError, IllegalStateError) as error:
            raise StaleMember(f"{self._group} on {self._topic}: {error!r}") from error
        except (KafkaError, TimeoutError) as error:
            raise Unavailable(f"{self._group} on {self._topic}: {error!r}") from error
