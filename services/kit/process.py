"""One process: its workers, its health by progress, its metrics. Hosts run it: plain (here) or as a Faust worker."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic

from services.kit.metrics import Metrics
from services.kit.tasks import end
from services.kit.worker import Worker

LOOP_CHECK_SECONDS = 0.5
LOOP_LAG_SECONDS_MAX = 15.0


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a process is: its service, its instance's name, the release of its code."""

    service: str
    instance: str
    release: str


class LoopLag:
    """A worker that measures how late the event loop's timers are."""

    name = "loop"

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self.seconds = 0.0

    async def run(self) -> None:
        """Measure for ever."""
        while True:
            started = monotonic()
            await asyncio.sleep(LOOP_CHECK_SECONDS)
            self.seconds = max(0.0, monotonic() - started - LOOP_CHECK_SECONDS)
            self._metrics.loop_lag_seconds.set(self.seconds)

    def problems(self) -> tuple[str, ...]:
        """A slow loop is not a reason to take traffic away."""
        return ()

    def stuck(self) -> tuple[str, ...]:
        """Timers are later than LOOP_LAG_SECONDS_MAX."""
        return ("the event loop is blocked",) if self.seconds > LOOP_LAG_SECONDS_MAX else ()

    def status(self) -> Mapping[str, object]:
        """The last measurement."""
        return {"lag_seconds": round(self.seconds, 4)}


class Process:
    """The workers of one process and what its pages say of them."""

    def __init__(self, identity: Identity, workers: Sequence[Worker], metrics: Metrics) -> None:
        self.identity = identity
        self.metrics = metrics
        self.workers: tuple[Worker, ...] = (LoopLag(metrics), *workers)

    async def run(self) -> None:
        """Run every worker until cancelled or until one of them raises."""
        tasks = [asyncio.create_task(worker.run(), name=worker.name) for worker in self.workers]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await end(tasks)

    def problems(self) -> tuple[str, ...]:
        """Why `/readyz` says no; empty when it says yes."""
        return tuple(problem for worker in self.workers for problem in worker.problems())

    def stuck(self) -> tuple[str, ...]:
        """Why `/livez` says no; empty when it says yes."""
        return tuple(reason for worker in self.workers for reason in worker.stuck())

    def status(self) -> dict[str, object]:
        """What `/status` shows: who it is, what is wrong, and every worker's own page."""
        return {
            "service": self.identity.service,
            "instance": self.identity.instance,
            "release": self.identity.release,
            "ready": not self.problems(),
            "problems": list(self.problems()),
            "workers": {worker.name: dict(worker.status()) for worker in self.workers},
        }
