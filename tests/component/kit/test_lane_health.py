"""What a lane says of itself: stuck or only waiting, how far behind, and nothing of what it no longer holds."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from schemas.base import Command
from services.kit.lane import LaneWorker
from services.kit.store import Store
from services.kit.tasks import end
from tests.component.kit.harness import memory, owned, running, settled, surroundings, tell, until
from tests.component.kit.toy import COMMANDS, Faults, command, toy_lane

SHARD = COMMANDS.partition("aster")


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.kit.lane.COMMIT_SECONDS", 0.01)
    monkeypatch.setattr("services.kit.lane.STUCK_SECONDS", 0.1)


async def test_a_shard_with_records_that_does_not_move_is_stuck(store: Store) -> None:
    transport, go = memory(), asyncio.Event()

    async def gather(found: Sequence[Command]) -> Sequence[Command]:
        await go.wait()
        return found

    async with running(replace(toy_lane(), gather=gather), surroundings(transport, store)) as worker:
        await until(lambda: not worker.problems())
        assert worker.stuck() == ()
        await tell(transport, [command("aster", 0)])
        await until(lambda: worker.stuck() == (f"policy.toy: shard {SHARD} has not moved",))
        go.set()
        await settled(transport, worker)
        await until(lambda: worker.stuck() == ())


async def test_a_shard_that_waits_for_redis_is_not_stuck(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.kit.rows.STEPS_WITHOUT_STORE_MAX", 1)
    transport = memory()
    async with running(toy_lane(), surroundings(transport, store)) as worker:
        await settled(transport, worker)
        owned(worker, SHARD).rows._room.clear()
        worker._moved[SHARD] = (0, 0.0)
        assert worker.stuck() == ()
        owned(worker, SHARD).rows._room.set()
        assert worker.stuck() == (f"policy.toy: shard {SHARD} has not moved",)


async def test_an_outage_of_the_log_does_not_count_as_standing_still(store: Store) -> None:
    transport = memory()
    async with running(toy_lane(), surroundings(transport, store)) as worker:
        await until(lambda: SHARD in worker._moved)
        transport.away = True
        await until(lambda: not worker._moved)
        assert worker.stuck() == ()


async def test_a_shard_given_away_is_neither_stuck_nor_measured(store: Store) -> None:
    transport = memory()
    async with running(toy_lane(Faults(raises={"aster"})), surroundings(transport, store)) as worker:
        metrics, labels = worker._around.metrics, ("policy", "toy", str(SHARD))
        await tell(transport, [command("aster", n) for n in range(3)])
        await until(lambda: metrics.parked_keys.labels(*labels)._value.get() == 1)
        metrics.lag_records.labels(*labels).set(7)
        worker._moved[SHARD] = (0, 0.0)
        worker.revoked(frozenset((SHARD,)))
        assert worker.stuck() == ()
        assert str(SHARD) not in worker.status()
        for gauge in (metrics.lag_records, metrics.parked_keys, metrics.shard_halted):
            assert gauge.labels(*labels)._value.get() == 0
        await worker._measure(SHARD, 0, 1)
        assert SHARD not in worker._moved


async def test_lag_is_how_long_the_oldest_record_has_waited_however_long_nothing_came_before_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    transport, go, clock = memory(), asyncio.Event(), [1_700_000_000_000]
    monkeypatch.setattr(transport, "_clock", lambda: clock[0])
    monkeypatch.setattr("services.kit.lane.now", lambda: clock[0])
    go.set()

    async def gather(found: Sequence[Command]) -> Sequence[Command]:
        await go.wait()
        return found

    async with running(replace(toy_lane(), gather=gather), surroundings(transport, store)) as worker:
        seconds = worker._around.metrics.lag_seconds.labels("policy", "toy", str(SHARD))._value
        await tell(transport, [command("aster", 0)])
        await settled(transport, worker)
        clock[0] += 3_600_000
        go.clear()
        await tell(transport, [command("aster", 1)])
        clock[0] += 7_000
        await until(lambda: seconds.get() == 7)
        await tell(transport, [command("aster", 2)])
        clock[0] += 2_000
        await until(lambda: seconds.get() == 9)
        go.set()
        await settled(transport, worker)
        await until(lambda: seconds.get() == 0)


async def test_a_waiting_record_that_is_gone_leaves_the_worker_running(store: Store) -> None:
    transport, never = memory(), asyncio.Event()

    async def gather(found: Sequence[Command]) -> Sequence[Command]:
        await never.wait()
        return found

    async with running(replace(toy_lane(), gather=gather), surroundings(transport, store)) as worker:
        metrics, labels = worker._around.metrics, ("policy", "toy", str(SHARD))
        await tell(transport, [command("aster", 0), command("aster", 1)])
        transport.truncate(COMMANDS.name, SHARD, 1)
        worker._oldest.clear()
        metrics.lag_seconds.labels(*labels).set(5)
        await worker._measure(SHARD, 0, 2)
        assert metrics.lag_records.labels(*labels)._value.get() == 2
        assert metrics.lag_seconds.labels(*labels)._value.get() == 0


async def test_a_worker_leaves_its_group_in_order_however_often_it_is_cancelled(store: Store) -> None:
    transport, left = memory(), list[str]()
    worker = LaneWorker(toy_lane(), surroundings(transport, store))
    stop = worker._inbox.stop

    async def slowly() -> None:
        await asyncio.sleep(0.3)
        await stop()
        left.append("left")

    worker._inbox.stop = slowly  # type: ignore[method-assign]
    task = asyncio.create_task(worker.run())
    await until(lambda: worker.owns_any())
    await end((task,))
    assert left == ["left"]
    assert transport.groups[(COMMANDS.name, "policy.toy")] == []


async def test_status_shows_each_shard(store: Store) -> None:
    transport = memory()
    async with running(toy_lane(), surroundings(transport, store)) as worker:
        await tell(transport, [command("aster", 0)])
        await settled(transport, worker)
        shown = worker.status()[str(SHARD)]
        assert isinstance(shown, dict)
        assert (shown["running"], shown["position"], shown["facts"], shown["parked"]) == (True, 1, 1, [])
