"""The lane over a filled inbox: how much memory the process holds after so many commands."""

import asyncio
import json
import os
import sys
from pathlib import Path

from services.kit.lane import LaneWorker
from services.kit.tasks import end
from tests.bench.children import ledger, renamed

LOOK_SECONDS = 0.002


def resident_mib() -> float:
    """Resident memory of this process now, as Linux tells it."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


async def main(kafka: str, redis: str, inbox: str, journal: str, *marks: int) -> None:
    """Resident memory at each mark, once the rows are out."""
    found = {}
    async with ledger.surroundings(kafka, redis) as around:
        worker = LaneWorker(renamed.lane(inbox, journal), around)
        running = asyncio.create_task(worker.run())
        for mark in marks:
            while ledger.position(worker) < mark:
                if running.done():
                    running.result()
                await asyncio.sleep(LOOK_SECONDS)
            found[str(mark)] = resident_mib()
        print(json.dumps(found), flush=True)
        await end((running,))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5], *map(int, sys.argv[5:])))  # type: ignore[arg-type] # four texts, then numbers
