"""Redis killed, emptied, torn, old or mute: the journal goes on whole, and the rows come back right by themselves."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from deploy.local.redis import Redis
from tests.connected.faults.place import Place
from tests.connected.faults.proxy import Proxy, is_script
from tests.connected.faults.redis_faults import DATA, cut_the_log, flush, kill_and_start, replace_by_empty
from tests.connected.faults.stranger import Message, business, programmes

pytestmark = [pytest.mark.connected, pytest.mark.timeout(120)]

SEED = 20_260_129
COUNT = 240


async def under_load(place: Place, sent: Sequence[Message], faults: Sequence[Callable[[], Awaitable[None]]]) -> None:
    """Send in small parts all the while the faults happen, one after the other."""
    done = asyncio.Event()

    async def load() -> None:
        for first in range(0, len(sent), 4):
            await place.stranger.send(sent[first : first + 4])
            if not done.is_set():
                await asyncio.sleep(0.05)

    sending = asyncio.create_task(load())
    for fault in faults:
        await fault()
    done.set()
    await sending


async def test_redis_killed_again_and_again_under_load(place: Place, server: Redis) -> None:
    sent = business(SEED, COUNT, programmes())
    child = await place.start()

    await under_load(place, sent, [lambda: asyncio.to_thread(kill_and_start, server)] * 4)
    await place.check(len(sent))
    assert child.pid is not None


LOSSES = [
    pytest.param(flush, id="emptied by FLUSHALL"),
    pytest.param(replace_by_empty, id="replaced by an empty one"),
    pytest.param(cut_the_log, id="its file cut at a random byte"),
]


@pytest.mark.parametrize("lose", LOSSES)
async def test_lost_rows_come_back_while_the_lane_runs(
    place: Place, server: Redis, lose: Callable[[Redis], None]
) -> None:
    sent = business(SEED, COUNT, programmes())
    half = len(sent) // 2
    await place.start()
    await place.stranger.send(sent[:half])
    await place.check(half)
    await under_load(place, sent[half:], [lambda: asyncio.to_thread(lose, server)])
    models = await place.check(len(sent))
    await asyncio.to_thread(lose, server)
    await place.rows_are(models)


async def test_an_old_snapshot_put_back_is_brought_up_to_date(place: Place, server: Redis, tmp_path: Path) -> None:
    sent = business(SEED, COUNT, programmes())
    half = len(sent) // 2
    child = await place.start("--static", name="one")
    await place.stranger.send(sent[:half])
    await place.check(half)
    await asyncio.to_thread(server.stop)
    shutil.copytree(server.folder / DATA, tmp_path / "kept")
    await asyncio.to_thread(server.start)
    await place.stranger.send(sent[half:])
    models = await place.check(len(sent))

    def put_back() -> None:
        server.stop()
        shutil.rmtree(server.folder / DATA)
        shutil.copytree(tmp_path / "kept", server.folder / DATA)
        server.start()

    await asyncio.to_thread(put_back)
    await place.rows_are(models)
    await asyncio.to_thread(child.kill)
    await asyncio.to_thread(put_back)
    await place.start("--static", name="one")
    await place.rows_are(models)
    more = business(SEED + 1, 40, programmes())
    await place.stranger.send(more)
    await place.check(len(sent) + len(more))


async def test_lost_replies_of_redis_double_no_row(place: Place, server: Redis) -> None:
    sent = business(SEED, COUNT, programmes())
    async with Proxy(server.port, is_script) as proxy:
        await place.start(redis_url=f"redis://127.0.0.1:{proxy.port}")
        proxy.losses = 8
        for first in range(0, len(sent), 30):
            await place.stranger.send(sent[first : first + 30])
            await place.check(first + 30 if first + 30 < len(sent) else len(sent))
        assert proxy.losses == 0
