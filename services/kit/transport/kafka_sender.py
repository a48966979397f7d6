"""Plain sends: to any partition, in order; everything that waits for a partition goes in one batch."""

import asyncio
import time
from collections import deque
from collections.abc import Iterator, Sequence

from aiokafka.record.default_records import DefaultRecordBatchBuilder

from services.kit.errors import GreenlightError, Unavailable, Unknown
from services.kit.transport.base import Outgoing
from services.kit.transport.kafka_post import Post
from services.kit.transport.kafka_wire import Refused, Wire
from services.kit.transport.kafka_writer import PartitionWriter

BATCH_FRAME_BYTES = 61
RECORD_FRAME_BYTES = 32
"""At most this much stands around a record's key, value and headers: five numbers of variable length."""


def _bytes_of(record: Outgoing) -> int:
    content: int = DefaultRecordBatchBuilder.size_of(record.key, record.value, list(record.headers))
    return content + RECORD_FRAME_BYTES


def split(records: Sequence[Outgoing], bytes_max: int) -> Iterator[Sequence[Outgoing]]:
    """The records in order, in runs that fit into a batch each."""
    run: list[Outgoing] = []
    size = BATCH_FRAME_BYTES
    for record in records:
        more = _bytes_of(record)
        if run and size + more > bytes_max:
            yield run
            run, size = [], BATCH_FRAME_BYTES
        run.append(record)
        size += more
    if run:
        yield run


class _Parcel:
    """The records of one caller, and where the caller learns their first offset."""

    def __init__(self, records: Sequence[Outgoing]) -> None:
        self.records = records
        self.sizes = tuple(map(_bytes_of, records))
        self.bytes = sum(self.sizes)
        self.offset: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def arrived(self, offset: int) -> None:
        if not self.offset.done():
            self.offset.set_result(offset)

    def failed(self, error: Exception) -> None:
        if not self.offset.done():
            self.offset.set_exception(error)


class _Outlet:
    """One partition: a task works off what waits, batch by batch, and ends when nothing waits."""

    def __init__(self, wire: Wire, post: Post, topic: str, partition: int) -> None:
        self._wire, self._post, self._topic, self._partition = wire, post, topic, partition
        self._waiting: deque[_Parcel] = deque()
        self._writer: PartitionWriter | None = None
        self._task: asyncio.Task[None] | None = None

    async def send(self, records: Sequence[Outgoing]) -> int:
        parcel = _Parcel(records)
        if any(size > self._wire.options.batch_bytes_max - BATCH_FRAME_BYTES for size in parcel.sizes):
            raise ValueError(f"a record does not fit into a batch of {self._wire.options.batch_bytes_max} bytes")
        self._waiting.append(parcel)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work())
        return await parcel.offset

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _work(self) -> None:
        while self._waiting:
            parcels = self._take()
            try:
                offset = await self._deliver([record for parcel in parcels for record in parcel.records])
            except asyncio.CancelledError:
                self._fail(parcels, Unknown(f"{self._topic}/{self._partition}: the transport was stopped"))
                raise
            except Exception as error:  # reason: whatever it is belongs to the callers; this task has nobody to tell
                self._fail(parcels, error)
            else:
                for parcel in parcels:
                    parcel.arrived(offset)
                    offset += len(parcel.records)

    def _take(self) -> Sequence[_Parcel]:
        """The parcels that fit into one batch; one that does not fit goes alone."""
        taken = [self._waiting.popleft()]
        size = BATCH_FRAME_BYTES + taken[0].bytes
        while self._waiting and size + self._waiting[0].bytes <= self._wire.options.batch_bytes_max:
            size += self._waiting[0].bytes
            taken.append(self._waiting.popleft())
        return taken

    def _fail(self, parcels: Sequence[_Parcel], error: Exception) -> None:
        """Tell these; and if the broker is the reason, those that wait as well: they have waited as long."""
        for parcel in parcels:
            parcel.failed(error)
        if isinstance(error, GreenlightError):
            for parcel in self._waiting:
                parcel.failed(Unavailable(f"nothing was sent: {error}"))
            self._waiting.clear()

    async def _deliver(self, records: Sequence[Outgoing]) -> int:
        """Write in one batch, or several if they are too large for one; return the first offset."""
        deadline = time.monotonic() + self._wire.options.send_timeout_seconds
        offsets: list[int] = []
        try:
            for run in split(records, self._wire.options.batch_bytes_max):
                offsets.append(await self._write(run, deadline))
        except Unavailable as error:
            if offsets:
                raise Unknown(f"only a part was written: {error}") from error
            raise
        return offsets[0]

    async def _write(self, records: Sequence[Outgoing], deadline: float) -> int:
        writer = self._writer or await self._new_writer(deadline)
        self._writer = None  # kept only while the broker's view of its sequence is known
        try:
            offset = await writer.write(writer.batch(records), len(records), deadline - time.monotonic())
        except Unavailable:
            self._writer = writer
            raise
        self._writer = writer
        return offset

    async def _new_writer(self, deadline: float) -> PartitionWriter:
        try:
            producer = await self._wire.persist(
                "producer id", lambda: self._wire.identity(None), deadline - time.monotonic()
            )
        except Refused as error:
            raise Unavailable(str(error)) from error
        return PartitionWriter(self._wire, self._post.produce, self._topic, self._partition, producer)


class KafkaSender:
    """Unfenced writes of one process, each partition through an identity of its own."""

    def __init__(self, wire: Wire) -> None:
        self._wire, self._post = wire, Post(wire)
        self._outlets: dict[tuple[str, int], _Outlet] = {}

    async def send(self, topic: str, partition: int, records: Sequence[Outgoing]) -> int:
        """Write in order; return the first offset.

        Raises Unavailable (nothing was written) or Unknown within `send_timeout_seconds`; ValueError if there
        are no records, or one is larger than a batch may be.
        """
        if not records:
            raise ValueError("nothing to send")
        outlet = self._outlets.get((topic, partition))
        if outlet is None:
            outlet = self._outlets[topic, partition] = _Outlet(self._wire, self._post, topic, partition)
        return await outlet.send(records)

    async def stop(self) -> None:
        """End what is under way: its outcome is Unknown to whoever waits for it."""
        for outlet in self._outlets.values():
            await outlet.stop()
        self._outlets.clear()
        await self._post.stop()
