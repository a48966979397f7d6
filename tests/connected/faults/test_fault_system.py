"""Whole processes killed, Kafka and Redis away: the edge says so, everything heals by itself, nothing is lost."""

import asyncio
import secrets
from collections.abc import AsyncIterator

import httpx
import pytest

from deploy.local.process import Process
from deploy.local.system import System
from tests.connected.faults.whole import Partner, Record, all_ready, edge, held, process, until
from tests.walk.journey import Caller, application, company, operator, programme, release, token

pytestmark = [pytest.mark.connected, pytest.mark.walk, pytest.mark.timeout(240)]


@pytest.fixture
async def record(broken_system: System) -> AsyncIterator[Record]:
    """The log, read from its beginning; held against the model when the test is over and all is ready again."""
    await all_ready(broken_system)
    async with Record(broken_system.kafka.bootstrap) as record:
        await record.begin()
        yield record


def _partner(system: System, name: str) -> Caller:
    with httpx.Client(base_url=system.url, timeout=15) as client:
        desk = operator(client)
        programme(desk)
        caller = token(desk, name)
        answer = caller.post("/v1/companies", company(name))
        assert answer.status_code in (201, 202), answer.text
        return caller


async def partner(system: System, name: str = "") -> Partner:
    """A registered company that speaks with both edges."""
    caller = await asyncio.to_thread(_partner, system, name or f"aster-{secrets.token_hex(3)}")
    return Partner([edge(system, "intake-1"), edge(system, "intake-2")], caller)


def ask(url: str, who: Partner, path: str) -> httpx.Response:
    return httpx.get(url + path, headers={"Authorization": f"Bearer {who.caller.token}"}, timeout=10)


def submit(url: str, who: Partner, key: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {who.caller.token}", "Idempotency-Key": key}
    return httpx.post(f"{url}/v1/applications", json=application(who.caller.name, 1), headers=headers, timeout=10)


async def test_with_kafka_away_writes_say_503_and_every_lane_heals_by_itself(
    broken_system: System, record: Record
) -> None:
    system, who = broken_system, await partner(broken_system)
    before = {service.pid for service in system.services}
    await asyncio.to_thread(system.kafka.kill)
    asked = [asyncio.to_thread(submit, url, who, f"away-{number}") for url in who.urls for number in range(2)]
    answers = await asyncio.gather(*asked)
    for answer in answers:
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert answer.headers["content-type"] == "application/problem+json"
    await until(lambda: not any(service.is_ready() for service in system.services))
    await asyncio.to_thread(system.kafka.start)
    first = await who.apply(1, "away-0")
    assert await who.apply(1, "away-0") == first
    await all_ready(system)
    assert {service.pid for service in system.services} == before
    await record.settled()
    record.check()


async def test_with_redis_away_reads_say_503_writes_go_on_and_reads_heal_by_themselves(
    broken_system: System, record: Record
) -> None:
    system, who = broken_system, await partner(broken_system)
    url = edge(system, "intake-1")
    first = f"/v1/applications/{await who.apply(1, 'before')}"
    await until(lambda: ask(url, who, first).status_code == 200)
    await asyncio.to_thread(system.redis.kill)
    answer = await asyncio.to_thread(ask, url, who, first)
    assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (503, True)
    written = [await asyncio.to_thread(submit, url, who, f"while-away-{number}") for number in range(3)]
    assert {answer.status_code for answer in written} == {201}
    await asyncio.to_thread(system.redis.start)
    for answer in written:
        path = answer.headers["location"]
        await until(lambda path=path: ask(url, who, path).status_code == 200)  # type: ignore[misc] # bound at once
    await all_ready(system)
    await record.settled()
    record.check()


async def test_an_edge_killed_between_accepting_and_answering_leaves_one_application(
    broken_system: System, record: Record
) -> None:
    system, who = broken_system, await partner(broken_system)
    one, other = process(system, "intake-1"), process(system, "intake-2")
    await record.settled()
    commands = len(record.all("intake-commands"))
    # Whoever runs the company's shard cannot answer, so the other edge waits for an answer when it is killed.
    lane, edge_process = await _owner_first(system, who, record)
    lane.freeze()
    asking = asyncio.create_task(asyncio.to_thread(submit, edge(system, edge_process.name), who, "killed"))
    await record.until(lambda: len(record.all("intake-commands")) > commands)
    edge_process.kill()
    with pytest.raises(httpx.TransportError):
        await asking
    lane.thaw()
    who.urls = [edge(system, lane.name)]
    first = await who.apply(1, "killed")
    await asyncio.to_thread(edge_process.start)
    who.urls = [edge(system, edge_process.name)]
    assert await who.apply(1, "killed") == first
    assert {one.pid, other.pid} > {lane.pid}
    await all_ready(system)
    await record.settled()
    record.check()
    assert record.applications("intake.application-submitted.v1").count(first) == 1


async def _owner_first(system: System, who: Partner, record: Record) -> tuple["Process", "Process"]:
    """The intake that runs the company's shard, and the other one."""
    one, other = process(system, "intake-1"), process(system, "intake-2")
    key = who.caller.name.encode()
    shard = next(
        partition
        for (topic, partition), records in record.log.items()
        if topic == "intake-commands" and any(r.key == key for r in records)
    )
    await until(lambda: shard in held(one, "intake.intake") | held(other, "intake.intake"))
    owned = await asyncio.to_thread(held, one, "intake.intake")
    return (one, other) if shard in owned else (other, one)


async def test_any_process_killed_under_load_loses_and_doubles_nothing(broken_system: System, record: Record) -> None:
    system = broken_system
    crowd = [await partner(system) for _ in range(3)]
    wishes = [(who, number) for number in range(12) for who in crowd]
    turn = asyncio.Semaphore(4)

    async def apply(who: Partner, number: int) -> str:
        async with turn:
            return await who.apply(1, f"load-{number}")

    load = [asyncio.create_task(apply(who, number)) for who, number in wishes]
    victims = [process(system, name) for name in ("policy-1", "ledger-2", "intake-2", "notification-1")]
    for victim in victims:
        victim.kill()
    await asyncio.gather(*(asyncio.to_thread(victim.start) for victim in victims))
    ids = await asyncio.gather(*load)
    assert len(set(ids)) == len(wishes)
    await all_ready(system)
    await record.settled()
    with httpx.Client(base_url=edge(system, "intake-1"), timeout=15) as client:
        await asyncio.to_thread(release, operator(client))
    await record.until(lambda: set(ids) <= set(record.applications("policy.authorisation-issued.v1")), 60)
    await record.settled()
    record.check()
