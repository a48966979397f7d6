"""A tiny process through the Faust host, for test_host_*.py: `python host_toy.py worker`, told by TOY_ variables."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from structlog.typing import FilteringBoundLogger

from schemas.catalogue import DECISIONS
from services.kit.host import FaustOptions, faust_app, main
from services.kit.log import logger
from services.kit.metrics import Metrics
from services.kit.process import Identity, Process
from services.kit.transport.kafka import KafkaOptions, KafkaTransport
from services.policy.statistics import Statistics

CHECK_SECONDS = 0.01
LEAVING_SECONDS = 0.3


class Toy:
    """Works until a fuse is lit: raises, or only ends if something is written there. Takes its time to leave."""

    name = "toy"

    def __init__(self, fuse: Path, log: FilteringBoundLogger) -> None:
        self._fuse, self._log = fuse, log
        self._troubles = fuse.with_suffix(".trouble")

    async def run(self) -> None:
        self._log.info("toy-begun")
        try:
            while not self._fuse.exists():
                await asyncio.sleep(CHECK_SECONDS)
            if not self._fuse.read_text():
                raise RuntimeError("the fuse was lit")
        finally:
            await asyncio.sleep(LEAVING_SECONDS)
            self._log.info("toy-left")

    def problems(self) -> tuple[str, ...]:
        return ("toy: in trouble",) if self._troubles.exists() else ()

    def stuck(self) -> tuple[str, ...]:
        return ("toy: has not moved",) if self._troubles.exists() else ()

    def status(self) -> Mapping[str, object]:
        return {"fuse": self._fuse.name}


@asynccontextmanager
async def connections(transport: KafkaTransport | None, log: FilteringBoundLogger) -> AsyncIterator[None]:
    """What the toy stands on: a connection to Kafka if it needs one."""
    if transport is not None:
        await transport.start()
    log.info("toy-connected")
    yield
    if transport is not None:
        await transport.stop()
    log.info("toy-disconnected")


def run(instance: str, journal: str, fuse: Path) -> None:
    log, metrics = logger("toy"), Metrics()
    kafka = KafkaOptions(os.environ["TOY_KAFKA"], client_id=instance)
    transport = KafkaTransport(kafka) if journal else None
    statistics = [Statistics(replace(DECISIONS, name=journal), metrics, log, transport)] if transport else []
    process = Process(Identity(os.environ["TOY_SERVICE"], instance, "0"), [Toy(fuse, log), *statistics], metrics)
    options = FaustOptions(kafka, "127.0.0.1", int(os.environ["TOY_PORT"]), log, replication=1)
    main(faust_app(process, options, [agent.register for agent in statistics], connections(transport, log)))


if __name__ == "__main__":
    run(os.environ["TOY_INSTANCE"], os.environ["TOY_JOURNAL"], Path(os.environ["TOY_FUSE"]))
