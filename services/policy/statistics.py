"""Rolling statistics of decisions: a Faust agent that counts applications and units by outcome and minute.

It reads the journal `decisions` and keeps two tables in memory, made again from their changelogs:
`statistics`         by partition and outcome, in windows of one minute of the fact's time, for an hour;
`statistics-totals`  by partition: counts by outcome since the first fact, and how far they go.
For people and dashboards: never the only place of a fact, and nothing is decided by it. After a crash a window
may count twice, or not at all, what was in flight; the totals are exact as long as their changelog is kept.
Instances share the journal's partitions, and each shows its own part: the whole is the sum over the instances.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import faust
from faust.exceptions import ConsumerNotStarted
from faust.tables.wrappers import WindowWrapper
from faust.types import EventT, StreamT, TableT
from structlog.typing import FilteringBoundLogger

from schemas.base import Fact, Message
from schemas.catalogue import Topic
from schemas.policy import ApplicationEvaluated, ApplicationSetAside, AuthorisationIssued
from services.kit import envelope
from services.kit.errors import BadMessage
from services.kit.metrics import Metrics
from services.kit.transport.base import Record
from services.kit.worker import Status

OUTCOMES = ("eligible", "eligible-in-part", "refer", "ineligible", "authorised", "set-aside")
MINUTE_SECONDS = 60
KEPT_SECONDS = 3_600
REFRESH_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Counted:
    """What one fact adds: one application with this outcome, and its units (base unit)."""

    outcome: str
    units: int


def counted(fact: Message) -> Counted | None:
    """What a fact adds; None for facts that are not counted.

    Units are those the outcome speaks of: recommended if eligible, also in part; requested if referred or ineligible
    (0 where they cannot be converted); authorised; approved and set aside.
    """
    match fact:
        case ApplicationEvaluated(outcome="eligible" | "eligible-in-part" as outcome):
            return Counted(outcome, sum(line.recommended_units for line in fact.lines))
        case ApplicationEvaluated():
            return Counted(fact.outcome, sum(line.requested_units or 0 for line in fact.lines))
        case AuthorisationIssued():
            return Counted("authorised", sum(line.units for line in fact.lines))
        case ApplicationSetAside():
            return Counted("set-aside", sum(line.units for line in fact.lines))
    return None


class Total(TypedDict):
    """Counts of one partition by outcome as [applications, units]; the last offset in them, the owner it had."""

    through: int
    owner: int
    outcomes: dict[str, list[int]]


@dataclass(frozen=True, slots=True)
class Window:
    """Counts of one minute, partition and outcome; `start` in seconds since the epoch."""

    partition: int
    outcome: str
    start: int
    applications: int
    units: int


class Statistics:
    """The agent and its tables; as a worker of its process it shows what they hold."""

    name = "policy.statistics"

    def __init__(self, topic: Topic, metrics: Metrics, log: FilteringBoundLogger) -> None:
        self._topic, self._metrics, self._log = topic, metrics, log
        self._app: faust.App
        self._windows: WindowWrapper
        self._totals: TableT[str, Total]

    def register(self, app: faust.App) -> None:
        """Declare the tables, the agent and its timer; once, before the app starts."""
        self._app = app
        # Deleted as well as compacted: windows that are over leave the changelog with its segments.
        hourly = {"segment.ms": str(KEPT_SECONDS * 1_000)}
        table = app.Table("statistics", partitions=self._topic.partitions, extra_topic_configs=hourly)
        self._windows = cast(WindowWrapper, table.tumbling(MINUTE_SECONDS, expires=KEPT_SECONDS))
        self._totals = app.Table("statistics-totals", partitions=self._topic.partitions)
        source = app.topic(
            self._topic.name, key_serializer="raw", value_serializer="raw", allow_empty=True,
            partitions=self._topic.partitions,
        )  # fmt: skip
        app.agent(source, name=self.name)(self._count)
        app.timer(REFRESH_SECONDS)(self._refresh)

    async def _count(self, stream: StreamT[bytes]) -> None:
        async for event in stream.events():
            try:
                self._take(event)
            except Exception as error:  # reason: an agent that raises stops for seconds and skips the record anyway
                self._log.error("not-counted", offset=event.message.offset, exc_info=error)

    def _take(self, event: EventT[bytes]) -> None:
        """Count one record, unless it is counted already: a record may come again, and its change be kept."""
        record = _record(event)
        # The partition is part of every key: Faust holds the tables of all partitions in one dictionary.
        total: Total = self._totals.get(str(record.partition)) or {"through": -1, "owner": -1, "outcomes": {}}
        if record.offset <= total["through"]:
            return
        rule = envelope.OwnerRule({record.partition: total["owner"]})
        outcomes = dict(total["outcomes"])
        fact = self._fact(record) if rule.admits(record) and not envelope.is_control(record) else None
        if fact is not None and (adds := counted(fact)) is not None:
            outcomes[adds.outcome] = _sum(outcomes.get(adds.outcome), adds)
            self._add_to_window(record.partition, fact.at, adds)
        owner = rule.latest[record.partition]
        self._totals[str(record.partition)] = {"through": record.offset, "owner": owner, "outcomes": outcomes}

    def _add_to_window(self, partition: int, at: datetime, adds: Counted) -> None:
        if at.timestamp() <= time.time() - KEPT_SECONDS:
            return
        key, windows = f"{partition}/{adds.outcome}", self._windows.relative_to(at)
        windows[key] = _sum(windows[key].value() if key in windows else None, adds)

    def _fact(self, record: Record) -> Fact | None:
        try:
            message, _ = envelope.decode(record, self._topic)
        except BadMessage as bad:
            self._log.error("unreadable-fact", topic=record.topic, offset=record.offset, reason=str(bad))
            return None
        return message if isinstance(message, Fact) else None

    async def _refresh(self) -> None:
        """Forget windows that are over (Faust forgets only those it wrote itself) and show the last whole minute."""
        data = self._windows.table.data
        for key in [key for key in data if key[1][0] < time.time() - KEPT_SECONDS]:
            data.pop(key, None)
        last = int(time.time()) // MINUTE_SECONDS * MINUTE_SECONDS - MINUTE_SECONDS
        applications: Counter[str] = Counter()
        units: Counter[str] = Counter()
        for window in self._held_windows():
            if window.start == last:
                applications[window.outcome] += window.applications
                units[window.outcome] += window.units
        for outcome in OUTCOMES:
            self._metrics.statistics_applications.labels(outcome).set(applications[outcome])
            self._metrics.statistics_units.labels(outcome).set(units[outcome])

    def _held(self) -> frozenset[int]:
        """Partitions counted by this instance now; tables may still hold what others count."""
        try:
            assigned = self._app.consumer.assignment()
        except ConsumerNotStarted:
            return frozenset()
        return frozenset(tp.partition for tp in assigned if tp.topic == self._topic.name)

    def _held_windows(self) -> Iterator[Window]:
        held = self._held()
        for (key, (start, _)), (applications, units) in sorted(self._windows.table.data.items()):
            partition, _, outcome = key.partition("/")
            if int(partition) in held:
                yield Window(int(partition), outcome, int(start), applications, units)

    async def run(self) -> None:
        """Faust runs the agent; here is nothing to do."""
        await asyncio.Event().wait()

    def problems(self) -> tuple[str, ...]:
        """Statistics never keep a process from its work."""
        return ()

    def stuck(self) -> tuple[str, ...]:
        """Nor are they a reason to restart it."""
        return ()

    def status(self) -> Status:
        """This instance's part: how far it has counted by partition, windows of the last hour, totals by outcome."""
        held = self._held()
        totals = {int(partition): total for partition, total in self._totals.items() if int(partition) in held}
        return {
            "through": {str(partition): total["through"] for partition, total in sorted(totals.items())},
            "totals": _by_outcome(
                (outcome, *counts) for total in totals.values() for outcome, counts in total["outcomes"].items()
            ),
            "windows": self._minutes(),
        }

    def _minutes(self) -> list[dict[str, object]]:
        """Windows of the last hour, newest first, the partitions held here added up."""
        ...


def _record(event: EventT[bytes]) -> Record:
    message = event.message
    headers = cast(Headers, tuple(message.headers or ()))
    at = int(message.timestamp * 1_000)
    return Record(message.topic, message.partition, message.offset, at, message.key, message.value, headers)


def _sum(before: list[int] | None, adds: Counted) -> list[int]:
    """Counts as [applications, units], one application more."""
    applications, units = before or (0, 0)
    return [applications + 1, units + adds.units]
