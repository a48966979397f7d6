"""A real Redis process for the kit's components, emptied before each test."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from deploy.local.redis import Redis
from services.kit.store import Store, connect


@pytest.fixture(scope="session")
def redis_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with Redis(Path(tmp_path_factory.mktemp("redis")), appendonly=False) as server:
        assert isinstance(server, Redis)
        yield server


@pytest.fixture
async def store(redis_process: Redis) -> AsyncIterator[Store]:
    client = connect(redis_process.url, 2.0)
    await client.flushall()
    made = Store(client)
    yield made
    await made.stop()
