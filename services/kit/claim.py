"""Taking a shard over: the fence, the marker, the fold, and every check that the log is the one it stands on.

new epoch at the broker -> marker appended (its offset is the owner token) -> rows from Redis, if whole
and of this log, plus the journal up to the marker, else the journal from zero -> position in the inbox checked
"""

import json
from dataclasses import dataclass
from typing import Generic, TypeVar

from schemas.base import Fact
from services.kit import book as books
from services.kit import envelope
from services.kit.book import Book
from services.kit.contract import Lane
from services.kit.errors import BadMessage, Fenced, Halted, Unavailable
from services.kit.step import React, Stepper, merge
from services.kit.store import Kept, Store
from services.kit.transport.base import Appender, Outgoing, Record, Transport

S = TypeVar("S")
PAGE_RECORDS = 2_000
PEEK_RECORDS = 64


@dataclass(slots=True)
class Claimed(Generic[S]):
    """A shard as taken over. `rows` are those of the tail, to be laid over the rows in Redis at `at_store`."""

    appender: Appender
    owner: int
    state: S
    book: Book
    reacts: list[React]
    at_store: str | None
    rows: dict[str, dict[str, str | None]]


def marker(stepper: Stepper[S], instance: str, id_: str) -> Outgoing:
    """The record that says: from here on, this owner. `id_` tells it from every other marker."""
    value = json.dumps({"instance": instance}).encode()
    return envelope.control_record(envelope.CLAIMED, stepper.source, id_, b"-1", value, None)


def marker_id(instance: str, now: int) -> str:
    """Of the marker that an instance writes at a time, in milliseconds."""
    return f"{instance}.{now}"


async def peek(transport: Transport, topic: str, shard: int) -> int:
    """The inbox position that the newest book in the journal's last records tells; 0 if there is none."""
    first, end = await transport.bounds(topic, shard)
    start = max(first, end - PEEK_RECORDS)
    found = 0
    while start < end:
        for record in await transport.read(topic, shard, start, end, PEEK_RECORDS):
            start = record.offset + 1
            if (meta := envelope.header(record, "meta")) is not None:
                found = _book(meta, record).position
    return found


class Fold(Generic[S]):
    """Folds a journal, obeying the owner rule; keeps the book as the last step left it.

    `at_store` is the position of the rows it begins with; from nothing, all rows are written anew, so none is kept.
    """

    def __init__(self, lane: Lane[S], shard: int, state: S, book: Book, at_store: str | None = None) -> None:
        self._lane = lane
        self.at_store = at_store
        self.state = state
        self.book = book
        self.rows: dict[str, dict[str, str | None]] = {}
        self._rule = envelope.OwnerRule({shard: book.owner})

    def take(self, record: Record) -> None:
        """One record. Raises Halted if it is not what this code can have written."""
        if self._rule.admits(record):
            if not envelope.is_control(record):
                fact = fact_of(record, self._lane)
                self.state = self._lane.evolve(self.state, fact)
                if self.at_store is not None:
                    merge(self.rows, self._lane.rows(self.state, fact))
            if (meta := envelope.header(record, "meta")) is not None:
                self.book = _book(meta, record)
        elif envelope.header(record, "ce_type") == envelope.CLAIMED.encode():
            self.book.owner = record.offset


def fact_of(record: Record, lane: Lane[S]) -> Fact:
    """The fact of a journal's record. Raises Halted."""
    try:
        message, _ = envelope.decode(record, lane.journal)
    except BadMessage as bad:
        raise Halted(f"{record.topic}/{record.partition} holds an unreadable fact at {record.offset}: {bad}") from bad
    assert isinstance(message, Fact)
    return message


async def pages(transport: Transport, topic: str, shard: int, start: int, stop: int) -> list[Record]:
    """The next page of a bounded read; empty at its end."""
    return list(await transport.read(topic, shard, start, stop, PAGE_RECORDS)) if start < stop else []


async def claim(
    lane: Lane[S], shard: int, stepper: Stepper[S], transport: Transport, store: Store, at: str, instance: str, now: int
) -> Claimed[S]:
    """Take the shard over. Raises Halted, Fenced, Unknown, Unavailable."""
    cluster = await transport.cluster()
    appender = await transport.appender(lane.journal.name, shard)
    id_ = marker_id(instance, now)
    owner = await appender.append([marker(stepper, instance, id_)])
    fold = await _from_rows(lane, shard, transport, store, at, owner, cluster)
    await _fold(fold, transport, lane.journal.name, shard, int(fold.at_store or 0), owner + 1)
    book = fold.book
    book.marker = id_
    book.cluster = book.cluster or cluster
    if book.cluster != cluster:
        raise Halted(f"the journal was written in cluster {book.cluster}, this is {cluster}")
    await check_inbox(lane, shard, transport, book)
    reacts = await _unacknowledged(lane, shard, stepper, transport, book, owner)
    return Claimed(appender, owner, fold.state, book, reacts, fold.at_store, fold.rows)


