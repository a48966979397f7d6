"""`python -m deploy.dashboard` writes the Grafana dashboard from the table below; `--check` says whether it is stale.

Queries use only metrics declared in services/kit/metrics.py; tests/contract/test_deploy_monitoring.py walks them.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from deploy.generate.files import json_text, settle

COMMAND = "python -m deploy.dashboard"
FILE = "deploy/grafana/dashboards/greenlight.json"
COLUMNS = 24
DATASOURCE = {"type": "prometheus", "uid": "prometheus"}

Node = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Panel:
    """One figure. `queries` are pairs of expression and legend; `unit` is Grafana's name of a unit."""

    title: str
    unit: str
    queries: tuple[tuple[str, str], ...]
    kind: str = "timeseries"
    width: int = 8
    height: int = 7


def rate(metric: str, by: str) -> tuple[str, str]:
    """Per second, summed by labels."""
    return f"sum by ({by}) (rate({metric}[$__rate_interval]))", legend(by)


def largest(metric: str, by: str) -> tuple[str, str]:
    """The largest of all instances and shards by labels."""
    return f"max by ({by}) ({metric})", legend(by)


def total(metric: str, by: str) -> tuple[str, str]:
    """The sum of all instances and shards by labels."""
    return f"sum by ({by}) ({metric})", legend(by)


def quantiles(histogram: str, by: str) -> tuple[tuple[str, str], ...]:
    """Median and 99th percentile of a histogram by labels."""
    inner = f"sum by (le, {by}) (rate({histogram}_bucket[$__rate_interval]))"
    return tuple((f"histogram_quantile({q}, {inner})", f"{legend(by)} p{name}") for q, name in ((0.5, 50), (0.99, 99)))


def legend(by: str) -> str:
    """Labels as a legend: `{{service}} {{lane}}`."""
    return " ".join(f"{{{{{label.strip()}}}}}" for label in by.split(","))


def stat(title: str, expression: str, unit: str = "short") -> Panel:
    """One number at the top."""
    return Panel(title, unit, ((expression, ""),), "stat", 4, 4)


LANE = "service, lane"
RUNNING_LAG = "greenlight_lag_seconds and on (instance, service, lane, shard) greenlight_shard_running == 1"
STATISTICS = (
    total("greenlight_statistics_applications", "outcome"),
    total("greenlight_statistics_units", "outcome"),
)
ROWS: tuple[tuple[str, tuple[Panel, ...]], ...] = (
    (
        "Now",
        (
            stat("Processes up", 'sum(up{job="greenlight"})'),
            stat("Shards running", "sum(greenlight_shard_running)"),
            stat("Shards halted", "sum(greenlight_shard_halted)"),
            stat("Largest lag", f"max({RUNNING_LAG})", "s"),
            stat("Keys parked", "sum(greenlight_parked_keys)"),
            stat("Notices failed, 1 h", 'sum(increase(greenlight_notices_total{outcome="failed"}[1h]))'),
        ),
    ),
    (
        "Applications (rolling window of the statistics agent)",
        (
            Panel("Applications in the last whole minute", "short", (STATISTICS[0],), width=12),
            Panel("Units in the last whole minute", "short", (STATISTICS[1],), width=12),
        ),
    ),
    (
        "Lanes: work",
        (
            Panel("Consumed", "ops", (rate("greenlight_consumed_total", LANE),)),
            Panel("Handled by outcome", "ops", (rate("greenlight_handled_total", f"{LANE}, outcome"),)),
            Panel("Records in a step, p50 and p99", "short", quantiles("greenlight_step_records", LANE)),
            Panel("A whole step", "s", quantiles("greenlight_handle_seconds", LANE)),
            Panel("Journal append by answer", "s", quantiles("greenlight_append_seconds", "service, answer")),
            Panel("Rows to Redis", "s", quantiles("greenlight_rows_seconds", LANE)),
        ),
    ),
    (
        "Lanes: waiting",
        (
            Panel("Lag, records", "short", (total("greenlight_lag_records", LANE),)),
            Panel("Lag, oldest record", "s", ((f"max by ({LANE}) ({RUNNING_LAG})", legend(LANE)),)),
            Panel("Commands caused, not yet acknowledged", "short", (total("greenlight_reacts_unacknowledged", LANE),)),
            Panel("Steps not yet in Redis", "short", (largest("greenlight_steps_not_in_store", LANE),)),
            Panel("Event-loop lag", "s", (largest("greenlight_loop_lag_seconds", "instance"),)),
            Panel("Keys parked", "short", (total("greenlight_parked_keys", LANE),)),
        ),
    ),
    (
        "Safety",
        (
            Panel("Claims by answer", "ops", (rate("greenlight_claims_total", "service, answer"),)),
            Panel("Fence losses", "short", (total("greenlight_fence_losses_total", LANE),)),
            Panel("Holes in a sequence", "short", (total("greenlight_gaps_total", LANE),)),
            Panel("Dead letters by reason", "short", (total("greenlight_dead_letters_total", "service, reason"),)),
            Panel("Shards running", "short", (total("greenlight_shard_running", "instance"),)),
            Panel("Shards halted", "short", (total("greenlight_shard_halted", LANE),)),
        ),
    ),
    (
        "Edge",
        (
            Panel("HTTP answers", "reqps", (rate("greenlight_http_requests_total", "route, status"),)),
            Panel("HTTP time to answer", "s", quantiles("greenlight_http_seconds", "route")),
            Panel("Notices by outcome", "ops", (rate("greenlight_notices_total", "outcome"),)),
        ),
    ),
)  # fmt: skip


def _panel(panel: Panel, number: int, x: int, y: int) -> Node:
    targets = [
        {"datasource": DATASOURCE, "expr": expression, "legendFormat": text, "refId": chr(ord("A") + index)}
        for index, (expression, text) in enumerate(panel.queries)
    ]
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "datasource": DATASOURCE,
        "gridPos": {"x": x, "y": y, "w": panel.width, "h": panel.height},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": targets,
    }


def _heading(title: str, number: int, y: int) -> Node:
    place = {"x": 0, "y": y, "w": COLUMNS, "h": 1}
    return {"id": number, "type": "row", "title": title, "collapsed": False, "gridPos": place, "panels": []}


def panels() -> Sequence[Node]:
    """Rows and figures, laid from left to right."""
    made: list[Node] = []
    y = 0
    for title, row in ROWS:
        made.append(_heading(title, len(made) + 1, y))
        x, y = 0, y + 1
        for panel in row:
            if x + panel.width > COLUMNS:
                x, y = 0, y + panel.height
            made.append(_panel(panel, len(made) + 1, x, y))
            x += panel.width
        y += row[-1].height
    return made


def document() -> Node:
    """The dashboard as Grafana reads it."""
    return {
        "uid": "greenlight",
        "title": "Greenlight",
        "description": f"Made by `{COMMAND}`.",
        "schemaVersion": 39,
        "timezone": "utc",
        "editable": False,
        "refresh": "5s",
        "time": {"from": "now-15m", "to": "now"},
        "panels": panels(),
    }


def main() -> int:
    """The command; 1 when `--check` finds the file stale."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, say whether the file is stale")
    complaints = settle({FILE: json_text(document())}, COMMAND, check=parser.parse_args().check)
    print("\n".join(complaints), file=sys.stderr, end="\n" if complaints else "")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
