"""Runs a view: journals in, rows out, positions and rows in one script; and reads its rows back.

A view decides nothing, so it needs no fence: one process holds a lease in Redis and writes; every write says
where it stood before and is refused if that is no longer so. Rows that are missing or torn are made again
from the first record.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from time import monotonic

from schemas.base import Fact
from schemas.catalogue import Topic
from services.kit import book as books
from services.kit import envelope
from services.kit.backoff import Backoff
from services.kit.contract import Recorded, View
from services.kit.errors import BadMessage, Halted, Transient
from services.kit.owned import Surroundings
from services.kit.step import merge
from services.kit.store import REWRITING, Store, Write, prefix
from services.kit.tasks import end
from services.kit.transport.base import Record, Transport
from services.kit.worker import Status

LEASE_SECONDS = 3.0
RECORDS_MAX = 1_000
QUEUE_RECORDS_MAX = 10_000
WAIT_SECONDS = 0.005

Changed = dict[str, dict[str, str | None]]
"""Rows as they gather."""


class Moved(Exception):
    """Another process writes this view now, or its rows were lost: begin again from what Redis says."""


class Marks:
    """Where a view stands in one shard: per topic the next offset, the latest owner, the inbox position covered."""

    def __init__(self, marks: Mapping[str, Sequence[int]] | None = None) -> None:
        self._marks = {topic: list(entry) for topic, entry in (marks or {}).items()}

    def offset(self, topic: str) -> int:
        """Next offset to read."""
        return self._marks.get(topic, (0, -1, 0))[0]

    def owner(self, topic: str) -> int:
        """Owner token of the latest record seen."""
        return self._marks.get(topic, (0, -1, 0))[1]

    def covers(self, topic: str) -> int:
        """Inbox position that the journal's lane had reached."""
        return self._marks.get(topic, (0, -1, 0))[2]

    def move(self, topic: str, offset: int, owner: int, covers: int) -> "Marks":
        """A copy that stands further on."""
        return Marks({**self._marks, topic: (offset, owner, max(covers, self.covers(topic)))})

    def dump(self) -> str:
        """As JSON, keys sorted: compared as text by the script."""
        return json.dumps(self._marks, sort_keys=True, separators=(",", ":"))


def recorded(record: Record, around: envelope.Envelope) -> Recorded:
    """What stands beside a fact."""
    return Recorded(
        record.topic, record.partition, record.offset, around.id, around.source, envelope.utc(record.timestamp),
        around.correlation_id, around.causation_id,
    )  # fmt: skip


