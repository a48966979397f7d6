"""A record that raises everywhere: its key waits, or the shard stops, as the lane says; nobody else is held up."""

import pytest

from schemas.catalogue import BATCH_COMMANDS
from schemas.catalogue import dead_letters as letters_topic
from services.kit import dead_letters
from services.kit.breaker import BUGS_MAX
from services.kit.lane import LaneWorker
from services.kit.store import Store
from tests.component.kit.harness import (
    commands,
    facts,
    memory,
    owned,
    raw,
    running,
    settled,
    surroundings,
    tell,
    told,
    until,
)
from tests.component.kit.toy import COMMANDS, COUNTS, Counts, Faults, command, toy_lane

SHARD = COMMANDS.partition("aster")
MATES = [name for name in (f"company-{n}" for n in range(100)) if COMMANDS.partition(name) == SHARD][:3]
"""Companies that share a shard with `aster`."""


def parked(worker: LaneWorker[Counts]) -> dict[str, list[int]]:
    return {key: list(o) for s in worker.shards.values() if s.owned for key, o in s.owned.book.parked.items()}


def wrong(kind: str, *companies: str) -> Faults:
    faults = Faults()
    setattr(faults, KINDS[kind], set(companies))
    return faults


KINDS = {"in decide": "raises", "in evolve": "raises_after", "in react": "raises_reacting"}


@pytest.mark.parametrize("kind", KINDS)
async def test_its_key_is_parked_and_the_others_of_the_shard_go_on(store: Store, kind: str) -> None:
    transport, faults = memory(), wrong(kind, "aster", MATES[0])
    async with running(toy_lane(faults), surroundings(transport, store)) as worker:
        await tell(transport, [command(name, n) for n in range(3) for name in ("aster", *MATES)])
        await until(lambda: parked(worker) == {"aster": [0, 4, 8], MATES[0]: [1, 5, 9]})
        await settled(transport, worker)
        assert set(await told(transport, COUNTS)) == set(MATES[1:])
        await tell(transport, [command(name, 3) for name in ("aster", *MATES)])
        await settled(transport, worker)
        assert parked(worker) == {"aster": [0, 4, 8, 12], MATES[0]: [1, 5, 9, 13]}
    assert {name: len(ids) for name, ids in (await told(transport, COUNTS)).items()} == dict.fromkeys(MATES[1:], 4)


@pytest.mark.parametrize("kind", KINDS)
async def test_another_instance_that_claims_parks_the_same_and_goes_on(store: Store, kind: str) -> None:
    transport, faults = memory(), wrong(kind, "aster", MATES[0])
    async with running(toy_lane(faults), surroundings(transport, store, "old")) as worker:
        await tell(transport, [command(name, 0) for name in ("aster", *MATES)])
        await until(lambda: set(parked(worker)) == {"aster", MATES[0]})
    async with running(toy_lane(faults), surroundings(transport, store, "new")) as worker:
        await tell(transport, [command(name, 1) for name in ("aster", *MATES)])
        await until(lambda: parked(worker) == {"aster": [0, 4], MATES[0]: [1, 5]})
        await settled(transport, worker)
    assert {name: len(ids) for name, ids in (await told(transport, COUNTS)).items()} == dict.fromkeys(MATES[1:], 2)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_retry_after_the_repair_handles_them_in_order_behind_none(store: Store, kind: str) -> None:
    transport, faults = memory(), wrong(kind, "aster", MATES[0])
    async with running(toy_lane(faults), surroundings(transport, store)) as worker:
        await tell(transport, [command(name, n) for n in range(3) for name in ("aster", *MATES)])
        await until(lambda: parked(worker) == {"aster": [0, 4, 8], MATES[0]: [1, 5, 9]})
        getattr(faults, KINDS[kind]).remove("aster")
        worker.retry_parked()
        await until(lambda: set(parked(worker)) == {MATES[0]})
        await tell(transport, [command("aster", 3)])
        await settled(transport, worker)
        assert parked(worker) == {MATES[0]: [1, 5, 9]}
    assert (await told(transport, COUNTS))["aster"] == ["aster-0", "aster-1", "aster-2", "aster-3"]
    counts = [getattr(fact, "count", 0) for fact in await facts(transport, COUNTS)]
    assert len(counts) == 4 + 6


