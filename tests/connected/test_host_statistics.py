"""The statistics agent on a real broker: what it shows equals what the journal says, through restarts and a crash."""

import asyncio
import random
import signal
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from deploy.local.kafka import Kafka
from schemas.base import Fact
from schemas.catalogue import DECISIONS
from schemas.policy import ApplicationEvaluated, ApplicationReferred, ApplicationSetAside, AuthorisationIssued
from services.kit import envelope
from services.kit.transport.base import Outgoing
from services.kit.transport.kafka import KafkaOptions, KafkaTransport
from services.policy.statistics import counted
from tests.builders import build
from tests.conftest import Broker, create_topic
from tests.connected.host_process import HostProcess

pytestmark = [pytest.mark.connected, pytest.mark.timeout(240)]

WAIT_SECONDS_MAX = 60.0
CHECK_SECONDS = 0.05
Counts = Counter[tuple[str, str]]
Connect = Callable[..., Awaitable[KafkaTransport]]


def some_fact(random_: random.Random, at: datetime) -> Fact:
    kind = random_.choice((ApplicationEvaluated, ApplicationReferred, AuthorisationIssued, ApplicationSetAside))
    if kind is ApplicationEvaluated:
        outcome = random_.choice(("eligible", "eligible-in-part", "refer", "ineligible"))
        return build(ApplicationEvaluated, at=at, outcome=outcome)
    return build(kind, at=at)


@dataclass
class Journal:
    """Stands in for the lane: owns a journal of facts, and knows what was counted in it."""

    transport: KafkaTransport
    name: str
    counts: Counts = field(default_factory=Counter)
    owner: bytes = b"0"

    async def claim(self) -> None:
        """Append a marker to every partition: what older owners write after it is to be ignored."""
        marker = envelope.control_record(envelope.CLAIMED, "/test", "m", b"0", b"{}", None)
        offsets = [await self.transport.send(self.name, p, [marker]) for p in range(DECISIONS.partitions)]
        assert len(set(offsets)) == 1, "partitions of one length have one owner token"
        self.owner = b"%d" % offsets[0]

    async def append(self, facts: Sequence[Fact]) -> None:
        """The same facts to every partition."""
        for fact in facts:
            if (adds := counted(fact)) is not None:
                self.counts[adds.outcome, "applications"] += DECISIONS.partitions
                self.counts[adds.outcome, "units"] += adds.units * DECISIONS.partitions
        await self.append_uncounted(facts, self.owner)

    async def append_uncounted(self, facts: Sequence[Fact], owner: bytes) -> None:
        records = [envelope.fact_record(fact, DECISIONS, "/test", 0, owner, 0, "c") for fact in facts]
        await self.append_records(records)

    async def append_records(self, records: Sequence[Outgoing]) -> None:
        for partition in range(DECISIONS.partitions):
            await self.transport.send(self.name, partition, records)

    async def ends(self) -> dict[str, int]:
        """The last offset of each partition."""
        return {str(p): (await self.transport.bounds(self.name, p))[1] - 1 for p in range(DECISIONS.partitions)}


def shown(toys: Sequence[HostProcess]) -> tuple[dict[str, int], Counts]:
    """How far the toys have counted, and what, added up."""
    through: dict[str, int] = {}
    counts: Counts = Counter()
    for toy in toys:
        part = toy.worker("policy.statistics")
        through |= cast(dict[str, int], part["through"])
        for outcome, figures in cast(dict[str, dict[str, int]], part["totals"]).items():
            for name, figure in figures.items():
                counts[outcome, name] += figure
    return through, counts


async def until_counted(journal: Journal, *toys: HostProcess) -> Counts:
    """What the toys show when they have counted the whole journal."""
    ends = await journal.ends()
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while True:
        through, counts = await asyncio.to_thread(shown, toys)
        if through == ends:
            return counts
        assert time.monotonic() < deadline, (through, ends)
        await asyncio.sleep(CHECK_SECONDS)


@pytest.fixture
async def journal(kafka: Broker, kafka_transport: Connect) -> Journal:
    name = await create_topic(kafka.bootstrap, DECISIONS.partitions)
    made = Journal(await kafka_transport(), name)
    await made.claim()
    return made


@pytest.fixture
def start(kafka: Broker, journal: Journal, tmp_path: Path) -> Iterator[Callable[[str], HostProcess]]:
    """Start an instance of a service of this test's own, with the agent."""
    service, started = f"toy-{uuid.uuid4().hex[:8]}", list[HostProcess]()

    def start_one(name: str) -> HostProcess:
        toy = HostProcess(tmp_path, name, kafka=kafka.bootstrap, service=service, journal=journal.name)
        started.append(toy)
        toy.start()
        return toy

    yield start_one
    for toy in started:
        toy.kill()


