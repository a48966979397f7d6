"""Consumer groups on a real broker: sharing, handing over, stale members, static members."""

import asyncio
import threading
import uuid
from collections.abc import Awaitable, Callable

import pytest

from services.kit.errors import StaleMember, Unavailable
from services.kit.transport.base import Inbox, Outgoing
from services.kit.transport.kafka import KafkaOptions, KafkaTransport
from tests.conftest import Broker

pytestmark = pytest.mark.connected

Topic = Callable[..., Awaitable[str]]
Transports = Callable[..., Awaitable[KafkaTransport]]
GUARD_SECONDS = 30
QUICK = {"session_timeout_ms": 1_500, "heartbeat_interval_ms": 200}


class Witness:
    """A listener that remembers, and rings the test's bell when something changes."""

    def __init__(self, bell: asyncio.Event | None = None) -> None:
        self.bell = bell or asyncio.Event()
        self.told: list[tuple[str, frozenset[int]]] = []
        self.held: frozenset[int] = frozenset()

    def assigned(self, partitions: frozenset[int]) -> None:
        self.told.append(("assigned", partitions))
        self.held |= partitions
        self.bell.set()

    def revoked(self, partitions: frozenset[int]) -> None:
        self.told.append(("revoked", partitions))
        self.held -= partitions
        self.bell.set()


async def until(bell: asyncio.Event, condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(GUARD_SECONDS):
        while not condition():
            bell.clear()
            await bell.wait()


async def take(member: Inbox, partition: int, count: int) -> list[bytes | None]:
    found: list[bytes | None] = []
    async with asyncio.timeout(GUARD_SECONDS):
        while len(found) < count:
            found += [record.value for record in await member.poll(partition, 100, 0.2)]
    return found


async def test_two_members_share_the_partitions(make_topic: Topic, kafka_transport: Transports) -> None:
    topic, group = await make_topic(4), uuid.uuid4().hex
    bell = asyncio.Event()
    one, two = Witness(bell), Witness(bell)
    await (await kafka_transport(**QUICK)).inbox(topic, group, one).start()
    assert one.held == {0, 1, 2, 3}
    await (await kafka_transport(**QUICK)).inbox(topic, group, two).start()
    await until(bell, lambda: len(one.held) == len(two.held) == 2 and one.held | two.held == {0, 1, 2, 3})
    assert one.told[:2] == [("assigned", frozenset({0, 1, 2, 3})), ("revoked", frozenset({0, 1, 2, 3}))]


async def test_a_leaving_member_hands_over_and_the_rest_is_delivered_once(
    make_topic: Topic, kafka_transport: Transports
) -> None:
    topic, group = await make_topic(2), uuid.uuid4().hex
    bell = asyncio.Event()
    one, two = Witness(bell), Witness(bell)
    transport = await kafka_transport(**QUICK)
    leaver, heir = transport.inbox(topic, group, one), transport.inbox(topic, group, two)
    await leaver.start()
    await heir.start()
    await until(bell, lambda: len(one.held) == len(two.held) == 1)
    (partition,) = one.held
    await transport.send(topic, partition, [Outgoing(None, b"a"), Outgoing(None, b"b")])
    leaver.resume(partition, 0)
    assert await take(leaver, partition, 2) == [b"a", b"b"]
    await leaver.stop()
    await until(bell, lambda: two.held == {0, 1})
    await transport.send(topic, partition, [Outgoing(None, b"c")])
    heir.resume(partition, 2)
    assert await take(heir, partition, 1) == [b"c"]


async def test_partitions_are_paused_again_after_a_rebalance(make_topic: Topic, kafka_transport: Transports) -> None:
    topic, group = await make_topic(2), uuid.uuid4().hex
    bell = asyncio.Event()
    one, two = Witness(bell), Witness(bell)
    transport = await kafka_transport(**QUICK)
    member = transport.inbox(topic, group, one)
    await member.start()
    await transport.send(topic, 0, [Outgoing(None, b"a")])
    await transport.send(topic, 1, [Outgoing(None, b"b")])
    for partition in (0, 1):
        member.resume(partition, 0)
    await transport.inbox(topic, group, two).start()
    await until(bell, lambda: len(one.held) == len(two.held) == 1)
    (kept,) = one.held
    assert list(await member.poll(kept, 10, 0.5)) == []
    member.resume(kept, 0)
    assert await take(member, kept, 1) == [b"a" if kept == 0 else b"b"]


async def test_a_member_whose_session_ended_while_it_stood_still_is_stale(
    kafka: Broker, make_topic: Topic, kafka_transport: Transports
) -> None:
    topic, group = await make_topic(2), uuid.uuid4().hex
    asleep, wake = threading.Event(), threading.Event()

    async def member_that_freezes() -> type[BaseException] | None:
        transport = KafkaTransport(KafkaOptions(kafka.bootstrap, session_timeout_ms=1_500, heartbeat_interval_ms=200))
        await transport.start()
        inbox = transport.inbox(topic, group, Witness())
        await inbox.start()
        await inbox.commit({0: 0, 1: 0})
        asleep.set()
        wake.wait()  # no heartbeat leaves this event loop now
        try:
            assert inbox.assigned() == {0, 1}
            await inbox.commit({0: 0})
        except StaleMember as error:
            return type(error)
        finally:
            await transport.stop()
        return None

    zombie = asyncio.create_task(asyncio.to_thread(asyncio.run, member_that_freezes()))
    await asyncio.to_thread(asleep.wait)
    bell = asyncio.Event()
    heir = Witness(bell)
    await (await kafka_transport(**QUICK)).inbox(topic, group, heir).start()
    await until(bell, lambda: heir.held == {0, 1})
    wake.set()
    assert await zombie is StaleMember


async def test_a_static_member_comes_back_without_a_rebalance(make_topic: Topic, kafka_transport: Transports) -> None:
    topic, group = await make_topic(2), uuid.uuid4().hex
    patient = {"session_timeout_ms": 20_000, "heartbeat_interval_ms": 200}
    bell = asyncio.Event()
    other, first, second = Witness(bell), Witness(bell), Witness(bell)
    member = (await kafka_transport(group_instance_id="a", **patient)).inbox(topic, group, first)
    await member.start()
    await (await kafka_transport(group_instance_id="b", **patient)).inbox(topic, group, other).start()
    await until(bell, lambda: len(first.held) == len(other.held) == 1)
    held, told = first.held, list(other.told)
    await member.stop()
    await (await kafka_transport(group_instance_id="a", **patient)).inbox(topic, group, second).start()
    assert second.held == held
    assert other.told == told


async def test_joining_for_a_topic_that_does_not_exist_is_unavailable(kafka_transport: Transports) -> None:
    transport = await kafka_transport(join_timeout_seconds=1)
    with pytest.raises(Unavailable):
        await transport.inbox("no-such-topic", uuid.uuid4().hex, Witness()).start()