@pytest.mark.parametrize("kind", KINDS)
async def test_what_stands_before_it_in_its_step_is_handled_once(store: Store, kind: str) -> None:
    transport, faults = memory(), wrong(kind, "aster")
    await tell(transport, [command(name, n) for n in range(3) for name in (MATES[0], "aster", MATES[1])])
    async with running(toy_lane(faults), surroundings(transport, store)) as worker:
        await until(lambda: parked(worker) == {"aster": [1, 4, 7]})
        await settled(transport, worker)
    expected = {name: [f"{name}-{n}" for n in range(3)] for name in MATES[:2]}
    assert await told(transport, COUNTS) == expected
    assert len({c.command_id for c in await commands(transport, BATCH_COMMANDS)}) == 6


async def test_a_later_record_of_a_parked_key_waits_although_it_would_not_raise(store: Store) -> None:
    transport, faults = memory(), wrong("in decide", "aster")
    async with running(toy_lane(faults), surroundings(transport, store)) as worker:
        await tell(transport, [command("aster", 0)])
        await until(lambda: parked(worker) == {"aster": [0]})
        faults.raises.clear()
        await tell(transport, [command("aster", 1), command(MATES[0], 0)])
        await settled(transport, worker)
        assert parked(worker) == {"aster": [0, 1]}
        worker.retry_parked()
        await until(lambda: not parked(worker))
    assert (await told(transport, COUNTS))["aster"] == ["aster-0", "aster-1"]


async def test_a_restart_tries_them_again_since_the_release_may_be_another(store: Store) -> None:
    transport, faults = memory(), wrong("in evolve", "aster")
    async with running(toy_lane(faults), surroundings(transport, store, "old")) as worker:
        await tell(transport, [command("aster", n) for n in range(3)])
        await until(lambda: parked(worker) == {"aster": [0, 1, 2]})
    async with running(toy_lane(), surroundings(transport, store, "repaired")) as worker:
        await until(lambda: len(raw(transport, COUNTS, SHARD)) > 4 and not parked(worker))
    assert (await told(transport, COUNTS))["aster"] == ["aster-0", "aster-1", "aster-2"]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_lane_that_stops_halts_that_shard_and_no_other_wherever_it_is_claimed(store: Store, kind: str) -> None:
    transport, faults = memory(), wrong(kind, "aster")
    await tell(transport, [command(MATES[0], 0), command("aster", 0), command(MATES[0], 1)])
    other = next(f"other-{n}" for n in range(100) if COMMANDS.partition(f"other-{n}") != SHARD)
    for instance in ("a", "b"):
        async with running(toy_lane(faults, "stop"), surroundings(transport, store, instance)) as worker:
            await until(lambda: bool(worker.shards[SHARD].halted))
            assert "the record at 1 raised twice" in worker.shards[SHARD].halted
            await tell(transport, [command(other, 0)])
            await until(lambda: owned(worker, COMMANDS.partition(other)).book.position > 0)
    assert (await told(transport, COUNTS))[MATES[0]] == [f"{MATES[0]}-0"]


async def test_the_breaker_buries_a_sources_next_record_after_the_twentieth(store: Store) -> None:
    transport = memory()
    names = [name for name in (f"broken-{n}" for n in range(400)) if COMMANDS.partition(name) == SHARD][: BUGS_MAX + 3]
    async with running(toy_lane(Faults(raises=set(names))), surroundings(transport, store)) as worker:
        await tell(transport, [command(name, 0) for name in names], "/one/partner")
        await tell(transport, [command("aster", 0)], "/another")
        await settled(transport, worker)
        assert sorted(parked(worker)) == sorted(names[:BUGS_MAX])
    letters = await dead_letters.letters(transport, letters_topic("policy").name)
    assert [(letter.reason, letter.key) for letter in letters] == [("breaker", n.encode()) for n in names[BUGS_MAX:]]
    assert (await told(transport, COUNTS))["aster"] == ["aster-0"]


async def test_too_many_parked_records_halt_the_shard(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.kit.step.PARKED_MAX", 5)
    transport = memory()
    async with running(toy_lane(Faults(raises={"aster"})), surroundings(transport, store)) as worker:
        await tell(transport, [command("aster", n) for n in range(7)])
        await until(lambda: bool(worker.shards[SHARD].halted))
        assert "5 records are parked already" in worker.shards[SHARD].halted
    async with running(toy_lane(), surroundings(transport, store, "repaired")) as worker:
        await settled(transport, worker)
    assert (await told(transport, COUNTS))["aster"] == [f"aster-{n}" for n in range(7)]
