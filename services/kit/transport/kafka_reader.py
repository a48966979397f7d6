"""Reads outside any group, by fetch requests of our own: from an offset on, bounded, nothing kept between calls."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

from aiokafka.record.memory_records import MemoryRecords

from services.kit.errors import Halted, Unavailable
from services.kit.transport.base import Headers, Record
from services.kit.transport.kafka_names import readable
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


@dataclass(frozen=True, slots=True)
class _Found:
    """What one fetch brought: records; where to go on if there are none; what cannot be read after them."""

    records: Sequence[Record]
    after: int
    fault: str | None = None


class KafkaReader:
    """Bounds, reads and tails."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._fetches: dict[tuple[str, int, int, int], asyncio.Task[_Found]] = {}

    async def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        """First offset kept and the offset after the last. Raises Unavailable."""
        first, last = await self._offsets(topic, (partition,), EARLIEST), await self.ends(topic, (partition,))
        return first[partition], last[partition]

    async def ends(self, topic: str, partitions: Sequence[int]) -> Mapping[int, int]:
        """The offset after the last record of each partition. Raises Unavailable."""
        return await self._offsets(topic, partitions, LATEST)

    async def _offsets(self, topic: str, partitions: Sequence[int], which: int) -> Mapping[int, int]:
        try:
            return await self._wire.persist(
                f"bounds of {topic}",
                lambda: self._wire.offsets(topic, partitions, which),
                self._wire.options.read_timeout_seconds,
            )
        except Refused as error:
            raise Unavailable(str(error)) from error

    async def read(self, topic: str, partition: int, start: int, stop: int, records_max: int) -> Sequence[Record]:
        """Up to `records_max` records from `start`, none at or beyond `stop`; waits for one if start < stop.

        Raises Unavailable; Halted if `start` is not in the log or its bytes cannot be read.
        """
        position = start
        while position < stop:
            found = await self._found(topic, partition, position, records_max)
            if records := [record for record in found.records if record.offset < stop]:
                return records
            if found.fault is not None and not found.records:
                raise Halted(f"{topic}/{partition}: unreadable after offset {position - 1}: {found.fault}")
            position = max(position, found.records[0].offset if found.records else found.after)
        return ()

    async def _found(self, topic: str, partition: int, start: int, records_max: int) -> _Found:
        """One fetch, shared by all who want the same at the same time: many follow one journal, and wait at its end."""
        wanted = topic, partition, start, records_max
        if (fetch := self._fetches.get(wanted)) is None:
            fetch = self._fetches[wanted] = asyncio.create_task(self._fetch(*wanted))
            fetch.add_done_callback(partial(self._fetched, wanted))
        return await asyncio.shield(fetch)

    def _fetched(self, wanted: tuple[str, int, int, int], fetch: "asyncio.Task[_Found]") -> None:
        del self._fetches[wanted]
        if not fetch.cancelled():
            fetch.exception()  # whoever wanted it may be gone

    async def _fetch(self, topic: str, partition: int, start: int, records_max: int) -> _Found:
        options = self._wire.options
        bytes_max = min(options.fetch_bytes_max, records_max * RECORD_BYTES_TYPICAL)
        try:
            data = await self._wire.persist(
                f"read of {topic}/{partition}",
                lambda: self._wire.fetch(topic, partition, start, bytes_max),
                options.read_timeout_seconds + options.tail_wait_ms / 1_000,
            )
        except Refused as error:
            if error.code == Code.OFFSET_OUT_OF_RANGE:
                raise Halted(f"{topic}/{partition}: offset {start} is not in the log") from error
            raise Unavailable(str(error)) from error
        return _select(topic, partition, start, data, records_max)

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


def _select(topic: str, partition: int, start: int, data: bytes, records_max: int) -> _Found:
    """The first `records_max` records from `start` on. What cannot be read does not take away what stands before it."""
    found: list[Record] = []
    try:
        for record in islice(readable(unpack, topic, partition, start, data), records_max):
            found.append(record)
        return _Found(found, start if found else after_last_batch(data) or start)
    except ValueError as error:
        return _Found(found, start, str(error))