def facts(count: int, seed: int, at: datetime | None = None) -> list[Fact]:
    random_ = random.Random(seed)
    return [some_fact(random_, at or datetime.now(UTC)) for _ in range(count)]


async def test_counts_facts_by_outcome_and_minute(journal: Journal, start: Callable[[str], HostProcess]) -> None:
    earlier = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=10)
    await journal.append([build(AuthorisationIssued, at=earlier), build(AuthorisationIssued, at=earlier)])
    toy = start("toy-1")
    assert await until_counted(journal, toy) == journal.counts
    applications = 2 * DECISIONS.partitions
    assert toy.worker("policy.statistics")["windows"] == [
        {
            "minute": f"{earlier:%Y-%m-%dT%H:%MZ}", "outcome": "authorised", "applications": applications,
            "units": applications * 1_000,
        }
    ]  # fmt: skip


async def test_facts_older_than_an_hour_are_in_the_totals_alone(
    journal: Journal, start: Callable[[str], HostProcess]
) -> None:
    await journal.append(facts(20, seed=1, at=datetime.now(UTC) - timedelta(hours=2)))
    toy = start("toy-1")
    assert await until_counted(journal, toy) == journal.counts
    assert toy.worker("policy.statistics")["windows"] == []


async def test_ignores_what_a_former_owner_wrote_and_what_cannot_be_read(
    journal: Journal, start: Callable[[str], HostProcess]
) -> None:
    toy, former = start("toy-1"), journal.owner
    await journal.append(facts(5, seed=2))
    await journal.claim()
    await journal.append_uncounted(facts(5, seed=3), former)
    evaluated, owner = ("ce_type", ApplicationEvaluated.type.encode()), ("owner", journal.owner)
    bad = [Outgoing(None, None), Outgoing(b"\xff", b"\xfe"), Outgoing(b"k", b"{}", (evaluated, owner)),
           Outgoing(b"k", b"[" * 50_000, (evaluated, owner)), Outgoing(b"k", b"{}", (("owner", b"zz"),))]  # fmt: skip
    await journal.append_records(bad)
    await journal.append(facts(5, seed=4))
    assert await until_counted(journal, toy) == journal.counts


async def test_goes_on_where_it_stood_after_a_restart(journal: Journal, start: Callable[[str], HostProcess]) -> None:
    toy = start("toy-1")
    await journal.append(facts(20, seed=5))
    await until_counted(journal, toy)
    former = journal.owner
    await journal.claim()
    await until_counted(journal, toy)
    assert await asyncio.to_thread(toy.end, signal.SIGTERM) == 0
    await journal.append_uncounted(facts(3, seed=6), former)
    await journal.append(facts(20, seed=7))
    toy.start()
    assert await until_counted(journal, toy) == journal.counts


async def test_instances_show_each_its_part_and_a_killed_ones_part_moves(
    journal: Journal, start: Callable[[str], HostProcess]
) -> None:
    first, second = start("toy-1"), start("toy-2")
    await journal.append(facts(20, seed=8))
    assert await until_counted(journal, first, second) == journal.counts
    await journal.append(facts(200, seed=9))
    await asyncio.to_thread(until_it_counts_some, second)
    second.kill()
    await journal.append(facts(20, seed=10))
    assert await until_counted(journal, first) == journal.counts


def until_it_counts_some(toy: HostProcess) -> None:
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while not toy.worker("policy.statistics")["through"]:
        assert time.monotonic() < deadline
        time.sleep(CHECK_SECONDS)


@pytest.mark.slow
async def test_outlives_its_broker_and_ends_without_it(tmp_path: Path, own_kafka: Callable[..., Kafka]) -> None:
    broker = own_kafka()
    transport = KafkaTransport(KafkaOptions(broker.bootstrap))
    await transport.start()
    journal = Journal(transport, await create_topic(broker.bootstrap, DECISIONS.partitions))
    await journal.claim()
    toy = HostProcess(tmp_path, kafka=broker.bootstrap, journal=journal.name)
    try:
        toy.start()
        await journal.append(facts(20, seed=11))
        await until_counted(journal, toy)
        broker.kill()
        await asyncio.to_thread(broker.start)
        await journal.append(facts(20, seed=12))
        assert await until_counted(journal, toy) == journal.counts
        broker.kill()
        assert await asyncio.to_thread(toy.end, signal.SIGTERM) == 0
        assert toy.events() == ["toy-connected", "toy-begun", "toy-left", "toy-disconnected"]
    finally:
        toy.kill()
        await transport.stop()
