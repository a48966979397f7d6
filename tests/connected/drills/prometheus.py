"""A Prometheus of the test's own, with the alerts of `deploy/prometheus` in a hurry: durations divided by FASTER."""

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import httpx
import yaml

from deploy.local.process import Missing, Process, free_port
from deploy.local.system import ServiceProcess
from deploy.stack import ROOT
from tests.stacks import until

ROUTES = ROOT / "deploy" / "alertmanager" / "alertmanager.yml"
SOURCE = ROOT / "deploy" / "prometheus"
FASTER = 120
SCRAPE = "500ms"
LOOKBACK_MINUTES = 5
"""Prometheus's own: how old a sample may be and still count."""
_DURATION = re.compile(r"\b(\d+)(s|m)\b")
_LAG_SECONDS = re.compile(r"> 30$")

Alert = Mapping[str, Mapping[str, str]]
"""Labels and annotations."""


class Alertmanager(Process):
    """The server of the Debian package `prometheus-alertmanager`, with the file of `deploy/alertmanager`."""

    name = "alertmanager"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.address = f"127.0.0.1:{free_port()}"

    def command(self) -> Sequence[str]:
        program = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
        if program is None:
            raise Missing("alertmanager is missing: apt-get install prometheus-alertmanager")
        return (
            program, f"--config.file={ROUTES}", f"--storage.path={self.folder}/data", "--cluster.listen-address=",
            f"--web.listen-address={self.address}",
        )  # fmt: skip

    def is_ready(self) -> bool:
        return answers(f"http://{self.address}/-/ready")

    def told(self, alert: Alert) -> Sequence[str]:
        """The receivers of an alert; none while it has not been heard of."""
        heard = httpx.get(f"http://{self.address}/api/v2/alerts", timeout=5).json()
        return [receiver["name"] for one in heard if one["labels"] == alert["labels"] for receiver in one["receivers"]]


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).is_success
    except httpx.TransportError:
        return False


def hurried(duration: str) -> str:
    """Each duration in a text, divided by FASTER."""
    return _DURATION.sub(lambda d: f"{int(d[1]) * (60_000 if d[2] == 'm' else 1_000) // FASTER}ms", duration)


def hurried_rules(text: str) -> str:
    """The alert rules, with shorter windows, and a lane that is late sooner."""
    document = yaml.safe_load(text)
    for rule in (rule for group in document["groups"] for rule in group["rules"]):
        rule["expr"] = hurried(rule["expr"].strip())
        if rule["alert"] == "LaneStuck":
            rule["expr"], found = _LAG_SECONDS.subn(f"> {30 / FASTER}", rule["expr"])
            assert found == 1
        if "for" in rule:
            rule["for"] = hurried(rule["for"])
    return str(yaml.safe_dump(document))


def hurried_config(text: str, pages: Mapping[str, int], alertmanager: Alertmanager) -> str:
    """The configuration with the ports of these processes, under the names that the alerts show."""
    document = yaml.safe_load(text)
    (told,) = document["alerting"]["alertmanagers"]
    told["static_configs"] = [{"targets": [alertmanager.address]}]
    document["global"] = {"scrape_interval": SCRAPE, "scrape_timeout": SCRAPE, "evaluation_interval": SCRAPE}
    for job in document["scrape_configs"]:
        named = [target for config in job["static_configs"] for target in config["targets"]]
        job["static_configs"] = [
            {"targets": [f"127.0.0.1:{pages[target.partition(':')[0]]}"], "labels": {"instance": target}}
            for target in named
            if target.partition(":")[0] in pages
        ]
    return str(yaml.safe_dump(document))


class Prometheus(Process):
    """The server of the Debian package `prometheus`, scraping these processes."""

    name = "prometheus"

    def __init__(self, folder: Path, services: Sequence[ServiceProcess], alertmanager: Alertmanager) -> None:
        super().__init__(folder)
        self._alertmanager = alertmanager
        self._port = free_port()
        self._pages = {service.name: service.process.pages_port for service in services}

    def command(self) -> Sequence[str]:
        program = shutil.which("prometheus")
        if program is None:
            raise Missing("prometheus is missing: apt-get install prometheus, or brew install prometheus")
        rules = hurried_rules((SOURCE / "alerts.yml").read_text(encoding="utf-8"))
        config = hurried_config(
            (SOURCE / "prometheus.yml").read_text(encoding="utf-8"), self._pages, self._alertmanager
        )
        (self.folder / "alerts.yml").write_text(rules, encoding="utf-8")
        (self.folder / "prometheus.yml").write_text(config, encoding="utf-8")
        return (
            program, f"--config.file={self.folder}/prometheus.yml", f"--storage.tsdb.path={self.folder}/data",
            f"--web.listen-address=127.0.0.1:{self._port}",
            f"--query.lookback-delta={LOOKBACK_MINUTES * 60_000 // FASTER}ms",
        )  # fmt: skip

    def is_ready(self) -> bool:
        return answers(f"http://127.0.0.1:{self._port}/-/ready")

    def _get(self, path: str, **asked: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self._port}{path}", params=asked, timeout=5)

    def firing(self, name: str, **labels: str) -> Alert | None:
        """The alert of that name and labels, while it fires."""
        alerts = cast("list[Alert]", self._get("/api/v1/alerts").json()["data"]["alerts"])
        wanted = {"alertname": name, **labels}.items()
        return next((a for a in alerts if str(a["state"]) == "firing" and wanted <= a["labels"].items()), None)

    def fires(self, name: str, **labels: str) -> Alert:
        """Wait for the alert."""
        until(lambda: self.firing(name, **labels) is not None)
        return self.firing(name, **labels) or {}

    def resolves(self, alert: Alert) -> None:
        """Wait until the alert is over."""
        labels = dict(alert["labels"])
        until(lambda: self.firing(labels["alertname"], **labels) is None)

    def sees_all(self) -> None:
        """Wait until every process has been scraped."""

        def up() -> bool:
            result = self._get("/api/v1/query", query='sum(up{job="greenlight"})').json()["data"]["result"]
            return bool(result) and result[0]["value"][1] == str(len(self._pages))

        until(up)
