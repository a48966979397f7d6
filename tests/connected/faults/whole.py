"""The whole system under faults: how it is started, spoken to over HTTP, and judged by its log alone."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from deploy import stack
from deploy.local.process import CHECK_SECONDS
from deploy.local.system import ServiceProcess, System
from tests.connected.faults.model import fold, fresh, published
from tests.connected.faults.stranger import Stranger
from tests.stacks import whole_system
from tests.walk.journey import Caller, application

SESSION_SECONDS = 2
PROCESSES = (*stack.PROCESSES, stack.Process("intake-2", "intake", 6102, stack.HTTP_PORT + 1))
LANES = {
    "intake-commands": "applications", "operator-commands": "operator-acts", "case-commands": "decisions",
    "batch-commands": "batches", "ledger-commands": "ledger-entries", "notice-commands": "notices",
}  # fmt: skip
"""Each inbox and the journal that answers it."""
SIZES = {"operator-commands": 1, "batch-commands": 4, "ledger-commands": 4}
TOPICS = {topic: SIZES.get(inbox, 8) for inbox, journal in LANES.items() for topic in (inbox, journal)}
RETRY_SECONDS = 0.05


def fault_system(folder: Path) -> System:
    """The stack and a second intake, with sessions of SESSION_SECONDS; members of the ledger's group are dynamic."""
    quick = {"GREENLIGHT_SESSION_TIMEOUT_MS": str(SESSION_SECONDS * 1_000)}
    settings = {service: quick for service in ("intake", "policy", "notification")}
    settings["ledger"] = {**quick, "GREENLIGHT_STATIC_MEMBERSHIP": "false"}
    return whole_system(folder, processes=PROCESSES, settings=settings)


def process(system: System, name: str) -> ServiceProcess:
    return next(service for service in system.services if service.name == name)


def edge(system: System, name: str) -> str:
    """Base URL of an intake's HTTP."""
    return f"http://127.0.0.1:{process(system, name).process.http_port}"


def held(service: ServiceProcess, worker: str) -> set[int]:
    """The shards of a lane that a process runs now; none while it does not answer."""
    try:
        told = httpx.get(f"{service.pages}/status", timeout=2).json()["workers"][worker]
    except httpx.HTTPError:
        return set()
    return {int(shard) for shard, status in told.items() if status["running"]}


async def all_ready(system: System, seconds: float = 60.0) -> None:
    """Wait until every process says so."""
    await until(lambda: all(service.is_ready() for service in system.services), seconds)


async def until(holds: Callable[[], bool], seconds: float = 40.0) -> None:
    """Wait until it holds; what it asks may block."""
    deadline = time.monotonic() + seconds
    while not await asyncio.to_thread(holds):
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(CHECK_SECONDS)


@dataclass
class Partner:
    """A company that sends each wish again, with the same key, until it is answered."""

    urls: Sequence[str]
    caller: Caller

    async def post(self, path: str, body: object, key: str) -> httpx.Response:
        """The first answer that is not about a fault: asked of each edge in turn."""
        headers = {"Authorization": f"Bearer {self.caller.token}", "Idempotency-Key": key}
        attempt = 0
        while True:
            async with httpx.AsyncClient(base_url=self.urls[attempt % len(self.urls)], timeout=10) as client:
                attempt += 1
                try:
                    answer = await client.post(path, json=body, headers=headers)
                except httpx.TransportError:
                    await asyncio.sleep(RETRY_SECONDS)
                    continue
            if answer.status_code not in (401, 503):  # 401: this edge has not heard of the token yet
                return answer
            await asyncio.sleep(RETRY_SECONDS)

    async def apply(self, units: int, key: str) -> str:
        """Submit an application; its id."""
        answer = await self.post("/v1/applications", application(self.caller.name, units), key)
        assert answer.status_code in (201, 202), answer.text
        found: str = answer.json()["application_id"]
        return found


class Record(Stranger):
    """The whole system's log."""

    async def begin(self) -> None:
        """Begin to read every topic."""
        await self.watch(TOPICS)

    def facts(self, kind: str) -> list[dict[str, object]]:
        """Every fact of a type, of every journal."""
        wanted = kind.encode()
        return [
            json.loads(record.value or b"")
            for (topic, _), records in self.log.items()
            if topic in LANES.values()
            for record in published(records)
            if record.headers["ce_type"] == wanted
        ]

    async def settled(self, seconds: float = 60.0) -> None:
        """Read until every command of every inbox is answered, and every application evaluated."""
        await self.read_all()
        await self.until(lambda: not self.unanswered() and self._evaluated(), seconds)

    def unanswered(self) -> list[str]:
        """Ids of commands that have no fact yet."""
        found = []
        for inbox, journal in LANES.items():
            for partition in range(TOPICS[inbox]):
                answered = {r.headers["ce_causationid"] for r in published(self.log[journal, partition])}
                commands = fresh(self.log[inbox, partition])
                found += [c.headers["ce_id"].decode() for c in commands if c.headers["ce_id"] not in answered]
        return found

    def check(self) -> None:
        """Nothing lost, nothing twice: sequences without a hole, one outcome each, the ledger as the model has it."""
        assert self.unanswered() == []
        for journal in LANES.values():
            for partition in range(TOPICS[journal]):
                self._check_sequence(journal, partition)
        for partition in range(TOPICS["ledger-commands"]):
            fold(self.log["ledger-commands", partition], self.log["ledger-entries", partition])
        assert self._evaluated()
        assert set(Counter(self.applications("intake.application-submitted.v1")).values()) <= {1}
        assert set(Counter(self.applications("policy.authorisation-issued.v1")).values()) <= {1}

    def _evaluated(self) -> bool:
        submitted = Counter(self.applications("intake.application-submitted.v1"))
        return submitted == Counter(self.applications("policy.application-evaluated.v1"))

    def _check_sequence(self, journal: str, partition: int) -> None:
        facts = list(published(self.log[journal, partition]))
        assert [int(fact.headers["ce_id"]) for fact in facts] == list(range(1, len(facts) + 1)), journal

    def applications(self, kind: str) -> list[str]:
        """Ids of the applications that the facts of a type are about."""
        return [_application(fact) for fact in self.facts(kind)]


def _application(fact: dict[str, object]) -> str:
    inner = fact.get("application")
    return str(inner["application_id"] if isinstance(inner, dict) else fact["application_id"])
