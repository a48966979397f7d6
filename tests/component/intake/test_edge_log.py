"""The edge on a log: what it may believe of it while it starts, and after a handover."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
import pytest

from deploy.local.process import free_port
from schemas.base import Fact
from schemas.catalogue import LEDGER_ENTRIES, OPERATOR_ACTS, Topic
from schemas.intake import TokenIssued, TokenRevoked
from schemas.ledger import EntryRecorded
from services.intake.adapters import HttpServer, Journals
from services.intake.bootstrap import Edge, workers
from services.kit import envelope
from services.kit.follow import LEARN_RECORDS, Follower
from services.kit.store import Store, connect
from services.kit.transport.base import Outgoing, Record
from services.kit.transport.memory import MemoryTransport
from tests.builders import AT, PROGRAMME, build
from tests.component.intake.edge import Processes
from tests.component.kit.harness import memory, surroundings, until, working

SECRET = "an-illustrative-secret"
DIGEST = hashlib.sha256(SECRET.encode()).hexdigest()


class Held(MemoryTransport):
    """Gives the operators' acts one by one: the second and later ones not before `released`."""

    def __init__(self) -> None:
        super().__init__({OPERATOR_ACTS.name: 1})
        self.released = asyncio.Event()

    async def read(self, topic: str, partition: int, start: int, stop: int, records_max: int) -> Sequence[Record]:
        if start > 0:
            await self.released.wait()
        return await super().read(topic, partition, start, stop, 1)


async def record(transport: MemoryTransport, topic: Topic, fact: Fact, owner: int = 0) -> None:
    """One fact in its journal, of the owner with that token."""
    sent = envelope.fact_record(fact, topic, "/greenlight/x", 0, b"%d" % owner, int(AT.timestamp() * 1_000), "c")
    await transport.send(topic.name, topic.partition(getattr(fact, topic.key)), [sent])


@asynccontextmanager
async def serving(transport: MemoryTransport) -> AsyncIterator[tuple[Follower, httpx.AsyncClient]]:
    """The process's own tokens and HTTP server; nothing else of it runs, and Redis is not there."""
    store = Store(connect("redis://127.0.0.1:1/0", 0.1))
    all_ = workers(surroundings(transport, store), Edge("127.0.0.1", free_port(), None, Processes()))
    tokens = next(one for one in all_ if isinstance(one, Follower) and one.name == "intake.tokens")
    server = next(one for one in all_ if isinstance(one, HttpServer))
    async with working(tokens, server):
        await until(lambda: not server.problems())
        headers = {"authorization": f"Bearer {SECRET}"}
        async with httpx.AsyncClient(base_url=str(server.status()["url"]), headers=headers) as client:
            yield tokens, client
    await store.stop()


async def test_a_revoked_token_is_not_admitted_while_the_revocation_is_still_to_be_read() -> None:
    transport = Held()
    await record(transport, OPERATOR_ACTS, build(TokenIssued, token_id="t", token_sha256=DIGEST, expires_at=None))
    await record(transport, OPERATOR_ACTS, build(TokenRevoked, token_id="t"))
    async with serving(transport) as (tokens, client):
        await until(lambda: tokens.status() == {"positions": {"0": 1}})
        meanwhile = await client.get("/docs")
        assert (meanwhile.status_code, meanwhile.headers["retry-after"]) == (503, "2")
        assert (await client.get("/healthz")).status_code == 200
        transport.released.set()
        await until(tokens.current)
        assert (await client.get("/docs")).status_code == 401


async def test_nobody_is_admitted_while_kafka_has_never_answered() -> None:
    transport = memory()
    transport.away = True
    async with serving(transport) as (tokens, client):
        assert (await client.get("/docs")).status_code == 503
        transport.away = False
        await until(tokens.current)
        assert (await client.get("/docs")).status_code == 401


def marker(owner: int) -> Outgoing:
    return envelope.control_record(envelope.CLAIMED, "/greenlight/ledger/ledger/0", str(owner), b"-1", b"{}", None)


def entry(command_id: str) -> EntryRecorded:
    return build(EntryRecorded, programme_id=PROGRAMME, command_id=command_id)


@pytest.mark.parametrize("between", [0, LEARN_RECORDS + 1])
@pytest.mark.parametrize("start", [0, 1, 2, 3])
async def test_a_former_owners_late_record_is_shown_from_no_start(start: int, between: int) -> None:
    transport, shard = memory(), LEDGER_ENTRIES.partition(PROGRAMME)
    await transport.send(LEDGER_ENTRIES.name, shard, [marker(0)])
    await transport.send(LEDGER_ENTRIES.name, shard, [marker(1)])
    for number in range(between):
        await record(transport, LEDGER_ENTRIES, entry(f"good-{number}"), owner=1)
    await record(transport, LEDGER_ENTRIES, entry("late"), owner=0)
    await record(transport, LEDGER_ENTRIES, entry("last"), owner=1)
    lines = [line async for line in Journals(transport).facts(LEDGER_ENTRIES, shard, start + between)]
    assert "late" not in [line.fact.command_id for line in lines]
    assert [line.fact.command_id for line in lines][-1:] == ["last"]


async def test_a_start_beyond_the_end_has_no_facts() -> None:
    transport, shard = memory(), LEDGER_ENTRIES.partition(PROGRAMME)
    await record(transport, LEDGER_ENTRIES, entry("one"))
    assert [line async for line in Journals(transport).facts(LEDGER_ENTRIES, shard, 10**12)] == []
