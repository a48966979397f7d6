"""The whole system of deploy/stack.py as processes on this machine: Kafka, Redis, every service process."""

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from deploy import stack
from deploy.health import ready
from deploy.local.kafka import Kafka
from deploy.local.process import NotReady, Process, free_port
from deploy.local.redis import Redis
from deploy.local.settings import inherited

LOCAL_CONTROLLER_PORT = 19093


def with_free_ports(processes: Sequence[stack.Process] = stack.PROCESSES) -> tuple[stack.Process, ...]:
    """The same processes on ports that nobody listens on now, for tests beside a running system."""
    return tuple(
        replace(process, pages_port=free_port(), http_port=process.http_port and free_port()) for process in processes
    )


class ServiceProcess(Process):
    """One process of one service. Ready when its own page says so."""

    ready_seconds_max = 90.0

    def __init__(self, folder: Path, process: stack.Process, environment: Mapping[str, str]) -> None:
        self.name = process.name
        super().__init__(folder)
        self.process = process
        self._environment = environment

    def command(self) -> Sequence[str]:
        """The stack's command, by the interpreter that runs us."""
        return (sys.executable, *self.process.command)

    def environment(self) -> Mapping[str, str]:
        """The stack's environment beside what every program needs."""
        return {**inherited(), "PYTHONPATH": str(stack.ROOT), **self._environment}

    @property
    def pages(self) -> str:
        """Base URL of its pages."""
        return f"http://127.0.0.1:{self.process.pages_port}"

    def is_ready(self) -> bool:
        """Whether /readyz answers 200."""
        return ready(self.process.health[-1])


class System:
    """Everything in one folder. `given` holds the values of `stack.GIVEN` variables; others stay unset.

    `settings` holds further variables by service, and of the topics command under `topics`: they replace the stack's.
    """

    def __init__(
        self,
        folder: Path,
        *,
        given: Mapping[str, str],
        settings: Mapping[str, Mapping[str, str]] | None = None,
        processes: Sequence[stack.Process] = stack.PROCESSES,
        kafka: Kafka | None = None,
        redis: Redis | None = None,
    ) -> None:
        self.kafka = kafka or Kafka(
            folder / "kafka", port=stack.LOCAL_KAFKA_PORT, controller_port=LOCAL_CONTROLLER_PORT
        )
        self.redis = redis or Redis(folder / "redis", port=stack.LOCAL_REDIS_PORT)
        self._settings = settings or {}
        self.place = stack.local_place(self.kafka.port, self.redis.port)
        self.services = tuple(
            ServiceProcess(folder / process.name, process, self._environment(process, processes, given))
            for process in processes
        )

    def _environment(
        self, process: stack.Process, processes: Sequence[stack.Process], given: Mapping[str, str]
    ) -> Mapping[str, str]:
        wanted = {variable.name for variable in stack.GIVEN.get(process.service, ())}
        values = {name: value for name, value in given.items() if name in wanted}
        return {
            **stack.environment(process, self.place, processes),
            **values,
            **self._settings.get(process.service, {}),
        }

    @property
    def all(self) -> tuple[Process, ...]:
        """Every process, in the order in which they are stopped."""
        return (*self.services, self.redis, self.kafka)

    @property
    def url(self) -> str:
        """Base URL of the HTTP interface."""
        port = next(service.process.http_port for service in self.services if service.process.http_port is not None)
        return f"http://127.0.0.1:{port}"

    def start(self) -> None:
        """Start everything and wait until all is ready. Raises Missing, NotReady; nothing is left running then."""
        try:
            _each((self.kafka.start, self.redis.start))
            self.apply_topics()
            _each([service.start for service in self.services])
        except BaseException:  # reason: whatever went wrong, Ctrl-C too, nothing is left running
            self.stop()
            raise

    def apply_topics(self) -> None:
        """Create what is missing of the catalogue's topics. Raises NotReady."""
        done = subprocess.run(
            (sys.executable, *stack.TOPICS_COMMAND), cwd=stack.ROOT, capture_output=True, text=True, check=False,
            env={**inherited(), **stack.common_environment(self.place), **self._settings.get("topics", {})},
        )  # fmt: skip
        if done.returncode != 0:
            raise NotReady(f"topics could not be applied:\n{done.stderr}")

    def stop(self) -> None:
        """Stop everything in order; services first, so that they can say goodbye."""
        _each([service.stop for service in self.services])
        _each((self.redis.stop, self.kafka.stop))

    def __enter__(self) -> "System":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _each(calls: Sequence[Callable[[], object]]) -> None:
    """All at once; raises the first one's error when every call is over."""
    with ThreadPoolExecutor(max_workers=max(1, len(calls))) as pool:
        running = [pool.submit(call) for call in calls]
    for one in running:
        one.result()
