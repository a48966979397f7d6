"""Processes that are started before Kafka is there: they live, say what they wait for, and begin when it has come."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from deploy.local.kafka import fetch_jars, find_java
from deploy.local.process import Missing
from deploy.local.system import ServiceProcess, System
from deploy.stack import PROCESSES
from tests.conftest import absent
from tests.stacks import page, until, whole_system

pytestmark = [pytest.mark.connected, pytest.mark.timeout(180)]

ONE_OF_EACH = [process for process in PROCESSES if process.name.endswith("-1")]


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    system = whole_system(tmp_path, processes=ONE_OF_EACH)
    try:
        find_java()
        fetch_jars()
        system.redis.start()
    except Missing as error:
        absent(error)
    yield system
    system.stop()


def answers(url: str) -> bool:
    """Whether a page is there, and says yes."""
    try:
        return httpx.get(url).is_success
    except httpx.TransportError:
        return False


def lives(process: ServiceProcess) -> bool:
    return answers(f"{process.pages}/livez")


def test_without_kafka_processes_live_unready_and_end_in_order_and_with_it_they_become_ready(system: System) -> None:
    for process in system.services:
        process.begin()
    for process in system.services:
        until(partial(lives, process))
        verdict = page(process, "/readyz")
        assert verdict.status_code == 503
        assert "Kafka does not answer" in verdict.text
    until(partial(answers, f"{system.url}/healthz"))
    write = httpx.post(f"{system.url}/v1/companies", json={}, headers={"Idempotency-Key": "early"})
    assert (write.status_code, "retry-after" in write.headers) == (503, True)
    edge_and_agent = [process for process in system.services if process.process.service in ("intake", "policy")]
    assert [process.stop() for process in edge_and_agent] == [0, 0]
    for process in edge_and_agent:
        process.begin()
    for process in edge_and_agent:
        until(partial(lives, process))
    system.kafka.start()
    system.apply_topics()
    for process in system.services:
        process.wait_ready()
        assert lives(process)
