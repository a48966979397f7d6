"""How long shards stand still when an instance dies, comes back or leaves, and rows when Redis does: measured."""

import asyncio
import json
import os
import signal
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple

import redis

from deploy.local.system import System
from tests.connected.faults.model import published
from tests.connected.faults.stranger import Message, draw, names_of_partitions
from tests.connected.faults.whole import LANES, SESSION_SECONDS, TOPICS, Record, held, process, until

LOAD_SECONDS = 0.05
COMMANDS = {"ledger": "ledger-commands", "policy": "case-commands"}
WORKERS = {"ledger": "ledger.ledger", "policy": "policy.evaluation"}


class Figure(NamedTuple):
    """One measurement and the bound that the project aims at, in seconds."""

    what: str
    seconds: float
    bound: float


def _record_group(company: str) -> Message:
    id_ = str(uuid.uuid4())
    body = {"command_id": id_, "company_id": company, "group_id": "illustrative-group", "confirmed": True}
    headers = {
        "ce_specversion": "1.0", "ce_type": "policy.record-group.v1", "ce_source": "/stranger", "ce_id": id_,
    }  # fmt: skip
    return Message(company.encode(), json.dumps(body).encode(), [(n, text.encode()) for n, text in headers.items()])


def probes(service: str) -> list[Message]:
    """One harmless command for every shard of a service's lane."""
    names = names_of_partitions(TOPICS[COMMANDS[service]])
    return [draw(name, "aster", 1) if service == "ledger" else _record_group(name) for name in names]


async def answered(record: Record, service: str, sent: list[Message]) -> None:
    """Wait until every one of these is answered."""
    inbox = COMMANDS[service]
    ids = {dict(one.headers)["ce_id"] for one in sent}

    def told() -> set[bytes]:
        return {r.headers["ce_causationid"] for r in published(record.all(LANES[inbox]))}

    await record.until(lambda: ids <= told(), 60)


@asynccontextmanager
async def load(record: Record, service: str) -> AsyncIterator[None]:
    """A steady stream of commands to every shard."""

    async def stream() -> None:
        while True:
            await record.send(probes(service), topic=COMMANDS[service])
            await asyncio.sleep(LOAD_SECONDS)

    task = asyncio.create_task(stream())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait((task,))


async def _shared(system: System, service: str) -> None:
    """Wait until both instances hold shards, and together all of them."""
    one, other = process(system, f"{service}-1"), process(system, f"{service}-2")
    every = set(range(TOPICS[COMMANDS[service]]))

    def shared() -> bool:
        mine, theirs = held(one, WORKERS[service]), held(other, WORKERS[service])
        return bool(mine) and bool(theirs) and mine | theirs == every

    await until(shared, 60)


async def _measured(system: System, record: Record, service: str, event: Callable[[], Awaitable[None]]) -> float:
    """Seconds from the event to the answers, from every shard, to commands sent right after it."""
    await _shared(system, service)
    async with load(record, service):
        began = time.monotonic()
        await event()
        sent = probes(service)
        await record.send(sent, topic=COMMANDS[service])
        await answered(record, service, sent)
        seconds = time.monotonic() - began
    return seconds


async def killed(system: System, record: Record, service: str, mode: str) -> Figure:
    """SIGKILL to one of two; the other takes over."""

    victim = process(system, f"{service}-1")

    async def event() -> None:
        victim.kill()

    seconds = await _measured(system, record, service, event)
    await asyncio.to_thread(victim.start)
    return Figure(f"kill -9 of one of two ({service}, {mode})", seconds, SESSION_SECONDS + 3)


async def restarted(system: System, record: Record, service: str) -> Figure:
    """SIGKILL and a start at once, under the same static identity."""
    victim = process(system, f"{service}-1")

    async def event() -> None:
        victim.kill()
        starting.append(asyncio.create_task(asyncio.to_thread(victim.start)))

    starting: list[asyncio.Task[None]] = []
    seconds = await _measured(system, record, service, event)
    await asyncio.gather(*starting)
    return Figure(f"restart under the same identity ({service}, static)", seconds, 4)


async def left(system: System, record: Record, service: str) -> Figure:
    """SIGTERM to one of two, whose membership is dynamic."""
    leaver = process(system, f"{service}-1")
    leaving: list[asyncio.Task[object]] = []

    async def event() -> None:
        assert leaver.pid is not None
        os.kill(leaver.pid, signal.SIGTERM)
        leaving.append(asyncio.create_task(asyncio.to_thread(leaver.stop)))

    seconds = await _measured(system, record, service, event)
    await asyncio.gather(*leaving)
    await asyncio.to_thread(leaver.start)
    return Figure(f"planned leave ({service}, dynamic)", seconds, 2)


async def redis_restarted(system: System, record: Record) -> Figure:
    """Redis killed under load and started; until the rows show what the journal holds, without a process restart."""
    pids = {service.name: service.pid for service in system.services}
    async with load(record, "ledger"):
        await asyncio.to_thread(system.redis.kill)
        await asyncio.to_thread(system.redis.start)
        began = time.monotonic()
        await record.read_all()
        wanted = _heads(record)
        await until(lambda: _shown(system, wanted), 60)
        seconds = time.monotonic() - began
    assert {service.name: service.pid for service in system.services} == pids
    return Figure("Redis killed and restarted", seconds, 3)


def _heads(record: Record) -> Mapping[int, int]:
    """The last seq of each of the ledger's shards."""
    return {p: sum(1 for _ in published(record.log["ledger-entries", p])) for p in range(TOPICS["ledger-entries"])}


def _shown(system: System, wanted: Mapping[int, int]) -> bool:
    try:
        with redis.Redis.from_url(system.redis.url, decode_responses=True) as client:
            rows = {p: client.hget(f"ledger:{{ledger-entries/{p}}}:shard", "seq") for p in wanted}
    except redis.RedisError:
        return False
    return all(int(str(rows[p] or 0)) >= seq for p, seq in wanted.items())


async def rounds(system: System, record: Record) -> AsyncIterator[Figure]:
    """One round of every kind."""
    yield await killed(system, record, "ledger", "dynamic")
    yield await left(system, record, "ledger")
    yield await killed(system, record, "policy", "static")
    yield await restarted(system, record, "policy")
    yield await redis_restarted(system, record)
