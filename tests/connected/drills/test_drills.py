"""Alerts on a running system: a fault is made, its alert fires, its page is carried out as printed, it resolves."""

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

import pytest
import redis
from aiokafka import AIOKafkaProducer

from deploy.local.process import Missing
from deploy.local.system import ServiceProcess, System
from deploy.stack import PROCESSES
from schemas.catalogue import INTAKE_COMMANDS, LEDGER_COMMANDS, LEDGER_ENTRIES
from services.kit import envelope
from services.kit.store import META, prefix
from services.kit.transport.base import Outgoing
from services.kit.transport.kafka import KafkaOptions, KafkaTransport
from tests.conftest import absent
from tests.connected.drills.prometheus import Alertmanager, Prometheus
from tests.connected.drills.runbook import Hand
from tests.connected.faults.stranger import draw
from tests.stacks import Running, page, until, whole_system
from tests.walk.journey import Caller, operator, programme

pytestmark = [pytest.mark.connected, pytest.mark.timeout(120), pytest.mark.usefixtures("refused_connections")]

SERVICES = ("intake", "ledger")
PROGRAMME = "sample-programme"
"""The one that a page names."""
BURST = 20_000
SHARD = 2
OTHER = next(name for name in map("round-{}".format, range(64)) if LEDGER_COMMANDS.partition(name) == SHARD)


@dataclass(frozen=True)
class World:
    """A system that is watched, and who looks after it."""

    system: System
    prometheus: Prometheus
    alertmanager: Alertmanager
    hand: Hand
    desk: Caller

    @property
    def ledgers(self) -> list[ServiceProcess]:
        return [process for process in self.system.services if process.process.service == "ledger"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("drills")
    system = whole_system(folder, processes=[process for process in PROCESSES if process.service in SERVICES])
    alertmanager = Alertmanager(folder / "alertmanager")
    prometheus = Prometheus(folder / "prometheus", system.services, alertmanager)
    with ExitStack() as running:
        try:
            for one in (alertmanager, prometheus, system):
                running.enter_context(one)
        except Missing as error:
            absent(error)
        client = running.enter_context(Running(system.url, system.redis, system).client())
        desk = operator(client)
        programme(desk, PROGRAMME)
        programme(desk, OTHER)
        prometheus.sees_all()
        yield World(system, prometheus, alertmanager, Hand(folder / "hand", system), desk)


@pytest.fixture
async def transport(world: World) -> AsyncIterator[KafkaTransport]:
    found = KafkaTransport(KafkaOptions(world.system.kafka.bootstrap))
    await found.start()
    yield found
    await found.stop()


def test_a_service_that_is_down(world: World) -> None:
    world.ledgers[0].kill()
    alert = world.prometheus.fires("ServiceDown", instance="ledger-1:6121")
    until(lambda: world.alertmanager.told(alert) == ["page"])
    world.hand.follow(alert["annotations"]["runbook"])
    world.prometheus.resolves(alert)
    assert world.ledgers[0].is_ready()


async def test_dead_letters(world: World) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=world.system.kafka.bootstrap)
    await producer.start()
    sent = await producer.send_and_wait(INTAKE_COMMANDS.name, b"no command", key=b"avocet", partition=5)
    await producer.stop()
    alert = world.prometheus.fires("DeadLetters", service="intake", reason="invalid")
    letter = f"{INTAKE_COMMANDS.name}/5/{sent.offset}"
    shown = world.hand.follow(alert["annotations"]["runbook"], "intake-commands/5/12", letter)
    assert "no command" in shown
    world.prometheus.resolves(alert)


async def test_a_lane_that_is_behind(world: World, transport: KafkaTransport) -> None:
    asked = [draw(OTHER, "avocet", 1, f"burst-{n}") for n in range(BURST)]
    records = [Outgoing(one.key, one.value, tuple(one.headers)) for one in asked]
    for start in range(0, BURST, 2_000):
        await transport.send(LEDGER_COMMANDS.name, SHARD, records[start : start + 2_000])
    alert = world.prometheus.fires("LaneStuck", service="ledger", shard=str(SHARD))
    world.hand.follow(alert["annotations"]["runbook"])
    world.prometheus.resolves(alert)


@pytest.mark.drill
async def test_a_shard_that_is_taken_over_again_and_again(world: World, transport: KafkaTransport) -> None:
    before = losses(world)
    for number in range(1, 4):
        thief = await transport.appender(LEDGER_ENTRIES.name, SHARD)
        source, id_ = f"/greenlight/ledger/ledger/{SHARD}", f"thief.{time.time_ns()}"
        await thief.append([envelope.control_record(envelope.CLAIMED, source, id_, b"-1", b"{}", None)])
        cap = {"reason": "Drill", "programme_id": OTHER, "cap_id": "programme", "volume_units": 400_000 + number}
        assert world.desk.post("/v1/operator/caps", cap).status_code == 202
        until(partial(lambda wanted: losses(world) >= wanted, before + number))
    alert = world.prometheus.fires("FenceLosses", service="ledger", shard=str(SHARD))
    world.hand.follow(alert["annotations"]["runbook"])
    world.prometheus.resolves(alert)


def losses(world: World) -> float:
    """Fence losses that the ledger's processes have counted."""
    lines = (line for process in world.ledgers for line in page(process, "/metrics").text.splitlines())
    return sum(float(line.split()[-1]) for line in lines if line.startswith("greenlight_fence_losses_total"))


@pytest.mark.drill
async def test_a_shard_whose_rows_its_journal_never_made(world: World, transport: KafkaTransport) -> None:
    row = prefix("ledger", LEDGER_ENTRIES.name, SHARD) + META
    cap = {"reason": "Drill", "programme_id": OTHER, "cap_id": "programme", "volume_units": 300_000}
    assert world.desk.post("/v1/operator/caps", cap).status_code == 202
    with redis.Redis.from_url(world.system.redis.url, decode_responses=True) as rows:
        world.desk.until(f"/v1/programmes/{OTHER}/ledger", lambda shown: "300000" in str(shown))
        until(lambda: '"a":' in (rows.hget(row, "book") or ""))
        for process in world.ledgers:
            process.kill()
        rows.hset(row, "book", rows.hget(row, "book") + " ")
    for process in world.ledgers:
        process.begin()
    alert = world.prometheus.fires("ShardHalted", service="ledger", shard=str(SHARD))
    shown = world.hand.follow(alert["annotations"]["runbook"])
    assert "never made" in " ".join(shown.split())
    world.prometheus.resolves(alert)
