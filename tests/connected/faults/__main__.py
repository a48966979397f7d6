"""The long campaign: `python -m tests.connected.faults [--rounds 20] [--seed N]`, without pytest.

First the ledger's lane, killed or frozen at a random point while Redis is killed, emptied or cut, a seed for each
round; then the whole system's instances, killed, restarted and stopped under load. Times are printed, seeds too;
a round that loses, doubles or halts anything ends the campaign. One seed is repeated by `--rounds 1 --seed N`.
"""

import argparse
import asyncio
import logging
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from deploy.local.kafka import Kafka
from deploy.local.redis import Redis
from tests.connected.faults.failover import rounds
from tests.connected.faults.place import Place
from tests.connected.faults.redis_faults import cut_the_log, flush, kill_and_start, replace_by_empty
from tests.connected.faults.stranger import business, programmes
from tests.connected.faults.whole import Record, all_ready, fault_system

POINTS = ("append-before", "append-after", "rows-after", "send-before", "send-after")
STORE_FAULTS: tuple[Callable[[Redis], None], ...] = (flush, replace_by_empty, cut_the_log, kill_and_start)
COMMANDS = 200


async def crash(folder: Path, kafka: Kafka, seed: int) -> str:
    """One round on the lane; what was done to it."""
    chance = random.Random(seed)
    sent, told = business(seed, COMMANDS, programmes()), []
    with Redis(folder / "redis") as server:
        assert isinstance(server, Redis)
        async with Place(folder, kafka.bootstrap, server.url) as place:
            for part in range(4):
                point, action = chance.choice(POINTS), chance.choice(("kill", "freeze"))
                child = await place.start(f"--fault={point}:{chance.randint(1, 6)}:{action}")
                fault = chance.choice(STORE_FAULTS)
                told.append(f"{action} {point}, {fault.__name__}")
                await place.stranger.send(sent[part::4])
                await asyncio.to_thread(fault, server)
                if chance.random() < 0.5:
                    await asyncio.to_thread(child.kill)
            await place.start()
            await place.check(len(sent))
    return "; ".join(told)


async def crashes(folder: Path, count: int, seed: int) -> None:
    """Rounds on the lane, on one broker."""
    with Kafka(folder / "kafka") as kafka:
        assert isinstance(kafka, Kafka)
        for number in range(seed, seed + count):
            began = time.monotonic()
            told = await crash(folder / str(number), kafka, number)
            print(f"seed {number}: {time.monotonic() - began:5.1f} s  {told}", flush=True)


async def failovers(folder: Path, count: int) -> None:
    """Rounds on the whole system; then every figure's least, middle and most."""
    found: dict[tuple[str, float], list[float]] = {}
    with fault_system(folder) as system:
        async with Record(system.kafka.bootstrap) as record:
            await record.begin()
            for number in range(1, count + 1):
                async for figure in rounds(system, record):
                    found.setdefault((figure.what, figure.bound), []).append(figure.seconds)
                    print(f"round {number}: {figure.what}: {figure.seconds:.2f} s", flush=True)
            await all_ready(system)
            await record.settled()
            record.check()
    print(f"{'':56}{'least':>8}{'middle':>8}{'most':>8}{'aim':>8}")
    for (what, bound), seconds in found.items():
        ordered = sorted(seconds)
        middle = ordered[len(ordered) // 2]
        print(f"{what:56}{ordered[0]:8.2f}{middle:8.2f}{ordered[-1]:8.2f}{bound:8.2f}")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.connected.faults", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=None, help="of the first round; without one a new one each time")
    options = parser.parse_args()
    seed = random.randrange(10**6) if options.seed is None else options.seed
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # brokers and topics come and go here
    print(f"{options.rounds} rounds, the first with seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(crashes(Path(folder) / "crashes", options.rounds, seed))
        asyncio.run(failovers(Path(folder) / "system", options.rounds))
    print("Nothing lost, nothing twice.")


if __name__ == "__main__":
    main()
