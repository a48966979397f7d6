"""Both stacks, started once each: everything in one process, and Faust workers on real Kafka and Redis."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from deploy.embedded import Embedded, embedded
from deploy.local.kafka import Kafka
from deploy.local.process import Missing, free_port
from deploy.local.redis import Redis
from deploy.local.system import System, with_free_ports
from tests.conftest import absent
from tests.walk.journey import BOOTSTRAP_SHA256


@dataclass(frozen=True)
class Running:
    """A stack that runs: where its edge is and where its Redis."""

    url: str
    redis: Redis
    system: System | None = None

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=15)


class EmbeddedThread:
    """The embedded stack on an event loop of its own, so that a test may call it like any server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.stack: Embedded | None = None
        self.error: BaseException | None = None

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except BaseException as error:  # reason: told to the test that waits for the start
            self.error = error
        finally:
            self._started.set()
            self._loop.close()

    async def _serve(self) -> None:
        async with embedded(self._folder, BOOTSTRAP_SHA256) as self.stack:
            self._started.set()
            await self._stop.wait()

    def __enter__(self) -> Running:
        self._thread.start()
        assert self._started.wait(60)
        if self.error is not None:
            raise self.error
        assert self.stack is not None
        return Running(self.stack.url, self.stack.redis)

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)


@pytest.fixture(scope="session")
def embedded_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with EmbeddedThread(tmp_path_factory.mktemp("embedded")) as running:
        yield running


@pytest.fixture(scope="session")
def kafka_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("system")
    system = System(
        folder,
        given={"GREENLIGHT_BOOTSTRAP_TOKEN_SHA256": BOOTSTRAP_SHA256},
        processes=with_free_ports(),
        kafka=Kafka(folder / "kafka", port=free_port(), controller_port=free_port()),
        redis=Redis(folder / "redis"),
    )
    try:
        system.start()
    except Missing as error:
        absent(error)
    yield Running(system.url, system.redis, system)
    system.stop()


@pytest.fixture(params=["embedded_stack", pytest.param("kafka_stack", marks=pytest.mark.connected)])
def stack(request: pytest.FixtureRequest) -> Running:
    found: Running = request.getfixturevalue(request.param)
    return found
