"""Rolling statistics of decisions: a Faust agent that counts applications and units by outcome and minute.

It reads the journal `decisions` and keeps two tables in memory, made again from their changelogs:
`statistics`         by partition and outcome, in windows of one minute of the fact's time, for an hour;
`statistics-totals`  by partition: counts by outcome since the first fact, and how far they go.
What changed goes to the changelogs once in a while, not with every record: that was a third of the process's work.
For people and dashboards: never the only place of a fact, and nothing is decided by it. Around rebalances Faust
drops and repeats records. Totals are right all the same: a total is the fold of its partition up to an offset, so
only the next record is added, and what is missing is read from the journal. A window may be off after a crash.
Instances share the journal's partitions, and each shows its own part: the whole is the sum over the instances.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict, TypeVar, cast

import faust
from faust.exceptions import ConsumerNotStarted
from faust.tables.table import Table
from faust.types import EventT, StreamT
from structlog.typing import FilteringBoundLogger

from schemas.base import Fact, Message
from schemas.catalogue import Topic
from schemas.policy import ApplicationEvaluated, ApplicationSetAside, AuthorisationIssued
from services.kit import envelope
from services.kit.errors import BadMessage, Transient
from services.kit.metrics import Metrics
from services.kit.transport.base import Headers, Record, Transport
from services.kit.worker import Status

OUTCOMES = ("eligible", "eligible-in-part", "refer", "ineligible", "authorised", "set-aside")
MINUTE_SECONDS = 60
KEPT_SECONDS = 3_600
REFRESH_SECONDS = 1.0
RECORDS_MAX = 1_000

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Counted:
    """What one fact adds: one application with this outcome, and its units (base unit)."""

    outcome: str
    units: int


def counted(fact: Message) -> Counted | None:
    """What a fact adds; None for facts that are not counted.

    Units are those the outcome speaks of: recommended if eligible, also in part; requested if referred or ineligible
    (0 where they cannot be converted); authorised; approved, then set aside.
    """
    match fact:
        case ApplicationEvaluated(outcome="eligible" | "eligible-in-part"):
            return Counted(fact.outcome, sum(line.recommended_units for line in fact.lines))
        case ApplicationEvaluated():
            return Counted(fact.outcome, sum(line.requested_units or 0 for line in fact.lines))
        case AuthorisationIssued():
            return Counted("authorised", sum(line.units for line in fact.lines))
        case ApplicationSetAside():
            return Counted("set-aside", sum(line.units for line in fact.lines))
    return None


Counts = Sequence[int]
"""[applications, units]: a list, because a table of Faust's keeps JSON."""

Minutes = Mapping[tuple[int, str], Counts]
"""Counts by start of the minute (seconds since the epoch) and outcome."""

WindowKey = tuple[str, tuple[float, float]]
"""Key of a windowed table: `<partition>/<outcome>`, start and end of the window."""


def over(windows: Iterable[WindowKey], now: float) -> list[WindowKey]:
    """Windows that ended KEPT_SECONDS ago or earlier."""
    return [key for key in windows if key[1][1] <= now - KEPT_SECONDS]


