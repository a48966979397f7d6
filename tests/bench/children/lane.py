"""Measures the lane on a filled inbox: from the warm-up's end until every fact, row and react is out."""

import asyncio
import sys

from services.kit.lane import LaneWorker
from services.kit.tasks import end
from tests.bench.children import ledger, renamed
from tests.bench.children.stopwatch import Stopwatch

LOOK_SECONDS = 0.002


async def main(kafka: str, redis: str, inbox: str, journal: str, warm: int, total: int) -> None:
    """Run the lane until `total` records are done."""
    watch = Stopwatch(warm, total)
    async with ledger.surroundings(kafka, redis) as around:
        worker = LaneWorker(renamed.lane(inbox, journal), around)
        running = asyncio.create_task(worker.run())
        while not (watch.at(ledger.position(worker)) and ledger.at_rest(worker)):
            if running.done():
                running.result()
            await asyncio.sleep(LOOK_SECONDS)
        watch.say()
        await end((running,))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5], *map(int, sys.argv[5:7])))  # type: ignore[arg-type] # four texts, two numbers
