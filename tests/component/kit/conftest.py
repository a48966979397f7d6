"""A real Redis process of each test's own, and a store on it."""

from collections.abc import AsyncIterator, Callable

import pytest

from deploy.local.redis import Redis
from services.kit.store import Store, connect


@pytest.fixture
def redis(redis_server: Callable[..., Redis]) -> Redis:
    return redis_server(appendonly=False)


@pytest.fixture
async def store(redis: Redis) -> AsyncIterator[Store]:
    made = Store(connect(redis.url, 0.5))
    yield made
    await made.stop()
