"""A lane decides, writes, causes, keeps time; and goes on where another instance left it."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from schemas.base import Command
from schemas.catalogue import BATCH_COMMANDS
from services.kit import envelope
from services.kit.errors import StaleMember, Unavailable, Unknown
from services.kit.store import Store, prefix
from tests.component.kit.harness import (
    commands,
    facts,
    ignored,
    memory,
    owned,
    raw,
    rows,
    running,
    settled,
    surroundings,
    tell,
    told,
    until,
)
from tests.component.kit.toy import (
    COMMANDS,
    COMPANIES,
    COUNTS,
    TALLIES,
    Count,
    Counted,
    Expired,
    command,
    tally_lane,
    toy_lane,
)

SHARD = COMMANDS.partition("aster")


async def test_each_command_becomes_one_fact_one_row_and_one_react(store: Store) -> None:
    transport = memory()
    await tell(transport, [command(company, n) for n in range(3) for company in COMPANIES])
    async with running(toy_lane(), surroundings(transport, store)) as worker:
        await settled(transport, worker)
    assert len(await facts(transport, COUNTS)) == 12
    row = await store.row(prefix("policy", "toy-counts", SHARD), "aster")
    assert row == {"count": "3", "id:aster-0": "1", "id:aster-1": "1", "id:aster-2": "1"}
    assert len({c.command_id for c in await commands(transport, BATCH_COMMANDS)}) == 12


async def test_a_lost_reply_to_the_append_loses_and_doubles_nothing(store: Store) -> None:
    transport, left = memory(), ["append-after", "append-before", "append-after"]

    def fault(point: str, topic: str, _: int) -> None:
        if topic == "toy-counts" and left and point == left[0]:
            left.pop(0)
            raise Unknown("reply lost")

    async with (
        running(toy_lane(), surroundings(transport, store)) as worker,
        running(tally_lane(), surroundings(transport, store)) as tally,
    ):
        transport.fault = fault
        for n in range(20):
            await tell(transport, [command("aster", n)])
        await settled(transport, worker, tally)
    assert (await told(transport, COUNTS))["aster"] == [f"aster-{n}" for n in range(20)]
    assert len((await told(transport, TALLIES))["aster"]) == 20
    assert left == []


async def test_a_restart_goes_on_from_the_rows_and_the_tail(store: Store) -> None:
    transport = memory()
    for instance in "ab":
        await tell(transport, [command("aster", n) for n in range(5)])
        await tell(transport, [command("birch", n) for n in range(int(instance, 16))])
        async with running(toy_lane(), surroundings(transport, store, instance)) as worker:
            await settled(transport, worker)
    counted = [f for f in await facts(transport, COUNTS) if isinstance(f, Counted)]
    assert [f.count for f in counted if f.company_id == "aster"] == [1, 2, 3, 4, 5]
    assert [f.count for f in counted if f.company_id == "birch"] == list(range(1, 12))


async def test_a_renewal_writes_a_new_marker_and_keeps_the_state(store: Store) -> None:
    transport = memory()
    around = replace(surroundings(transport, store), renew_seconds=0.05)
    async with running(toy_lane(), around) as worker:
        first = owned(worker, SHARD).owner
        state = owned(worker, SHARD).state
        for n in range(10):
            await tell(transport, [command("aster", n)])
            await settled(transport, worker)
        await until(lambda: owned(worker, SHARD).owner > first)
        assert owned(worker, SHARD).state is state
        await settled(transport, worker)
        last = owned(worker, SHARD)
        kept = await store.kept(prefix("policy", "toy-counts", SHARD))
        assert kept is not None
        assert int(kept.position) <= last._end
    assert (await told(transport, COUNTS))["aster"] == [f"aster-{n}" for n in range(10)]
    assert ignored(transport, COUNTS) == 0
    async with running(toy_lane(), surroundings(transport, store, "b")) as worker:
        assert owned(worker, SHARD).rows.rewrites == 0
        assert owned(worker, SHARD).state["aster"].count == 10


async def test_what_is_due_becomes_one_tick_in_the_inbox(store: Store) -> None:
    transport = memory()
    async with running(toy_lane(), surroundings(transport, store)) as worker:
        await tell(transport, [Count(command_id="aster-0", company_id="aster", expires_ms=50)])

        async def expired() -> bool:
            return any(isinstance(fact, Expired) for fact in await facts(transport, COUNTS))

        await until(expired)
        await settled(transport, worker)
        assert owned(worker, SHARD).state["aster"].expires_at is None
    told_types = [envelope.header(record, "ce_type") for record in raw(transport, COMMANDS)]
    assert told_types == [b"policy.count.v1", b"policy.expire.v1"]


async def test_no_second_tick_is_sent_while_one_is_on_its_way(store: Store) -> None:
    transport = memory()
    first = Count(command_id="first", company_id="aster", expires_ms=1)
    behind = [envelope.command_record(command("aster", n), "aster", "/test", "") for n in range(2_000)]
    await tell(transport, [first])
    await transport.send(COMMANDS.name, SHARD, behind)  # four steps of them, so that the lane comes by often
    async with running(toy_lane(), surroundings(transport, store)) as worker:
        await settled(transport, worker)
        assert owned(worker, SHARD).state["aster"].expires_at is None
    assert sum(envelope.header(r, "ce_type") == b"policy.expire.v1" for r in raw(transport, COMMANDS)) == 1


async def test_two_members_share_the_shards_under_load_and_take_over_from_each_other(store: Store) -> None:
    transport = memory()

    async def load() -> None:
        for n in range(150):
            await tell(transport, [command(company, n) for company in COMPANIES])

    async with (
        running(tally_lane(), surroundings(transport, store)) as tally,
        running(toy_lane(), surroundings(transport, store, "a")) as a,
    ):
        loading = asyncio.create_task(load())
        for instance in ("b", "c", "d"):
            async with running(toy_lane(), surroundings(transport, store, instance)) as b:
                assert len(a.shards) == len(b.shards) == 2
                await until(lambda: a.owns_any())
        await loading
        await settled(transport, a, tally)
    expected = {company: [f"{company}-{n}" for n in range(150)] for company in COMPANIES}
    assert await told(transport, COUNTS) == expected
    assert {name: len(ids) for name, ids in (await told(transport, TALLIES)).items()} == dict.fromkeys(COMPANIES, 150)


async def test_a_member_whose_commit_is_refused_does_not_claim(store: Store) -> None:
    transport = memory()
    async with running(toy_lane(), surroundings(transport, store, "a")) as worker:
        markers = len(raw(transport, COUNTS))
        shard = worker.shards[0]

        async def refuse(_: object) -> None:
            raise StaleMember("put out")

        shard._inbox.commit = refuse  # type: ignore[method-assign, assignment]  # a zombie: the group has put it out
        worker.assigned(frozenset((0,)))
        await until(lambda: worker._around.metrics.claims.labels("policy", "toy", "0", "stale")._value.get() == 1)
        assert worker.shards[0].owned is None
        assert len(raw(transport, COUNTS)) == markers
        assert any("shard 0 is not claimed" in problem for problem in worker.problems())


async def test_what_is_gathered_reaches_decide_and_a_failing_gather_is_tried_again(store: Store) -> None:
    transport, failures = memory(), [1]

    async def gather(found: Sequence[Command]) -> Sequence[Command]:
        if failures:
            failures.pop()
            raise Unavailable("the screening is away")
        return [c.model_copy(update={"expires_ms": 3_600_000}) for c in found]

    lane = replace(toy_lane(), gather=gather)
    async with running(lane, surroundings(transport, store)) as worker:
        await tell(transport, [command("aster", 0)])
        await settled(transport, worker)
    (fact,) = await facts(transport, COUNTS)
    assert isinstance(fact, Counted)
    assert fact.expires_at is not None


async def test_the_log_away_for_a_while_is_said_and_heals_without_a_hand(store: Store) -> None:
    transport = memory()
    async with running(toy_lane(), surroundings(transport, store)) as worker:
        await until(lambda: not worker.problems())
        transport.away = True
        await until(lambda: any("Kafka does not answer" in problem for problem in worker.problems()))
        transport.away = False
        await tell(transport, [command("aster", n) for n in range(3)])
        await settled(transport, worker)
        await until(lambda: not worker.problems())
    assert (await told(transport, COUNTS))["aster"] == ["aster-0", "aster-1", "aster-2"]


async def test_nothing_a_lane_remembers_grows_with_what_it_has_handled(store: Store) -> None:
    transport = memory()
    async with running(toy_lane(), surroundings(transport, store)) as worker:
        sizes = []
        for start in (0, 500):
            await tell(transport, [command("aster", n) for n in range(start, start + 500)])
            await settled(transport, worker)
            found = owned(worker, SHARD)
            sizes.append((len(found.reacts._waiting), len(found.rows._waiting.rows), found.book.dump().count(b",")))
        assert sizes[0] == sizes[1]
        assert (await rows(store, toy_lane()))["aster"]["count"] == "1000"
