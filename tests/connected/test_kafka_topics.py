"""The catalogue against a real broker: plan, apply, verify."""

import uuid
from collections.abc import Sequence
from dataclasses import replace

import pytest

from schemas.catalogue import TOPICS, Topic
from services.kit.errors import Halted, Unavailable
from services.kit.topics import CLUSTER, ONE_BROKER, apply, plan, verify
from services.kit.transport.kafka import KafkaOptions
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
    await create_topic(options.bootstrap, 3, topic.name, {"retention.ms": "1000", "max.message.bytes": "4194304"})
    applied = await apply(options, ONE_BROKER, [topic])
    assert applied.created == ()
    assert {(d.kind, d.setting, d.wanted, d.found) for d in applied.differences} == {
        ("partitions", "", str(topic.partitions), "3"),
        ("config", "retention.ms", "-1", "1000"),
    }


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
