"""The ledger's lane as a process of its own, that kills or freezes itself at a named point.

    append-before  append-after  the batch of a step, before it leaves and after it is acknowledged
    rows-after                   Redis has said ok to the rows of a step that is in the journal
    send-before    send-after    a batch of reacts

`--fault POINT:COUNT:ACTION`, from the COUNT-th time on: `kill` (SIGKILL), `freeze` (SIGSTOP, once), `hold` (wait
for ever). Each status is a line of JSON: whether every shard is claimed or halted, and the reasons.
"""

import argparse
import asyncio
import json
import os
import random
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from services.kit.contract import Fields
from services.kit.lane import LaneWorker
from services.kit.log import logger
from services.kit.metrics import Metrics
from services.kit.owned import Surroundings
from services.kit.store import Answer, Store, connect
from services.kit.tasks import end
from services.kit.transport.base import Appender, Inbox, Listener, Outgoing, Record, Transport
from services.kit.transport.kafka import KafkaOptions, KafkaTransport
from services.ledger.domain.state import Ledger
from services.ledger.lanes import ledger_lane

STATUS_SECONDS = 0.02


@dataclass
class Fault:
    """What happens at a point, from the `count`-th time on."""

    point: str
    count: int
    action: str

    async def reach(self, point: str) -> None:
        if point != self.point:
            return
        self.count -= 1
        if self.count > 0:
            return
        if self.action == "hold":
            await asyncio.Event().wait()
        if self.action == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.count == 0:
            os.kill(os.getpid(), signal.SIGSTOP)


class Faults:
    """Every fault asked for, and how far each journal partition has come."""

    def __init__(self, texts: Sequence[str]) -> None:
        parts = [text.split(":") for text in texts]
        self._faults = [Fault(point, int(count), action) for point, count, action in parts]
        self.ends: set[tuple[int, str]] = set()

    async def reach(self, point: str) -> None:
        for fault in self._faults:
            await fault.reach(point)


class FaultyAppender:
    def __init__(self, inner: Appender, partition: int, faults: Faults) -> None:
        self._inner, self._partition, self._faults = inner, partition, faults

    async def append(self, records: Sequence[Outgoing]) -> int:
        step = dict(records[-1].headers)["ce_type"] != b"greenlight.shard-claimed.v1"
        if step:
            await self._faults.reach("append-before")
        offset = await self._inner.append(records)
        if step:
            self._faults.ends.add((self._partition, str(offset + len(records))))
            await self._faults.reach("append-after")
        return offset


class TwiceInbox:
    """Delivers every record twice, in polls of changing size."""

    def __init__(self, inner: Inbox, seed: int) -> None:
        self._inner, self._chance = inner, random.Random(seed)
        self._again: dict[int, Sequence[Record]] = {}

    async def start(self) -> None:
        await self._inner.start()

    async def stop(self) -> None:
        await self._inner.stop()

    def assigned(self) -> frozenset[int]:
        return self._inner.assigned()

    def resume(self, partition: int, position: int) -> None:
        self._inner.resume(partition, position)

    def pause(self, partition: int) -> None:
        self._inner.pause(partition)

    async def poll(self, partition: int, records_max: int, wait_seconds: float) -> Sequence[Record]:
        if again := self._again.pop(partition, ()):
            return again
        found = await self._inner.poll(partition, self._chance.randint(1, 9), wait_seconds)
        self._again[partition] = found
        return found

    async def commit(self, positions: Mapping[int, int]) -> None:
        await self._inner.commit(positions)


