"""A process as a Faust worker: command line, signals, supervision, pages, and agents where a process has them.

Workers start right after the pages and wait for nothing of Faust's; at the end they go first, and Faust follows.
An exception in a worker ends the process with exit code 1; after SIGTERM or SIGINT it ends with 0.
What Faust reads from the environment by itself is turned off: settings come as `FaustOptions` alone.
"""

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import NoReturn, cast

import faust
from faust.app.base import BootStrategy
from faust.auth import SASLCredentials, SSLCredentials
from faust.cli.faust import cli
from faust.web import Request, Response, View
from mode import Service
from mode.types import ServiceT
from structlog.typing import FilteringBoundLogger
from yarl import URL

from services.kit.errors import GreenlightError
from services.kit.pages import PAGES, Answer
from services.kit.process import Process
from services.kit.tasks import end
from services.kit.transport.kafka import KafkaOptions
from services.kit.worker import Worker

JOIN_MARGIN_SECONDS = 5.0
"""A request to join a group is answered when the others have come or their time is over: it waits longer."""
WINDOW_CLEANUP_SECONDS = 30.0

LEAVING_SECONDS_MAX = 10.0
FAUST_STOP_SECONDS_MAX = 8.0
SAME_LINE_SECONDS = 10.0

Agents = Callable[[faust.App], None]
"""Declares agents and tables on an app."""


@dataclass(frozen=True, slots=True)
class FaustOptions:
    """Where the brokers are, where the pages listen, where the log goes. `replication` is of Faust's own topics."""

    kafka: KafkaOptions
    bind_host: str
    pages_port: int
    log: FilteringBoundLogger
    replication: int = 3


class _WorkerService(Service):
    """One worker in Faust's tree. What it raises ends the process, and so does its end."""

    def __init__(self, worker: Worker) -> None:
        super().__init__()
        self._worker = worker
        self._running: asyncio.Task[None] | None = None

    async def on_start(self) -> None:
        self._running = asyncio.create_task(self._worker.run(), name=self._worker.name)
        self.add_future(self._watch(self._running))

    async def _watch(self, running: "asyncio.Task[None]") -> None:
        await asyncio.wait((running,))
        if not self.should_stop:
            error = None if running.cancelled() else running.exception()
            raise error or GreenlightError(f"{self._worker.name} ended")

    async def on_stop(self) -> None:
        """One cancellation, with time to finish what is under way and to leave; then as many as it takes."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait((self._running,), timeout=LEAVING_SECONDS_MAX)
            await end((self._running,))

    @property
    def shortlabel(self) -> str:
        return self._worker.name


class Workers(Service):
    """The workers of a process. What they stand on is open while they run."""

    def __init__(self, process: Process, within: AbstractAsyncContextManager[object]) -> None:
        super().__init__()
        self._within = within
        self._services = [_WorkerService(worker) for worker in process.workers]

    def on_init_dependencies(self) -> Iterable[ServiceT]:
        """Each worker."""
        return self._services

    async def on_start(self) -> None:
        """Open what the workers stand on."""
        await self.add_async_context(self._within)

    async def on_stop(self) -> None:
        """All workers at once; what they stand on is closed after that."""
        await asyncio.gather(*(service.stop() for service in self._services))


class _Boot(BootStrategy):
    """Pages, then workers, then what Faust's agents need of Kafka: nothing if there are none."""

    def server(self) -> Iterable[ServiceT]:
        return self._chain(
            self.producer_only(), self.sensors(), self.kafka_producer(), self.kafka_consumer(), self.agents(),
            self.kafka_conductor(), self.tables(),
        )  # fmt: skip

    def producer_only(self) -> Iterable[ServiceT]:
        return self._chain(self.web_server(), [cast(App, self.app).workers])


class App(faust.App):
    """A Faust app that runs the workers of one process."""

    BootStrategy = _Boot
    workers: Workers
    our_log: FilteringBoundLogger

    async def on_first_start(self) -> None:
        """Faust would make folders for tables on disk; ours are in memory."""

    async def on_stop(self) -> None:
        """Workers leave first; Faust follows, which without Kafka would wait for ever. Both have their time."""
        loop = asyncio.get_running_loop()
        loop.call_later(LEAVING_SECONDS_MAX + FAUST_STOP_SECONDS_MAX, self._cut_off, "workers")
        await self.workers.stop()
        loop.call_later(FAUST_STOP_SECONDS_MAX, self._cut_off, "Faust")
        await super().on_stop()

    def _cut_off(self, who: str) -> NoReturn:
        """End here and now, as a crash would: everybody who matters is made for that."""
        self.our_log.warning("cut-off", who=who)
        sys.stdout.flush()
        os._exit(1 if self.crashed else 0)


