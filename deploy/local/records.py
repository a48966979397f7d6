"""Which processes `make up` has left running: a small file, read by `make down` in another process.

A pid alone may by then be somebody else's, so the time of its start is kept beside it.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from deploy.local.process import CHECK_SECONDS, STOP_SECONDS_MAX
from deploy.local.settings import inherited

FILE = "processes.json"
CLOCK_SECONDS = 2.0
"""`ps` counts from the start of the machine: what it says of one process may differ by a second."""
KILLED_SECONDS_MAX = 5.0


@dataclass(frozen=True, slots=True)
class Running:
    """One process. `started` is as `ps` says it."""

    name: str
    pid: int
    started: str

    def alive(self) -> bool:
        """Whether this very process still runs."""
        now = started(self.pid)
        return bool(self.started and now) and abs(_seconds(now) - _seconds(self.started)) <= CLOCK_SECONDS


def started(pid: int) -> str:
    """When a process was started, as `ps` says it; empty when there is none, or only its remains."""
    asks = ("ps", "-o", "stat=,lstart=", "-p", str(pid))
    answer = subprocess.run(asks, capture_output=True, text=True, check=False, env=inherited() | {"LC_ALL": "C"})
    state, _, since = answer.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else since.strip()


def _seconds(since: str) -> float:
    return time.mktime(time.strptime(since, "%a %b %d %H:%M:%S %Y"))


def save(folder: Path, processes: Iterable[tuple[str, int]]) -> None:
    """Write the file, in the order in which they are to be stopped."""
    records = [asdict(Running(name, pid, started(pid))) for name, pid in processes]
    (folder / FILE).write_text(json.dumps(records, indent=2) + "\n", encoding="utf-8")


def load(folder: Path) -> tuple[Running, ...]:
    """What the file says; empty when there is none."""
    file = folder / FILE
    return tuple(Running(**record) for record in json.loads(file.read_text(encoding="utf-8"))) if file.exists() else ()


def end(processes: Sequence[Running], seconds_max: float = STOP_SECONDS_MAX) -> None:
    """End those that live: SIGTERM to all, then SIGKILL to those that have not gone in time."""
    _signal(processes, signal.SIGTERM)
    _await_end(processes, seconds_max)
    _signal(processes, signal.SIGKILL)
    _await_end(processes, KILLED_SECONDS_MAX)


def _await_end(processes: Sequence[Running], seconds_max: float) -> None:
    deadline = time.monotonic() + seconds_max
    while any(process.alive() for process in processes) and time.monotonic() < deadline:
        time.sleep(CHECK_SECONDS)


def _signal(processes: Sequence[Running], which: signal.Signals) -> None:
    for process in processes:
        if process.alive():
            os.kill(process.pid, which)


def forget(folder: Path) -> None:
    """Remove the file."""
    (folder / FILE).unlink(missing_ok=True)
