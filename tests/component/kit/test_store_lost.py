"""Redis torn, emptied, replaced, slow or away: the lane goes on, the rows come right, or it halts with its reason."""

import asyncio

import pytest

from deploy.local.redis import Redis
from services.kit import book as books
from services.kit.errors import Unknown
from services.kit.store import META, Store, prefix
from services.kit.tasks import end
from tests.component.kit.harness import (
    LossyStore,
    facts,
    keys,
    memory,
    owned,
    put_back,
    rows,
    running,
    settled,
    surroundings,
    tell,
    told,
    until,
)
from tests.component.kit.toy import COMMANDS, COMPANIES, COUNTS, command, toy_lane

SHARD = COMMANDS.partition("aster")
AT = prefix("policy", COUNTS.name, SHARD)


async def counts(store: Store) -> dict[str, str | None]:
    return {name: row.get("count") for name, row in (await rows(store, toy_lane())).items()}


async def test_a_torn_store_is_not_believed_at_claim(store: Store) -> None:
    transport = memory()
    async with running(toy_lane(), surroundings(transport, store, "old")) as worker:
        await tell(transport, [command("aster", n) for n in range(3)])
        await settled(transport, worker)
    await store._redis.hset(AT + META, "dirty", "1")
    await store._redis.hset(AT + "aster", "count", "7")
    async with running(toy_lane(), surroundings(transport, store, "new")) as worker:
        await tell(transport, [command("aster", 3)])
        await settled(transport, worker)
        assert owned(worker, SHARD).rows.rewrites == 1
    assert await counts(store) == {"aster": "4"}
    assert [getattr(f, "count", 0) for f in await facts(transport, COUNTS)] == [1, 2, 3, 4]


async def test_a_write_torn_while_the_lane_runs_is_made_whole(store: Store) -> None:
    transport = memory()
    async with running(toy_lane(), surroundings(transport, store)) as worker:
        await tell(transport, [command("aster", 0)])
        await settled(transport, worker)
        await store._redis.delete(AT + "aster")
        await store._redis.set(AT + "aster", "of another type: the script raises half-way")
        await tell(transport, [command("aster", 1)])
        await settled(transport, worker)
        assert owned(worker, SHARD).rows.rewrites == 2
    assert await counts(store) == {"aster": "2"}


async def test_a_write_torn_while_idle_is_made_whole(store: Store) -> None:
    transport = memory()
    async with running(toy_lane(), surroundings(transport, store)) as worker:
        await tell(transport, [command("aster", 0)])
        await settled(transport, worker)
        await store._redis.hset(AT + META, "dirty", "1")
        await store._redis.hset(AT + "aster", "count", "7")

        async def whole() -> bool:
            return await counts(store) == {"aster": "1"}

        await until(whole)


async def test_an_older_store_restored_before_a_claim_is_brought_forward(store: Store) -> None:
    transport = memory()
    async with running(toy_lane(), surroundings(transport, store, "old")) as worker:
        await tell(transport, [command("aster", n) for n in range(3)])
        await settled(transport, worker)
        saved = await keys(store)
        await tell(transport, [command("aster", n) for n in range(3, 6)])
        await settled(transport, worker)
    await put_back(store, saved)
    async with running(toy_lane(), surroundings(transport, store, "new")) as worker:
        await tell(transport, [command("aster", 6)])
        await settled(transport, worker)
        assert owned(worker, SHARD).rows.rewrites == 0
    assert await counts(store) == {"aster": "7"}
    assert [getattr(f, "count", 0) for f in await facts(transport, COUNTS)] == [1, 2, 3, 4, 5, 6, 7]


async def test_an_older_store_restored_under_a_running_lane_is_rewritten(store: Store) -> None:
    transport = memory()
    async with running(toy_lane(), surroundings(transport, store)) as worker:
        await tell(transport, [command("aster", 0), command("aster", 1)])
        await settled(transport, worker)
        saved = await keys(store)
        await tell(transport, [command("aster", 2)])
        await settled(transport, worker)
        await put_back(store, saved)
        await tell(transport, [command("aster", 3)])
        await settled(transport, worker)
    assert await counts(store) == {"aster": "4"}


async def test_flushall_under_load_heals_without_a_hand(store: Store) -> None:
    transport = memory()
    async with running(toy_lane(), surroundings(transport, store)) as worker:
        for n in range(100):
            await tell(transport, [command(company, n) for company in COMPANIES])
            if n % 25 == 5:
                await store._redis.flushall()
            await asyncio.sleep(0)
        await settled(transport, worker)

        async def healed() -> bool:
            return await counts(store) == dict.fromkeys(COMPANIES, "100")

        await until(healed)
    assert {name: len(ids) for name, ids in (await told(transport, COUNTS)).items()} == dict.fromkeys(COMPANIES, 100)


