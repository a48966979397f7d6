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

SOURCE = ROOT / "deploy" / "prometheus"
FASTER = 120
SCRAPE = "500ms"
LOOKBACK_MINUTES = 5
"""Prometheus's own: how old a sample may be and still count."""
_DURATION = re.compile(r"\b(\d+)(s|m)\b")
_LAG_SECONDS = re.compile(r"> 30$")

Alert = Mapping[str, Mapping[str, str]]
"""Labels and annotations."""


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


def hurried_config(text: str, pages: Mapping[str, int]) -> str:
    """The scrape configuration with the ports of these processes, under the names that the alerts show."""
    document = yaml.safe_load(text)
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

    def __init__(self, folder: Path, services: Sequence[ServiceProcess]) -> None:
        super().__init__(folder)
        self._port = free_port()
        self._pages = {service.name: service.process.pages_port for service in services}

    def command(self) -> Sequence[str]:
        program = shutil.which("prometheus")
        if program is None:
            raise Missing("prometheus is missing: apt-get install prometheus, or brew install prometheus")
        for file, text in (
            ("alerts.yml", hurried_rules((SOURCE / "alerts.yml").read_text(encoding="utf-8"))),
            ("prometheus.yml", hurried_config((SOURCE / "prometheus.yml").read_text(encoding="utf-8"), self._pages)),
        ):
            (self.folder / file).write_text(text, encoding="utf-8")
        return (
            program, f"--config.file={self.folder}/prometheus.yml", f"--storage.tsdb.path={self.folder}/data",
            f"--web.listen-address=127.0.0.1:{self._port}",
            f"--query.lookback-delta={LOOKBACK_MINUTES * 60_000 // FASTER}ms",
        )  # fmt: skip

    def is_ready(self) -> bool:
        try:
            return self._get("/-/ready").is_success
        except httpx.TransportError:
            return False

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
