"""What a fact causes arrives exactly once and in order, or the reader stops: never a hole, never a double."""

import pytest

from schemas.catalogue import BATCH_COMMANDS
from schemas.policy import BatchTick
from services.kit import envelope
from services.kit.errors import Unavailable, Unknown
from services.kit.lane import LaneWorker
from services.kit.store import Store
from services.kit.transport.base import Outgoing, Record
from services.kit.transport.memory import MemoryTransport
from tests.component.kit.harness import memory, owned, raw, running, settled, surroundings, tell, told, until
from tests.component.kit.toy import COMMANDS, COUNTS, TALLIES, Counts, Faults, command, tally_lane, toy_lane

SHARD = COMMANDS.partition("aster")
TALLY = BATCH_COMMANDS.partition("aster")


def numbers(records: list[Record]) -> list[int]:
    return [int((envelope.header(record, "react") or b"").rpartition(b":")[2]) for record in records]


async def reached(worker: LaneWorker[Counts], position: int) -> None:
    await until(lambda: owned(worker, SHARD).book.position >= position)


def reacts_away(transport: MemoryTransport) -> None:
    def fault(point: str, topic: str, _: int) -> None:
        if topic == BATCH_COMMANDS.name and point == "send-before":
            raise Unavailable("the inbox is away")

    transport.fault = fault


async def unsent(transport: MemoryTransport, store: Store, faults: Faults | None = None) -> None:
    """A lane that has written five facts, whose reacts were never sent, and is gone."""
    reacts_away(transport)
    async with running(toy_lane(faults), surroundings(transport, store, "old")) as worker:
        await tell(transport, [command("aster", n) for n in range(5)])
        await until(lambda: owned(worker, SHARD).book.position == 5)
    assert raw(transport, BATCH_COMMANDS) == []
    transport.fault = None


async def test_reacts_not_sent_before_a_crash_are_sent_by_the_next_owner_under_the_same_numbers(store: Store) -> None:
    transport = memory()
    await unsent(transport, store)
    async with (
        running(toy_lane(), surroundings(transport, store, "new")) as worker,
        running(tally_lane(), surroundings(transport, store, "new")) as tally,
    ):
        await settled(transport, worker, tally)
    assert numbers(raw(transport, BATCH_COMMANDS, TALLY)) == [1, 2, 3, 4, 5]
    counted = [r for r in raw(transport, COUNTS, SHARD) if not envelope.is_control(r)]
    caused_by = [envelope.header(r, "ce_causationid") for r in raw(transport, BATCH_COMMANDS, TALLY)]
    assert caused_by == [envelope.header(r, "ce_causationid") for r in counted]
    assert len((await told(transport, TALLIES))["aster"]) == 5


async def test_reacts_sent_but_not_acknowledged_are_sent_again_and_dropped_by_the_reader(store: Store) -> None:
    transport, lost = memory(), [4]

    def fault(point: str, topic: str, _: int) -> None:
        if topic == BATCH_COMMANDS.name and point == "send-after" and lost[0]:
            lost[0] -= 1
            raise Unknown("reply lost")

    transport.fault = fault
    async with (
        running(toy_lane(), surroundings(transport, store)) as worker,
        running(tally_lane(), surroundings(transport, store)) as tally,
    ):
        for n in range(12):
            await tell(transport, [command("aster", n)])
            await reached(worker, n + 1)
        await settled(transport, worker, tally)
    sent = numbers(raw(transport, BATCH_COMMANDS, TALLY))
    assert len(sent) > 12
    assert sorted(set(sent)) == list(range(1, 13))
    ids = (await told(transport, TALLIES))["aster"]
    assert len(ids) == len(set(ids)) == 12


async def test_one_of_two_destinations_failing_makes_neither_a_hole_nor_a_double(store: Store) -> None:
    transport, failures = memory(), [3]
    other = next(name for name in ("birch", "cedar", "dogwood") if BATCH_COMMANDS.partition(name) != TALLY)

    def fault(point: str, topic: str, partition: int) -> None:
        if (topic, partition, point) == (BATCH_COMMANDS.name, TALLY, "send-before") and failures[0]:
            failures[0] -= 1
            raise Unavailable("one leader is away")

    transport.fault = fault
    async with (
        running(toy_lane(), surroundings(transport, store)) as worker,
        running(tally_lane(), surroundings(transport, store)) as tally,
    ):
        await tell(transport, [command(name, n) for n in range(30) for name in ("aster", other)])
        await settled(transport, worker, tally)
    tallied = await told(transport, TALLIES)
    assert {name: len(set(ids)) for name, ids in tallied.items()} == {"aster": 30, other: 30}
    assert {name: len(ids) for name, ids in tallied.items()} == {"aster": 30, other: 30}


def seeded(transport: MemoryTransport, *made: tuple[int, int]) -> None:
    """Ticks as another shard would cause them: (sequence, owner)."""
    for sequence, owner in made:
        tick = envelope.command_record(tick_command(sequence, owner), "aster", "/other/0", "")
        extra = (("react", b"other/0:%d" % sequence), ("owner", b"%d" % owner))
        record = Outgoing(tick.key, tick.value, (*tick.headers, *extra))
        transport.write(BATCH_COMMANDS.name, TALLY, [record])


