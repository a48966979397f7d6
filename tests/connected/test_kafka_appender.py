"""The fenced appender on a real broker: repeated bytes, lost answers, zombies, restarts, the end of the sequence."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest

from deploy.local.kafka import Kafka
from services.kit.errors import Fenced, Unknown
from services.kit.transport.base import Outgoing, Transport
from services.kit.transport.kafka import KafkaAppender, KafkaOptions, KafkaTransport
from services.kit.transport.kafka_wire import Batch, NoAnswer, Wire, Written
from services.kit.transport.kafka_writer import SEQUENCE_END, PartitionWriter, alone, take_over
from tests.conftest import Broker, create_topic

pytestmark = pytest.mark.connected

Topic = Callable[..., Awaitable[str]]
Transports = Callable[..., Awaitable[KafkaTransport]]


class FaultyWire(Wire):
    """Loses the broker's next answers to writes, or keeps the next write back."""

    lose_answers = 0
    requests = 0

    def __init__(self, options: KafkaOptions) -> None:
        super().__init__(options)
        self.may_write = asyncio.Event()
        self.may_write.set()
        self.reached = asyncio.Event()

    async def produce(self, node: int, batches: Sequence[Batch]) -> Sequence[Written]:
        self.reached.set()
        await self.may_write.wait()
        self.requests += 1
        written = await super().produce(node, batches)
        if self.lose_answers:
            self.lose_answers -= 1
            raise NoAnswer("the answer is lost")
        return written


@pytest.fixture
async def wire(kafka: Broker) -> AsyncIterator[FaultyWire]:
    faulty = FaultyWire(KafkaOptions(kafka.bootstrap, append_timeout_seconds=5))
    await faulty.open()
    yield faulty
    await faulty.close()


def texts(*values: str) -> list[Outgoing]:
    return [Outgoing(None, value.encode()) for value in values]


async def content(transport: Transport, topic: str, partition: int = 0) -> list[str]:
    position, end = await transport.bounds(topic, partition)
    found: list[str] = []
    while position < end:
        records = await transport.read(topic, partition, position, end, 10_000)
        found += [(record.value or b"").decode() for record in records]
        position = records[-1].offset + 1
    return found


async def test_a_batch_whose_answer_is_lost_is_sent_again_and_stands_once(
    wire: FaultyWire, make_topic: Topic, kafka_transport: Transports
) -> None:
    topic = await make_topic()
    appender = await take_over(wire, topic, 0)
    await appender.append(texts("a"))
    wire.lose_answers = 2
    assert await appender.append(texts("b", "c")) == 1
    assert wire.requests == 4
    assert await appender.append(texts("d")) == 3
    assert await content(await kafka_transport(), topic) == ["a", "b", "c", "d"]


async def test_without_any_answer_the_append_is_unknown_and_the_appender_dead(
    wire: FaultyWire, make_topic: Topic, kafka_transport: Transports
) -> None:
    topic = await make_topic()
    appender = await take_over(wire, topic, 0)
    wire.lose_answers = 1_000
    with pytest.raises(Unknown, match="gave up"):
        await appender.append(texts("a"))
    wire.lose_answers = 0
    with pytest.raises(Unknown, match="dead"):
        await appender.append(texts("b"))
    assert await content(await kafka_transport(), topic) == ["a"]


async def test_a_cancelled_append_leaves_the_appender_dead(wire: FaultyWire, make_topic: Topic) -> None:
    appender = await take_over(wire, await make_topic(), 0)
    wire.may_write.clear()
    append = asyncio.create_task(appender.append(texts("a")))
    await wire.reached.wait()
    append.cancel()
    await asyncio.wait([append])
    wire.may_write.set()
    with pytest.raises(Unknown, match="dead"):
        await appender.append(texts("b"))


async def test_a_batch_held_back_until_a_newer_owner_has_written_never_lands(
    wire: FaultyWire, make_topic: Topic, kafka_transport: Transports
) -> None:
    topic = await make_topic()
    old = await take_over(wire, topic, 0)
    await old.append(texts("old"))
    wire.may_write.clear()
    wire.reached.clear()
    late = asyncio.create_task(old.append(texts("late")))
    await wire.reached.wait()
    transport = await kafka_transport()
    await (await transport.appender(topic, 0)).append(texts("marker"))
    wire.may_write.set()
    with pytest.raises(Fenced):
        await late
    assert await content(transport, topic) == ["old", "marker"]


async def test_a_zombie_that_wakes_after_a_long_pause_is_fenced(
    kafka: Broker, make_topic: Topic, kafka_transport: Transports
) -> None:
    topic = await make_topic()
    asleep, wake = threading.Event(), threading.Event()

    async def owner_that_freezes() -> type[BaseException] | None:
        transport = KafkaTransport(KafkaOptions(kafka.bootstrap))
        await transport.start()
        appender = await transport.appender(topic, 0)
        await appender.append(texts("a"))
        asleep.set()
        wake.wait()  # the whole event loop stands still, as in a paused process
        try:
            await appender.append(texts("late"))
        except Fenced as error:
            return type(error)
        finally:
            await transport.stop()
        return None

    zombie = asyncio.create_task(asyncio.to_thread(asyncio.run, owner_that_freezes()))
    await asyncio.to_thread(asleep.wait)
    transport = await kafka_transport()
    successor = await transport.appender(topic, 0)
    for number in range(50):
        await successor.append(texts(str(number)))
    wake.set()
    assert await zombie is Fenced
    assert await content(transport, topic) == ["a", *map(str, range(50))]


