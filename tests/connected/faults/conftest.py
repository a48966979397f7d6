"""What the fault tests stand on: a place of the lane's own, and one whole system that may be broken and must heal."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from deploy.local.process import Missing
from deploy.local.redis import Redis
from deploy.local.system import System
from tests.conftest import Broker, absent
from tests.connected.faults.place import Place
from tests.connected.faults.whole import fault_system


@pytest.fixture
def server(redis_server: Callable[..., Redis]) -> Redis:
    return redis_server()


@pytest.fixture
async def place(tmp_path: Path, kafka: Broker, server: Redis) -> AsyncIterator[Place]:
    async with Place(tmp_path, kafka.bootstrap, server.url) as place:
        yield place


@pytest.fixture(scope="session")
def broken_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Every process of the stack and a second intake, with short sessions. A test leaves it healed."""
    system = fault_system(tmp_path_factory.mktemp("broken"))
    try:
        system.start()
    except Missing as error:
        absent(error)
    yield system
    system.stop()
