"""Reads outside any group, by fetch requests of our own: from an offset on, bounded, nothing kept between calls."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

from aiokafka.record.memory_records import MemoryRecords

from services.kit.errors import Halted, Unavailable
from services.kit.transport.base import Headers, Record
from services.kit.transport.kafka_wire import EARLIEST, LATEST, Code, Refused, Wire

RECORD_BYTES_TYPICAL = 1_024
"""A guess that keeps a read of few records small; a wrong guess costs another request, nothing else."""
END_OF_TIME = 2**63 - 1
TAIL_RECORDS_MAX = 2_000


def clean_headers(headers: Sequence[tuple[str, bytes | None]]) -> Headers:
    """Headers as we know them: a null value, which only strangers write, is an empty one."""
    return tuple((name, b"" if value is None else value) for name, value in headers)


def unpack(topic: str, partition: int, start: int, data: bytes) -> Iterator[Record]:
    """Records of whole batches from `start` on. Raises ValueError if the bytes are not what Kafka writes."""
    batches = MemoryRecords(data)
    while batches.has_next():
        batch = batches.next_batch()
        if batch is None:
            return
        if not batch.validate_crc():
            raise ValueError(f"wrong checksum in the batch at offset {batch.base_offset}")
        if batch.is_control_batch:
            continue
        for found in batch:
            if found.offset >= start:
                yield Record(
                    topic, partition, found.offset, found.timestamp, found.key, found.value,
                    clean_headers(found.headers),
                )  # fmt: skip


def after_last_batch(data: bytes) -> int | None:
    """The offset after the last whole batch; None if there is none."""
    batches, end = MemoryRecords(data), None
    while batches.has_next():
        end = batches.next_batch().next_offset
    return end


class KafkaReader:
    """Bounds, reads and tails."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """First offset kept and the offset after the last. Raises Unavailable."""
        return await self._offset(topic, partition, EARLIEST), await self._offset(topic, partition, LATEST)

    async def _offset(self, topic: str, partition: int, which: int) -> int:
        what = f"bounds of {topic}/{partition}"
        try:
            return await self._wire.persist(
                what, lambda: self._wire.offset(topic, partition, which), self._wire.options.read_timeout_seconds
            )
        except Refused as error:
            raise Unavailable(str(error)) from error

    async def read(self, topic: str, partition: int, start: int, stop: int, records_max: int) -> Sequence[Record]:
        """Up to `records_max` records from `start`, none at or beyond `stop`; waits for one if start < stop.

        Raises Unavailable; Halted if `start` is not in the log or its bytes cannot be read.
        """
        position = start
        while position < stop:
            data = await self._fetch(topic, partition, position, records_max)
            found = self._select(topic, partition, position, data, stop, records_max)
            if found:
                return found
            position = max(position, after_last_batch(data) or 0)
        return ()

    async def _fetch(self, topic: str, partition: int, start: int, records_max: int) -> bytes:
        bytes_max = min(self._wire.options.fetch_bytes_max, records_max * RECORD_BYTES_TYPICAL)
        timeout_seconds = self._wire.options.read_timeout_seconds + self._wire.options.fetch_wait_ms / 1_000
        try:
            return await self._wire.persist(
                f"read of {topic}/{partition}",
                lambda: self._wire.fetch(topic, partition, start, bytes_max),
                timeout_seconds,
            )
        except Refused as error:
            if error.code == Code.OFFSET_OUT_OF_RANGE:
                raise Halted(f"{topic}/{partition}: offset {start} is not in the log") from error
            raise Unavailable(str(error)) from error

    def _select(
        self, topic: str, partition: int, start: int, data: bytes, stop: int, records_max: int
    ) -> Sequence[Record]:
        found: list[Record] = []
        try:
            for record in unpack(topic, partition, start, data):
                if record.offset >= stop or len(found) == records_max:
                    break
                found.append(record)
        except ValueError as error:
            raise Halted(f"{topic}/{partition}: unreadable after offset {start + len(found) - 1}: {error}") from error
        return found

    async def tail(self, topic: str, starts: Mapping[int, int], handle: Callable[[Record], Awaitable[None]]) -> None:
        """Hand over every record from these offsets on, one at a time, until cancelled. Raises Unavailable, Halted."""
        turn = asyncio.Lock()
        tasks = [
            asyncio.create_task(self._follow(topic, partition, start, handle, turn))
            for partition, start in starts.items()
        ]
        try:
            for first in asyncio.as_completed(tasks):
                await first
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _follow(
        self, topic: str, partition: int, start: int, handle: Callable[[Record], Awaitable[None]], turn: asyncio.Lock
    ) -> None:
        position = start
        while True:
            records = await self.read(topic, partition, position, END_OF_TIME, TAIL_RECORDS_MAX)
            async with turn:
                for record in records:
                    await handle(record)
                    position = record.offset + 1
