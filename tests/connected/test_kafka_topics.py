"""The catalogue against a real broker: plan, apply, verify."""

import uuid
from collections.abc import Sequence
from dataclasses import replace

import pytest
from aiokafka.record.default_records import DefaultRecordBatch

from schemas.catalogue import TOPICS, Topic
from services.kit.errors import Halted, Unavailable
from services.kit.topics import CLUSTER, ONE_BROKER, apply, plan, verify
from services.kit.transport.base import Outgoing
from services.kit.transport.kafka import KafkaOptions
from services.kit.transport.kafka_wire import Wire
from tests.batches import compressed, write
from tests.conftest import Broker, create_topic

pytestmark = pytest.mark.connected


@pytest.fixture
def options(kafka: Broker) -> KafkaOptions:
    return KafkaOptions(kafka.bootstrap)


@pytest.fixture
def topics() -> Sequence[Topic]:
    """The catalogue under names of this test's own."""
    prefix = uuid.uuid4().hex[:8]
    return tuple(replace(topic, name=f"{prefix}-{topic.name}") for topic in TOPICS)


async def test_missing_topics_are_planned_then_made_then_verified(
    options: KafkaOptions, topics: Sequence[Topic]
) -> None:
    names = [topic.name for topic in topics]
    assert [(d.topic, d.kind) for d in (await plan(options, ONE_BROKER, topics)).differences] == [
        (name, "missing") for name in names
    ]
    with pytest.raises(Halted, match="missing"):
        await verify(options, ONE_BROKER, topics)
    applied = await apply(options, ONE_BROKER, topics)
    assert (list(applied.created), applied.differences) == (names, ())
    await verify(options, ONE_BROKER, topics)


async def test_applying_again_changes_nothing(options: KafkaOptions, topics: Sequence[Topic]) -> None:
    await apply(options, ONE_BROKER, topics)
    assert (await apply(options, ONE_BROKER, topics)).created == ()


async def test_what_differs_is_shown_and_left_alone(options: KafkaOptions, topics: Sequence[Topic]) -> None:
    topic = topics[0]
    await create_topic(
        options.bootstrap, 3, topic.name, {**topic.config, "min.insync.replicas": "1", "retention.ms": "1000"}
    )
    applied = await apply(options, ONE_BROKER, [topic])
    assert applied.created == ()
    assert {(d.kind, d.setting, d.wanted, d.found) for d in applied.differences} == {
        ("partitions", "", str(topic.partitions), "3"),
        ("config", "retention.ms", "-1", "1000"),
    }


@pytest.mark.parametrize("setting", ["as the producer", "as the catalogue"])
async def test_the_catalogues_topics_hold_no_compressed_batch(
    options: KafkaOptions, topics: Sequence[Topic], setting: str
) -> None:
    topic = topics[0]
    given = {"compression.type": "producer"} if setting == "as the producer" else {}
    await create_topic(options.bootstrap, 1, topic.name, {**topic.config, "min.insync.replicas": "1", **given})
    await write(options.bootstrap, topic.name, 0, compressed([Outgoing(b"key", b"value " * 100)]))
    wire = Wire(options)
    await wire.open()
    try:
        kept = DefaultRecordBatch(await wire.persist("read", lambda: wire.fetch(topic.name, 0, 0, 10_000), 10.0))
    finally:
        await wire.close()
    assert bool(kept.compression_type) == (setting == "as the producer")


async def test_one_broker_is_not_a_cluster(options: KafkaOptions, topics: Sequence[Topic]) -> None:
    await apply(options, ONE_BROKER, topics[:1])
    differences = (await plan(options, CLUSTER, topics[:1])).differences
    assert [(d.kind, d.wanted, d.found) for d in differences] == [
        ("replication", "3", "1"),
        ("config", "2", "1"),
    ]


async def test_more_copies_than_brokers_are_refused_with_the_brokers_reason(
    options: KafkaOptions, topics: Sequence[Topic]
) -> None:
    with pytest.raises(Halted, match=r"(?i)replication"):
        await apply(options, CLUSTER, topics[:1])


async def test_without_a_broker_the_plan_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        await plan(KafkaOptions("127.0.0.1:1"), ONE_BROKER)
