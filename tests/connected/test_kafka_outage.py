"""The broker away, silent or restarted: everything ends in time with its true error, and heals by itself."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable

import pytest

from deploy.local.kafka import Kafka
from services.kit.errors import Transient, Unavailable, Unknown
from services.kit.transport.base import Outgoing
from services.kit.transport.kafka import KafkaOptions, KafkaTransport
from tests.conftest import create_topic

pytestmark = pytest.mark.connected

GUARD_SECONDS = 10
"""No call may take longer, whatever the broker does: a hang is a failure."""
HEAL_SECONDS = 40


class Ignore:
    """A listener that does nothing."""

    def assigned(self, partitions: frozenset[int]) -> None: ...

    def revoked(self, partitions: frozenset[int]) -> None: ...


@pytest.fixture
def broker(own_kafka: Callable[..., Kafka]) -> Kafka:
    return own_kafka()


@pytest.fixture
async def topic(broker: Kafka) -> str:
    return await create_topic(broker.bootstrap, 1)


@pytest.fixture
async def transport(broker: Kafka) -> AsyncIterator[KafkaTransport]:
    options = KafkaOptions(
        broker.bootstrap, append_timeout_seconds=1, send_timeout_seconds=1, read_timeout_seconds=1,
        commit_timeout_seconds=1,
    )  # fmt: skip
    transport = KafkaTransport(options)
    await transport.start()
    yield transport
    await transport.stop()


RECORD = [Outgoing(None, b"a")]


async def heal(attempt: Callable[[], object]) -> object:
    """Call until it no longer fails for a passing reason."""
    async with asyncio.timeout(HEAL_SECONDS):
        while True:
            try:
                return await attempt()  # type: ignore[misc] # each caller gives a coroutine function
            except Transient:
                await asyncio.sleep(0.05)


async def test_with_the_broker_gone_every_call_ends_in_time_and_nothing_was_sent(
    broker: Kafka, transport: KafkaTransport, topic: str
) -> None:
    await transport.send(topic, 0, RECORD)
    broker.kill()
    with pytest.raises(Transient):  # the dead connection may not be known to be dead yet
        await transport.send(topic, 0, RECORD)
    calls = {
        "send": lambda: transport.send(topic, 0, RECORD),
        "sends": lambda: asyncio.gather(*(transport.send(topic, 0, RECORD) for _ in range(5))),
        "bounds": lambda: transport.bounds(topic, 0),
        "read": lambda: transport.read(topic, 0, 0, 1, 1),
        "cluster": transport.cluster,
        "partitions": lambda: transport.partitions(topic),
        "appender": lambda: transport.appender(topic, 0),
        "start": lambda: KafkaTransport(KafkaOptions(broker.bootstrap)).start(),
        "join": lambda: transport.inbox(topic, "group", Ignore()).start(),
    }
    for call in calls.values():
        async with asyncio.timeout(GUARD_SECONDS):
            with pytest.raises(Unavailable):
                await call()  # type: ignore[no-untyped-call]


async def test_a_silent_broker_makes_a_send_unknown_in_time(
    broker: Kafka, transport: KafkaTransport, topic: str
) -> None:
    await transport.send(topic, 0, RECORD)
    broker.freeze()
    async with asyncio.timeout(GUARD_SECONDS):
        with pytest.raises(Unknown):
            await transport.send(topic, 0, RECORD)
    broker.thaw()


async def test_an_append_without_answer_is_unknown_in_time(
    broker: Kafka, transport: KafkaTransport, topic: str
) -> None:
    appender = await transport.appender(topic, 0)
    await appender.append(RECORD)
    broker.freeze()
    async with asyncio.timeout(GUARD_SECONDS):
        with pytest.raises(Unknown):
            await appender.append(RECORD)
    broker.thaw()


async def test_sends_and_reads_go_on_after_a_restart(broker: Kafka, transport: KafkaTransport, topic: str) -> None:
    assert await transport.send(topic, 0, RECORD) == 0
    broker.kill()
    with pytest.raises(Transient):
        await transport.send(topic, 0, RECORD)
    await asyncio.to_thread(broker.start)
    await heal(lambda: transport.send(topic, 0, [Outgoing(None, b"b")]))
    first, *others = await transport.read(topic, 0, 0, 2, 10)
    assert (first.value, {record.value for record in others}) == (b"a", {b"b"})


async def test_a_new_appender_can_be_had_after_a_restart(broker: Kafka, transport: KafkaTransport, topic: str) -> None:
    await (await transport.appender(topic, 0)).append(RECORD)
    broker.kill()
    await asyncio.to_thread(broker.start)
    async with asyncio.timeout(HEAL_SECONDS):
        while True:
            try:
                assert await (await transport.appender(topic, 0)).append(RECORD) >= 1
                break
            except Transient:
                continue


async def test_an_inbox_delivers_again_after_a_restart(broker: Kafka, transport: KafkaTransport, topic: str) -> None:
    inbox = transport.inbox(topic, uuid.uuid4().hex, Ignore())
    await inbox.start()
    inbox.resume(0, 0)
    broker.kill()
    async with asyncio.timeout(GUARD_SECONDS):
        with pytest.raises(Unavailable):
            await inbox.commit({0: 0})
    await asyncio.to_thread(broker.start)
    await heal(lambda: transport.send(topic, 0, [Outgoing(None, b"b")]))
    async with asyncio.timeout(HEAL_SECONDS):
        while not (found := await inbox.poll(0, 10, 0.2)):
            if 0 in inbox.assigned():
                inbox.resume(0, 0)  # a rebalance may have paused it
    assert found[0].value == b"b"
    await heal(lambda: inbox.commit({0: 1}))
