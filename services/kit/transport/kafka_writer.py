"""Idempotent record batches of our own: one batch, one request, and the same bytes again until it is answered.

The broker knows a producer by id and epoch, and its batches by their sequence. So the same bytes sent twice
are one batch, a hole is refused, and a batch of an older epoch is refused once one of a newer has arrived.
"""

from collections.abc import Awaitable, Callable, Sequence

from aiokafka.record.default_records import DefaultRecordBatchBuilder

from services.kit.errors import Fenced, Unavailable, Unknown
from services.kit.transport.base import Outgoing
from services.kit.transport.kafka_wire import FENCING, Batch, NotReached, Producer, Refused, Wire, Written

SEQUENCE_END = 2**31
"""Sequences run from 0 to 2^31-1 and begin again at 0."""
BATCH_FORMAT = 2

Produce = Callable[[int, Batch], Awaitable[Written]]
"""Sends a batch to a node; what became of it. Raises NoAnswer."""


def build_batch(records: Sequence[Outgoing], producer: Producer, sequence: int, bytes_max: int) -> bytes:
    """One plain (not transactional, not compressed) batch. Raises ValueError if it is empty or over `bytes_max`."""
    if not records:
        raise ValueError("a batch has at least one record")
    builder = DefaultRecordBatchBuilder(
        magic=BATCH_FORMAT, compression_type=0, is_transactional=0, producer_id=producer.id,
        producer_epoch=producer.epoch, base_sequence=sequence, batch_size=bytes_max,
    )  # fmt: skip
    for number, record in enumerate(records):
        taken = builder.append(number, None, record.key, record.value, list(record.headers))
        if taken is None or builder.size() > bytes_max:
            raise ValueError(f"{len(records)} records do not fit into one batch of {bytes_max} bytes")
    return bytes(builder.build())


class PartitionWriter:
    """The batches of one producer to one partition, one after the other; not to be called twice at once."""

    def __init__(
        self, wire: Wire, produce: Produce, topic: str, partition: int, producer: Producer, sequence: int = 0
    ) -> None:
        self._wire, self._produce, self._topic, self._partition = wire, produce, topic, partition
        self._producer = producer
        self._sequence = sequence
        self._sent = False

    def batch(self, records: Sequence[Outgoing]) -> bytes:
        """The next batch. Raises ValueError if the records are none or too large."""
        return build_batch(records, self._producer, self._sequence, self._wire.options.batch_bytes_max)

    async def write(self, batch: bytes, records: int, timeout_seconds: float) -> int:
        """Write the next batch, of so many records; return its first offset.

        Raises Fenced; Unavailable if nothing was sent; Unknown if something was and the end of it is not known:
        then this writer must not be used again.
        """
        self._sent = False
        what = f"write to {self._topic}/{self._partition}"
        try:
            offset = await self._wire.persist(what, lambda: self._attempt(batch), timeout_seconds)
        except Refused as error:
            if error.code in FENCING:
                raise Fenced(f"{self._topic}/{self._partition}: the broker knows a newer owner ({error})") from error
            raise Unknown(str(error)) from error
        except Unavailable as error:
            if self._sent:
                raise Unknown(str(error)) from error
            raise
        self._sequence = (self._sequence + records) % SEQUENCE_END
        return offset

    async def _attempt(self, batch: bytes) -> int:
        node = await self._wire.leader(self._topic, self._partition)
        before, self._sent = self._sent, True
        try:
            written = await self._produce(node, (self._topic, self._partition, batch))
        except NotReached:
            self._sent = before
            raise
        if isinstance(written, Refused):
            raise written
        return written


class KafkaAppender:
    """Appender of one journal partition.

    A newer appender's identity takes effect at the broker with its first append, not before:
    so whoever claims a shard appends a marker first, and reads up to that marker.
    """

    def __init__(self, wire: Wire, topic: str, partition: int, producer: Producer, sequence: int = 0) -> None:
        self._where = f"{topic}/{partition}"
        self._timeout_seconds = wire.options.append_timeout_seconds
        self._writer: PartitionWriter | None = PartitionWriter(wire, alone(wire), topic, partition, producer, sequence)

    async def append(self, records: Sequence[Outgoing]) -> int:
        """One atomic batch; return its first offset. Raises Fenced, Unknown; the appender is dead after either.

        Raises ValueError, with nothing sent and the appender alive, if the records are none or too large.
        """
        if self._writer is None:
            raise Unknown(f"{self._where}: this appender is dead")
        writer = self._writer
        batch = writer.batch(records)
        self._writer = None  # dead until it has succeeded, also when it is cancelled
        try:
            offset = await writer.write(batch, len(records), self._timeout_seconds)
        except Unavailable as error:
            raise Unknown(str(error)) from error
        self._writer = writer
        return offset


def alone(wire: Wire) -> Produce:
    """Each batch in a request of its own: no other partition can hold it up."""

    async def produce(node: int, batch: Batch) -> Written:
        return (await wire.produce(node, (batch,)))[0]

    return produce


async def take_over(wire: Wire, topic: str, partition: int) -> KafkaAppender:
    """Raise the epoch of the partition's transactional id `<topic>-<partition>`. Raises Unavailable."""
    name = f"{topic}-{partition}"
    try:
        producer = await wire.persist(name, lambda: wire.identity(name), wire.options.append_timeout_seconds)
    except Refused as error:
        raise Unavailable(str(error)) from error
    return KafkaAppender(wire, topic, partition, producer)
