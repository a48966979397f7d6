"""Steady draws into every shard of the ledger, and when each shard answered: what the failover bench looks through."""

import asyncio
import time
from collections.abc import Mapping
from typing import Self

from redis.asyncio import Redis
from redis.exceptions import RedisError

from schemas.base import Command
from schemas.catalogue import LEDGER_COMMANDS, LEDGER_ENTRIES
from schemas.ledger import Draw
from services.kit import envelope
from services.kit.store import META, prefix
from services.kit.tasks import end
from services.kit.transport.base import Record
from services.kit.transport.kafka import KafkaOptions, KafkaTransport
from tests.bench import commands
from tests.connected.faults.model import Raw, fold

SHARDS = LEDGER_COMMANDS.partitions
EACH_PER_SECOND = 20
LOOK_SECONDS = 0.005
WAIT_SECONDS = 60.0


def programmes() -> Mapping[int, str]:
    """For each shard a programme that lives in it."""
    found: dict[int, str] = {}
    number = 0
    while len(found) < SHARDS:
        name = f"h200-{number}"
        found.setdefault(LEDGER_COMMANDS.partition(name), name)
        number += 1
    return found


class Driver:
    """Use as a context. `recovered(at)` and `rows_recovered(at)` wait for what was sent after `at`."""

    def __init__(self, kafka: str, redis: str) -> None:
        self._transport = KafkaTransport(KafkaOptions(kafka, send_timeout_seconds=10.0))
        self._redis = redis
        self._programmes = programmes()
        self._sent_at: dict[bytes, float] = {}
        self._answered: dict[int, tuple[float, float, int]] = dict.fromkeys(range(SHARDS), (0.0, 0.0, 0))
        self._before = self._number = 0
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        await self._transport.start()
        ends = [(await self._transport.bounds(LEDGER_COMMANDS.name, shard))[1] for shard in range(SHARDS)]
        self._before = self._number = sum(ends)  # a command's id is made of its number: no two drivers share one
        for shard, programme in self._programmes.items():
            for opening in commands.opening(10, programme):
                await self._send(shard, opening)
        starts = dict.fromkeys(range(SHARDS), 0)
        self._tasks.append(asyncio.create_task(self._transport.tail(LEDGER_ENTRIES.name, starts, self._take)))
        self._tasks.append(asyncio.create_task(self._drive()))
        return self

    async def __aexit__(self, *_: object) -> None:
        await end(self._tasks)
        await self._transport.stop()

    async def recovered(self, at: float) -> float:
        """Seconds from `at` until every shard has answered a command sent after it."""
        async with asyncio.timeout(WAIT_SECONDS):
            while any(sent < at for sent, _, _ in self._answered.values()):
                await asyncio.sleep(LOOK_SECONDS)
        return max(seen for _, seen, _ in self._answered.values()) - at

    async def rows_recovered(self, at: float) -> float:
        """Seconds from `at` until Redis shows, of every shard, an answer to a command sent after it."""
        await self.recovered(at)
        wanted = {shard: offset + 1 for shard, (_, _, offset) in self._answered.items()}
        async with asyncio.timeout(WAIT_SECONDS), Redis.from_url(self._redis, decode_responses=True) as client:
            while not await self._shown(client, wanted):
                await asyncio.sleep(LOOK_SECONDS)
        return time.monotonic() - at

    async def check(self) -> tuple[int, int]:
        """Stop sending; hold every journal against a fold of its inbox written apart; (commands sent, not answered).

        Raises AssertionError with what differs, for one if a command is answered twice.
        """
        await end(self._tasks[1:])
        at = time.monotonic()
        for shard in range(SHARDS):
            await self._draw(shard)
        await self.recovered(at)
        total = 0
        for shard in range(SHARDS):
            model = fold(await self._raw(LEDGER_COMMANDS.name, shard), await self._raw(LEDGER_ENTRIES.name, shard))
            total += model.seq
        return self._number - self._before, self._number - total

    async def _shown(self, client: "Redis", wanted: Mapping[int, int]) -> bool:
        try:
            positions = [
                int(await client.hget(prefix("ledger", LEDGER_ENTRIES.name, shard) + META, "position") or 0)
                for shard in range(SHARDS)
            ]
        except (RedisError, OSError):
            return False
        return all(positions[shard] >= position for shard, position in wanted.items())

    async def _drive(self) -> None:
        async with asyncio.TaskGroup() as group:
            while True:
                for shard in range(SHARDS):
                    group.create_task(self._draw(shard))
                await asyncio.sleep(1 / EACH_PER_SECOND)

    async def _draw(self, shard: int) -> None:
        draw = commands.draw(self._number, 10)
        await self._send(shard, Draw.model_validate({**dict(draw), "programme_id": self._programmes[shard]}))

    async def _send(self, shard: int, command: Command) -> None:
        self._number += 1
        record = envelope.command_record(command, self._programmes[shard], "/greenlight/intake/edge", "")
        self._sent_at[command.command_id.encode()] = time.monotonic()
        await self._transport.send(LEDGER_COMMANDS.name, shard, [record])

    async def _take(self, record: Record) -> None:
        sent = self._sent_at.get(envelope.header(record, "ce_causationid") or b"")
        if sent is not None and sent > self._answered[record.partition][0]:
            self._answered[record.partition] = (sent, time.monotonic(), record.offset)

    async def _raw(self, topic: str, partition: int) -> list[Raw]:
        position, stop = await self._transport.bounds(topic, partition)
        found = []
        while position < stop:
            for record in await self._transport.read(topic, partition, position, stop, 2_000):
                found.append(Raw(record.offset, record.key, record.value, dict(record.headers)))
                position = record.offset + 1
        return found
