"""Service processes of the stack for a bench, and what they cost."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from deploy import stack
from deploy.local.process import Process
from deploy.local.system import System, with_free_ports
from tests.bench import world
from tests.bench.place import BYTECODE, Place

TICKS = 100
"""Clock ticks in a second, as /proc counts them on every Linux of today."""


@contextmanager
def services(place: Place, *names: str, settings: Mapping[str, str] | None = None) -> Iterator[System]:
    """The processes of these services on the place's Kafka and Redis; `settings` replace the stack's."""
    chosen = [process for process in stack.PROCESSES if process.service in names]
    system = System(
        place.folder, given={"GREENLIGHT_BOOTSTRAP_TOKEN_SHA256": world.TOKEN_SHA256},
        processes=with_free_ports(chosen), kafka=place.kafka, redis=place.redis,
        settings={name: {**BYTECODE, **(settings or {})} for name in names},
    )  # fmt: skip
    try:
        for service in system.services:
            service.begin()
        for service in system.services:
            service.wait_ready()
        yield system
    finally:
        for service in system.services:
            service.stop()


def post(url: str, path: str, key: str, body: Mapping[str, object]) -> httpx.Response:
    """One POST by the operator."""
    headers = {"Authorization": f"Bearer {world.TOKEN}", "Idempotency-Key": key}
    return httpx.post(url + path, json=body, headers=headers, timeout=10).raise_for_status()


def register(url: str, companies: Sequence[str]) -> None:
    """Register companies."""
    for company_id in companies:
        post(url, "/v1/companies", f"register-{company_id}", world.company(company_id))


def cpu_seconds(process: Process) -> float:
    """CPU the process has used so far; 0 where the system does not tell."""
    file = Path(f"/proc/{process.pid}/stat")
    if not file.exists():
        return 0.0
    fields = file.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
