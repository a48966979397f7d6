"""A lane decides, writes, causes; and survives what a broker, a store and its own code may do."""

from schemas.catalogue import BATCH_COMMANDS
from services.kit.errors import Unknown
from services.kit.store import Store, prefix
from tests.component.kit.harness import commands, facts, memory, running, surroundings, tell, until
from tests.component.kit.toy import COMMANDS, COUNTS, Faults, command, toy_lane


async def test_each_command_becomes_one_fact_one_row_and_one_react(store: Store) -> None:
    transport = memory()
    await tell(transport, [command(company, n) for n in range(3) for company in ("aster", "birch", "cedar")])
    async with running(toy_lane(), surroundings(transport, store)) as worker:

        async def done() -> bool:
            return len(await facts(transport, COUNTS)) == 9 and len(await commands(transport, BATCH_COMMANDS)) == 9

        await until(done)
        await until(lambda: all(s.owned and s.owned.rows.current for s in worker.shards.values()))
    shard = COMMANDS.partition("aster")
    assert await store.row(prefix("policy", "toy-counts", shard), "aster") == {"count": "3"}
    assert len({c.command_id for c in await commands(transport, BATCH_COMMANDS)}) == 9


async def test_a_lost_reply_to_the_append_loses_and_doubles_nothing(store: Store) -> None:
    transport = memory()
    left = [3]

    def fault(point: str, topic: str, partition: int) -> None:
        if topic == "toy-counts" and point == "append-after" and left[0] and partition == COMMANDS.partition("aster"):
            left[0] -= 1
            raise Unknown("reply lost")

    async with running(toy_lane(), surroundings(transport, store)):
        transport.fault = fault
        for n in range(20):
            await tell(transport, [command("aster", n)])

        async def done() -> bool:
            return len(await commands(transport, BATCH_COMMANDS)) >= 20

        await until(done)
    told = [fact.command_id for fact in await facts(transport, COUNTS)]
    assert told == [f"aster-{n}" for n in range(20)]
    assert left == [0]


async def test_a_record_that_raises_parks_its_key_and_the_others_go_on(store: Store) -> None:
    transport, wrong = memory(), Faults(raises={"birch"}, raises_after={"cedar"})
    async with running(toy_lane(wrong), surroundings(transport, store)) as worker:
        await tell(
            transport, [command(company, n) for n in range(3) for company in ("aster", "birch", "cedar", "dogwood")]
        )

        async def done() -> bool:
            return len(await facts(transport, COUNTS)) == 6

        await until(done)
        parked = lambda: sorted(key for s in worker.shards.values() if s.owned for key in s.owned.book.parked)
        await until(lambda: parked() == ["birch", "cedar"])
        wrong.raises.clear()
        wrong.raises_after.clear()
        worker.retry_parked()

        async def all_done() -> bool:
            return len(await facts(transport, COUNTS)) == 12

        await until(all_done)
        await until(lambda: parked() == [])
    told = [f.command_id for f in await facts(transport, COUNTS) if f.command_id.startswith("birch")]
    assert told == ["birch-0", "birch-1", "birch-2"]