class _Worker(faust.Worker):
    """Faust's worker without its spinner and without its hand on logging and standard output."""

    def __init__(self, *services: ServiceT, **options: object) -> None:
        super().__init__(*services, **{**options, "override_logging": False})  # type: ignore[arg-type] # as it checks
        self.spinner = None

    def _on_sigusr1(self) -> None:
        """Tell where every task stands. By itself Faust tells every variable too: messages, names, passwords."""
        for task in asyncio.all_tasks():
            places = [f"{frame.f_code.co_filename}:{frame.f_lineno}" for frame in task.get_stack()]
            cast(App, self.app).our_log.info("task", task=task.get_name(), places=places)

    def _on_sigusr2(self) -> None:
        """Nothing: by itself Faust would stand still in a debugger."""


class _ToOurLog(logging.Handler):
    """Lines of libraries as lines of our log; beside an exception only the text without its arguments.

    A line of one place is written once in SAME_LINE_SECONDS: without Kafka, aiokafka writes thirty a second.
    """

    def __init__(self, log: FilteringBoundLogger) -> None:
        super().__init__()
        self._log = log
        self._written: dict[tuple[str, int], float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        place = (record.pathname, record.lineno)
        if monotonic() < self._written.get(place, -SAME_LINE_SECONDS) + SAME_LINE_SECONDS:
            return
        self._written[place] = monotonic()
        try:
            text = str(record.msg) if record.exc_info else record.getMessage()
        except (TypeError, ValueError):
            text = str(record.msg)  # its arguments do not fit: that is the library's affair
        self._log.log(record.levelno, text, logger=record.name, exc_info=record.exc_info and record.exc_info[1])


def faust_app(
    process: Process,
    options: FaustOptions,
    agents: Sequence[Agents] = (),
    within: AbstractAsyncContextManager[object] | None = None,
) -> App:
    """The app of a process. `within` is entered before the workers run and left after they have ended."""
    kafka = options.kafka
    session = kafka.session_timeout_ms / 1_000
    app = App(
        f"greenlight-{process.identity.service}",
        env={},
        broker=[URL(f"kafka://{address.strip()}") for address in kafka.bootstrap.split(",")],
        broker_client_id=f"{kafka.client_id}-faust",
        broker_credentials=_credentials(kafka),
        broker_session_timeout=session,
        broker_rebalance_timeout=session,
        broker_heartbeat_interval=kafka.heartbeat_interval_ms / 1_000,
        broker_request_timeout=session + JOIN_MARGIN_SECONDS,
        store="memory://",
        table_cleanup_interval=WINDOW_CLEANUP_SECONDS,
        # Standby tables never forget a window, in Faust 0.15: they would grow for ever.
        table_standby_replicas=0,
        topic_replication_factor=options.replication,
        topic_disable_leader=True,
        web_bind=options.bind_host,
        web_port=options.pages_port,
        web_router_enabled=False,
        web_tables_enabled=False,
        web_stats_enabled=False,
        web_graph_enabled=False,
        Worker=_Worker,
    )
    app.workers = Workers(process, within or nullcontext())
    app.our_log = options.log
    app.producer_only = not agents
    for path, page in PAGES.items():
        _serve(app, path, partial(page, process))
    for declare in agents:
        declare(app)
    return app


def main(app: App) -> NoReturn:
    """Run Faust's command line on this app: `python -m services.<name> worker`. Ends the interpreter."""
    logging.root.handlers[:] = [_ToOurLog(app.our_log)]
    logging.root.setLevel(logging.WARNING)
    logging.getLogger("faust.transport.producer").setLevel(logging.ERROR)  # warns of every 100 changes in flight
    cli(args=["--quiet", *sys.argv[1:]], app=app)
    raise SystemExit(0)


def _serve(app: App, path: str, answer: Callable[[], Answer]) -> None:
    async def get(view: View, request: Request) -> Response:
        page = answer()
        return view.bytes(page.body, status=page.status, headers={"Content-Type": page.content_type})

    app.page(path, name=path)(get)


def _credentials(kafka: KafkaOptions) -> SASLCredentials | SSLCredentials | None:
    if kafka.security_protocol in ("SASL_PLAINTEXT", "SASL_SSL"):
        return SASLCredentials(
            username=kafka.sasl_username, password=kafka.sasl_password, ssl_context=kafka.ssl_context,
            mechanism=kafka.sasl_mechanism,
        )  # fmt: skip
    return SSLCredentials(kafka.ssl_context) if kafka.ssl_context is not None else None
