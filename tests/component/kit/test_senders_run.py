"""A sender acts at least once, in order per key, under a stable id, and not again once the result is recorded."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from schemas.base import Command, Fact
from schemas.catalogue import INBOX_OF
from services.kit.contract import Recorded, Sender
from services.kit.errors import Unknown
from services.kit.sender import SenderWorker
from services.kit.store import Store
from services.kit.transport.memory import MemoryTransport
from tests.component.kit.harness import commands, facts, memory, running, settled, surroundings, tell, until, working
from tests.component.kit.toy import COMMANDS, COMPANIES, COUNTS, Count, Counted, Repeated, command, toy_lane

SHARD = COMMANDS.partition("aster")


@pytest.fixture(autouse=True)
def _toy_inbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.kit.sender.INBOX_OF", {**INBOX_OF, Count.type: COMMANDS})


class Outside:
    """What was done outside, in order. An effect is opened by a count and closed by the repeat of its command."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.under_way: set[str] = set()
        self.crashes: set[str] = set()
        self.hold: asyncio.Event | None = None

    async def send(self, fact: Fact, _: Recorded) -> Command:
        assert isinstance(fact, Counted)
        assert not any(other.split("-")[0] == fact.company_id for other in self.under_way)
        self.under_way.add(fact.command_id)
        try:
            if self.hold is not None:
                await self.hold.wait()
            await asyncio.sleep(0.001)
            self.done.append(fact.command_id)
            if fact.command_id in self.crashes:
                self.crashes.discard(fact.command_id)
                raise RuntimeError("the sender has a bug")
            return Count(command_id=fact.command_id, company_id=fact.company_id)
        finally:
            self.under_way.discard(fact.command_id)

    def sender(self) -> Sender:
        return Sender("toy-sender", "policy", COUNTS, opened, closed, self.send)


def opened(fact: Fact) -> str | None:
    return fact.command_id if isinstance(fact, Counted) else None


def closed(fact: Fact) -> str | None:
    return fact.command_id if isinstance(fact, Repeated) else None


@asynccontextmanager
async def lane(transport: MemoryTransport, store: Store) -> AsyncIterator[None]:
    async with running(toy_lane(), surroundings(transport, store, "lane")) as worker:
        yield
        await settled(transport, worker)


async def all_closed(transport: MemoryTransport) -> bool:
    found = await facts(transport, COUNTS)
    return {f.command_id for f in found if opened(f)} == {f.command_id for f in found if closed(f)}


async def test_every_effect_is_done_once_in_order_per_key_and_reported(store: Store) -> None:
    transport, outside = memory(), Outside()
    async with lane(transport, store), working(SenderWorker(outside.sender(), surroundings(transport, store))):
        for n in range(20):
            await tell(transport, [command(name, n) for name in COMPANIES])
            await asyncio.sleep(0.001)
        await until(lambda: all_closed(transport))
    for name in COMPANIES:
        assert [done for done in outside.done if done.startswith(name)] == [f"{name}-{n}" for n in range(20)]


async def test_effects_of_a_key_wait_for_those_found_in_an_earlier_poll(store: Store) -> None:
    transport, outside = memory(), Outside()
    outside.hold = asyncio.Event()
    worker = SenderWorker(outside.sender(), surroundings(transport, store))
    async with lane(transport, store), working(worker):
        for n in range(3):
            await tell(transport, [command("aster", n)])
            await until(lambda n=n: worker._open[SHARD].effects.keys() >= {f"aster-{n}"})  # type: ignore[misc]
        assert outside.under_way == {"aster-0"}
        outside.hold.set()
        await until(lambda: all_closed(transport))
    assert outside.done == ["aster-0", "aster-1", "aster-2"]


