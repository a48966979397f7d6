"""An inbox deleted, made anew and filled beyond the shard's position, while the shard runs on it."""

from services.kit.store import Store
from tests.component.kit.harness import memory, running, settled, surroundings, tell, until
from tests.component.kit.toy import COMMANDS, command, toy_lane

SHARD = COMMANDS.partition("aster")


async def test_the_shard_halts_although_its_position_is_in_the_new_log(store: Store) -> None:
    transport = memory()
    async with running(toy_lane(), surroundings(transport, store)) as worker:
        await tell(transport, [command("aster", n) for n in range(10)])
        await settled(transport, worker)
        transport.recreate(COMMANDS.name)
        number = iter(range(1_000, 100_000))

        async def more_and_halted() -> bool:
            await tell(transport, [command("aster", next(number)) for _ in range(20)])
            return "recreated" in worker.shards[SHARD].halted

        await until(more_and_halted)