class FaultyTransport:
    """The log under other names, with faults."""

    def __init__(self, inner: Transport, options: argparse.Namespace, faults: Faults) -> None:
        self._inner, self._faults = inner, faults
        self._prefix: str = options.prefix
        self._other: str = options.journal
        self._group: str = options.group
        self._twice: int = options.twice

    def _name(self, topic: str) -> str:
        return self._prefix + (self._other if self._other and topic == "ledger-entries" else topic)

    async def start(self) -> None:
        await self._inner.start()

    async def stop(self) -> None:
        await self._inner.stop()

    async def cluster(self) -> str:
        return await self._inner.cluster()

    async def partitions(self, topic: str) -> int:
        return await self._inner.partitions(self._name(topic))

    async def appender(self, topic: str, partition: int) -> Appender:
        return FaultyAppender(await self._inner.appender(self._name(topic), partition), partition, self._faults)

    async def send(self, topic: str, partition: int, records: Sequence[Outgoing]) -> int:
        await self._faults.reach("send-before")
        offset = await self._inner.send(self._name(topic), partition, records)
        await self._faults.reach("send-after")
        return offset

    async def bounds(self, topic: str, partition: int) -> tuple[int, int]:
        return await self._inner.bounds(self._name(topic), partition)

    async def ends(self, topic: str, partitions: Sequence[int]) -> Mapping[int, int]:
        return await self._inner.ends(self._name(topic), partitions)

    async def read(self, topic: str, partition: int, start: int, stop: int, records_max: int) -> Sequence[Record]:
        found = await self._inner.read(self._name(topic), partition, start, stop, records_max)
        return [replace(record, topic=topic) for record in found]

    async def tail(self, topic: str, starts: Mapping[int, int], handle: Callable[[Record], Awaitable[None]]) -> None:
        await self._inner.tail(self._name(topic), starts, handle)

    def inbox(self, topic: str, group: str, listener: Listener) -> Inbox:
        inbox = self._inner.inbox(self._name(topic), self._prefix + group + self._group, listener)
        return TwiceInbox(inbox, self._twice) if self._twice else inbox


class FaultyStore(Store):
    """Rows, with a fault once they hold a step that is in the journal."""

    def __init__(self, url: str, faults: Faults) -> None:
        super().__init__(connect(url, 2.0))
        self._faults = faults

    async def apply(
        self, at: str, owner: int, before: str, after: str, book: str, rows: Mapping[str, Fields | None]
    ) -> Answer:
        answer = await super().apply(at, owner, before, after, book, rows)
        if (int(at.partition("/")[2].partition("}")[0]), after) in self._faults.ends:
            await self._faults.reach("rows-after")
        return answer


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for name in ("bootstrap", "redis", "instance"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("prefix", "journal", "group"):
        parser.add_argument(f"--{name}", default="")
    parser.add_argument("--session-ms", type=int, default=6_000)
    parser.add_argument("--static", action="store_true")
    parser.add_argument("--twice", type=int, default=0, help="seed of the poll sizes")
    parser.add_argument("--fault", action="append", default=[])
    return parser.parse_args()


async def _main(options: argparse.Namespace) -> None:
    faults = Faults(options.fault)
    inner = KafkaTransport(
        KafkaOptions(
            options.bootstrap,
            client_id=options.instance,
            group_instance_id=options.instance if options.static else None,
            session_timeout_ms=options.session_ms,
        )
    )
    transport = FaultyTransport(inner, options, faults)
    await transport.start()
    store = FaultyStore(options.redis, faults)
    log = logger("ledger")
    worker = LaneWorker(ledger_lane("test"), Surroundings(transport, store, Metrics(), log, options.instance, "test"))
    task = asyncio.create_task(worker.run())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        await _tell(worker, task)
    finally:
        await end((task,))
        await transport.stop()
        await store.stop()


async def _tell(worker: LaneWorker[Ledger], task: "asyncio.Task[None]") -> None:
    """Print each change of what the worker says of itself, until it ends."""
    last = ""
    while not task.done():
        shards = worker.shards.values()
        settled = bool(shards) and all(shard.owned is not None or shard.halted for shard in shards)
        halted = {str(index): shard.halted for index, shard in worker.shards.items() if shard.halted}
        line = json.dumps({"settled": settled, "shards": sorted(worker.shards), "halted": halted})
        if line != last:
            print(last := line, flush=True)
        await asyncio.sleep(STATUS_SECONDS)


if __name__ == "__main__":
    asyncio.run(_main(_options()))
