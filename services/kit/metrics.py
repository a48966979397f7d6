"""Every metric of the runtime, declared once: type, unit, labels, meaning. Dashboards and alerts use only these.

Seconds and base units. `shard` is the partition, as text. One process per container, one registry per process.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SHARD = ("service", "lane", "shard")
_LATENCY = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_COUNTS = (1, 3, 10, 30, 100, 300, 1000)


class Metrics:
    """The metrics of one process, in one registry."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        self._steps()
        self._faults()
        self._waiting()
        self._process()

    def _steps(self) -> None:
        self.consumed = self._counter("consumed", "Records read from an inbox.", _SHARD)
        self.handled = self._counter(
            "handled", "Records by outcome: decided, repeated, dead, parked.", (*_SHARD, "outcome")
        )
        self.handle_seconds = self._histogram("handle_seconds", "A whole step: decode to append acknowledged.", _SHARD)
        self.step_records = self._histogram("step_records", "Records in a step.", _SHARD, _COUNTS)
        self.append_seconds = self._histogram(
            "append_seconds", "Journal append by answer: acknowledged, fenced, unknown.", (*_SHARD, "answer")
        )
        self.rows_seconds = self._histogram("rows_seconds", "Rows to Redis, one script.", _SHARD)

    def _faults(self) -> None:
        self.claims = self._counter("claims", "Claims of shards by answer: claimed, stale.", (*_SHARD, "answer"))
        self.fence_losses = self._counter("fence_losses", "Appends refused: a newer owner exists.", _SHARD)
        self.gaps = self._counter("gaps", "Holes found in a source's sequence.", _SHARD)
        self.dead_letters = self._counter(
            "dead_letters", "Records written to the dead letters, by reason.", (*_SHARD, "reason")
        )
        self.parked_keys = self._gauge("parked_keys", "Keys that wait behind a record that failed.", _SHARD)
        self.shard_running = self._gauge("shard_running", "1 while the shard decides here.", _SHARD)
        self.shard_halted = self._gauge("shard_halted", "1 while the shard waits for a person.", _SHARD)

    def _waiting(self) -> None:
        self.lag_records = self._gauge("lag_records", "Records in the inbox not yet decided.", _SHARD)
        self.lag_seconds = self._gauge("lag_seconds", "Age of the oldest record not yet decided; 0 if none.", _SHARD)
        self.reacts_unacknowledged = self._gauge(
            "reacts_unacknowledged", "Commands caused by facts, not yet acknowledged.", _SHARD
        )
        self.steps_not_in_store = self._gauge("steps_not_in_store", "Steps whose rows are not yet in Redis.", _SHARD)

    def _process(self) -> None:
        self.loop_lag_seconds = self._gauge("loop_lag_seconds", "How late the event loop's timer was, last measured.")
        self.notices = self._counter("notices", "Notices by outcome: delivered, failed.", ("outcome",))
        self.http_requests = self._counter("http_requests", "HTTP answers of the edge.", ("method", "route", "status"))
        self.http_seconds = self._histogram("http_seconds", "HTTP request to answer.", ("method", "route"))
        self.statistics_applications = self._gauge(
            "statistics_applications", "Applications by outcome in the last whole minute.", ("outcome",)
        )
        self.statistics_units = self._gauge(
            "statistics_units", "Units by outcome in the last whole minute, base unit.", ("outcome",)
        )

    def _counter(self, name: str, meaning: str, labels: tuple[str, ...] = ()) -> Counter:
        return Counter(f"greenlight_{name}", meaning, labels, registry=self.registry)

    def _gauge(self, name: str, meaning: str, labels: tuple[str, ...] = ()) -> Gauge:
        return Gauge(f"greenlight_{name}", meaning, labels, registry=self.registry)

    def _histogram(
        self, name: str, meaning: str, labels: tuple[str, ...], buckets: tuple[float, ...] = _LATENCY
    ) -> Histogram:
        return Histogram(f"greenlight_{name}", meaning, labels, registry=self.registry, buckets=buckets)

    def page(self) -> bytes:
        """All metrics as text, for Prometheus."""
        return generate_latest(self.registry)