async def test_a_crash_between_the_effect_and_its_report_repeats_it_under_the_same_id(store: Store) -> None:
    transport, outside = memory(), Outside()

    def fault(point: str, topic: str, _: int) -> None:
        if topic == COMMANDS.name and point == "send-before":
            raise Unknown("the report is lost")

    async with lane(transport, store):
        await tell(transport, [command("aster", 0), command("birch", 0)])
        async with working(SenderWorker(outside.sender(), surroundings(transport, store, "old"))):
            transport.fault = fault
            await until(lambda: sorted(outside.done) == ["aster-0", "birch-0"])
        transport.fault = None
        async with working(SenderWorker(outside.sender(), surroundings(transport, store, "new"))):
            await until(lambda: all_closed(transport))
    assert sorted(outside.done) == ["aster-0", "aster-0", "birch-0", "birch-0"]
    assert len({c.command_id for c in await commands(transport, COMMANDS)}) == 2


async def test_what_is_closed_is_not_done_again_after_a_restart(store: Store) -> None:
    transport, outside = memory(), Outside()
    async with lane(transport, store):
        async with working(SenderWorker(outside.sender(), surroundings(transport, store, "old"))):
            await tell(transport, [command("aster", n) for n in range(3)])
            await until(lambda: all_closed(transport))
        async with working(SenderWorker(outside.sender(), surroundings(transport, store, "new"))):
            await tell(transport, [command("aster", 3)])
            await until(lambda: "aster-3" in outside.done and len(outside.done) >= 4)
            await until(lambda: all_closed(transport))
    assert outside.done == ["aster-0", "aster-1", "aster-2", "aster-3"]


async def test_a_second_member_takes_its_share_and_gives_it_back(store: Store) -> None:
    transport, outside = memory(), Outside()
    first = SenderWorker(outside.sender(), surroundings(transport, store, "first"))
    async with lane(transport, store), working(first):
        for _ in range(3):
            async with working(SenderWorker(outside.sender(), surroundings(transport, store, "second"))):
                await until(lambda: len(first._serving) == 2)
            await until(lambda: len(first._serving) == 4)
        await tell(transport, [command(name, 0) for name in COMPANIES])
        await until(lambda: all_closed(transport))
    assert sorted(set(outside.done)) == sorted(f"{name}-0" for name in COMPANIES)


async def test_a_partition_assigned_again_is_served_on(store: Store) -> None:
    transport, outside = memory(), Outside()
    worker = SenderWorker(outside.sender(), surroundings(transport, store))
    async with lane(transport, store), working(worker):
        await until(lambda: len(worker._serving) == 4)
        worker.assigned(frozenset((SHARD,)))
        worker.assigned(frozenset((SHARD,)))
        await tell(transport, [command("aster", 0)])
        await until(lambda: all_closed(transport))


async def test_an_effect_that_raises_does_not_hold_its_key_up_and_is_tried_by_the_next_start(store: Store) -> None:
    transport, outside = memory(), Outside()
    outside.crashes.add("aster-0")
    async with lane(transport, store):
        async with working(SenderWorker(outside.sender(), surroundings(transport, store, "old"))):
            await tell(transport, [command("aster", n) for n in range(2)])
            await until(lambda: outside.done == ["aster-0", "aster-1"])
        async with working(SenderWorker(outside.sender(), surroundings(transport, store, "new"))):
            await until(lambda: all_closed(transport))
    assert outside.done[2] == "aster-0"


async def test_no_more_than_a_bounded_number_of_effects_is_open_at_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.kit.sender.OPEN_MAX", 10)
    transport, outside = memory(), Outside()
    outside.hold = asyncio.Event()
    worker = SenderWorker(outside.sender(), surroundings(transport, store))
    async with lane(transport, store), working(worker):
        await tell(transport, [command("aster", n) for n in range(50)])
        await until(lambda: len(worker._open[SHARD].effects) == 10)
        outside.hold.set()
        await until(lambda: all_closed(transport))
    assert outside.done == [f"aster-{n}" for n in range(50)]


async def test_a_journal_that_cannot_be_read_is_a_problem_of_that_partition(store: Store) -> None:
    transport, outside = memory(), Outside()
    worker = SenderWorker(outside.sender(), surroundings(transport, store))
    transport.away = True
    async with working(worker):
        await until(lambda: any(f"partition {SHARD}: the log is away" in problem for problem in worker.problems()))
        transport.away = False
        await until(lambda: worker.problems() == ())
