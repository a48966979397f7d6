"""What the ledger's lane stands in, and where it is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.kit.garbage import collect_seldom
from services.kit.lane import LaneWorker
from services.kit.log import logger
from services.kit.metrics import Metrics
from services.kit.owned import Surroundings
from services.kit.store import Store, connect
from services.kit.transport.kafka import KafkaOptions, KafkaTransport
from services.ledger.domain.state import Ledger
from tests.bench.children.renamed import RELEASE


@asynccontextmanager
async def surroundings(kafka: str, redis: str, **options: object) -> AsyncIterator[Surroundings]:
    """Connected; `options` are `KafkaOptions`."""
    transport = KafkaTransport(KafkaOptions(kafka, **options))  # type: ignore[arg-type] # as KafkaOptions checks
    store = Store(connect(redis, 5.0))
    await transport.start()
    collect_seldom()
    try:
        yield Surroundings(transport, store, Metrics(), logger("bench", "error"), "bench-1", RELEASE)
    finally:
        await transport.stop()
        await store.stop()


def position(worker: LaneWorker[Ledger]) -> int:
    """Inbox position of its one shard; 0 before it is claimed."""
    shard = worker.shards.get(0)
    return 0 if shard is None or shard.owned is None else shard.owned.book.position


def at_rest(worker: LaneWorker[Ledger]) -> bool:
    """Whether rows and reacts of everything decided are out."""
    shard = worker.shards.get(0)
    if shard is None or shard.owned is None:
        return False
    return shard.owned.rows.current and not shard.owned.reacts.unacknowledged
