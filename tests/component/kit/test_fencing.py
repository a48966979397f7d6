"""One writer per shard: the broker's fence, the reader's rule where the broker forgets, and the writer's own check."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from schemas.base import Command, Fact
from schemas.catalogue import BATCH_COMMANDS
from services.kit import envelope
from services.kit.ask import Asker
from services.kit.contract import Recorded, Rows, Sender, View
from services.kit.errors import Fenced
from services.kit.follow import Follower
from services.kit.lane import LaneWorker
from services.kit.sender import SenderWorker
from services.kit.step import Step
from services.kit.store import Store
from services.kit.transport.memory import MemoryTransport
from services.kit.view import ViewReader, ViewWorker
from tests.component.kit.harness import (
    commands,
    facts,
    ignored,
    memory,
    owned,
    raw,
    rival,
    running,
    settled,
    surroundings,
    tell,
    told,
    until,
    working,
)
from tests.component.kit.toy import (
    COMMANDS,
    COMPANIES,
    COUNTS,
    Counted,
    Counts,
    command,
    tally_lane,
    toy_lane,
)

SHARD = COMMANDS.partition("aster")


async def step(worker: LaneWorker[Counts], number: int) -> None:
    """The owner commits a step with one more command of `aster`, whether the log has it or not."""
    found = owned(worker, SHARD)
    record = raw(worker._around.transport, COMMANDS, SHARD)[0]  # type: ignore[arg-type]  # it is a MemoryTransport
    made = envelope.command_record(command("aster", number), "aster", "/test", "")
    late = type(record)(record.topic, SHARD, found.book.position, record.timestamp, made.key, made.value, made.headers)
    async with found.step():
        gathered = Step(found.state, found.book.copy())
        found._stepper.take(gathered, found._stepper.read(late), found.token)
        await found.commit(gathered)


@asynccontextmanager
async def zombie(transport: MemoryTransport, store: Store) -> AsyncIterator[LaneWorker[Counts]]:
    """A lane that has decided three commands and then stands still, while its group and its tasks remain."""
    async with running(toy_lane(), surroundings(transport, store, "old")) as worker:
        await tell(transport, [command("aster", n) for n in range(3)])
        await settled(transport, worker)
        worker._tasks[SHARD].cancel()
        frozen = owned(worker, SHARD)
        await asyncio.wait((worker._tasks[SHARD],))
        worker.shards[SHARD].owned = frozen
        yield worker


async def test_two_owners_forced_on_one_partition_double_and_lose_nothing(store: Store) -> None:
    transport = memory()
    async with (
        running(tally_lane(), surroundings(transport, store)) as tally,
        running(toy_lane(), surroundings(transport, store, "a")) as a,
        running(rival(toy_lane()), surroundings(transport, store, "b")) as b,
    ):
        for n in range(60):
            await tell(transport, [command(company, n) for company in COMPANIES])
            await asyncio.sleep(0.005)

        async def decided() -> bool:
            return len(await facts(transport, COUNTS)) >= 240

        await until(decided, 30.0)
        worker = next(iter((a, b)))
        await until(lambda: worker.owns_any())
        await until(lambda: len(raw(transport, BATCH_COMMANDS)) >= 240)
        await settled(transport, tally)
    expected = {company: [f"{company}-{n}" for n in range(60)] for company in COMPANIES}
    assert await told(transport, COUNTS) == expected
    assert ignored(transport, COUNTS) == 0


async def test_a_late_append_of_the_old_owner_is_refused_by_the_fence(store: Store) -> None:
    transport = memory()
    async with zombie(transport, store) as old, running(rival(toy_lane()), surroundings(transport, store, "new")):
        before = len(raw(transport, COUNTS))
        with pytest.raises(Fenced):
            await step(old, 99)
    assert len(raw(transport, COUNTS)) == before
    assert ignored(transport, COUNTS) == 0


async def test_a_late_append_that_a_forgetful_broker_takes_is_ignored_by_every_reader(store: Store) -> None:
    transport, seen, sent = memory(), list[str](), list[str]()

    def project(fact: Fact, _: Recorded) -> Rows:
        return {"all": {fact.command_id: "1"}}

    async def send(fact: Fact, _: Recorded) -> Command:
        sent.append(fact.command_id)
        return command("birch", len(sent))

    view = View("toy-view", "policy", (COUNTS,), project)
    sender = Sender("toy-sender", "policy", COUNTS, lambda f: f.command_id, lambda _: None, send)
    around = surroundings(transport, store)
    asker = Asker(transport, {COMMANDS.name: COUNTS}, "/test")
    follower = Follower("follower", transport, COUNTS, lambda fact: seen.append(fact.command_id), from_start=True)
    async with (
        zombie(transport, store) as old,
        running(rival(toy_lane()), surroundings(transport, store, "new")) as new,
        working(ViewWorker(view, around), asker, follower, SenderWorker(sender, around)),
    ):
        await until(lambda: not asker.problems())
        waiting = [asyncio.get_running_loop().create_future()]
        asker._waiting[b"aster-99"] = waiting
        transport.forget(COUNTS.name, SHARD)
        with pytest.raises(Fenced):
            await step(old, 99)
        assert ignored(transport, COUNTS) == 1
        await tell(transport, [command("aster", 3)])
        await settled(transport, new)
        await until(lambda: "aster-3" in seen and "aster-3" in sent)
        reader = ViewReader(view, store, transport)

        async def shown() -> bool:
            return "aster-3" in (await reader.row(SHARD, "all") or {})

        await until(shown)
        assert "aster-99" not in (await reader.row(SHARD, "all") or {})
        assert "aster-99" not in seen
        assert "aster-99" not in sent
        assert not waiting[0].done()
        del asker._waiting[b"aster-99"]
    assert (await told(transport, COUNTS))["aster"] == [f"aster-{n}" for n in range(4)]


async def test_a_claim_folds_past_a_late_append_that_a_forgetful_broker_took(store: Store) -> None:
    transport = memory()
    async with zombie(transport, store) as old:
        async with running(rival(toy_lane()), surroundings(transport, store, "new")):
            transport.forget(COUNTS.name, SHARD)
            with pytest.raises(Fenced):
                await step(old, 99)
        await store._redis.flushall()
        await tell(transport, [command("aster", 99)])
        async with running(rival(toy_lane()), surroundings(transport, store, "newer")) as newer:
            await settled(transport, newer)
            assert owned(newer, SHARD).state["aster"].ids == {"aster-0", "aster-1", "aster-2", "aster-99"}
    assert [f.count for f in await facts(transport, COUNTS) if isinstance(f, Counted)] == [1, 2, 3, 4]


async def test_nothing_comes_of_an_append_behind_a_newer_owners_marker(store: Store) -> None:
    transport = memory()
    async with zombie(transport, store) as old:
        async with running(rival(toy_lane()), surroundings(transport, store, "new")):
            sent = {c.command_id for c in await commands(transport, BATCH_COMMANDS)}
            transport.forget(COUNTS.name, SHARD)
            with pytest.raises(Fenced, match="another owner has written"):
                await step(old, 99)
        assert owned(old, SHARD).reacts.unacknowledged == 0
        assert "aster-99" not in owned(old, SHARD).rows._waiting.rows.get("aster", {})
        assert {c.command_id for c in await commands(transport, BATCH_COMMANDS)} == sent


async def test_the_claim_reads_what_the_old_owner_wrote_until_the_marker(store: Store) -> None:
    transport = memory()
    async with running(toy_lane(), surroundings(transport, store, "old")) as old:
        await tell(transport, [command("aster", 0)])
        await settled(transport, old)
        take_over = transport.appender

        async def slow(topic: str, partition: int) -> object:
            if partition == SHARD:
                await tell(transport, [command("aster", 1)])
                await until(lambda: owned(old, SHARD).book.position == 2 and owned(old, SHARD).rows.current)
                await store._redis.flushall()
                transport.appender = take_over  # type: ignore[method-assign]
            return await take_over(topic, partition)

        transport.appender = slow  # type: ignore[method-assign, assignment]
        async with running(rival(toy_lane()), surroundings(transport, store, "new")) as new:
            await settled(transport, new)
    assert (await told(transport, COUNTS))["aster"] == ["aster-0", "aster-1"]
