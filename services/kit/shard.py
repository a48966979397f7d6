"""One shard of a lane in one process: claim it, decide step by step, let it go when the broker says so."""

from collections.abc import Sequence
from time import monotonic
from typing import Generic, TypeVar

from services.kit import claim as claims
from services.kit import envelope
from services.kit.backoff import Backoff
from services.kit.book import Book
from services.kit.breaker import Breaker
from services.kit.contract import Lane
from services.kit.errors import Fenced, Halted, StaleMember, Transient, Unknown
from services.kit.owned import Owned, Surroundings, now
from services.kit.step import Bug, Gap, Read, Step, Stepper
from services.kit.store import prefix
from services.kit.transport.base import Inbox

S = TypeVar("S")
STEP_RECORDS_MAX = 500
POLL_SECONDS = 0.25
TICK_AGAIN_SECONDS = 5.0
SETTLE_SECONDS = 5.0
"""So long nothing came: then it is written down that the reacts are acknowledged."""
SURE_SECONDS = 1.0
"""An inbox deleted, made anew and filled beyond our position looks the same to a consumer: we look again this often."""


class Shard(Generic[S]):
    """Runs one partition of a lane while the group leaves it here."""

    def __init__(self, lane: Lane[S], index: int, inbox: Inbox, around: Surroundings) -> None:
        self._lane, self._index, self._inbox, self._around = lane, index, inbox, around
        self._labels = (lane.service, lane.name, str(index))
        self._log = around.log.bind(lane=lane.name, shard=index)
        self._stepper = Stepper(lane, index, around.release)
        self._breaker = Breaker()
        self._suspect: int | None = None
        self._ticked: tuple[float, object] = (0.0, None)
        self._to_retry: list[str] = []
        self._sure_of, self._sure_until = Book(), 0.0
        self.owned: Owned[S] | None = None
        self.halted = ""
        self.retry_parked = True
        """Whether to try parked records again: at the start, since the release may be another, and when asked."""
        around.metrics.shard_halted.labels(*self._labels).set(0)

    async def run(self) -> None:
        """Claim and decide until cancelled, halted, or no longer the group's member for this shard."""
        backoff = Backoff()
        while not self.halted:
            try:
                await self._claim_and_decide(backoff)
            except StaleMember:
                self._around.metrics.claims.labels(*self._labels, "stale").inc()
                return
            except Fenced:
                self._around.metrics.fence_losses.labels(*self._labels).inc()
                self._log.warning("fenced")
            except Halted as error:
                self._halt(str(error))
            except Transient as error:
                if self.owned is None:
                    self._around.metrics.claims.labels(*self._labels, "failed").inc()
                self._log.warning("claim-again", reason=str(error))
            except Exception as error:  # reason: a bug outside a record's own step stops this shard, not the process
                self._log.exception("bug")
                self._halt(f"bug: {type(error).__name__}")
            finally:
                self.owned = None
                self._around.metrics.shard_running.labels(*self._labels).set(0)
            await backoff.wait()

    async def _claim_and_decide(self, backoff: Backoff) -> None:
        lane, index, around = self._lane, self._index, self._around
        self._inbox.pause(index)
        # A member that the group has put out must not take the shard from its successor: the commit tells.
        await self._confirm(await claims.peek(around.transport, lane.journal.name, index))
        claimed = await claims.claim(
            lane, index, self._stepper, around.transport, around.store,
            prefix(lane.service, lane.journal.name, index), around.instance, now(),
        )  # fmt: skip
        self.owned = owned = Owned(lane, index, self._stepper, around, claimed, self._confirm)
        self._sure_of = owned.book
        try:
            self._inbox.resume(index, owned.book.position)
            around.metrics.claims.labels(*self._labels, "claimed").inc()
            around.metrics.shard_running.labels(*self._labels).set(1)
            self._log.info("claimed", owner=owned.owner, position=owned.book.position)
            await self._decide(owned, backoff)
        finally:
            await owned.stop()

    async def _confirm(self, position: int) -> None:
        await self._inbox.commit({self._index: position})

    async def _decide(self, owned: Owned[S], backoff: Backoff) -> None:
        renew_at = monotonic() + self._around.renew_seconds
        settle_at = monotonic() + SETTLE_SECONDS
        reads: Sequence[Read] = ()
        while True:
            await owned.room()
            if monotonic() >= renew_at:
                await self._confirm(owned.book.position)
                async with owned.step():
                    await owned.renew()
                renew_at = monotonic() + self._around.renew_seconds
            await self._retry_parked(owned)
            await self._tick(owned)
            reads = reads or await self._poll(owned)
            if reads:
                await self._step(owned, reads)
                # What a full step left is at hand: to ask the log for it again costs a fetch, and the wait for one.
                reads = [read for read in reads if read.record.offset >= owned.book.position]
                backoff.reset()
                settle_at = monotonic() + SETTLE_SECONDS
            elif monotonic() >= settle_at:
                await owned.settle()

    async def _poll(self, owned: Owned[S]) -> Sequence[Read]:
        records = await self._inbox.poll(self._index, STEP_RECORDS_MAX, POLL_SECONDS)
        # Also after the last of them: what was taken since the last time we were sure may be another log's.
        if records or owned.book.position != self._sure_of.position:
            await self._same_log(owned)
        self._around.metrics.consumed.labels(*self._labels).inc(len(records))
        return await self._gather([self._stepper.read(record) for record in records])

    async def _same_log(self, owned: Owned[S]) -> None:
        """Now and then: Halted if the inbox was made anew since the last time we were sure of it."""
        if monotonic() >= self._sure_until or not self._sure_of.last:
            await claims.check_inbox(self._lane, self._index, self._around.transport, self._sure_of)
            self._sure_of, self._sure_until = owned.book, monotonic() + SURE_SECONDS

    async def _step(self, owned: Owned[S], reads: Sequence[Read]) -> None:
        started = monotonic()
        async with owned.step():
            step = Step(owned.state, owned.book.copy())
            bug = self._take(owned, step, reads)
            if step.last is not None:
                await owned.commit(step)
            if bug is not None and not bug.clean:
                raise Unknown("the state may be half changed")
        self._around.metrics.handle_seconds.labels(*self._labels).observe(monotonic() - started)

    def _take(self, owned: Owned[S], step: Step[S], reads: Sequence[Read]) -> Bug | None:
        """Take reads into the step until it is full or one of them raises; a suspect begins a step of its own."""
        for read in reads:
            if step.full() or (read.record.offset == self._suspect and step.last is not None):
                return None
            try:
                self._stepper.take(step, read, owned.token)
            except Bug as bug:
                self._log.error("record-raised", offset=read.record.offset, reason=str(bug), exc_info=bug)
                self._judge(owned, step, read, bug)
                return bug
            except Gap:
                if step.last is None:
                    self._around.metrics.gaps.labels(*self._labels).inc()
                    raise
                return None
        return None

    def _judge(self, owned: Owned[S], step: Step[S], read: Read, bug: Bug) -> None:
        """A record raised. The first time it is left for another try; the second time the lane's rule decides."""
        if self._suspect != read.record.offset:
            self._suspect = read.record.offset
            if not bug.clean:
                # What was gathered before it stands on the same state, now half changed: nothing is committed.
                step.last = None
            return
        if self._lane.on_bug == "stop":
            raise Halted(f"the record at {read.record.offset} raised twice: {bug}")
        step.reset(owned.book.copy())
        source = read.envelope.source if read.envelope else ""
        if self._breaker.opens(source, read.record.timestamp):
            self._stepper.bury(step, read, "breaker")
        else:
            self._stepper.park(step, read)

    async def _gather(self, reads: Sequence[Read]) -> Sequence[Read]:
        if self._lane.gather is None:
            return reads
        gathered = iter(await self._lane.gather([read.command for read in reads if read.command is not None]))
        return [read if read.command is None else Read(read.record, next(gathered), read.envelope) for read in reads]

    async def _retry_parked(self, owned: Owned[S]) -> None:
        """Handle parked records again, key by key, in order; a key that still fails waits on.

        A key is crossed off before it is tried: one that makes the shard claim anew is not tried again by itself.
        """
        if self.retry_parked:
            self.retry_parked = False
            self._to_retry = list(owned.book.parked)
        while self._to_retry:
            key = self._to_retry.pop(0)
            for offset in tuple(owned.book.parked.get(key, ())):
                if not await self._again(owned, key, offset):
                    break

    async def _again(self, owned: Owned[S], key: str, offset: int) -> bool:
        found = await self._around.transport.read(self._lane.inbox.name, self._index, offset, offset + 1, 1)
        reads = await self._gather([self._stepper.read(record) for record in found])
        async with owned.step():
            step = Step(owned.state, owned.book.copy())
            step.unpark(key, offset)
            try:
                for read in reads:
                    self._stepper.again(step, read, owned.token)
            except Bug as bug:
                self._log.error("parked-record-raised", offset=offset, reason=str(bug), exc_info=bug)
                if not bug.clean:
                    raise Unknown("the state may be half changed") from bug
                return False
            await owned.commit(step)
        return True

    async def _tick(self, owned: Owned[S]) -> None:
        """Send the lane's own inbox a tick when something is due and none is on its way."""
        due = self._lane.due(owned.state)
        if due is None or self._lane.tick is None or envelope.utc(now()) < due:
            return
        sent_at, sent_for = self._ticked
        if sent_for == due and monotonic() < sent_at + TICK_AGAIN_SECONDS:
            return
        self._ticked = (monotonic(), due)
        topic = self._lane.inbox
        records = [
            envelope.command_record(command, getattr(command, topic.key), self._stepper.source, "")
            for command in self._lane.tick(owned.state, due)
        ]
        if records:
            await self._around.transport.send(topic.name, self._index, records)

    def _halt(self, reason: str) -> None:
        self.halted = reason
        self._around.metrics.shard_halted.labels(*self._labels).set(1)
        self._log.error("halted", reason=reason)
