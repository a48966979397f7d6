"""A log that is not the one the shard stands on halts the shard with its reason, and goes on halting it."""

from collections.abc import Callable
from time import monotonic

import pytest

from services.kit.lane import LaneWorker
from services.kit.store import Store
from services.kit.transport.memory import MemoryTransport
from tests.component.kit.harness import facts, memory, running, settled, surroundings, tell, until
from tests.component.kit.toy import COMMANDS, COUNTS, Counts, command, toy_lane

SHARD = COMMANDS.partition("aster")


async def filled(transport: MemoryTransport, name: str, records: int) -> None:
    transport.recreate(name)
    await tell(transport, [command("aster", 1_000 + n) for n in range(records)])


async def recreated_empty(transport: MemoryTransport) -> None:
    transport.recreate(COMMANDS.name)


async def recreated_shorter(transport: MemoryTransport) -> None:
    await filled(transport, COMMANDS.name, 5)


async def recreated_as_long(transport: MemoryTransport) -> None:
    await filled(transport, COMMANDS.name, 10)


async def recreated_longer(transport: MemoryTransport) -> None:
    await filled(transport, COMMANDS.name, 50)


async def truncated_beyond(transport: MemoryTransport) -> None:
    await tell(transport, [command("aster", n) for n in range(10, 20)])
    transport.truncate(COMMANDS.name, SHARD, 15)


async def journal_recreated(transport: MemoryTransport) -> None:
    transport.recreate(COUNTS.name)


async def journal_cut_short(transport: MemoryTransport) -> None:
    del transport._log(COUNTS.name, SHARD).records[-4:]


async def other_cluster(transport: MemoryTransport) -> None:
    transport._cluster = "another"


HALTED: list[tuple[Callable[[MemoryTransport], object], str]] = [
    (recreated_empty, "truncated or recreated"),
    (recreated_shorter, "truncated or recreated"),
    (recreated_as_long, "another record at 9: recreated"),
    (recreated_longer, "another record at 9: recreated"),
    (truncated_beyond, "truncated or recreated"),
    (journal_recreated, "the journal ends at"),
    (journal_cut_short, "the journal ends at"),
    (other_cluster, "cluster memory, this is another"),
]


async def ten_decided(transport: MemoryTransport, store: Store) -> None:
    async with running(toy_lane(), surroundings(transport, store, "old")) as worker:
        for n in range(10):
            await tell(transport, [command("aster", n)])
        await settled(transport, worker)


def reason(worker: LaneWorker[Counts]) -> str:
    return worker.shards[SHARD].halted


@pytest.mark.parametrize(("change", "expected"), HALTED, ids=[row[0].__name__ for row in HALTED])
async def test_another_log_halts_the_shard_each_time_it_is_claimed(
    store: Store, change: Callable[[MemoryTransport], object], expected: str
) -> None:
    transport = memory()
    await ten_decided(transport, store)
    await change(transport)  # type: ignore[misc]  # each is async
    before = len(await facts(transport, COUNTS))
    for start in range(3):
        async with running(toy_lane(), surroundings(transport, store, f"new-{start}")) as worker:
            assert expected in reason(worker)
            assert worker._around.metrics.shard_halted.labels("policy", "toy", str(SHARD))._value.get() == 1
            assert any(expected in problem for problem in worker.problems())
    assert len(await facts(transport, COUNTS)) == before


async def test_another_cluster_is_noticed_without_redis(store: Store) -> None:
    transport = memory()
    await ten_decided(transport, store)
    await store._redis.flushall()
    transport._cluster = "another"
    async with running(toy_lane(), surroundings(transport, store, "new")) as worker:
        assert "cluster memory, this is another" in reason(worker)


async def test_a_truncated_journal_halts_a_claim_that_has_no_rows(store: Store) -> None:
    transport = memory()
    await ten_decided(transport, store)
    await store._redis.flushall()
    transport.truncate(COUNTS.name, SHARD, 5)
    async with running(toy_lane(), surroundings(transport, store, "new")) as worker:
        assert "facts before it are gone" in reason(worker)


async def test_an_inbox_recreated_under_a_running_shard_halts_it(store: Store) -> None:
    transport = memory()
    async with running(toy_lane(), surroundings(transport, store)) as worker:
        await tell(transport, [command("aster", n) for n in range(10)])
        await settled(transport, worker)
        transport.recreate(COMMANDS.name)
        await until(lambda: "outside 0..0" in reason(worker))


async def test_records_taken_from_a_new_log_while_we_were_sure_of_the_old_one_halt_the_shard_too(store: Store) -> None:
    transport = memory()
    async with running(toy_lane(), surroundings(transport, store)) as worker:
        await tell(transport, [command("aster", n) for n in range(10)])
        await settled(transport, worker)
        worker.shards[SHARD]._sure_until = monotonic() + 1
        await recreated_longer(transport)
        await until(lambda: ": recreated" in reason(worker))


async def test_an_unreadable_fact_in_the_journal_halts_the_claim(store: Store) -> None:
    transport = memory()
    await ten_decided(transport, store)
    await store._redis.flushall()
    records = transport._log(COUNTS.name, SHARD).records
    broken = records[3]
    records[3] = type(broken)(
        broken.topic, broken.partition, broken.offset, broken.timestamp, broken.key, b"{}", broken.headers
    )
    async with running(toy_lane(), surroundings(transport, store, "new")) as worker:
        assert "unreadable fact at 3" in reason(worker)