async def test_flushall_while_idle_heals_without_a_hand(store: Store) -> None:
    transport = memory()
    async with running(toy_lane(), surroundings(transport, store)) as worker:
        await tell(transport, [command(company, 0) for company in COMPANIES])
        await settled(transport, worker)
        await store._redis.flushall()

        async def healed() -> bool:
            return await counts(store) == dict.fromkeys(COMPANIES, "1")

        await until(healed, 3.0)
        assert owned(worker, SHARD).rows.rewrites == 2


async def test_rows_that_cannot_be_restored_are_made_again_from_the_journal(store: Store) -> None:
    transport = memory()
    async with running(toy_lane(), surroundings(transport, store, "old")) as worker:
        await tell(transport, [command("aster", n) for n in range(3)])
        await settled(transport, worker)
    await store._redis.hset(AT + "aster", "count", "many")
    async with running(toy_lane(), surroundings(transport, store, "new")) as worker:
        await settled(transport, worker)
        assert owned(worker, SHARD).state["aster"].count == 3
    assert await counts(store) == {"aster": "3"}


async def test_rows_ahead_of_the_journal_halt_the_shard(store: Store) -> None:
    transport = memory()
    async with running(toy_lane(), surroundings(transport, store, "old")) as worker:
        await tell(transport, [command("aster", n) for n in range(10)])
        await settled(transport, worker)
    lost = memory()
    for start in range(3):
        async with running(toy_lane(), surroundings(lost, store, f"new-{start}")) as worker:
            assert "the journal ends at" in worker.shards[SHARD].halted
            assert any(f"shard {SHARD} halted" in problem for problem in worker.problems())


async def test_rows_that_this_journal_never_made_halt_the_shard_however_long_it_has_grown(store: Store) -> None:
    transport = memory()
    async with running(toy_lane(), surroundings(transport, store, "old")) as worker:
        await tell(transport, [command("aster", n) for n in range(3)])
        await settled(transport, worker)
    async with running(toy_lane(), surroundings(transport, store, "old")) as worker:
        await settled(transport, worker)  # what Redis tells last is a claim marker, not a step
    saved = await keys(store)
    await store._redis.flushall()
    other = memory()
    async with running(toy_lane(), surroundings(other, store, "other")) as worker:
        for n in range(20):
            await tell(other, [command("aster", 100 + n)])
        await settled(other, worker)
    await put_back(store, saved)
    async with running(toy_lane(), surroundings(other, store, "new")) as worker:
        assert "never made" in worker.shards[SHARD].halted


async def test_a_foreign_hash_below_the_prefix_is_replaced(store: Store) -> None:
    transport = memory()
    await store._redis.hset(AT + META, mapping={"position": "{}", "owner": "x", "dirty": "0", "book": "?"})
    await store._redis.hset(AT + "aster", "count", "7")
    async with running(toy_lane(), surroundings(transport, store)) as worker:
        await tell(transport, [command("birch", 0)])
        await settled(transport, worker)
    assert await counts(store) == {"birch": "1"}


async def test_a_company_called_as_the_runtimes_own_rows_harms_nothing(store: Store) -> None:
    transport = memory()
    async with running(toy_lane(), surroundings(transport, store)) as worker:
        await tell(transport, [command("meta", n) for n in range(3)])
        await settled(transport, worker)
        assert owned(worker, COMMANDS.partition("meta")).rows.rewrites == 1
    assert await counts(store) == {"meta": "3"}


LOST = [["before"], ["after"], ["before", "after"], ["after", "before", "before"], ["", "after"] * 4]


@pytest.mark.parametrize("fates", LOST, ids=[" ".join(fates) for fates in LOST])
async def test_a_lost_reply_of_the_script_is_no_reason_to_rewrite(store: Store, fates: list[str]) -> None:
    transport, lossy = memory(), LossyStore(store)
    async with running(toy_lane(), surroundings(transport, lossy)) as worker:
        await settled(transport, worker)
        lossy.lose = list(fates)
        told_so_far = 0
        while lossy.lose:
            await tell(transport, [command("aster", told_so_far)])
            told_so_far += 1
            await asyncio.sleep(0.001)
        await settled(transport, worker)
        assert owned(worker, SHARD).rows.rewrites == 1
    row = (await rows(store, toy_lane()))["aster"]
    assert row["count"] == str(told_so_far)
    assert sum(key.startswith("id:") for key in row) == told_so_far


