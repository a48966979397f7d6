"""The toy of host_toy.py as a child process, for test_host_*.py."""

import json
import os
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from deploy.local.process import STOP_SECONDS_MAX, Process, free_port

ROOT = Path(__file__).parents[2]
Page = Mapping[str, object]


class HostProcess(Process):
    """One instance of the toy. Without `journal` it has no agent; nobody listens at the usual `kafka`."""

    ready_seconds_max = 60.0

    def __init__(
        self, folder: Path, name: str = "toy-1", *, kafka: str = "127.0.0.1:1", service: str = "toy", journal: str = "",
        extra: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.name = name
        super().__init__(folder / name)
        self.fuse = self.folder / "lit.fuse"
        self.port = free_port()
        self._told = {
            "TOY_INSTANCE": name, "TOY_SERVICE": service, "TOY_KAFKA": kafka, "TOY_JOURNAL": journal,
            "TOY_PORT": str(self.port), "TOY_FUSE": str(self.fuse), **(extra or {}),
        }  # fmt: skip

    def command(self) -> Sequence[str]:
        return (sys.executable, str(ROOT / "tests" / "connected" / "host_toy.py"), "worker")

    def environment(self) -> Mapping[str, str]:
        return {**os.environ, "PYTHONPATH": str(ROOT), **self._told}

    def is_ready(self) -> bool:
        try:
            return self.get("/readyz")[0] == 200
        except OSError:
            return False

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body of a page."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read()

    def worker(self, name: str) -> Page:
        """What /status says of a worker."""
        return cast(Page, json.loads(self.get("/status")[1])["workers"][name])

    def end(self, number: signal.Signals | None = None) -> int:
        """The exit code, after a signal if one is given; -9 if it did not end by itself."""
        child = self._child
        assert child is not None
        if number is not None:
            child.send_signal(number)
        try:
            return child.wait(STOP_SECONDS_MAX)
        finally:
            self.kill()

    def lines(self) -> list[Page]:
        """Its log, which is JSON throughout."""
        return [json.loads(line) for line in self.log_text().splitlines()]

    def events(self) -> list[str]:
        """What the toy said of itself, in order."""
        return [str(line["event"]) for line in self.lines() if str(line["event"]).startswith("toy-")]
