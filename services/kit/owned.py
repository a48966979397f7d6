"""A shard while it is ours: state, book, appender, and the two tasks that carry rows and reacts away."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic, time_ns
from typing import Generic, TypeVar

from structlog.typing import FilteringBoundLogger

from schemas.catalogue import dead_letters
from services.kit import claim as claims
from services.kit import dead_letters as letters
from services.kit.contract import Lane
from services.kit.errors import Fenced
from services.kit.metrics import Metrics
from services.kit.reacts import Caused, Reacts
from services.kit.rows import RowWriter, Waiting
from services.kit.step import Step, Stepper
from services.kit.store import Store, prefix
from services.kit.tasks import end
from services.kit.transport.base import Outgoing, Transport

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a worker stands in: the log, the rows, who runs it. `renew_seconds` between two claim markers."""

    transport: Transport
    store: Store
    metrics: Metrics
    log: FilteringBoundLogger
    instance: str
    release: str
    renew_seconds: float = 3_600.0


def now() -> int:
    """Milliseconds since the epoch by this machine's clock; never part of a decision."""
    return time_ns() // 1_000_000


class Owned(Generic[S]):
    """A claimed shard. `between_steps` is held while the state is ahead of the journal."""

    def __init__(
        self, lane: Lane[S], index: int, stepper: Stepper[S], around: Surroundings, claimed: claims.Claimed[S],
        confirm: Callable[[int], Awaitable[None]],
    ) -> None:  # fmt: skip
        self._lane, self._index, self._stepper, self._around = lane, index, stepper, around
        self._labels = (lane.service, lane.name, str(index))
        self._appender = claimed.appender
        self.state, self.book = claimed.state, claimed.book
        self._take_token(claimed.owner)
        self.between_steps = asyncio.Lock()
        self.reacts = Reacts(around.transport, self.book.acknowledged)
        if claimed.reacts:
            self.reacts.put(Caused(claimed.owner + 1, claimed.owner, dict(self.book.sent), claimed.reacts))
        self.rows = RowWriter(
            around.store,
            prefix(lane.service, lane.journal.name, index),
            claimed.owner,
            Waiting(str(claimed.owner + 1), self.book.dump().decode(), claimed.rows, 1),
            claimed.at_store,
            lambda: lane.all_rows(self.state),
            self.between_steps,
            lambda: confirm(self.book.position),
            around.metrics.rows_seconds.labels(*self._labels),
        )
        self._tasks = (asyncio.create_task(self.reacts.run()), asyncio.create_task(self.rows.run()))

    @asynccontextmanager
    async def step(self) -> AsyncIterator[None]:
        """Hold the state while it is ahead of the journal; after an error for ever, for then the two never agree.

        A rewrite of all rows that waits for it ends with the shard, but its cancellation may come late (`tasks.end`).
        """
        await self.between_steps.acquire()
        yield
        self.between_steps.release()

    async def room(self) -> None:
        """Wait until reacts and rows are not too far behind. Raises what ended one of their tasks."""
        self._check_tasks()
        for has_room, wait in ((self.reacts.has_room, self.reacts.room), (self.rows.has_room, self.rows.room)):
            if not has_room():
                waiting = asyncio.ensure_future(wait())
                try:
                    await asyncio.wait((waiting, *self._tasks), return_when=asyncio.FIRST_COMPLETED)
                finally:
                    waiting.cancel()
                self._check_tasks()

    async def commit(self, step: Step[S]) -> None:
        """Dead letters, then ONE append: the commit; then rows and reacts go their way. Raises Fenced, Unknown."""
        await self._bury(step)
        step.book.owner = self.owner
        step.book.acknowledged = self.reacts.acknowledged
        records, meta = self._stepper.seal(step, self.token)
        await self._append(records)
        self.state, self.book = step.state, step.book
        self.rows.put(step.rows, str(self._end), meta.decode())
        self.reacts.put(Caused(self._end, self.owner, dict(self.book.sent), step.reacts))
        self._show(step)

    async def settle(self) -> None:
        """Write down that all reacts are acknowledged, if the last step could not: then a release may change them."""
        if not self.reacts.unacknowledged and self.reacts.acknowledged.sent != self.book.acknowledged.sent:
            async with self.step():
                await self.commit(Step(self.state, self.book.copy()))

    async def renew(self) -> None:
        """A new epoch and owner token for the same owner, state kept. Raises Fenced, Unknown, Unavailable."""
        self._appender = await self._around.transport.appender(self._lane.journal.name, self._index)
        id_ = claims.marker_id(self._around.instance, now())
        self._take_token(await self._append([claims.marker(self._stepper, self._around.instance, id_)]))
        self.book.marker = id_
        self.rows.owner = self.owner
        self.rows.put({}, str(self._end), self.book.dump().decode())

    async def stop(self) -> None:
        """End the tasks; what they had not finished is made again at the next claim."""
        await end(self._tasks)

    def _take_token(self, owner: int) -> None:
        self.owner = self.book.owner = owner
        self.token = b"%d" % owner
        self._end = owner + 1

    def _check_tasks(self) -> None:
        for task in self._tasks:
            if task.done():
                task.result()

    async def _append(self, records: Sequence[Outgoing]) -> int:
        """Append right behind our last record; return its offset. Raises Fenced, Unknown.

        A broker that has forgotten the fence takes a former owner's append: it lands behind the newer owner's
        marker, where every reader ignores it. So must its writer: no row and no react may come of it.
        """
        started = monotonic()
        answer = "unknown"
        try:
            offset = await self._appender.append(records)
            if offset != self._end:
                raise Fenced(f"appended at {offset}, not at {self._end}: another owner has written")
            self._end = offset + len(records)
            answer = "acknowledged"
        except Fenced:
            answer = "fenced"
            raise
        finally:
            self._around.metrics.append_seconds.labels(*self._labels, answer).observe(monotonic() - started)
        return offset

    async def _bury(self, step: Step[S]) -> None:
        """Write the step's dead letters, before its position moves."""
        await letters.write(self._around.transport, dead_letters(self._lane.service).name, step.dead)
        for letter in step.dead:
            self._around.metrics.dead_letters.labels(*self._labels, letter.reason).inc()

    def _show(self, step: Step[S]) -> None:
        metrics = self._around.metrics
        for outcome, count in step.outcomes.items():
            metrics.handled.labels(*self._labels, outcome).inc(count)
        metrics.step_records.labels(*self._labels).observe(sum(step.outcomes.values()))
