"""From settings to a running service process: connections, workers, controls, the Faust host."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import NoReturn, Protocol, runtime_checkable

import faust
from structlog.typing import FilteringBoundLogger

from schemas.catalogue import OPERATOR_ACTS
from services.kit.backoff import Backoff
from services.kit.controls import Controls
from services.kit.errors import Unavailable
from services.kit.follow import Follower
from services.kit.garbage import collect_seldom
from services.kit.host import FaustOptions, faust_app, main
from services.kit.log import logger
from services.kit.metrics import Metrics
from services.kit.owned import Surroundings
from services.kit.process import Identity, Process
from services.kit.release import RELEASE
from services.kit.settings import ProcessSettings, kafka_options
from services.kit.store import Store, connect
from services.kit.tasks import end
from services.kit.transport.base import Transport
from services.kit.transport.kafka import KafkaTransport
from services.kit.worker import Worker

Build = Callable[[Surroundings], Sequence[Worker]]
"""A service's workers, over what they stand in."""


@runtime_checkable
class HasAgents(Protocol):
    """A worker that declares Faust agents: they run beside it in a Faust host only."""

    def register(self, app: faust.App) -> None:
        """Declare agents and tables, once, before the app starts."""
        ...


def serve(service: str, settings: ProcessSettings, build: Build) -> NoReturn:
    """Run a process of this service until it is told to stop. Ends the interpreter."""
    kafka, metrics = kafka_options(settings), Metrics()
    transport, rows, log = KafkaTransport(kafka), store(settings), logger(service, settings.log_level)
    around = Surroundings(transport, rows, metrics, log.bind(instance=settings.instance), settings.instance, RELEASE)
    workers = build(around)
    controls = Follower(f"{service}.controls", transport, OPERATOR_ACTS, Controls(workers).apply, from_start=False)
    process = Process(Identity(service, settings.instance, RELEASE), (*workers, controls), metrics)
    options = FaustOptions(
        kafka, settings.bind_host, settings.pages_port, log, replication=1 if settings.profile == "one-broker" else 3
    )
    agents = [worker.register for worker in workers if isinstance(worker, HasAgents)]
    app = faust_app(process, options, agents, within=_connected(transport, rows, log, bool(agents)))
    collect_seldom()
    main(app)


def store(settings: ProcessSettings) -> Store:
    """The rows in Redis, as the user that the URL names; TLS trusts `redis_cafile`, or the system's authorities."""
    cafile = str(settings.redis_cafile) if settings.redis_cafile else None
    return Store(connect(settings.redis_url.get_secret_value(), settings.redis_timeout_seconds, cafile))


@asynccontextmanager
async def _connected(
    transport: Transport, rows: Store, log: FilteringBoundLogger, faust_asks_kafka: bool
) -> AsyncIterator[None]:
    """What the workers stand on. They run without Kafka too, and say so; only Faust's own agents wait for it."""
    connecting = asyncio.create_task(_connect(transport, log))
    try:
        if faust_asks_kafka:
            await connecting
        yield
    finally:
        await end((connecting,))
        await transport.stop()
        await rows.stop()


async def _connect(transport: Transport, log: FilteringBoundLogger) -> None:
    """However long the log is away."""
    backoff = Backoff()
    while True:
        try:
            await transport.start()
            return
        except Unavailable as error:
            log.warning("kafka-unavailable", reason=str(error))
            await backoff.wait()
