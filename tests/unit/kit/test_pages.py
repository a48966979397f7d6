"""What the pages of a process say."""

import json
from collections.abc import Mapping
from http import HTTPStatus

import pytest
from prometheus_client.parser import text_string_to_metric_families

from services.kit.metrics import Metrics
from services.kit.pages import PAGES, Answer
from services.kit.process import Identity, Process


class Still:
    """A worker that only has something to say."""

    name = "still"

    def __init__(self, problem: str, stuck: str) -> None:
        self._problem, self._stuck = problem, stuck

    async def run(self) -> None:
        raise AssertionError("no page runs a worker")

    def problems(self) -> tuple[str, ...]:
        return (self._problem,) if self._problem else ()

    def stuck(self) -> tuple[str, ...]:
        return (self._stuck,) if self._stuck else ()

    def status(self) -> Mapping[str, object]:
        return {"seat": "Lanwei 蓝卫 (illustrative)"}


def page(path: str, problem: str = "", stuck: str = "") -> Answer:
    return PAGES[path](Process(Identity("policy", "policy-1", "0.1.0"), [Still(problem, stuck)], Metrics()))


@pytest.mark.parametrize(
    ("path", "problem", "stuck", "status", "reasons"),
    [
        ("/livez", "", "", HTTPStatus.OK, []),
        ("/readyz", "", "", HTTPStatus.OK, []),
        ("/livez", "shard 3 is not claimed", "", HTTPStatus.OK, []),
        ("/readyz", "shard 3 is not claimed", "", HTTPStatus.SERVICE_UNAVAILABLE, ["shard 3 is not claimed"]),
        ("/livez", "", "has not moved", HTTPStatus.SERVICE_UNAVAILABLE, ["has not moved"]),
        ("/readyz", "", "has not moved", HTTPStatus.OK, []),
    ],
)
def test_a_verdict_is_503_with_its_reasons(
    path: str, problem: str, stuck: str, status: HTTPStatus, reasons: list[str]
) -> None:
    answer = page(path, problem, stuck)
    assert answer.status == status
    assert json.loads(answer.body) == {"ok": not reasons, "reasons": reasons}


def test_the_status_page_says_who_it_is_and_how_each_worker_is() -> None:
    answer = page("/status", "Kafka does not answer")
    body = json.loads(answer.body)
    assert (answer.status, answer.content_type) == (HTTPStatus.OK, "application/json")
    assert body["instance"] == "policy-1"
    assert body["problems"] == ["Kafka does not answer"]
    assert body["workers"]["still"] == {"seat": "Lanwei 蓝卫 (illustrative)"}


def test_the_metrics_page_is_what_prometheus_reads() -> None:
    answer = page("/metrics")
    names = {family.name for family in text_string_to_metric_families(answer.body.decode())}
    assert answer.content_type.startswith("text/plain; version=")
    assert "greenlight_loop_lag_seconds" in names
