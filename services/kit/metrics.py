"""Every metric of the runtime, declared once: type, unit, labels, meaning. Dashboards and alerts use only these.

Seconds and base units. `shard` is the partition, as text. One process per container, one registry per process.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SHARD = ("service", "lane", "shard")
_LATENCY = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The metrics of one process, in one registry."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        r = self.registry = registry or CollectorRegistry()
        self.consumed = Counter("greenlight_consumed", "Records read from an inbox.", _SHARD, registry=r)
        self.handled = Counter(
            "greenlight_handled",
            "Records by outcome: decided, repeated, dead, parked.",
            (*_SHARD, "outcome"),
            registry=r,
        )
        self.handle_seconds = Histogram(
            "greenlight_handle_seconds", "A whole step: decode to append acknowledged.", _SHARD, registry=r,
            buckets=_LATENCY,
        )  # fmt: skip
        self.step_records = Histogram(
            "greenlight_step_records", "Records in a step.", _SHARD, registry=r, buckets=(1, 3, 10, 30, 100, 300, 1000)
        )
        self.append_seconds = Histogram(
            "greenlight_append_seconds", "Journal append by answer: acknowledged, fenced, unknown.",
            (*_SHARD, "answer"), registry=r, buckets=_LATENCY,
        )  # fmt: skip
        self.rows_seconds = Histogram(
            "greenlight_rows_seconds", "Rows to Redis, one script.", _SHARD, registry=r, buckets=_LATENCY
        )
        self.lag_records = Gauge("greenlight_lag_records", "Records in the inbox not yet decided.", _SHARD, registry=r)
        self.lag_seconds = Gauge(
            "greenlight_lag_seconds",
            "Age of the oldest record not yet decided; 0 if there is none.",
            _SHARD,
            registry=r,
        )
        self.claims = Counter(
            "greenlight_claims", "Claims of shards by answer: claimed, stale, failed.", (*_SHARD, "answer"), registry=r
        )
        self.fence_losses = Counter(
            "greenlight_fence_losses", "Appends refused by the broker: a newer owner exists.", _SHARD, registry=r
        )
        self.gaps = Counter("greenlight_gaps", "Holes found in a source's sequence.", _SHARD, registry=r)
        self.dead_letters = Counter(
            "greenlight_dead_letters",
            "Records written to the dead letters, by reason.",
            (*_SHARD, "reason"),
            registry=r,
        )
        self.parked_keys = Gauge(
            "greenlight_parked_keys", "Keys that wait behind a record that failed.", _SHARD, registry=r
        )
        self.reacts_unacknowledged = Gauge(
            "greenlight_reacts_unacknowledged", "Commands caused by facts, not yet acknowledged.", _SHARD, registry=r
        )
        self.steps_not_in_store = Gauge(
            "greenlight_steps_not_in_store", "Steps whose rows are not yet in Redis.", _SHARD, registry=r
        )
        self.shard_running = Gauge("greenlight_shard_running", "1 while the shard decides here.", _SHARD, registry=r)
        self.shard_halted = Gauge(
            "greenlight_shard_halted", "1 while the shard waits for a person.", _SHARD, registry=r
        )
        self.loop_lag_seconds = Gauge(
            "greenlight_loop_lag_seconds", "How late the event loop's timer was, last measured.", registry=r
        )
        self.notices = Counter("greenlight_notices", "Notices by outcome: delivered, failed.", ("outcome",), registry=r)
        self.http_requests = Counter(
            "greenlight_http_requests", "HTTP answers of the edge.", ("method", "route", "status"), registry=r
        )
        self.http_seconds = Histogram(
            "greenlight_http_seconds", "HTTP request to answer.", ("method", "route"), registry=r, buckets=_LATENCY
        )
        self.statistics_applications = Gauge(
            "greenlight_statistics_applications", "Applications by outcome in the last whole minute.", ("outcome",),
            registry=r,
        )  # fmt: skip
        self.statistics_units = Gauge(
            "greenlight_statistics_units", "Units by outcome in the last whole minute, base unit.", ("outcome",),
            registry=r,
        )  # fmt: skip

    def page(self) -> bytes:
        """All metrics as text, for Prometheus."""
        return generate_latest(self.registry)
