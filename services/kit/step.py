"""One step of a shard, in memory: records in, facts, reacts and rows out. No I/O: the append is the caller's.

    decode -> known already? -> parked? -> decide -> evolve, react, rows -> sealed with the book

A step ends at the first record whose functions raise; the caller decides what becomes of that record.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Generic, TypeVar

from schemas.base import Command, Fact, Malformed, Received
from schemas.catalogue import INBOX_OF
from services.kit import envelope
from services.kit.book import Book, fingerprint
from services.kit.contract import Lane, Rows
from services.kit.dead_letters import DeadLetter, dead_letter
from services.kit.errors import BadMessage, Halted
from services.kit.transport.base import Outgoing, Record

S = TypeVar("S")
STEP_BYTES_MAX = 1024 * 1024
PARKED_MAX = 1_000

_utc = lru_cache(maxsize=4_096)(envelope.utc)


class Bug(Exception):
    """A function of the lane raised. `clean` is True while the state is still untouched by the record."""

    def __init__(self, record: Record, clean: bool, reason: str) -> None:
        super().__init__(reason)
        self.record = record
        self.clean = clean


class Gap(Halted):
    """A source's sequence has a hole: something it sent is not in the inbox."""


@dataclass(frozen=True, slots=True)
class Read:
    """A record and what decoding gave: a command with its envelope, or why there is none."""

    record: Record
    command: Command | None
    envelope: envelope.Envelope | None
    bad: BadMessage | None = None


@dataclass(frozen=True, slots=True)
class React:
    """A command for a partition of an inbox."""

    topic: str
    partition: int
    record: Outgoing


@dataclass(slots=True)
class Step(Generic[S]):
    """What a step has gathered so far; `book` is the book after it."""

    state: S
    book: Book
    last: Record | None = None
    facts: list[Outgoing] = field(default_factory=list)
    reacts: list[React] = field(default_factory=list)
    rows: dict[str, dict[str, str | None]] = field(default_factory=dict)
    dead: list[DeadLetter] = field(default_factory=list)
    size: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)

    def count(self, outcome: str) -> None:
        """One more record with this outcome."""
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1

    def full(self) -> bool:
        """Whether the step has reached its bound in bytes."""
        return self.size >= STEP_BYTES_MAX

    def reset(self, book: Book) -> None:
        """Forget what the step has gathered since `book`, if the last record left something half done."""
        if self.last is None:
            self.book = book
            self.facts, self.reacts, self.rows, self.dead = [], [], {}, []
            self.outcomes = {}

    def unpark(self, key: str, offset: int) -> None:
        """The record at `offset` no longer waits."""
        waiting = self.book.parked[key]
        waiting.remove(offset)
        if not waiting:
            del self.book.parked[key]


def merge(into: dict[str, dict[str, str | None]], rows: Rows) -> None:
    """Lay rows over earlier ones: the later value of a field stands."""
    for key, fields in rows.items():
        known = into.get(key)
        if known is None:
            into[key] = dict(fields)
        else:
            known.update(fields)


