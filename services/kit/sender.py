"""Runs a sender: what the journal opened and has not closed is sent; the result goes back as a command.

Nothing is remembered outside the journal, so a crash repeats an effect at most once more per crash, under the
same id. Effects for one key keep their order; other keys do not wait for them.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from schemas.base import Command, Fact
from schemas.catalogue import INBOX_OF
from services.kit import envelope
from services.kit.backoff import Backoff
from services.kit.contract import Recorded, Sender
from services.kit.errors import BadMessage, Halted, Transient
from services.kit.lane import join
from services.kit.owned import Surroundings
from services.kit.tasks import end, finish
from services.kit.transport.base import Record
from services.kit.view import recorded
from services.kit.worker import Status

IN_FLIGHT_MAX = 64
OPEN_MAX = 1_000
PAGE_RECORDS = 2_000
POLL_SECONDS = 0.25


@dataclass(slots=True)
class Open:
    """Effects under way for one partition: by their id, and the last of each key."""

    effects: "dict[str, asyncio.Task[None]]" = field(default_factory=dict)
    last: "dict[str, asyncio.Task[None]]" = field(default_factory=dict)


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
        self._open: dict[int, Open] = {}
        self._failing: dict[int, str] = {}

    def assigned(self, partitions: frozenset[int]) -> None:
        """Serve these partitions, each in a task of its own."""
        self.revoked(partitions)
        for partition in partitions:
            self._open[partition] = Open()
            self._serving[partition] = asyncio.create_task(self._serve(partition))

    def revoked(self, partitions: frozenset[int]) -> None:
        """Serve these no longer; what is in flight is left to the next owner."""
        for partition in partitions & self._serving.keys():
            under_way = self._open.pop(partition, Open()).effects.values()
            task = asyncio.create_task(end((self._serving.pop(partition), *under_way)))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
            self._failing.pop(partition, None)

    async def run(self) -> None:
        """Serve until cancelled."""
        await join(self._inbox)
        try:
            await asyncio.Event().wait()
        finally:
            await finish(self._leave())

    async def _leave(self) -> None:
        self.revoked(frozenset(self._serving))
        if self._ending:
            await asyncio.wait(self._ending)
        await self._inbox.stop()

    async def _serve(self, partition: int) -> None:
        backoff, under_way = Backoff(), self._open[partition]
        while True:
            try:
                await self._follow(partition, under_way, backoff)
            except (Transient, Halted) as error:
                self._failing[partition] = str(error)
                self._log.warning("begin-again", partition=partition, reason=str(error))
            except Exception as error:  # reason: a bug in `opens` or `closes` stops this partition, not the process
                self._failing[partition] = f"bug: {type(error).__name__}"
                self._log.exception("bug", partition=partition)
            await backoff.wait()

    async def _follow(self, partition: int, under_way: Open, backoff: Backoff) -> None:
        """Find what is open in the journal so far, then follow it."""
        topic, transport = self._sender.topic.name, self._around.transport
        rule = envelope.OwnerRule()
        position, stop = await transport.bounds(topic, partition)
        wanted: dict[str, tuple[Fact, Recorded]] = {}
        while position < stop:
            page = await transport.read(topic, partition, position, stop, PAGE_RECORDS)
            self._sort(page, rule, wanted)
            position = page[-1].offset + 1
        self._failing.pop(partition, None)
        await self._begin(under_way, wanted)
        self._inbox.resume(partition, stop)
        backoff.reset()
        while True:
            wanted = {}
            self._sort(await self._inbox.poll(partition, PAGE_RECORDS, POLL_SECONDS), rule, wanted)
            await self._begin(under_way, wanted)

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

    async def _begin(self, under_way: Open, wanted: dict[str, tuple[Fact, Recorded]]) -> None:
        """Start what is not yet under way, OPEN_MAX at a time; per key in order, by chaining on the key's last task."""
        effects, last = under_way.effects, under_way.last
        for effect, (fact, where) in wanted.items():
            if effect in effects:
                continue
            while len(effects) >= OPEN_MAX:
                await asyncio.wait(effects.values(), return_when=asyncio.FIRST_COMPLETED)
            key: str = getattr(fact, self._sender.topic.key)
            task = asyncio.create_task(self._effect(fact, where, last.get(key)))
            effects[effect] = last[key] = task
            task.add_done_callback(partial(self._ended, under_way, effect, key))

    def _ended(self, under_way: Open, effect: str, key: str, task: "asyncio.Task[None]") -> None:
        under_way.effects.pop(effect, None)
        if under_way.last.get(key) is task:
            del under_way.last[key]
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
        """Partitions that cannot be served: the log does not answer, or is not the one that was followed."""
        return tuple(f"{self.name}: partition {p}: {reason}" for p, reason in sorted(self._failing.items()))

    def stuck(self) -> tuple[str, ...]:
        """It begins again by itself."""
        return ()

    def status(self) -> Status:
        """Effects under way, by partition."""
        return {"open": {str(partition): len(found.effects) for partition, found in sorted(self._open.items())}}
