"""Runs a lane in this process: a member of its group, with one `Shard` per partition it is given."""

import asyncio
from collections.abc import Mapping
from time import monotonic
from typing import Generic, TypeVar

from services.kit.backoff import Backoff
from services.kit.contract import Lane
from services.kit.errors import Halted, StaleMember, Unavailable
from services.kit.owned import Surroundings, now
from services.kit.shard import Shard
from services.kit.tasks import end, finish
from services.kit.transport.base import Inbox
from services.kit.worker import Status

S = TypeVar("S")
COMMIT_SECONDS = 1.0
STUCK_SECONDS = 60.0


async def join(inbox: Inbox) -> None:
    """Join the group, however long the log is away."""
    backoff = Backoff()
    while True:
        try:
            await inbox.start()
            return
        except Unavailable:
            await backoff.wait()


class LaneWorker(Generic[S]):
    """A member of the group `<service>.<lane>`. Listener of its own inbox: it only starts and ends tasks."""

    def __init__(self, lane: Lane[S], around: Surroundings) -> None:
        self._lane, self._around = lane, around
        self.name = f"{lane.service}.{lane.name}"
        self._inbox: Inbox = around.transport.inbox(lane.inbox.name, self.name, self)
        self.shards: dict[int, Shard[S]] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._moved: dict[int, tuple[int, float]] = {}
        self._ends: dict[int, int] = {}
        self._oldest: dict[int, tuple[int, int]] = {}
        self._reachable = False

    def assigned(self, partitions: frozenset[int]) -> None:
        """Begin these shards anew, each in a task of its own."""
        self.revoked(partitions)
        for partition in partitions:
            shard = self.shards[partition] = Shard(self._lane, partition, self._inbox, self._around)
            self._tasks[partition] = asyncio.create_task(shard.run(), name=f"{self.name}/{partition}")

    def revoked(self, partitions: frozenset[int]) -> None:
        """Drop these shards."""
        for partition in partitions & self._tasks.keys():
            task = asyncio.create_task(end((self._tasks.pop(partition),)))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
            self.shards.pop(partition, None)
            self._moved.pop(partition, None)
            self._oldest.pop(partition, None)
            self._forget(partition)

    async def run(self) -> None:
        """Join the group and work until cancelled; then finish the steps in flight and leave."""
        await join(self._inbox)
        try:
            while True:
                await asyncio.sleep(COMMIT_SECONDS)
                await self._observe()
        finally:
            await finish(self._leave())

    async def _leave(self) -> None:
        self.revoked(frozenset(self._tasks))
        if self._ending:
            await asyncio.wait(self._ending)
        await self._inbox.stop()

    def owns_any(self) -> bool:
        """Whether a shard of the lane is claimed by this process."""
        return any(shard.owned is not None for shard in self.shards.values())

    def rebuild(self) -> None:
        """Write the rows of every shard held here anew."""
        for shard in self.shards.values():
            if shard.owned is not None:
                shard.owned.rows.rewrite()

    def retry_parked(self) -> None:
        """Handle parked records again, in every shard held here."""
        for shard in self.shards.values():
            shard.retry_parked = True

    async def _observe(self) -> None:
        """Tell the group where the shards stand, and measure how far behind they are."""
        positions = {i: shard.owned.book.position for i, shard in self.shards.items() if shard.owned is not None}
        try:
            if positions:
                await self._inbox.commit(positions)
            elif not await self._around.transport.partitions(self._lane.inbox.name):
                raise Unavailable(f"there is no {self._lane.inbox.name}")
            ends = await self._around.transport.ends(self._lane.inbox.name, list(positions)) if positions else {}
            for index, position in positions.items():
                await self._measure(index, position, ends[index])
            self._reachable = True
        except StaleMember:
            self._reachable = True
        except Unavailable:
            self._reachable = False
            self._moved.clear()

    def _forget(self, index: int) -> None:
        """What is no longer held here is no longer measured here."""
        metrics, labels = self._around.metrics, (self._lane.service, self._lane.name, str(index))
        behind = (metrics.lag_records, metrics.lag_seconds, metrics.steps_not_in_store, metrics.reacts_unacknowledged)
        for gauge in (*behind, metrics.shard_halted, metrics.parked_keys):
            gauge.labels(*labels).set(0)

    async def _measure(self, index: int, position: int, end: int) -> None:
        labels, at = (self._lane.service, self._lane.name, str(index)), now()
        behind = max(0, end - position)
        since = await self._waits_since(index, position, end) if behind else None
        metrics, shard = self._around.metrics, self.shards.get(index)
        if shard is None or shard.owned is None:
            return
        self._ends[index] = end
        metrics.lag_records.labels(*labels).set(behind)
        metrics.lag_seconds.labels(*labels).set(0 if since is None else max(0, at - since) / 1000)
        metrics.parked_keys.labels(*labels).set(len(shard.owned.book.parked))
        metrics.steps_not_in_store.labels(*labels).set(shard.owned.rows.steps)
        metrics.reacts_unacknowledged.labels(*labels).set(shard.owned.reacts.unacknowledged)
        if not behind or self._moved.get(index, (-1, 0.0))[0] != position:
            self._moved[index] = (position, monotonic())

    async def _waits_since(self, index: int, position: int, end: int) -> int | None:
        """When the broker stamped the record at `position`; None if it cannot be read: the shard itself halts then.

        One small read while records wait, and none again while the shard does not move. Raises Unavailable.
        """
        known = self._oldest.get(index)
        if known is not None and known[0] == position:
            return known[1]
        try:
            found = await self._around.transport.read(self._lane.inbox.name, index, position, end, 1)
        except Halted:
            return None
        if not found:
            return None
        self._oldest[index] = (position, found[0].timestamp)
        return found[0].timestamp

    def problems(self) -> tuple[str, ...]:
        """Halted shards, shards not yet claimed, a log that does not answer, Redis too far behind."""
        found = [] if self._reachable else ["Kafka does not answer"]
        for index, shard in self.shards.items():
            if shard.halted:
                found.append(f"shard {index} halted: {shard.halted}")
            elif shard.owned is None:
                found.append(f"shard {index} is not claimed")
            elif not shard.owned.rows.has_room():
                found.append(f"shard {index} waits for Redis")
            elif not shard.owned.reacts.has_room():
                found.append(f"shard {index} waits for its reacts to be acknowledged")
        return tuple(f"{self.name}: {reason}" for reason in found)

    def stuck(self) -> tuple[str, ...]:
        """Shards that run, wait for nothing but records that are there, and have not moved for STUCK_SECONDS."""
        late = monotonic() - STUCK_SECONDS
        return tuple(
            f"{self.name}: shard {index} has not moved"
            for index, (_, at) in self._moved.items()
            if at < late and self._runs_free(index)
        )

    def _runs_free(self, index: int) -> bool:
        shard = self.shards.get(index)
        owned = shard.owned if shard is not None else None
        return owned is not None and owned.rows.has_room() and owned.reacts.has_room()

    def status(self) -> Status:
        """Each shard: running, position, owner, parked keys, waiting rows and reacts."""
        return {str(index): self._shard_status(index, shard) for index, shard in sorted(self.shards.items())}

    def _shard_status(self, index: int, shard: Shard[S]) -> Mapping[str, object]:
        owned = shard.owned
        if owned is None:
            return {"running": False, "halted": shard.halted}
        return {
            "running": True, "owner": owned.owner, "position": owned.book.position, "facts": owned.book.sequence,
            "lag": max(0, self._ends.get(index, 0) - owned.book.position), "parked": sorted(owned.book.parked),
            "steps_not_in_store": owned.rows.steps, "reacts_unacknowledged": owned.reacts.unacknowledged,
            "rewrites": owned.rows.rewrites,
        }  # fmt: skip
