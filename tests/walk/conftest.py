"""Both stacks, started once each: everything in one process, and (`kafka_stack`) Faust workers on real Kafka."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.embedded import Embedded, embedded
from tests.stacks import Running as Running
from tests.walk.journey import BOOTSTRAP_SHA256


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


@pytest.fixture(params=["embedded_stack", pytest.param("kafka_stack", marks=pytest.mark.connected)])
def stack(request: pytest.FixtureRequest) -> Running:
    found: Running = request.getfixturevalue(request.param)
    return found