class Stepper(Generic[S]):
    """Takes records into steps for one shard of one lane."""

    def __init__(self, lane: Lane[S], shard: int, release: str) -> None:
        self._lane = lane
        self._shard = shard
        self._release = release
        self.source = f"/greenlight/{lane.service}/{lane.name}/{shard}"
        self._react_source = f"{lane.journal.name}/{shard}"

    def read(self, record: Record) -> Read:
        """Decode one record of the inbox."""
        try:
            message, around = envelope.decode(record, self._lane.inbox)
        except BadMessage as bad:
            return Read(record, None, None, bad)
        assert isinstance(message, Command)
        return Read(record, message, around)

    def take(self, step: Step[S], read: Read, owner: bytes) -> None:
        """Add one record to the step. Raises Bug, or Gap on a hole in a source's sequence."""
        record = read.record
        if record.offset < step.book.position:
            step.count("repeated")
            return
        if not self._new(step.book, read):
            step.count("repeated")
        elif (key := _key(record)) in step.book.parked:
            self._park(step, key, record.offset)
        else:
            self._handle(step, read, owner)
        self._advance(step, read)

    def park(self, step: Step[S], read: Read) -> None:
        """Let the record's key wait for a person. Raises Halted when too many wait already."""
        self._park(step, _key(read.record), read.record.offset)
        self._advance(step, read)

    def bury(self, step: Step[S], read: Read, reason: str) -> None:
        """Write the record to the dead letters instead of handling it."""
        step.dead.append(dead_letter(read.record, reason, "", self.source, self._release))
        step.count("dead")
        self._advance(step, read)

    def again(self, step: Step[S], read: Read, owner: bytes) -> None:
        """Handle a parked record; the position does not move. Raises Bug."""
        self._handle(step, read, owner)

    def seal(self, step: Step[S], owner: bytes) -> tuple[list[Outgoing], bytes]:
        """The records to append, the last of them with the book: facts, or a progress record; and the book."""
        if step.last is not None:
            step.book.last = fingerprint(step.last)
        meta = step.book.dump()
        if not step.facts:
            id_ = f"{step.book.sequence}.{step.book.position}"
            return [envelope.control_record(envelope.PROGRESSED, self.source, id_, owner, b"{}", meta)], meta
        end = step.facts[-1]
        step.facts[-1] = Outgoing(end.key, end.value, (*end.headers, ("meta", meta)))
        return step.facts, meta

    def reacts(self, fact: Fact, sent: dict[str, int], owner: bytes, correlation: str) -> list[React]:
        """The commands a fact causes, numbered on from `sent`, which moves with them."""
        found = []
        for command in self._lane.react(fact):
            topic = INBOX_OF[command.type]
            key: str = getattr(command, topic.key)
            partition = topic.partition(key)
            name = f"{topic.name}/{partition}"
            number = sent[name] = sent.get(name, 0) + 1
            record = envelope.command_record(command, key, self.source, correlation, fact.command_id)
            extra = (("react", f"{self._react_source}:{number}".encode()), ("owner", owner))
            found.append(React(topic.name, partition, Outgoing(record.key, record.value, (*record.headers, *extra))))
        return found

    def _new(self, book: Book, read: Read) -> bool:
        """False for a record already seen, or from a former owner. Raises Gap on a hole."""
        react = _react(read)
        if react is None:
            return True
        source, sequence, owner = react
        seen, latest = book.sources.get(source, (0, -1))
        if owner < latest or sequence <= seen:
            return False
        if sequence > seen + 1:
            raise Gap(f"gap: {source} sent {sequence} after {seen} at offset {read.record.offset}")
        return True

    def _advance(self, step: Step[S], read: Read) -> None:
        book, record = step.book, read.record
        book.position = record.offset + 1
        book.time = max(book.time, record.timestamp)
        react = _react(read)
        if react is not None:
            source, sequence, owner = react
            seen, latest = book.sources.get(source, (0, -1))
            if owner >= latest:
                book.sources[source] = (max(seen, sequence), owner)
        step.last = record

    def _park(self, step: Step[S], key: str, offset: int) -> None:
        if sum(map(len, step.book.parked.values())) >= PARKED_MAX:
            raise Halted(f"{PARKED_MAX} records are parked already")
        step.book.parked.setdefault(key, []).append(offset)
        step.count("parked")

    def _handle(self, step: Step[S], read: Read, owner: bytes) -> None:
        record = read.record
        time = max(step.book.time, record.timestamp)
        around = read.envelope
        received = Received(record.offset, _utc(time), around.source if around else "", _correlation(read))
        try:
            facts = self._facts(step, read, received)
        except Exception as error:  # reason: a pure function raised: what it raised is its bug, whatever the class
            raise Bug(record, True, f"{type(error).__name__} in decide") from error
        try:
            self._fold(step, facts, owner, time, received.correlation_id)
        except Exception as error:  # reason: as above; the state may be half changed, so it is claimed anew
            raise Bug(record, False, f"{type(error).__name__} after decide") from error

    def _facts(self, step: Step[S], read: Read, received: Received) -> Sequence[Fact]:
        if read.command is not None:
            step.count("decided")
            return self._lane.decide(step.state, read.command, received)
        assert read.bad is not None
        letter = dead_letter(read.record, "invalid", str(read.bad), self.source, self._release)
        facts: Sequence[Fact] = ()
        if self._lane.malformed is not None:
            malformed = Malformed(read.bad.reason, read.bad.field, letter.sha256, _key(read.record))
            facts = self._lane.malformed(step.state, malformed, received)
        step.dead.append(letter)
        step.count("dead")
        return facts

    def _fold(self, step: Step[S], facts: Sequence[Fact], owner: bytes, time: int, correlation: str) -> None:
        lane, book = self._lane, step.book
        for fact in facts:
            step.state = lane.evolve(step.state, fact)
            book.sequence += 1
            record = envelope.fact_record(
                fact, lane.journal, self.source, book.sequence, owner, time, correlation or fact.command_id
            )
            step.facts.append(record)
            step.size += len(record.value or b"")
            step.reacts += self.reacts(fact, book.sent, owner, correlation or fact.command_id)
            merge(step.rows, lane.rows(step.state, fact))


def _react(read: Read) -> tuple[str, int, int] | None:
    if read.envelope is not None:
        return read.envelope.react
    try:
        return envelope.react_of(dict(read.record.headers))
    except (BadMessage, ValueError):
        return None


def _correlation(read: Read) -> str:
    if read.envelope is None:
        return ""
    return read.envelope.correlation_id or read.envelope.id


def _key(record: Record) -> str:
    return (record.key or b"").decode(errors="replace")
