"""Whole systems for the tests that need one: every process of the stack, on ports and in a folder of its own."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from deploy import stack
from deploy.local.__main__ import key_files
from deploy.local.kafka import Kafka
from deploy.local.redis import Redis
from deploy.local.system import ServiceProcess, System, with_free_ports
from tests.walk.journey import BOOTSTRAP_SHA256, CHECK_SECONDS


@dataclass(frozen=True)
class Running:
    """A stack that runs: where its edge is and where its Redis."""

    url: str
    redis: Redis
    system: System | None = None

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=15)


def whole_system(
    folder: Path,
    *,
    kafka: Kafka | None = None,
    redis: Redis | None = None,
    settings: Mapping[str, Mapping[str, str]] | None = None,
    processes: Sequence[stack.Process] = stack.PROCESSES,
) -> System:
    """What `make up` starts, not yet started."""
    return System(
        folder,
        given={"GREENLIGHT_BOOTSTRAP_TOKEN_SHA256": BOOTSTRAP_SHA256, **key_files(folder)},
        settings=settings,
        processes=with_free_ports(processes),
        kafka=kafka or Kafka(folder / "kafka"),
        redis=redis or Redis(folder / "redis"),
    )


def page(process: ServiceProcess, path: str) -> httpx.Response:
    """A page of a process."""
    return httpx.get(process.pages + path, timeout=10)


def status(process: ServiceProcess) -> Mapping[str, object]:
    """What `/status` says of each worker of a process."""
    workers: Mapping[str, object] = page(process, "/status").json()["workers"]
    return workers


def until(holds: Callable[[], bool], seconds: float = 40) -> None:
    """Wait until it holds; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(CHECK_SECONDS)
