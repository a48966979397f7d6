"""The log on Apache Kafka: Transport put together from its parts.

kafka_wire     what we say to a broker, and every limit (KafkaOptions)
kafka_writer   one idempotent batch, the same bytes again; the fenced appender
kafka_post     the batches of several partitions to a node in one request
kafka_sender   plain sends, everything that waits for a partition in one batch
kafka_reader   bounds, reads and tails outside groups
kafka_names    records that aiokafka does not read
kafka_inbox    a member of a consumer group
kafka_access   who may do what, to a cluster and back; for administrators, no part of a Transport
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from services.kit.errors import Unavailable
from services.kit.transport.base import Listener, Outgoing, Record
from services.kit.transport.kafka_inbox import KafkaInbox
from services.kit.transport.kafka_reader import KafkaReader
from services.kit.transport.kafka_sender import KafkaSender
from services.kit.transport.kafka_wire import KafkaOptions, Refused, Wire
from services.kit.transport.kafka_writer import KafkaAppender, take_over

__all__ = ["KafkaAppender", "KafkaInbox", "KafkaOptions", "KafkaTransport"]


class KafkaTransport:
    """A Transport on real brokers. One per process and event loop."""

    def __init__(self, options: KafkaOptions) -> None:
        self._options = options
        self._wire = Wire(options)
        self._sender = KafkaSender(self._wire)
        self._reader = KafkaReader(self._wire)
        self._inboxes: list[KafkaInbox] = []

    async def start(self) -> None:
        """Connect. Raises Unavailable; may be called again then."""
        await self._wire.open()

    async def stop(self) -> None:
        """Leave every group and disconnect."""
        for inbox in self._inboxes:
            await inbox.stop()
        self._inboxes.clear()
        await self._sender.stop()
        await self._wire.close()

    async def cluster(self) -> str:
        """The cluster's id. Raises Unavailable."""
        return (await self._metadata([]))[0]

    async def partitions(self, topic: str) -> int:
        """Number of partitions; 0 if the topic does not exist. Raises Unavailable."""
        return (await self._metadata([topic]))[1].get(topic, 0)

    async def _metadata(self, topics: Sequence[str]) -> tuple[str, Mapping[str, int]]:
        try:
            return await self._wire.persist(
                "metadata", lambda: self._wire.metadata(topics), self._options.read_timeout_seconds
            )
        except Refused as error:
            raise Unavailable(str(error)) from error

    async def appender(self, topic: str, partition: int) -> KafkaAppender:
        """Take the partition over; older appenders are refused from this one's first append on. Raises Unavailable."""
        return await take_over(self._wire, topic, partition)

    async def send(self, topic: str, partition: int, records: Sequence[Outgoing]) -> int:
        """Write unfenced, in order; return the first offset. Raises Unknown, Unavailable."""
        return await self._sender.send(topic, partition, records)

    async def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """First offset kept and the offset after the last. Raises Unavailable."""
        return await self._reader.bounds(topic, partition)

    async def ends(self, topic: str, partitions: Sequence[int]) -> Mapping[int, int]:
        """The offset after the last record of each partition. Raises Unavailable."""
        return await self._reader.ends(topic, partitions)

    async def read(self, topic: str, partition: int, start: int, stop: int, records_max: int) -> Sequence[Record]:
        """Bounded read. Raises Unavailable, Halted."""
        return await self._reader.read(topic, partition, start, stop, records_max)

    async def tail(self, topic: str, starts: Mapping[int, int], handle: Callable[[Record], Awaitable[None]]) -> None:
        """Hand over every record, for ever. Raises Unavailable, Halted."""
        await self._reader.tail(topic, starts, handle)

    def inbox(self, topic: str, group: str, listener: Listener) -> KafkaInbox:
        """A member of `group` on `topic`, not yet started."""
        inbox = KafkaInbox(self._options, topic, group, listener, self._reader.read)
        self._inboxes.append(inbox)
        return inbox
