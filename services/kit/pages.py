"""The pages of a process as plain answers: any host serves them. Nothing here waits or reads anything outside."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType

from prometheus_client.exposition import CONTENT_TYPE_LATEST

from services.kit.process import Process


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer."""

    status: HTTPStatus
    content_type: str
    body: bytes


def metrics(process: Process) -> Answer:
    """`/metrics`: all metrics, for Prometheus."""
    return Answer(HTTPStatus.OK, CONTENT_TYPE_LATEST, process.metrics.page())


def livez(process: Process) -> Answer:
    """`/livez`: 503 with reasons when work waits and nothing moves: restart it."""
    return _verdict(process.stuck())


def readyz(process: Process) -> Answer:
    """`/readyz`: 503 with reasons while it cannot do its work: send it no traffic."""
    return _verdict(process.problems())


def status(process: Process) -> Answer:
    """`/status`: who it is and where every worker stands."""
    return _json(HTTPStatus.OK, process.status())


PAGES: Mapping[str, Callable[[Process], Answer]] = MappingProxyType(
    {"/metrics": metrics, "/livez": livez, "/readyz": readyz, "/status": status}
)
"""Each page by its path."""


def _verdict(reasons: Sequence[str]) -> Answer:
    verdict = HTTPStatus.SERVICE_UNAVAILABLE if reasons else HTTPStatus.OK
    return _json(verdict, {"ok": not reasons, "reasons": list(reasons)})


def _json(answered: HTTPStatus, page: Mapping[str, object]) -> Answer:
    body = json.dumps(page, ensure_ascii=False, separators=(",", ":"))
    return Answer(answered, "application/json", body.encode())
