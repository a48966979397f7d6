"""Runs the ledger lane until it is told to end; says when it has claimed its shard."""

import asyncio
import signal
import sys

from services.kit.lane import LaneWorker
from services.kit.tasks import end
from tests.bench.children import ledger, renamed

LOOK_SECONDS = 0.01


async def main(kafka: str, redis: str, inbox: str, journal: str) -> None:
    """Until SIGTERM."""
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    async with ledger.surroundings(kafka, redis) as around:
        worker = LaneWorker(renamed.lane(inbox, journal), around)
        running = asyncio.create_task(worker.run())
        while not worker.owns_any():
            await asyncio.sleep(LOOK_SECONDS)
        print("ready", flush=True)
        await told.wait()
        await end((running,))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5]))
