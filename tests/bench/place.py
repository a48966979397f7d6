"""Where the benches run: a Kafka and a Redis of their own, topics made afresh, measured code in child processes."""

import asyncio
import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from pathlib import Path

from deploy import stack
from deploy.local.kafka import POM, Kafka
from deploy.local.redis import Redis, find_server
from deploy.local.settings import inherited
from schemas.catalogue import TOPICS, Topic
from services.kit import topics
from services.kit.transport.base import Outgoing
from services.kit.transport.kafka import KafkaOptions, KafkaTransport

RUN = stack.ROOT / ".run" / "bench"
CHILD_SECONDS_MAX = 240.0
BATCH_BYTES = 700_000
BYTECODE = {"PYTHONDONTWRITEBYTECODE": ""}
"""Children keep compiled modules, as an installation does: to compile them anew doubles the time of a start."""


class ChildFailed(RuntimeError):
    """A child process ended without its result. The text ends with what it wrote."""


@dataclass(frozen=True, slots=True)
class Place:
    """A running Kafka and Redis. `short` asks for fewer repeats and records."""

    kafka: Kafka
    redis: Redis
    folder: Path
    short: bool
    _numbers: "count[int]" = field(default_factory=count)

    def pick(self, long: int, short: int) -> int:
        """A count by how long the run may take."""
        return short if self.short else long

    def fresh(self, *wanted: Topic, partitions: int | None = None) -> tuple[Topic, ...]:
        """New topics like these, empty, under names of their own."""
        number = next(self._numbers)
        made = tuple(
            replace(topic, name=f"{topic.name}-{number}", partitions=partitions or topic.partitions) for topic in wanted
        )
        asyncio.run(topics.apply(KafkaOptions(self.kafka.bootstrap), topics.ONE_BROKER, made))
        return made

    def fill(self, topic: Topic, partition: int, records: Sequence[Outgoing]) -> None:
        """Write records into a topic, in order."""
        asyncio.run(_fill(self.kafka.bootstrap, topic.name, partition, records))

    @contextmanager
    def running(self, module: str, *given: object) -> Iterator[None]:
        """`tests.bench.children.<module>` in the background, from its first line of output on. Raises ChildFailed."""
        with (self.folder / "children.log").open("ab") as log:
            child = subprocess.Popen(self._command(sys.executable, module, given), stdout=subprocess.PIPE, stderr=log,
                                     cwd=stack.ROOT, env=_environment())  # fmt: skip
        try:
            assert child.stdout is not None
            if not child.stdout.readline():
                raise ChildFailed(f"{module} ended; see {self.folder.name}/children.log")
            yield
        finally:
            child.terminate()
            child.communicate()

    def child(self, module: str, *given: object, python: str = sys.executable) -> dict[str, float]:
        """The result of `tests.bench.children.<module>`: the last line it prints, as JSON. Raises ChildFailed."""
        with (self.folder / "children.log").open("ab") as log:
            done = subprocess.run(
                self._command(python, module, given), stdout=subprocess.PIPE, stderr=log, check=False,
                cwd=stack.ROOT, env=_environment(), timeout=CHILD_SECONDS_MAX,
            )  # fmt: skip
        if done.returncode != 0 or not done.stdout.strip():
            raise ChildFailed(f"{module} ended with {done.returncode}; see {self.folder.name}/children.log")
        found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return found

    def _command(self, python: str, module: str, given: Sequence[object]) -> Sequence[str]:
        return (python, "-m", f"tests.bench.children.{module}", self.kafka.bootstrap, self.redis.url, *map(str, given))


def _environment() -> Mapping[str, str]:
    return {**inherited(), "PYTHONPATH": str(stack.ROOT), **BYTECODE}


async def _fill(bootstrap: str, topic: str, partition: int, records: Sequence[Outgoing]) -> None:
    transport = KafkaTransport(KafkaOptions(bootstrap, send_timeout_seconds=30.0))
    await transport.start()
    try:
        for some in _some(records):
            await transport.send(topic, partition, some)
    finally:
        await transport.stop()


def _some(records: Sequence[Outgoing]) -> Iterator[Sequence[Outgoing]]:
    """Batches as many senders would have made them: not one huge one."""
    run: list[Outgoing] = []
    size = 0
    for record in records:
        run.append(record)
        size += len(record.value or b"")
        if size > BATCH_BYTES or len(run) == 1_000:
            yield run
            run, size = [], 0
    if run:
        yield run


@contextmanager
def place(short: bool) -> Iterator[Place]:
    """A Kafka and a Redis with `appendfsync always`, with the catalogue's topics, gone afterwards."""
    folder = RUN / f"{datetime.now():%Y%m%d-%H%M%S}"
    kafka = Kafka(folder / "kafka", heap_mib=1_024)
    redis = Redis(folder / "redis", appendfsync="always")
    with kafka, redis:
        asyncio.run(topics.apply(KafkaOptions(kafka.bootstrap), topics.ONE_BROKER, TOPICS))
        yield Place(kafka, redis, folder, short)


def machine() -> Mapping[str, str]:
    """What the figures were measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    server = subprocess.run((find_server(), "--version"), capture_output=True, text=True, check=False).stdout
    redis = re.search(r"v=(\S+)", server)
    kafka = re.search(r"kafka_2\.13</artifactId>\s*<version>([^<]+)", POM.read_text(encoding="utf-8"))
    return {
        "date": f"{datetime.now():%Y-%m-%d %H:%M}",
        "cores": str(os.cpu_count()),
        "memory_gib": f"{memory:.1f}",
        "python": platform.python_version(),
        "kafka": kafka[1] if kafka else "unknown",
        "redis": f"{Path(find_server()).name} {redis[1] if redis else 'unknown'}, appendfsync always",
        "load_before": f"{os.getloadavg()[0]:.2f}",
    }
