"""The broker killed, mute, or with another log than before: nothing is lost in silence."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local.kafka import PROTOCOLS, Kafka
from deploy.local.process import free_port
from deploy.local.redis import Redis
from tests.connected.faults.place import Place, until
from tests.connected.faults.proxy import Proxy, is_append
from tests.connected.faults.stranger import Message, business, programmes

pytestmark = [pytest.mark.connected, pytest.mark.timeout(180)]

SEED = 20_260_131
COUNT = 160


async def test_a_broker_killed_and_started_again_under_load_loses_and_doubles_nothing(
    tmp_path: Path, own_kafka: Callable[..., Kafka], redis_server: Callable[..., Redis]
) -> None:
    broker = await asyncio.to_thread(own_kafka)
    sent = business(SEED, COUNT, programmes())
    async with Place(tmp_path, broker.bootstrap, redis_server().url) as place:
        child = await place.start()
        sending = asyncio.create_task(_slowly(place, sent))
        await place.stranger.until(lambda: len(place.stranger.all("ledger-entries")) > 20)
        await asyncio.to_thread(broker.kill)
        await asyncio.to_thread(broker.start)
        await sending
        await place.check(len(sent))
        assert child.pid is not None


async def test_lost_replies_of_the_broker_lose_and_double_nothing(
    tmp_path: Path, own_kafka: Callable[..., Kafka], redis_server: Callable[..., Redis]
) -> None:
    port, far, controller = free_port(), free_port(), free_port()
    sent = business(SEED, COUNT, programmes())
    async with Proxy(far, is_append) as proxy:
        listeners = {
            "listeners": f"PLAINTEXT://127.0.0.1:{port},FAR://127.0.0.1:{far},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port},FAR://127.0.0.1:{proxy.port}",
            "listener.security.protocol.map": ",".join(f"{name}:{name}" for name in PROTOCOLS)
            + ",CONTROLLER:PLAINTEXT,FAR:PLAINTEXT",
            "inter.broker.listener.name": "PLAINTEXT",
        }
        broker = await asyncio.to_thread(own_kafka, port=port, controller_port=controller, properties=listeners)
        async with Place(tmp_path, broker.bootstrap, redis_server().url) as place:
            proxy.losses = 2  # of claims, too
            await place.start(bootstrap=f"127.0.0.1:{proxy.port}")
            for first in range(0, len(sent), 20):
                proxy.losses += 1
                await place.stranger.send(sent[first : first + 20])
                await place.check(min(first + 20, len(sent)))
            assert proxy.losses == 0


async def _slowly(place: Place, sent: list[Message]) -> None:
    for first in range(0, len(sent), 4):
        await place.stranger.send(sent[first : first + 4])
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("topic", ["ledger-commands", "ledger-entries"])
@pytest.mark.parametrize("running", [True, False], ids=["while it runs", "while it does not"])
async def test_a_topic_made_anew_halts_the_shard_with_its_reason(place: Place, topic: str, running: bool) -> None:
    sent = business(SEED, COUNT, programmes())
    child = await place.start("--static", name="one")
    await place.stranger.send(sent)
    await place.check(len(sent))
    if not running:
        await asyncio.to_thread(child.stop)
    await place.recreate(topic)
    # As many commands as before and more: no offset is beyond the new log's end.
    async with place.another() as stranger:
        await stranger.send(business(SEED + 1, 2 * COUNT, programmes()))
    if not running:
        child = await place.start("--static", name="one")
    await until(lambda: len(child.halted()) == 4)
    assert all(topic in reason for reason in child.halted().values())
