"""Every alert has a page and a test; dashboard and alerts use only declared metrics; every process is scraped."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from deploy import dashboard, stack
from deploy.generate.files import ROOT, json_text, stale
from services.kit.metrics import Metrics

PROMETHEUS = ROOT / "deploy/prometheus"
ALERTMANAGER = "deploy/alertmanager/alertmanager.yml"
RUNBOOKS = ROOT / "deploy/runbooks"
METRIC = re.compile(r"\bgreenlight_[a-z_]+\b")
BY = re.compile(r"\b(?:by|on) \(([^)]*)\)")
GIVEN_BY_SCRAPE = {"instance", "job", "le"}


def read(path: str) -> Mapping[str, object]:
    return cast("Mapping[str, object]", yaml.safe_load((PROMETHEUS / path).read_text(encoding="utf-8")))


def rules() -> Sequence[Mapping[str, object]]:
    groups = cast("list[Mapping[str, list[Mapping[str, object]]]]", read("alerts.yml")["groups"])
    return [rule for group in groups for rule in group["rules"]]


def annotations(rule: Mapping[str, object]) -> Mapping[str, str]:
    return cast("Mapping[str, str]", rule["annotations"])


def declared() -> Mapping[str, frozenset[str]]:
    """Labels by the name under which Prometheus keeps each series."""
    suffixes = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
    metrics = [metric for metric in vars(Metrics()).values() if isinstance(metric, MetricWrapperBase)]
    return {
        family.name + suffix: frozenset(metric._labelnames)
        for metric in metrics
        for family in metric.describe()
        for suffix in suffixes[family.type]
    }


def expressions() -> Iterator[str]:
    yield from (str(rule["expr"]) for rule in rules())
    yield from (expression for _, row in dashboard.ROWS for panel in row for expression, _ in panel.queries)


def undeclared(expression: str, metrics: Mapping[str, frozenset[str]]) -> set[str]:
    """Metrics nobody declares, and labels that none of the expression's metrics has."""
    names = set(METRIC.findall(expression))
    known = GIVEN_BY_SCRAPE.union(*(metrics.get(name, frozenset()) for name in names))
    labels = {label.strip() for labels in BY.findall(expression) for label in labels.split(",")}
    return (names - metrics.keys()) | (labels - known)


def tool(name: str, package: str, *arguments: str) -> str:
    """What a tool of Prometheus says; its complaint fails the test."""
    program = shutil.which(name)
    if program is None and os.environ.get("CI") == "true":
        pytest.fail(f"{name} is missing: apt-get install {package}", pytrace=False)
    if program is None:
        pytest.skip(f"{name} is missing: apt-get install {package}, or brew install {package}")
    done = subprocess.run((program, *arguments), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def promtool(*arguments: str) -> None:
    tool("promtool", "prometheus", *arguments)


def amtool(*arguments: str) -> str:
    return tool("amtool", "prometheus-alertmanager", *arguments)


def test_every_process_is_scraped_on_the_port_of_its_pages() -> None:
    jobs = cast("list[Mapping[str, list[Mapping[str, list[str]]]]]", read("prometheus.yml")["scrape_configs"])
    scraped = [target for job in jobs for config in job["static_configs"] for target in config["targets"]]
    assert scraped == [f"{process.name}:{process.pages_port}" for process in stack.PROCESSES]


def test_prometheus_tells_the_alertmanager_of_the_stack() -> None:
    told = cast("Mapping[str, list[Mapping[str, list[Mapping[str, list[str]]]]]]", read("prometheus.yml")["alerting"])
    targets = [t for one in told["alertmanagers"] for config in one["static_configs"] for t in config["targets"]]
    assert targets == [f"alertmanager:{stack.ALERTMANAGER_PORT}"]


def test_the_alertmanagers_file_is_sound() -> None:
    assert "SUCCESS" in amtool("check-config", ALERTMANAGER)


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule["alert"]))
def test_an_alert_is_told_to_the_receiver_of_its_severity(rule: Mapping[str, object]) -> None:
    severity = cast("Mapping[str, str]", rule["labels"])["severity"]
    labels = (f"alertname={rule['alert']}", f"severity={severity}")
    assert amtool("config", "routes", "test", "--config.file", ALERTMANAGER, *labels).strip() == severity


def test_an_alert_that_silences_another_and_the_other_exist() -> None:
    document = yaml.safe_load((ROOT / ALERTMANAGER).read_text(encoding="utf-8"))
    sides = [side for one in document["inhibit_rules"] for side in (one["source_matchers"], one["target_matchers"])]
    named = {name for side in sides for name in re.findall(r'"([^"]+)"', side[0])[0].split("|")}
    assert named <= {str(rule["alert"]) for rule in rules()}


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule["alert"]))
def test_an_alert_has_a_page_that_says_what_to_do(rule: Mapping[str, object]) -> None:
    page = (ROOT / annotations(rule)["runbook"]).read_text(encoding="utf-8")
    assert str(rule["alert"]) in page
    headings = ("## What it means", "## How to see it", "## What to do", "## It is over when")
    assert [heading for heading in headings if heading not in page] == []
    assert str(rule["alert"]) in (RUNBOOKS / "README.md").read_text(encoding="utf-8")


def test_every_page_belongs_to_an_alert() -> None:
    pages = {f"deploy/runbooks/{path.name}" for path in RUNBOOKS.glob("*.md")} - {"deploy/runbooks/README.md"}
    assert pages == {annotations(rule)["runbook"] for rule in rules()}


def test_every_alert_is_played() -> None:
    tests = cast("list[Mapping[str, list[Mapping[str, object]]]]", read("alerts_test.yml")["tests"])
    fired = {case["alertname"] for test in tests for case in test["alert_rule_test"] if case["exp_alerts"]}
    assert fired == {rule["alert"] for rule in rules()}


def test_the_alerts_fire_and_end_as_their_tests_say() -> None:
    promtool("check", "config", "deploy/prometheus/prometheus.yml")
    promtool("test", "rules", "deploy/prometheus/alerts_test.yml")


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_an_expression_uses_declared_metrics_and_their_labels(expression: str) -> None:
    assert undeclared(expression, declared()) == set()


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("greenlight_consumed > 0", {"greenlight_consumed"}),
        ("sum by (topic) (greenlight_consumed_total)", {"topic"}),
        ("max by (service, instance) (greenlight_lag_seconds)", set()),
    ],
)
def test_an_undeclared_metric_or_label_is_found(expression: str, found: set[str]) -> None:
    assert undeclared(expression, declared()) == found


def test_the_dashboard_is_the_one_made_from_its_table() -> None:
    text = json_text(dashboard.document())
    assert not stale({dashboard.FILE: text}), f"run `{dashboard.COMMAND}`"


def test_no_two_figures_of_the_dashboard_lie_on_one_another() -> None:
    panels = json.loads((ROOT / dashboard.FILE).read_text(encoding="utf-8"))["panels"]
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < dashboard.COLUMNS
