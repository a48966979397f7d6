"""Runs lanes on the memory transport with a real store, and reads what they said."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager

from schemas.base import Command, Fact
from schemas.catalogue import INBOX_OF, TOPICS, Topic
from services.kit import envelope
from services.kit.contract import Lane
from services.kit.lane import LaneWorker
from services.kit.log import logger
from services.kit.metrics import Metrics
from services.kit.owned import Surroundings
from services.kit.store import Store
from services.kit.tasks import end
from services.kit.transport.memory import MemoryTransport
from tests.component.kit.toy import COMMANDS, COUNTS, Count, Counts

LOG = logger("test")


def memory() -> MemoryTransport:
    return MemoryTransport({topic.name: topic.partitions for topic in (*TOPICS, COMMANDS, COUNTS)})


def surroundings(transport: MemoryTransport, store: Store, instance: str = "a") -> Surroundings:
    return Surroundings(transport, store, Metrics(), LOG, instance, "test")


async def until(condition: Callable[[], Awaitable[bool] | bool], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while True:
            value = condition()
            if await value if isinstance(value, Awaitable) else value:
                return
            await asyncio.sleep(0.005)


@asynccontextmanager
async def running(lane: Lane[Counts], around: Surroundings) -> AsyncIterator[LaneWorker[Counts]]:
    worker = LaneWorker(lane, around)
    task = asyncio.create_task(worker.run())
    try:
        await until(
            lambda: task.done() or (bool(worker.shards) and all(s.owned or s.halted for s in worker.shards.values()))
        )
        yield worker
    finally:
        await end((task,))


async def tell(transport: MemoryTransport, commands: Iterable[Command], source: str = "/test") -> None:
    for command in commands:
        topic = COMMANDS if isinstance(command, Count) else INBOX_OF[command.type]
        key = getattr(command, topic.key)
        record = envelope.command_record(command, key, source, "")
        await transport.send(topic.name, topic.partition(key), [record])


async def facts(transport: MemoryTransport, topic: Topic) -> list[Fact]:
    """Every fact of a journal, by the published reader's rule."""
    found: list[Fact] = []
    for partition in range(topic.partitions):
        rule = envelope.OwnerRule()
        first, end = await transport.bounds(topic.name, partition)
        for record in await transport.read(topic.name, partition, first, end, 1_000_000):
            if rule.admits(record) and not envelope.is_control(record):
                message, _ = envelope.decode(record, topic)
                assert isinstance(message, Fact)
                found.append(message)
    return found


async def commands(transport: MemoryTransport, topic: Topic) -> list[Command]:
    found: list[Command] = []
    for partition in range(topic.partitions):
        first, end = await transport.bounds(topic.name, partition)
        for record in await transport.read(topic.name, partition, first, end, 1_000_000):
            message, _ = envelope.decode(record, topic)
            assert isinstance(message, Command)
            found.append(message)
    return found
