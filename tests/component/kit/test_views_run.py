"""A view shows what its journals say, once, wherever it runs, and is made again when its rows are gone."""

import asyncio
from functools import partial

from schemas.base import Fact
from schemas.intake import OperatorActed
from services.kit.contract import Recorded, Rows, View
from services.kit.controls import Controls
from services.kit.store import Store, prefix
from services.kit.transport.memory import MemoryTransport
from services.kit.view import ViewReader, ViewWorker
from tests.builders import build
from tests.component.kit.harness import (
    LossyStore,
    keys,
    memory,
    put_back,
    running,
    settled,
    surroundings,
    tell,
    until,
    working,
)
from tests.component.kit.toy import (
    COMMANDS,
    COMPANIES,
    COUNTS,
    TALLIES,
    Counted,
    Tallied,
    command,
    tally_lane,
    toy_lane,
)

SHARD = COMMANDS.partition("aster")


class Seen:
    """What has been projected, in order."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.raises: set[str] = set()

    def project(self, fact: Fact, where: Recorded) -> Rows:
        if fact.command_id in self.raises:
            raise ValueError(fact.command_id)
        self.ids.append(fact.command_id)
        if isinstance(fact, Tallied):
            return {f"tally:{fact.programme_id}": {"count": str(fact.count)}}
        assert isinstance(fact, Counted)
        return {fact.company_id: {"count": str(fact.count), "offset": str(where.offset), fact.command_id: "1"}}


def view(seen: Seen) -> View:
    return View("toy-view", "policy", (COUNTS, TALLIES), seen.project)


async def load(transport: MemoryTransport, store: Store, first: int, last: int) -> None:
    async with (
        running(toy_lane(), surroundings(transport, store, "lane")) as worker,
        running(tally_lane(), surroundings(transport, store, "lane")) as tally,
    ):
        await tell(transport, [command(name, n) for n in range(first, last) for name in COMPANIES])
        await settled(transport, worker, tally)


async def shows(reader: ViewReader, count: int) -> bool:
    for name in COMPANIES:
        row = await reader.row(COMMANDS.partition(name), name) or {}
        tally = await reader.row(TALLIES.partition(name), f"tally:{name}") or {}
        if row.get("count") != str(count) or len(row) != count + 2 or tally.get("count") != str(count):
            return False
    return True


async def test_each_fact_of_every_journal_is_projected_once_also_after_a_restart(store: Store) -> None:
    transport, seen = memory(), Seen()
    reader = ViewReader(view(seen), store, transport)
    for first, last in ((0, 3), (3, 5)):
        await load(transport, store, first, last)
        async with working(ViewWorker(view(seen), surroundings(transport, store, f"view-{first}"))):
            await until(lambda last=last: shows(reader, last))  # type: ignore[misc]  # bound here
    assert len(seen.ids) == len(set(seen.ids)) == 5 * 2 * len(COMPANIES)


async def test_a_second_instance_takes_over_within_seconds(store: Store) -> None:
    transport, seen = memory(), Seen()
    reader = ViewReader(view(seen), store, transport)
    first = ViewWorker(view(seen), surroundings(transport, store, "first"))
    second = ViewWorker(view(seen), surroundings(transport, store, "second"))
    async with working(first):
        await until(lambda: first.status()["leading"] is True)
        async with working(second):
            await load(transport, store, 0, 3)
            await until(lambda: shows(reader, 3))
            assert second.status() == {"leading": False}
    async with working(second):
        await load(transport, store, 3, 4)
        await until(lambda: shows(reader, 4), 6.0)
        assert second.status()["leading"] is True
    assert len(seen.ids) == len(set(seen.ids))


async def test_flushall_makes_the_rows_again_from_the_first_record(store: Store) -> None:
    transport, seen = memory(), Seen()
    reader = ViewReader(view(seen), store, transport)
    async with working(ViewWorker(view(seen), surroundings(transport, store))):
        await load(transport, store, 0, 3)
        await until(lambda: shows(reader, 3))
        await store._redis.flushall()
        await until(lambda: shows(reader, 3))


async def test_older_rows_restored_under_an_idle_view_are_brought_forward(store: Store) -> None:
    transport, seen = memory(), Seen()
    reader = ViewReader(view(seen), store, transport)
    async with working(ViewWorker(view(seen), surroundings(transport, store))):
        await load(transport, store, 0, 3)
        await until(lambda: shows(reader, 3))
        saved = await keys(store)
        await load(transport, store, 3, 5)
        await until(lambda: shows(reader, 5))
        await put_back(store, saved)
        await until(lambda: shows(reader, 5))


async def test_a_rebuild_deletes_every_row_and_makes_them_again(store: Store) -> None:
    transport, seen = memory(), Seen()
    reader = ViewReader(view(seen), store, transport)
    worker = ViewWorker(view(seen), surroundings(transport, store))
    async with working(worker):
        await load(transport, store, 0, 3)
        await until(lambda: shows(reader, 3))
        at = prefix("policy", "toy-view", SHARD)
        await store._redis.hset(at + "left-over", "count", "1")
        Controls((worker,)).apply(build(OperatorActed, verb="rebuild", target="policy/toy-view"))

        async def rebuilt() -> bool:
            return await reader.row(SHARD, "left-over") is None and await shows(reader, 3)

        await until(rebuilt)


async def test_lost_replies_of_the_store_neither_lose_nor_repeat_rows(store: Store) -> None:
    transport, seen, lossy = memory(), Seen(), LossyStore(store)
    reader = ViewReader(view(seen), store, transport)
    async with working(ViewWorker(view(seen), surroundings(transport, lossy))):
        await load(transport, store, 0, 1)
        await until(lambda: shows(reader, 1))
        for number, fate in enumerate(("after", "before", "after"), start=1):
            lossy.lose = [fate]
            await load(transport, store, number, number + 1)
            await until(partial(shows, reader, number + 1), 15.0)
            assert not lossy.lose


async def test_a_fact_that_cannot_be_projected_stops_its_shard_alone_and_is_told(store: Store) -> None:
    transport, seen = memory(), Seen()
    seen.raises.add("aster-1")
    other = next(name for name in COMPANIES if COMMANDS.partition(name) != SHARD)
    reader = ViewReader(view(seen), store, transport)
    worker = ViewWorker(view(seen), surroundings(transport, store))
    async with working(worker):
        await load(transport, store, 0, 3)

        async def count(name: str) -> str:
            return (await reader.row(COMMANDS.partition(name), name) or {}).get("count", "")

        async def shown() -> bool:
            return await count(other) == "3" and await count("aster") == "1"

        await until(shown)
        await until(lambda: any(f"shard {SHARD} halted: ValueError" in problem for problem in worker.problems()))
        seen.raises.clear()
        worker.rebuild()
        await until(lambda: shows(reader, 3))
        await until(lambda: worker.problems() == ())


async def test_caught_up_is_true_only_when_everything_before_the_call_is_shown(store: Store) -> None:
    transport, seen = memory(), Seen()
    reader = ViewReader(view(seen), store, transport)
    assert await reader.caught_up(COMMANDS, 0.0)
    await load(transport, store, 0, 3)
    assert not await reader.caught_up(COMMANDS, 0.05)
    async with working(ViewWorker(view(seen), surroundings(transport, store))):
        assert await reader.caught_up(COMMANDS, 10.0)
        assert (await reader.row(SHARD, "aster") or {})["count"] == "3"
        await tell(transport, [command("aster", 3)])
        assert not await reader.caught_up(COMMANDS, 0.05)
        async with running(toy_lane(), surroundings(transport, store, "lane")):
            assert await reader.caught_up(COMMANDS, 10.0)
        assert (await reader.row(SHARD, "aster") or {})["count"] == "4"


async def test_a_journal_that_lost_its_beginning_is_a_problem_not_the_processs_end(store: Store) -> None:
    transport, seen = memory(), Seen()
    await load(transport, store, 0, 3)
    transport.truncate(COUNTS.name, SHARD, 2)
    worker = ViewWorker(view(seen), surroundings(transport, store))
    async with working(worker):
        await until(lambda: any("before the first kept" in problem for problem in worker.problems()))


async def test_a_view_waits_for_the_log_and_says_so(store: Store) -> None:
    transport, seen = memory(), Seen()
    await load(transport, store, 0, 1)
    transport.away = True
    worker = ViewWorker(view(seen), surroundings(transport, store))
    async with working(worker):
        await until(lambda: any("the log is away" in problem for problem in worker.problems()))
        transport.away = False
        await until(lambda: shows(ViewReader(view(seen), store, transport), 1))
        await until(lambda: worker.problems() == ())
        await asyncio.sleep(0)
