"""The four services in one process on the embedded stack: the log in memory, a real Redis or Valkey server.

For a first look, the demo and tests. The lanes are the ones that run on Kafka; nothing survives the process,
and the Faust agent that keeps rolling statistics is absent.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue, TypeAdapter

import services.intake.bootstrap as intake
import services.ledger.bootstrap as ledger
import services.notification.bootstrap as notification
import services.policy.bootstrap as policy
from deploy.local.process import free_port
from deploy.local.redis import Redis
from deploy.stack import POLICY_BUNDLE, ROOT
from schemas.catalogue import OPERATOR_ACTS, TOPICS
from services.cli.keys import LEDGER_KEY, SALT_KEY, make_ledger_keys
from services.kit.controls import Controls
from services.kit.follow import Follower
from services.kit.log import logger
from services.kit.metrics import Metrics
from services.kit.owned import Surroundings
from services.kit.process import Identity, Process
from services.kit.release import RELEASE
from services.kit.store import Store, connect
from services.kit.tasks import end
from services.kit.transport.memory import MemoryTransport
from services.ledger.proofs.keys import Keys, read_salt_key, read_signing_key
from services.notification.adapters.webhook import WebhookOptions
from services.policy.bundles import load_bundles

READY_SECONDS_MAX = 30.0
CHECK_SECONDS = 0.01
HOST = "127.0.0.1"
LEDGER_NAME = "ledger.embedded.example"
_STATUS = TypeAdapter(dict[str, JsonValue])


class OwnStatus:
    """The `Services` port of a process that is all there is."""

    def __init__(self) -> None:
        self.process: Process | None = None

    async def statuses(self) -> Sequence[Mapping[str, JsonValue]]:
        """This process's own page."""
        return [] if self.process is None else [_STATUS.validate_python(self.process.status())]


@dataclass(frozen=True, slots=True)
class Embedded:
    """The running stack."""

    url: str
    redis: Redis
    store: Store
    transport: MemoryTransport
    process: Process


@asynccontextmanager
async def embedded(
    folder: Path, bootstrap_sha256: str, http_port: int = 0, webhook: WebhookOptions | None = None
) -> AsyncIterator[Embedded]:
    """Start everything, wait until it is ready, and end it in order. Raises what a worker raised."""
    port = http_port or free_port()
    with Redis(folder / "redis", appendonly=False) as redis:
        assert isinstance(redis, Redis)
        store = Store(connect(redis.url, 2.0))
        transport = MemoryTransport({topic.name: topic.partitions for topic in TOPICS})
        process = _process(transport, store, folder, port, bootstrap_sha256, webhook)
        running = asyncio.create_task(process.run())
        try:
            await _ready(process, running)
            yield Embedded(f"http://{HOST}:{port}", redis, store, transport, process)
            if running.done():
                running.result()
        finally:
            await end((running,))
            await store.stop()


def _process(
    transport: MemoryTransport, store: Store, folder: Path, port: int, token: str, webhook: WebhookOptions | None
) -> Process:
    metrics, status = Metrics(), OwnStatus()
    log = logger("embedded", "warning", (folder / "log.jsonl").open("a", encoding="utf-8"))
    around = Surroundings(transport, store, metrics, log, "embedded-1", RELEASE)
    workers = (
        *intake.workers(around, intake.Edge(HOST, port, token, status)),
        *policy.workers(around, load_bundles((ROOT / POLICY_BUNDLE,))),
        *ledger.workers(around, _keys(folder / "keys")),
        *notification.workers(around, webhook),
    )
    controls = Follower("controls", transport, OPERATOR_ACTS, Controls(workers).apply, from_start=False)
    status.process = process = Process(Identity("embedded", "embedded-1", RELEASE), (*workers, controls), metrics)
    return process


def _keys(folder: Path) -> Keys:
    """New keys for checkpoints; with the log in memory nothing is ever signed on from before."""
    make_ledger_keys(LEDGER_NAME, folder)
    return Keys(read_signing_key(folder / LEDGER_KEY), read_salt_key(folder / SALT_KEY))


async def _ready(process: Process, running: "asyncio.Task[None]") -> None:
    async with asyncio.timeout(READY_SECONDS_MAX):
        while process.problems():
            if running.done():
                running.result()
            await asyncio.sleep(CHECK_SECONDS)
