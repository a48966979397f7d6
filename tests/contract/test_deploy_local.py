"""The infrastructure of `make up`: Kafka with the catalogue's topics, Redis, and nothing left behind."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy import stack
from deploy.local import records
from deploy.local.kafka import Kafka
from deploy.local.process import Missing, NotReady
from deploy.local.redis import Redis
from deploy.local.system import System
from services.kit import topics
from services.kit.transport.kafka import KafkaOptions

pytestmark = [pytest.mark.connected, pytest.mark.timeout(120)]


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    made = System(tmp_path, given={}, processes=(), kafka=Kafka(tmp_path / "kafka"), redis=Redis(tmp_path / "redis"))
    try:
        made.start()
    except Missing as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))
    yield made
    made.stop()


async def test_the_system_starts_with_the_topics_of_the_catalogue_and_keeps_them(system: System) -> None:
    system.apply_topics()
    await topics.verify(KafkaOptions(bootstrap=system.kafka.bootstrap), topics.ONE_BROKER)


def test_processes_left_running_are_ended_by_their_record(system: System, tmp_path: Path) -> None:
    records.save(tmp_path, [(process.name, process.pid) for process in system.all if process.pid is not None])
    records.end(records.load(tmp_path))
    assert [process.name for process in system.all if process.pid is not None] == []


def test_topics_without_a_broker_are_a_failed_start(tmp_path: Path) -> None:
    system = System(tmp_path, given={}, processes=(), redis=Redis(tmp_path / "redis"), kafka=Kafka(tmp_path / "kafka"))
    with pytest.raises(NotReady, match="Unavailable"):
        system.apply_topics()
    assert system.place == stack.local_place(system.kafka.port, system.redis.port)
