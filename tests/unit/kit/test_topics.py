from dataclasses import replace

import pytest

from schemas.catalogue import TOPICS
from services.kit.topics import CLUSTER, ONE_BROKER, Difference, TopicState, compare, wanted

WANT = TopicState("things", 4, 3, {"retention.ms": "-1", "min.insync.replicas": "2"})

FOUND = [
    # found, differences as (kind, setting, wanted, found)
    (WANT, []),
    (None, [("missing", "", "4 partitions, 3 copies", "")]),
    (replace(WANT, partitions=2), [("partitions", "", "4", "2")]),
    (replace(WANT, partitions=8), [("partitions", "", "4", "8")]),
    (replace(WANT, replication=1), [("replication", "", "3", "1")]),
    (
        replace(WANT, config={"retention.ms": "604800000", "min.insync.replicas": "2"}),
        [("config", "retention.ms", "-1", "604800000")],
    ),
    (replace(WANT, config={"retention.ms": "-1"}), [("config", "min.insync.replicas", "2", "")]),
    (replace(WANT, config={**WANT.config, "segment.bytes": "1"}), []),
    (replace(WANT, partitions=1, replication=1), [("partitions", "", "4", "1"), ("replication", "", "3", "1")]),
]


@pytest.mark.parametrize(("found", "differences"), FOUND)
def test_a_difference_names_what_is_wanted_and_what_was_found(
    found: TopicState | None, differences: list[tuple[str, str, str, str]]
) -> None:
    result = compare([WANT], {"things": found} if found else {})
    assert [(d.kind, d.setting, d.wanted, d.found) for d in result] == differences


def test_differences_come_in_the_catalogues_order() -> None:
    wants = [replace(WANT, name=name) for name in ("c", "a", "b")]
    assert [difference.topic for difference in compare(wants, {})] == ["c", "a", "b"]


def test_a_cluster_has_what_the_catalogue_says() -> None:
    assert [(w.name, w.partitions, w.replication, w.config) for w in wanted(TOPICS, CLUSTER)] == [
        (topic.name, topic.partitions, topic.replication, dict(topic.config)) for topic in TOPICS
    ]


def test_one_broker_keeps_one_copy_of_everything_and_says_so() -> None:
    wants = wanted(TOPICS, ONE_BROKER)
    assert {(want.replication, want.config["min.insync.replicas"]) for want in wants} == {(1, "1")}
    assert ONE_BROKER.note == "not durable on power loss"


def test_a_difference_reads_as_a_sentence() -> None:
    assert str(Difference("t", "config", "retention.ms", "-1", "5")) == "t: config retention.ms: wanted -1, found 5"
    assert str(Difference("t", "missing", "", "1 partitions, 1 copies", "")).endswith("found nothing")