async def test_of_many_claims_at_once_only_one_goes_on(make_topic: Topic, kafka_transport: Transports) -> None:
    topic = await make_topic()
    transport = await kafka_transport()
    appenders = await asyncio.gather(*(transport.appender(topic, 0) for _ in range(8)))
    outcomes = await asyncio.gather(*(a.append(texts("marker")) for a in appenders), return_exceptions=True)
    again = await asyncio.gather(*(a.append(texts("on")) for a in appenders), return_exceptions=True)
    assert {type(outcome) for outcome in (*outcomes, *again)} <= {int, Fenced, Unknown}
    assert [type(outcome) for outcome in again].count(int) == 1


async def test_the_sequence_begins_again_at_zero_after_its_last_number(
    wire: FaultyWire, make_topic: Topic, kafka_transport: Transports
) -> None:
    topic = await make_topic()
    producer = await wire.identity(f"{topic}-0")
    appender = KafkaAppender(wire, topic, 0, producer, sequence=SEQUENCE_END - 3)
    assert [await appender.append(texts(*"abcde")), await appender.append(texts(*"fg"))] == [0, 5]
    wire.lose_answers = 1
    assert await appender.append(texts("h")) == 7
    transport = await kafka_transport()
    assert await content(transport, topic) == list("abcdefgh")
    await (await transport.appender(topic, 0)).append(texts("marker"))
    with pytest.raises(Fenced):
        await appender.append(texts("late"))


@pytest.mark.parametrize("last", [SEQUENCE_END - 1, SEQUENCE_END - 2])
async def test_a_batch_that_ends_at_or_crosses_the_last_number_is_still_known_when_repeated(
    wire: FaultyWire, make_topic: Topic, last: int
) -> None:
    topic = await make_topic()
    writer = PartitionWriter(wire, alone(wire), topic, 0, await wire.identity(None), sequence=last)
    batch = writer.batch(texts("a", "b"))
    assert await writer.write(batch, 2, 5) == 0
    assert await writer.write(batch, 2, 5) == 0


async def test_a_hole_in_the_sequence_is_refused(wire: FaultyWire, make_topic: Topic) -> None:
    topic = await make_topic()
    producer = await wire.identity(f"{topic}-0")
    await KafkaAppender(wire, topic, 0, producer).append(texts("a"))
    with pytest.raises(Unknown):
        await KafkaAppender(wire, topic, 0, producer, sequence=7).append(texts("b"))


async def test_too_large_a_batch_is_refused_before_it_is_sent_and_the_appender_lives(
    make_topic: Topic, kafka_transport: Transports
) -> None:
    topic = await make_topic()
    transport = await kafka_transport(batch_bytes_max=10_000)
    appender = await transport.appender(topic, 0)
    with pytest.raises(ValueError, match="10000 bytes"):
        await appender.append([Outgoing(None, b"x" * 600) for _ in range(20)])
    assert await appender.append(texts("a")) == 0


async def test_a_hundred_thousand_records_are_read_back_in_order(
    make_topic: Topic, kafka_transport: Transports
) -> None:
    topic = await make_topic()
    transport = await kafka_transport()
    appender = await transport.appender(topic, 0)
    for first in range(0, 100_000, 1_000):
        await appender.append(texts(*map(str, range(first, first + 1_000))))
    assert await content(transport, topic) == [str(number) for number in range(100_000)]


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_a_broker_killed_in_the_middle_of_appends_loses_and_doubles_nothing(
    own_kafka: Callable[..., Kafka],
) -> None:
    broker = own_kafka()
    topic = await create_topic(broker.bootstrap, 1)
    transport = KafkaTransport(KafkaOptions(broker.bootstrap, append_timeout_seconds=45, read_timeout_seconds=45))
    await transport.start()
    appender = await transport.appender(topic, 0)
    acknowledged: list[int] = []
    done, progress = asyncio.Event(), asyncio.Event()

    async def append_all() -> None:
        while not done.is_set():
            number = 3 * len(acknowledged)
            acknowledged.append(await appender.append(texts(*map(str, range(number, number + 3)))))
            progress.set()

    async def more_are_acknowledged() -> None:
        enough = len(acknowledged) + 20
        while len(acknowledged) < enough:
            progress.clear()
            await progress.wait()

    appends = asyncio.create_task(append_all())
    for _ in range(2):
        await more_are_acknowledged()
        broker.kill()
        await asyncio.to_thread(broker.start)
    await more_are_acknowledged()
    done.set()
    await appends
    assert acknowledged == list(range(0, 3 * len(acknowledged), 3))
    assert await content(transport, topic) == [str(number) for number in range(3 * len(acknowledged))]
    await transport.stop()