def last_minute(minutes: Minutes, now: float) -> Mapping[str, Counts]:
    """Counts of every outcome in the last whole minute."""
    start = (int(now) // MINUTE_SECONDS - 1) * MINUTE_SECONDS
    return {outcome: minutes.get((start, outcome), (0, 0)) for outcome in OUTCOMES}


class Total(TypedDict):
    """Counts of one partition by outcome, the last offset in them, and the latest owner seen there."""

    through: int
    owner: int
    outcomes: dict[str, Counts]


EMPTY: Total = {"through": -1, "owner": -1, "outcomes": {}}


class Statistics:
    """The agent, its tables, and a worker that tidies up beside the agent and shows what they hold."""

    name = "policy.statistics"

    def __init__(self, topic: Topic, metrics: Metrics, log: FilteringBoundLogger, transport: Transport) -> None:
        self._topic, self._metrics, self._log, self._transport = topic, metrics, log, transport
        self._app: faust.App
        self._windows: Table[WindowKey, Counts]
        self._totals: Table[str, Total]
        self._seen: Mapping[int, int] = {}
        self._changed: dict[tuple[str, object], tuple[int, Callable[[], None]]] = {}

    def register(self, app: faust.App) -> None:
        """Declare tables and agent on the app: once, before it starts and before anything else is asked."""
        self._app = app
        partitions = self._topic.partitions
        # What is older than an hour leaves the changelog with its segment, so a segment must not stay open longer.
        table = app.Table(
            "statistics", partitions=partitions, extra_topic_configs={"segment.ms": str(KEPT_SECONDS * 1_000)}
        )
        self._windows = cast("Table[WindowKey, Counts]", table.tumbling(MINUTE_SECONDS, expires=KEPT_SECONDS).table)
        self._totals = cast("Table[str, Total]", app.Table("statistics-totals", partitions=partitions))
        source = app.topic(self._topic.name, key_serializer="raw", value_serializer="raw", allow_empty=True)
        app.agent(source, name=self.name)(self._count)

    async def _count(self, stream: StreamT[bytes]) -> None:
        async for event in stream.events():
            try:
                await self._read_until(event.message.partition, event.message.offset)
                self._take(_record(event))
            except Exception as error:  # reason: an agent that raises stops for seconds; what it missed is read again
                self._log.error("not-counted", offset=event.message.offset, exc_info=error)

    async def _read_until(self, partition: int, stop: int) -> None:
        """Count what Faust left out before `stop`: around rebalances it may drop records, and repeat others."""
        while (start := self._total(partition)["through"] + 1) < stop:
            for record in await self._transport.read(self._topic.name, partition, start, stop, RECORDS_MAX):
                self._take(record)

    def _take(self, record: Record) -> None:
        """Count a record if it is the next of its partition."""
        total = self._total(record.partition)
        ahead = record.offset - total["through"]
        if ahead != 1:
            return
        rule = envelope.OwnerRule({record.partition: total["owner"]})
        outcomes = dict(total["outcomes"])
        fact = self._fact(record, rule)
        if fact is not None and (adds := counted(fact)) is not None:
            outcomes[adds.outcome] = _more(outcomes.get(adds.outcome), adds)
            self._add_to_minute(record.partition, fact.at.timestamp(), adds)
        owner = rule.latest[record.partition]
        self._keep(
            self._totals, record.partition, str(record.partition),
            Total(through=record.offset, owner=owner, outcomes=outcomes),
        )  # fmt: skip

    def _fact(self, record: Record, rule: envelope.OwnerRule) -> Fact | None:
        try:
            if not rule.admits(record) or envelope.is_control(record):
                return None
            message, _ = envelope.decode(record, self._topic)
        except (BadMessage, ValueError) as bad:
            reason = str(bad) if isinstance(bad, BadMessage) else type(bad).__name__
            self._log.error("unreadable-fact", topic=record.topic, offset=record.offset, reason=reason)
            return None
        return message if isinstance(message, Fact) else None

    def _add_to_minute(self, partition: int, at: float, adds: Counted) -> None:
        if at > time.time() - KEPT_SECONDS:
            assert self._windows.window is not None
            key = (f"{partition}/{adds.outcome}", self._windows.window.current(at))
            self._keep(self._windows, partition, key, _more(self._windows.data.get(key), adds))

    def _total(self, partition: int) -> Total:
        return cast("Total | None", self._totals.data.get(str(partition))) or EMPTY

    def _keep(self, table: "Table[K, V]", partition: int, key: K, value: V) -> None:
        """Set a key, as `table[key] = value` does for the record an agent is at, but for its line in the changelog.

        The partition is part of every key: Faust holds the tables of all partitions in one dictionary.
        """
        table.data[key] = value
        self._changed[table.name, key] = partition, lambda: _log_change(table, partition, key)

    def _log_changes(self) -> None:
        """What changed in partitions held here goes to the changelogs; the others are their new owner's."""
        changed, self._changed = self._changed, {}
        held = self._held()
        for partition, log_change in changed.values():
            if str(partition) in held:
                log_change()

    async def _refresh(self) -> None:
        """Forget what is over, show the last minute, and go on where Faust has stopped short of the journal's end."""
        self._log_changes()
        for key in over(self._windows.data, time.time()):
            self._windows.data.pop(key, None)
        for outcome, (applications, units) in last_minute(self._minutes(), time.time()).items():
            self._metrics.statistics_applications.labels(outcome).set(applications)
            self._metrics.statistics_units.labels(outcome).set(units)
        try:
            await self._catch_up()
        except Transient as error:
            self._log.info("statistics-wait", reason=str(error))

    async def _catch_up(self) -> None:
        seen = self._seen
        self._seen = {partition: self._total(partition)["through"] for partition in map(int, self._held())}
        if not self._app.tables.actives_ready:
            return
        for partition, through in self._seen.items():
            if seen.get(partition) == through:
                await self._read_until(partition, (await self._transport.bounds(self._topic.name, partition))[1])

    def _minutes(self) -> Minutes:
        """Of the partitions held here."""
        held = self._held()
        return _added_up(
            ((int(start), outcome), counts)
            for (key, (start, _)), counts in self._windows.data.items()
            for partition, _, outcome in (key.partition("/"),)
            if partition in held
        )

    def _held(self) -> frozenset[str]:
        """Partitions this instance counts now; the tables may still hold some that another one counts."""
        try:
            assigned = self._app.consumer.assignment()
        except ConsumerNotStarted:
            return frozenset()
        return frozenset(str(tp.partition) for tp in assigned if tp.topic == self._topic.name)

    async def run(self) -> None:
        """Tidy up beside the agent, which Faust runs."""
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            await self._refresh()

    def problems(self) -> tuple[str, ...]:
        """Statistics keep no process from its work."""
        return ()

    def stuck(self) -> tuple[str, ...]:
        """Nor are they a reason to restart it."""
        return ()

    def status(self) -> Status:
        """This instance's part: last offset counted by partition, totals by outcome, windows of the last hour."""
        held = self._held()
        totals = {partition: total for partition, total in sorted(self._totals.items()) if partition in held}
        added = _added_up(pair for total in totals.values() for pair in total["outcomes"].items())
        return {
            "through": {partition: total["through"] for partition, total in totals.items()},
            "totals": {outcome: _shown(counts) for outcome, counts in sorted(added.items())},
            "windows": [
                {"minute": f"{envelope.utc(start * 1_000):%Y-%m-%dT%H:%MZ}", "outcome": outcome, **_shown(counts)}
                for (start, outcome), counts in sorted(self._minutes().items())
            ],
        }


def _log_change(table: "Table[K, V]", partition: int, key: K) -> None:
    if (value := table.data.get(key)) is not None:
        table.send_changelog(partition, key, value)


def _record(event: EventT[bytes]) -> Record:
    message = event.message
    headers = cast(Headers, tuple(message.headers or ()))
    at = int(message.timestamp * 1_000)
    return Record(message.topic, message.partition, message.offset, at, message.key, message.value, headers)


def _more(before: Counts | None, adds: Counted) -> Counts:
    applications, units = before or (0, 0)
    return [applications + 1, units + adds.units]


def _added_up(pairs: Iterable[tuple[K, Counts]]) -> Mapping[K, Counts]:
    sums: dict[K, Counts] = {}
    for key, (applications, units) in pairs:
        before = sums.get(key, (0, 0))
        sums[key] = (before[0] + applications, before[1] + units)
    return sums


def _shown(counts: Counts) -> Mapping[str, int]:
    return {"applications": counts[0], "units": counts[1]}
