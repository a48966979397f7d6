"""Runs a sender: what the journal opened and has not closed is sent; the result goes back as a command.

Nothing is remembered outside the journal, so a crash repeats an effect at most once more per crash, under the
same id. Effects for one key keep their order; other keys do not wait for them.
"""

import asyncio
from collections.abc import Sequence
from functools import partial
from time import monotonic

from schemas.base import Command, Fact
from schemas.catalogue import INBOX_OF
from services.kit import envelope
from services.kit.backoff import Backoff
from services.kit.contract import Recorded, Sender
from services.kit.errors import BadMessage, Halted, Transient
from services.kit.lane import join
from services.kit.owned import Surroundings
from services.kit.tasks import end
from services.kit.transport.base import Record
from services.kit.view import recorded
from services.kit.worker import Status

IN_FLIGHT_MAX = 64
OPEN_MAX = 10_000
PAGE_RECORDS = 2_000
POLL_SECONDS = 0.25


class SenderWorker:
    """A member of the group `<service>.<sender>`; it serves the partitions it is given."""

    def __init__(self, sender: Sender, around: Surroundings) -> None:
        self._sender, self._around = sender, around
        self.name = f"{sender.service}.{sender.name}"
        self._log = around.log.bind(sender=sender.name)
        self._inbox = around.transport.inbox(sender.topic.name, self.name, self)
        self._serving: dict[int, asyncio.Task[None]] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(IN_FLIGHT_MAX)
        self._open: dict[int, dict[str, asyncio.Task[None]]] = {}
        self._failing_since: float | None = None

    def assigned(self, partitions: frozenset[int]) -> None:
        """Serve these partitions, each in a task of its own."""
        self.revoked(partitions)
        for partition in partitions:
            self._serving[partition] = asyncio.create_task(self._serve(partition))

    def revoked(self, partitions: frozenset[int]) -> None:
        """Serve these no longer; what is in flight is left to the next owner."""
        for partition in partitions & self._serving.keys():
            task = asyncio.create_task(self._end(partition))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def _end(self, partition: int) -> None:
        await end((self._serving.pop(partition), *self._open.pop(partition, {}).values()))

    async def run(self) -> None:
        """Serve until cancelled."""
        await join(self._inbox)
        try:
            await asyncio.Event().wait()
        finally:
            self.revoked(frozenset(self._serving))
            if self._ending:
                await asyncio.wait(self._ending)
            await self._inbox.stop()

    async def _serve(self, partition: int) -> None:
        backoff = Backoff()
        while True:
            try:
                await self._follow(partition)
            except (Transient, Halted) as error:
                self._failing_since = self._failing_since or monotonic()
                self._log.warning("begin-again", partition=partition, reason=str(error))
            await backoff.wait()

    async def _follow(self, partition: int) -> None:
        """Find what is open in the journal so far, then follow it."""
        topic, transport = self._sender.topic.name, self._around.transport
        rule = envelope.OwnerRule()
        position, stop = await transport.bounds(topic, partition)
        wanted: dict[str, tuple[Fact, Recorded]] = {}
        while position < stop:
            page = await transport.read(topic, partition, position, stop, PAGE_RECORDS)
            self._sort(page, rule, wanted)
            position = page[-1].offset + 1
        self._begin(partition, wanted)
        self._inbox.resume(partition, stop)
        self._failing_since = None
        while True:
            wanted = {}
            self._sort(await self._inbox.poll(partition, PAGE_RECORDS, POLL_SECONDS), rule, wanted)
            self._begin(partition, wanted)
            while len(self._open.get(partition, ())) >= OPEN_MAX:
                await asyncio.wait(self._open[partition].values(), return_when=asyncio.FIRST_COMPLETED)

    def _sort(self, page: Sequence[Record], rule: envelope.OwnerRule, wanted: dict[str, tuple[Fact, Recorded]]) -> None:
        for record in page:
            if not rule.admits(record) or envelope.is_control(record):
                continue
            try:
                fact, around = envelope.decode(record, self._sender.topic)
            except BadMessage as bad:
                self._log.error("unreadable-fact", offset=record.offset, reason=str(bad))
                continue
            assert isinstance(fact, Fact)
            if (opened := self._sender.opens(fact)) is not None:
                wanted[opened] = (fact, recorded(record, around))
            if (closed := self._sender.closes(fact)) is not None:
                wanted.pop(closed, None)

    def _begin(self, partition: int, wanted: dict[str, tuple[Fact, Recorded]]) -> None:
        """Start what is not yet under way; per key in order, by chaining on the key's last task."""
        tasks = self._open.setdefault(partition, {})
        last: dict[str, asyncio.Task[None]] = {}
        for effect, (fact, where) in wanted.items():
            if effect in tasks:
                continue
            key: str = getattr(fact, self._sender.topic.key)
            task = asyncio.create_task(self._effect(fact, where, last.get(key)))
            tasks[effect] = last[key] = task
            task.add_done_callback(partial(self._ended, tasks, effect))

    def _ended(self, tasks: dict[str, asyncio.Task[None]], effect: str, task: "asyncio.Task[None]") -> None:
        tasks.pop(effect, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            # Still open in the journal: the next owner, or the next start, tries again.
            self._log.error("effect-raised", effect=effect, exc_info=error)

    async def _effect(self, fact: Fact, where: Recorded, before: "asyncio.Task[None] | None") -> None:
        if before is not None:
            await asyncio.wait((before,))
        async with self._slots:
            command = await self._sender.send(fact, where)
        await self._report(command, where)

    async def _report(self, command: Command, where: Recorded) -> None:
        topic = INBOX_OF[command.type]
        key: str = getattr(command, topic.key)
        source = f"/greenlight/{self._sender.service}/{self._sender.name}"
        record = envelope.command_record(command, key, source, where.correlation_id, where.causation_id)
        backoff = Backoff()
        while True:
            try:
                await self._around.transport.send(topic.name, topic.partition(key), [record])
                return
            except Transient:
                await backoff.wait()

    def problems(self) -> tuple[str, ...]:
        """The log does not answer."""
        return () if self._failing_since is None else (f"{self.name}: Kafka does not answer",)

    def stuck(self) -> tuple[str, ...]:
        """It begins again by itself."""
        return ()

    def status(self) -> Status:
        """Effects under way, by partition."""
        return {"open": {str(partition): len(tasks) for partition, tasks in sorted(self._open.items())}}
