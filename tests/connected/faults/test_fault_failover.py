"""One of two instances killed, restarted or stopped, and Redis restarted, under load: work goes on, nothing is lost.

What each round took is printed with the bound the project aims at; `make faults` measures more rounds.
"""

import pytest

from deploy.local.system import System
from tests.connected.faults.failover import rounds
from tests.connected.faults.whole import Record, all_ready

pytestmark = [pytest.mark.connected, pytest.mark.walk, pytest.mark.timeout(300)]

ROUNDS = 3


async def test_shards_go_on_elsewhere_and_rows_come_back(broken_system: System) -> None:
    await all_ready(broken_system)
    async with Record(broken_system.kafka.bootstrap) as record:
        await record.begin()
        for _ in range(ROUNDS):
            async for figure in rounds(broken_system, record):
                print(f"{figure.what}: {figure.seconds:.1f} s, aim {figure.bound:.0f} s", flush=True)
        await all_ready(broken_system)
        await record.settled()
        record.check()