async def test_a_rewrite_asked_for_while_a_write_is_under_way_is_not_forgotten(store: Store) -> None:
    transport = memory()
    async with running(toy_lane(), surroundings(transport, store)) as worker:
        await tell(transport, [command("aster", 0)])
        await settled(transport, worker)
        writer = owned(worker, SHARD).rows
        apply, reached, go = store.apply, asyncio.Event(), asyncio.Event()

        async def slow(*args: object) -> object:
            reached.set()
            await go.wait()
            return await apply(*args)  # type: ignore[arg-type]  # handed on as they came

        store.apply = slow  # type: ignore[method-assign, assignment]
        await tell(transport, [command("aster", 1)])
        await reached.wait()
        before = writer.rewrites
        worker.rebuild()
        store.apply = apply  # type: ignore[method-assign]
        go.set()
        await until(lambda: writer.rewrites == before + 1)
        await settled(transport, worker)
    assert await counts(store) == {"aster": "2"}


async def test_a_rewrite_that_outlives_its_shard_never_shows_what_is_not_in_the_journal(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    transport, ended = memory(), asyncio.Event()

    async def late(tasks: tuple["asyncio.Task[None]", ...]) -> None:
        await asyncio.wait(tasks, timeout=0.2)
        await end(tasks)
        ended.set()

    def fault(point: str, topic: str, _: int) -> None:
        if (point, topic) == ("append-before", COUNTS.name):
            worker.rebuild()
            raise Unknown("never appended")

    monkeypatch.setattr("services.kit.owned.end", late)
    async with running(toy_lane(), surroundings(transport, store)) as worker:
        await tell(transport, [command("aster", 0)])
        await settled(transport, worker)
        writer = owned(worker, SHARD).rows
        transport.fault = fault
        await tell(transport, [command("aster", 1)])
        await until(ended.is_set)
        assert await counts(store) == {"aster": "1"}
        assert writer.rewrites == 1
        transport.fault = None
        await settled(transport, worker)
    assert await counts(store) == {"aster": "2"}


@pytest.mark.parametrize("how", ["stop", "freeze"])
async def test_redis_away_the_lane_runs_on_for_a_while_then_waits_says_so_and_heals(
    redis: Redis, store: Store, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.kit.rows.STEPS_WITHOUT_STORE_MAX", 20)
    transport = memory()
    async with running(toy_lane(), surroundings(transport, store)) as worker:
        await settled(transport, worker)
        redis.stop() if how == "stop" else redis.freeze()
        for n in range(60):
            await tell(transport, [command("aster", n)])
            await asyncio.sleep(0.001)
        await until(lambda: any("waits for Redis" in problem for problem in worker.problems()))
        waiting = owned(worker, SHARD).book.position
        assert 20 <= waiting < 60
        assert not worker.stuck()
        redis.start() if how == "stop" else redis.thaw()
        await settled(transport, worker)
        await until(lambda: not worker.problems())
    assert await counts(store) == {"aster": "60"}
    assert [getattr(f, "count", 0) for f in await facts(transport, COUNTS)] == list(range(1, 61))


async def test_a_lane_starts_without_redis_and_fills_it_when_it_comes(redis: Redis, store: Store) -> None:
    transport = memory()
    async with running(toy_lane(), surroundings(transport, store, "old")) as worker:
        await tell(transport, [command("aster", n) for n in range(3)])
        await settled(transport, worker)
    redis.stop()
    async with running(toy_lane(), surroundings(transport, store, "new")) as worker:
        await tell(transport, [command("aster", 3)])
        await until(lambda: owned(worker, SHARD).book.position == 4)
        redis.start()
        await settled(transport, worker)
    assert await counts(store) == {"aster": "4"}


async def test_more_rows_than_one_script_should_write_are_rewritten_in_pages(
    redis: Redis, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.kit.rows.APPLY_ROWS_MAX", 5)
    transport = memory()
    companies = [f"company-{n}" for n in range(60)]
    async with running(toy_lane(), surroundings(transport, store)) as worker:
        await settled(transport, worker)
        redis.freeze()
        await tell(transport, [command(company, 0) for company in companies])
        await until(lambda: sum(s.owned.book.position for s in worker.shards.values() if s.owned) == 60)
        redis.thaw()
        await settled(transport, worker)
        assert max(owned(worker, shard).rows.rewrites for shard in worker.shards) > 1
    assert await counts(store) == dict.fromkeys(companies, "1")


async def test_the_book_in_redis_is_the_book_in_the_journal(store: Store) -> None:
    transport = memory()
    async with running(toy_lane(), surroundings(transport, store)) as worker:
        await tell(transport, [command("aster", 0)])
        await settled(transport, worker)
        kept = await store.kept(AT)
        assert kept is not None
        assert books.load(kept.book) == owned(worker, SHARD).book