class ViewWorker:
    """Writes one view's rows while it holds the lease."""

    def __init__(self, view: View, around: Surroundings) -> None:
        self._view, self._around = view, around
        self.name = f"{view.service}.{view.name}"
        self._topics: Mapping[str, Topic] = {topic.name: topic for topic in view.topics}
        self._shards = range(view.topics[0].partitions)
        self._lease = f"{view.service}:lease:{view.name}"
        self._log = around.log.bind(view=view.name)
        self._marks: dict[int, Marks] = {}
        self._leading = False
        self._problem = "has not begun"
        self._halted: dict[int, str] = {}
        self._writing = asyncio.Lock()
        self._rebuild = asyncio.Event()

    async def run(self) -> None:
        """Lead when the lease is free; write until it is lost; for ever."""
        backoff = Backoff(seconds_max=1.0)
        while True:
            try:
                if await self._around.store.lease(self._lease, self._around.instance, LEASE_SECONDS):
                    await self._lead()
                self._problem = ""
            except Moved as error:
                self._log.info("begin-again", reason=str(error))
            except (Transient, Halted) as error:
                self._problem = str(error)
                self._log.warning("begin-again", reason=str(error))
            finally:
                self._leading = False
            await backoff.wait()

    async def _lead(self) -> None:
        self._marks = {shard: await self._load(shard) for shard in self._shards}
        queue: asyncio.Queue[Record] = asyncio.Queue(QUEUE_RECORDS_MAX)
        self._halted.clear()
        self._leading, self._problem = True, ""
        tasks = [asyncio.create_task(work) for work in (self._keep_lease(), self._write(queue), self._forget())]
        for topic in self._topics:
            starts = {shard: marks.offset(topic) for shard, marks in self._marks.items()}
            tasks.append(asyncio.create_task(self._around.transport.tail(topic, starts, queue.put)))
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await end(tasks)

    async def _keep_lease(self) -> None:
        while True:
            await asyncio.sleep(LEASE_SECONDS / 3)
            if not await self._around.store.lease(self._lease, self._around.instance, LEASE_SECONDS):
                raise Moved("the lease is another's")
            for shard in self._shards:
                await self._check(shard)

    async def _check(self, shard: int) -> None:
        """Raise Moved unless the rows stand where they were left: Redis may have been emptied, or set back."""
        async with self._writing:
            kept = await self._around.store.kept(self._at(shard))
            if kept is None or kept.dirty or kept.position != self._marks[shard].dump():
                raise Moved(f"the rows of shard {shard} are not as they were left")

    async def _forget(self) -> None:
        """When asked: mark the rows as lost, so that they are begun again."""
        await self._rebuild.wait()
        self._rebuild.clear()
        for shard in self._shards:
            await self._around.store.rewrite(self._at(shard), 0, REWRITING, "", {})
        raise Moved("asked to")

    async def _load(self, shard: int) -> Marks:
        """Where the rows stand; rows that are missing or torn are deleted and begun again."""
        at = self._at(shard)
        kept = await self._around.store.kept(at)
        if kept is not None and not kept.dirty:
            return Marks(json.loads(kept.position))
        answer = await self._around.store.rewrite(at, 0, Marks().dump(), "", {})
        if answer != "ok":
            raise Moved(answer)
        return Marks()

    async def _write(self, queue: "asyncio.Queue[Record]") -> None:
        while True:
            shards: dict[int, list[Record]] = {}
            record = await queue.get()
            shards[record.partition] = [record]
            for _ in range(min(queue.qsize(), RECORDS_MAX - 1)):
                record = queue.get_nowait()
                shards.setdefault(record.partition, []).append(record)
            await self._write_shards(shards)

    async def _write_shards(self, shards: Mapping[int, Sequence[Record]]) -> None:
        """All of them in one exchange with Redis. Raises Moved unless every one of them was written."""
        made = {shard: self._made(shard, records) for shard, records in shards.items() if shard not in self._halted}
        if not made:
            return
        started = monotonic()
        async with self._writing:
            writes = [
                Write(self._at(shard), 0, self._marks[shard].dump(), marks.dump(), "", rows)
                for shard, (marks, rows) in made.items()
            ]
            answers = await self._around.store.apply_all(writes)
            for (shard, (marks, _)), answer in zip(made.items(), answers, strict=True):
                if answer == "ok":
                    self._marks[shard] = marks
        for shard in made:
            labels = (self._view.service, self._view.name, str(shard))
            self._around.metrics.rows_seconds.labels(*labels).observe(monotonic() - started)
        for answer in answers:
            if answer != "ok":
                raise Moved(answer)

    def _made(self, shard: int, records: Sequence[Record]) -> tuple[Marks, Changed]:
        """Where a shard stands after these records, and its rows; up to the first one that cannot be projected."""
        marks, rows = self._marks[shard], Changed()
        try:
            for record in records:
                marks = self._project(record, marks, rows)
        except Exception as error:  # reason: `project` is pure; what it raises is its bug, and stops this shard alone
            self._halted[shard] = f"shard {shard} halted: {type(error).__name__} at {marks.dump()}"
            self._log.exception("bug", shard=shard)
        return marks, rows

    def _at(self, shard: int) -> str:
        return prefix(self._view.service, self._view.name, shard)

    def _project(self, record: Record, marks: Marks, rows: Changed) -> Marks:
        topic = record.topic
        rule = envelope.OwnerRule({record.partition: marks.owner(topic)})
        covers = 0
        if rule.admits(record):
            if (meta := envelope.header(record, "meta")) is not None:
                covers = books.position_in(meta)
            if not envelope.is_control(record):
                try:
                    fact, around = envelope.decode(record, self._topics[topic])
                except BadMessage as bad:
                    self._log.error("unreadable-fact", topic=topic, offset=record.offset, reason=str(bad))
                else:
                    assert isinstance(fact, Fact)
                    merge(rows, self._view.project(fact, recorded(record, around)))
        return marks.move(topic, record.offset + 1, rule.latest[record.partition], covers)

    def rebuild(self) -> None:
        """Delete the rows and make them again from the first record, if this process writes the view."""
        self._rebuild.set()

    def problems(self) -> tuple[str, ...]:
        """Redis or the log does not answer; shards whose next record cannot be projected."""
        found = [self._problem] if self._problem else []
        return tuple(f"{self.name}: {reason}" for reason in (*found, *self._halted.values()))

    def stuck(self) -> tuple[str, ...]:
        """A view begins again by itself; it is never a reason to restart."""
        return ()

    def status(self) -> Status:
        """Whether this process writes the view, and where it stands."""
        if not self._leading:
            return {"leading": False}
        return {"leading": True, "shards": {str(s): json.loads(m.dump()) for s, m in self._marks.items()}}


class ViewReader:
    """Reads a view's rows, from any process."""

    def __init__(self, view: View, store: Store, transport: Transport) -> None:
        self._view, self._store, self._transport = view, store, transport

    async def row(self, shard: int, key: str) -> Mapping[str, str] | None:
        """One row; None if there is none. Raises Unavailable."""
        return await self._store.row(prefix(self._view.service, self._view.name, shard), key)

    async def row_in_each(self, shards: Sequence[int], key: str) -> Sequence[Mapping[str, str]]:
        """The row of this name in each of these shards; empty where there is none. Raises Unavailable."""
        if len(shards) == 1:
            return (await self.row(shards[0], key) or {},)
        ats = [prefix(self._view.service, self._view.name, shard) for shard in shards]
        return await self._store.row_in_each(ats, key)

    async def caught_up(self, inbox: Topic, wait_seconds: float) -> bool:
        """Whether the view shows every command in the inbox before this call; waits for it a while."""
        journal = self._view.topics[0].name
        ends = await self._transport.ends(inbox.name, range(inbox.partitions))
        deadline = monotonic() + wait_seconds
        for shard, stop in ends.items():
            while (await self._marks(shard)).covers(journal) < stop:
                if monotonic() >= deadline:
                    return False
                await asyncio.sleep(WAIT_SECONDS)
        return True

    async def _marks(self, shard: int) -> Marks:
        kept = await self._store.kept(prefix(self._view.service, self._view.name, shard))
        if kept is None or kept.dirty:
            return Marks()
        return Marks(json.loads(kept.position))