def tick_command(sequence: int, owner: int) -> BatchTick:
    return BatchTick(command_id=f"s{sequence}-o{owner}", programme_id="aster")


TOLD: list[tuple[str, list[tuple[int, int]], list[str]]] = [
    ("in order", [(1, 0), (2, 0), (3, 0)], ["s1-o0", "s2-o0", "s3-o0"]),
    ("a batch again", [(1, 0), (2, 0), (1, 0), (2, 0), (3, 0)], ["s1-o0", "s2-o0", "s3-o0"]),
    ("again by a newer owner", [(1, 0), (1, 7), (2, 7)], ["s1-o0", "s2-o7"]),
    ("a former owner behind a newer one", [(1, 7), (2, 0), (2, 7), (3, 7)], ["s1-o7", "s2-o7", "s3-o7"]),
    ("a former owner ahead of a newer one", [(1, 7), (2, 0), (3, 0), (2, 7), (3, 7)], ["s1-o7", "s2-o7", "s3-o7"]),
]


@pytest.mark.parametrize(("_", "sent", "expected"), TOLD, ids=[row[0] for row in TOLD])
async def test_the_reader_takes_each_number_once(
    store: Store, _: str, sent: list[tuple[int, int]], expected: list[str]
) -> None:
    transport = memory()
    seeded(transport, *sent)
    async with running(tally_lane(), surroundings(transport, store)) as tally:
        await settled(transport, tally)
    assert (await told(transport, TALLIES))["aster"] == expected


async def test_a_hole_halts_the_reading_shard_and_counts(store: Store) -> None:
    transport = memory()
    seeded(transport, (1, 0), (2, 0), (4, 0))
    async with running(tally_lane(), surroundings(transport, store)) as tally:
        await until(lambda: bool(tally.shards[TALLY].halted))
        assert "gap: other/0 sent 4 after 2" in tally.shards[TALLY].halted
        assert tally._around.metrics.gaps.labels("policy", "tally", str(TALLY))._value.get() == 1
        assert any("halted: gap" in problem for problem in tally.problems())
    assert (await told(transport, TALLIES))["aster"] == ["s1-o0", "s2-o0"]


async def test_an_undecodable_react_is_counted_too(store: Store) -> None:
    transport = memory()
    seeded(transport, (1, 0))
    broken = (("react", b"other/0:2"), ("owner", b"0"))
    transport.write(BATCH_COMMANDS.name, TALLY, [Outgoing(b"", b"{", broken)])
    seeded(transport, (3, 0))
    async with running(tally_lane(), surroundings(transport, store)) as tally:
        await settled(transport, tally)
    assert (await told(transport, TALLIES))["aster"] == ["s1-o0", "s3-o0"]


async def test_a_release_that_changes_unacknowledged_reacts_is_halted(store: Store) -> None:
    transport = memory()
    await unsent(transport, store)
    async with running(toy_lane(Faults(reacts=2)), surroundings(transport, store, "new")) as worker:
        assert "this release changed them" in worker.shards[SHARD].halted
        assert all(shard.owned for index, shard in worker.shards.items() if index != SHARD)
    assert raw(transport, BATCH_COMMANDS) == []


async def test_a_release_that_changes_reacts_is_welcome_once_all_are_acknowledged(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.kit.shard.SETTLE_SECONDS", 0.05)
    transport = memory()
    async with (
        running(toy_lane(), surroundings(transport, store, "old")) as worker,
        running(tally_lane(), surroundings(transport, store)) as tally,
    ):
        await tell(transport, [command("aster", n) for n in range(3)])
        await until(lambda: owned(worker, SHARD).book.acknowledged.sent == {f"{BATCH_COMMANDS.name}/{TALLY}": 3})
        await settled(transport, worker, tally)
        records = len(raw(transport, COUNTS, SHARD))
    async with (
        running(toy_lane(Faults(reacts=2)), surroundings(transport, store, "new")) as worker,
        running(tally_lane(), surroundings(transport, store)) as tally,
    ):
        assert len(raw(transport, COUNTS, SHARD)) == records + 1
        await tell(transport, [command("aster", 3)])
        await settled(transport, worker, tally)
    assert len((await told(transport, TALLIES))["aster"]) == 3 + 2


async def test_a_lane_whose_reacts_cannot_be_sent_says_so_and_waits(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.kit.reacts.STEPS_MAX", 5)
    transport = memory()
    reacts_away(transport)
    async with (
        running(toy_lane(), surroundings(transport, store)) as worker,
        running(tally_lane(), surroundings(transport, store)) as tally,
    ):
        for n in range(20):
            await tell(transport, [command("aster", n)])
            await reached(worker, min(n, 4) + 1)
        await until(lambda: any("waits for its reacts" in problem for problem in worker.problems()))
        assert owned(worker, SHARD).book.position < 20
        transport.fault = None
        await settled(transport, worker, tally)
        await until(lambda: not worker.problems())
    assert len((await told(transport, TALLIES))["aster"]) == 20