async def _fold(fold: Fold[S], transport: Transport, topic: str, shard: int, start: int, stop: int) -> None:
    first, _ = await transport.bounds(topic, shard)
    if start < first:
        raise Halted(f"{topic}/{shard} begins at {first}: facts before it are gone")
    while page := await pages(transport, topic, shard, start, stop):
        for record in page:
            fold.take(record)
        start = page[-1].offset + 1


async def _from_rows(
    lane: Lane[S], shard: int, transport: Transport, store: Store, at: str, owner: int, cluster: str
) -> Fold[S]:
    """A fold that begins with the rows in Redis, if they are whole and of this journal; else from nothing."""
    empty = Fold(lane, shard, lane.initial(shard), Book())
    try:
        kept = await store.kept(at)
        if kept is None:
            return empty
        await _not_ahead(lane, shard, transport, kept, owner)
        book = None if kept.dirty else books.load(kept.book)
        if book is None:
            return empty
        await _of_this_log(lane, shard, transport, kept, book, cluster)
        rows = await store.rows(at)
        if await store.kept(at) != kept:
            return empty
    except (Unavailable, ValueError, KeyError, TypeError):
        return empty
    try:
        return Fold(lane, shard, lane.restore(shard, rows), book, kept.position)
    except Exception:  # reason: rows altered by hand may break `restore` anyhow; the journal makes them again
        return empty


async def _not_ahead(lane: Lane[S], shard: int, transport: Transport, kept: Kept, owner: int) -> None:
    """Raise Halted if the rows know more than the journal holds; Fenced if a newer owner has written them."""
    _, end = await transport.bounds(lane.journal.name, shard)
    position = 0 if kept.dirty else int(kept.position)
    if position > end or kept.owner >= end:
        where = f"{kept.position} of {lane.journal.name}/{shard}, owner {kept.owner}"
        raise Halted(f"Redis stands at {where}; the journal ends at {end}")
    if position > owner or kept.owner > owner:
        raise Fenced(f"{lane.journal.name}/{shard}: a newer owner's rows are in Redis")


async def _of_this_log(lane: Lane[S], shard: int, transport: Transport, kept: Kept, book: Book, cluster: str) -> None:
    """Raise Halted unless the record before the rows' position is the one that they were made from."""
    topic, position = lane.journal.name, int(kept.position)
    if book.cluster not in ("", cluster):
        raise Halted(f"Redis holds rows of cluster {book.cluster}, this is {cluster}")
    record = (await transport.read(topic, shard, position - 1, position, 1))[0]
    is_marker = record.offset == book.owner and envelope.header(record, "ce_id") == book.marker.encode()
    if envelope.header(record, "meta") != kept.book.encode() and not is_marker:
        raise Halted(f"Redis holds rows at {position} that {topic}/{shard} never made: either is not the other's")


async def check_inbox(lane: Lane[S], shard: int, transport: Transport, book: Book) -> None:
    """Raise Halted unless the inbox is the one the book speaks of."""
    topic = lane.inbox.name
    first, end = await transport.bounds(topic, shard)
    if not first <= book.position <= end:
        raise Halted(
            f"{topic}/{shard} holds {first}..{end}, the shard stands at {book.position}: truncated or recreated"
        )
    if not book.last or book.position - 1 < first:
        return
    page = await transport.read(topic, shard, book.position - 1, book.position, 1)
    if books.fingerprint(page[0]) != book.last:
        raise Halted(f"{topic}/{shard} holds another record at {book.position - 1}: recreated")


async def _unacknowledged(
    lane: Lane[S], shard: int, stepper: Stepper[S], transport: Transport, book: Book, owner: int
) -> list[React]:
    """The reacts above the watermark, made again. Raises Halted if their counters differ from those recorded."""
    acknowledged = book.acknowledged
    sent, found = dict(acknowledged.sent), list[React]()
    rule = envelope.OwnerRule({shard: acknowledged.owner})
    start, token = acknowledged.offset, b"%d" % owner
    while page := await pages(transport, lane.journal.name, shard, start, owner):
        start = page[-1].offset + 1
        for record in filter(rule.admits, page):
            if not envelope.is_control(record):
                correlation = (envelope.header(record, "ce_correlationid") or b"").decode()
                found += stepper.reacts(fact_of(record, lane), sent, token, correlation)
            meta = envelope.header(record, "meta")
            if meta is not None and _book(meta, record).sent != sent:
                raise Halted(f"reacts differ from those recorded at {record.offset}: this release changed them")
    return found


def _book(meta: bytes, record: Record) -> Book:
    try:
        return books.load(meta)
    except (ValueError, KeyError, TypeError) as error:
        raise Halted(f"{record.topic}/{record.partition} holds an unreadable book at {record.offset}") from error
