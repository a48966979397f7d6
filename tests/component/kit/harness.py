"""Runs lanes on the memory transport with a real store, breaks things, and reads what they said."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TypeVar

from schemas.base import Command, Fact
from schemas.catalogue import INBOX_OF, TOPICS, Topic
from services.kit import envelope
from services.kit.contract import Fields, Lane, Rows
from services.kit.errors import Unavailable
from services.kit.lane import LaneWorker
from services.kit.log import logger
from services.kit.metrics import Metrics
from services.kit.owned import Owned, Surroundings
from services.kit.store import Answer, Store, Write, prefix
from services.kit.tasks import end
from services.kit.transport.base import Record
from services.kit.transport.memory import MemoryTransport
from services.kit.worker import Worker
from tests.component.kit.toy import COMMANDS, COUNTS, TALLIES, Count, Counts, Expire, Tallies

S = TypeVar("S")
LOG = logger("test", "critical")


def memory(cluster: str = "memory") -> MemoryTransport:
    topics = {topic.name: topic.partitions for topic in (*TOPICS, COMMANDS, COUNTS, TALLIES)}
    return MemoryTransport(topics, cluster=cluster)


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
async def working(*workers: Worker) -> AsyncIterator[None]:
    """Run workers; one that ends by itself fails the test."""
    tasks = [asyncio.create_task(worker.run(), name=worker.name) for worker in workers]
    try:
        yield
        for task in tasks:
            if task.done():
                task.result()
    finally:
        await end(tasks)


@asynccontextmanager
async def running(lane: Lane[S], around: Surroundings) -> AsyncIterator[LaneWorker[S]]:
    """Run a lane; yields when each of its shards is claimed or halted."""
    worker = LaneWorker(lane, around)
    async with working(worker):
        await until(lambda: bool(worker.shards) and all(s.owned or s.halted for s in worker.shards.values()))
        yield worker


def rival(lane: Lane[S]) -> Lane[S]:
    """The same lane in a group of its own: whoever runs it owns every shard, whatever others own."""
    return replace(lane, name=f"{lane.name}-rival")


def owned(worker: LaneWorker[S], shard: int) -> Owned[S]:
    found = worker.shards[shard].owned
    assert found is not None
    return found


async def settled(transport: MemoryTransport, *workers: LaneWorker[Counts] | LaneWorker[Tallies]) -> None:
    """Wait until every record is decided, every react acknowledged and every row in Redis."""
    await until(lambda: all(_is_settled(transport, worker) for worker in workers), 20.0)


def _is_settled(transport: MemoryTransport, worker: LaneWorker[Counts] | LaneWorker[Tallies]) -> bool:
    inbox = worker._lane.inbox.name
    return bool(worker.shards) and all(
        shard.owned is not None
        and shard.owned.book.position == transport._log(inbox, index).end
        and not shard.owned.reacts.unacknowledged
        and shard.owned.rows.current
        for index, shard in worker.shards.items()
    )


async def tell(transport: MemoryTransport, commands: Iterable[Command], source: str = "/test") -> None:
    for command in commands:
        topic = COMMANDS if isinstance(command, Count | Expire) else INBOX_OF[command.type]
        key = getattr(command, topic.key)
        record = envelope.command_record(command, key, source, "")
        await transport.send(topic.name, topic.partition(key), [record])


def raw(transport: MemoryTransport, topic: Topic, partition: int | None = None) -> list[Record]:
    """Every record that is there, whoever wrote it."""
    chosen = range(topic.partitions) if partition is None else (partition,)
    return [record for p in chosen for record in transport._log(topic.name, p).records]


async def facts(transport: MemoryTransport, topic: Topic) -> list[Fact]:
    """Every fact of a journal, by the published reader's rule."""
    found: list[Fact] = []
    for partition in range(topic.partitions):
        latest = -1
        for record in raw(transport, topic, partition):
            if envelope.header(record, "ce_type") == envelope.CLAIMED.encode():
                latest = record.offset
            elif int(envelope.header(record, "owner") or b"-1") >= latest and not envelope.is_control(record):
                message, _ = envelope.decode(record, topic)
                assert isinstance(message, Fact)
                found.append(message)
    return found


async def commands(transport: MemoryTransport, topic: Topic) -> list[Command]:
    found: list[Command] = []
    for record in raw(transport, topic):
        message, _ = envelope.decode(record, topic)
        assert isinstance(message, Command)
        found.append(message)
    return found


def ignored(transport: MemoryTransport, topic: Topic) -> int:
    """Records of a journal that the reader's rule ignores: what a former owner has appended late."""
    count = 0
    for partition in range(topic.partitions):
        latest = -1
        for record in raw(transport, topic, partition):
            if envelope.header(record, "ce_type") == envelope.CLAIMED.encode():
                latest = record.offset
            else:
                count += int(envelope.header(record, "owner") or b"-1") < latest
    return count


async def told(transport: MemoryTransport, topic: Topic) -> Mapping[str, list[str]]:
    """Command ids of a journal's facts by key, in order."""
    found: dict[str, list[str]] = {}
    for fact in await facts(transport, topic):
        found.setdefault(getattr(fact, topic.key), []).append(fact.command_id)
    return found


async def rows(store: Store, lane: Lane[S]) -> Rows:
    """All rows of a lane in Redis."""
    found: dict[str, Fields] = {}
    for shard in range(lane.journal.partitions):
        found |= await store.rows(prefix(lane.service, lane.journal.name, shard))
    return found


async def keys(store: Store) -> dict[str, dict[str, str]]:
    """Every hash in Redis."""
    names = [str(name) for name in await store._redis.keys("*")]
    return {name: await store.row("", name) or {} for name in names if await store._redis.type(name) == "hash"}


async def put_back(store: Store, saved: dict[str, dict[str, str]]) -> None:
    """Redis as it was when `keys` was asked: an older file restored."""
    await store._redis.flushall()
    for name, fields in saved.items():
        await store._redis.hset(name, mapping=fields)  # type: ignore[arg-type]  # redis's stub wants bytes too


class LossyStore(Store):
    """A real store, some of whose replies are lost: `lose` says, call by call, before or after the write."""

    def __init__(self, store: Store) -> None:
        super().__init__(store._redis)
        self.lose: list[str] = []

    async def apply(
        self, at: str, owner: int, before: str, after: str, book: str, rows: Mapping[str, Fields | None]
    ) -> Answer:
        fate = self._fate()
        answer = await super().apply(at, owner, before, after, book, rows)
        if fate == "after":
            raise Unavailable("the answer was lost")
        return answer

    async def apply_all(self, writes: Sequence[Write]) -> Sequence[Answer]:
        if len(writes) == 1:
            return await super().apply_all(writes)
        fate = self._fate()
        answers = await super().apply_all(writes)
        if fate == "after":
            raise Unavailable("the answers were lost")
        return answers

    def _fate(self) -> str:
        fate = self.lose.pop(0) if self.lose else ""
        if fate == "before":
            raise Unavailable("lost on its way there")
        return fate
