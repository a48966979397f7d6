"""Redis away from the claim on: a lane decides a bounded number of steps, then it waits."""

import asyncio

import pytest

from services.kit.errors import Unavailable
from services.kit.metrics import Metrics
from services.kit.rows import STEPS_WITHOUT_STORE_MAX, RowWriter, Waiting
from services.kit.store import Answer, Store, connect


class Away(Store):
    """A Redis that answers nothing."""

    async def rewrite(self, at: str, owner: int, position: str, book: str, rows: object) -> Answer:
        await asyncio.sleep(0)
        raise Unavailable("away")


async def confirmed() -> None: ...


async def test_steps_are_counted_while_all_rows_wait_to_be_written_anew() -> None:
    seconds = Metrics().rows_seconds.labels("policy", "toy", "0")
    store = Away(connect("redis://127.0.0.1:1", 1.0))
    writer = RowWriter(store, "at", 0, Waiting("1", ""), None, dict, asyncio.Lock(), confirmed, seconds)
    for number in range(STEPS_WITHOUT_STORE_MAX):
        assert writer.has_room()
        writer.put({}, str(number), "")
        if number % 100 == 0:
            with pytest.raises(Unavailable):
                await writer._once()
    assert not writer.has_room()
