"""Claims the ledger's shard once and tells how long that took, and how long until its rows stand in Redis."""

import asyncio
import json
import sys
import time

from services.kit.lane import LaneWorker
from services.kit.tasks import end
from tests.bench.children import ledger, renamed

LOOK_SECONDS = 0.002


async def main(kafka: str, redis: str, inbox: str, journal: str) -> None:
    """From joining the group on."""
    async with ledger.surroundings(kafka, redis) as around:
        worker = LaneWorker(renamed.lane(inbox, journal), around)
        started = time.perf_counter()
        running = asyncio.create_task(worker.run())
        while not worker.owns_any():
            if running.done():
                running.result()
            await asyncio.sleep(LOOK_SECONDS)
        claimed = time.perf_counter() - started
        while not ledger.at_rest(worker):
            await asyncio.sleep(LOOK_SECONDS)
        whole = time.perf_counter() - started
        owned = worker.shards[0].owned
        facts = owned.book.sequence if owned is not None else 0
        print(json.dumps({"claimed": claimed, "rows": whole, "facts": facts}), flush=True)
        await end((running,))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5]))
