"""The edge on small fakes: lanes run in the process that asks, views are dictionaries. All illustrative."""

import hashlib
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import TypeVar

import httpx
from pydantic import JsonValue

from schemas.base import Command, Fact, Received
from schemas.catalogue import BATCH_COMMANDS, CASE_COMMANDS, INBOX_OF, LEDGER_ENTRIES, OPERATOR_COMMANDS, Topic
from schemas.intake import ApplicationSubmitted, TokenIssued
from services.intake.api import FrontDoor, build_app
from services.intake.domain.operating import OperatingState
from services.intake.domain.state import IntakeState
from services.intake.domain.tokens import TokenBook
from services.intake.http.ports import EdgePorts, JournalLine
from services.intake.lanes import intake_lane, operating_lane
from services.intake.views import CASES
from services.kit.contract import Lane, Recorded, View
from services.kit.dead_letters import DeadLetter
from services.kit.envelope import encode
from services.kit.errors import Unavailable
from services.policy.domain.cases import Cases
from services.policy.domain.people import People
from services.policy.domain.programmes import Programmes
from services.policy.lanes import batching_lane, evaluation_lane
from tests.builders import AT, COMPANY, PROGRAMME, RIVAL, build
from tests.unit.policy.samples import changed, only, sample

S = TypeVar("S")
TOKENS: Mapping[str, tuple[str, str | None]] = {
    "partner": ("partner", COMPANY),
    "rival": ("partner", RIVAL),
    "scoped-reader": ("reader", COMPANY),
    "reader": ("reader", None),
    "officer": ("officer", None),
    "countersigner": ("officer", None),
    "chief": ("officer", None),
    "operator": ("operator", None),
}
"""Secrets of the fakes' tokens, each with role and company."""
GRADES: Mapping[str, int] = {"countersigner": 2, "chief": 3}
"""Grades of officers above the lowest."""


Body = dict[str, object]
"""A JSON object to send."""


def line(**changes: object) -> Body:
    """A good use line."""
    good: Body = {
        "line_id": "u1",
        "use": "frontier-training",
        "workload": "Pre-training of an illustrative language model",
        "item": "H200",
        "units": 1_000,
        "unit": "chip",
        "unit_value": 2_700_000,
        "site": "Hall 1 (illustrative)",
        "starts_on": "2026-04-01T00:00:00Z",
        "ends_on": "2027-03-31T00:00:00+08:00",
        "why_not_domestic": "The interconnect of this cluster accepts one product class only.",
    }
    return {**good, **changes}


def form(**changes: object) -> Body:
    """A good application."""
    good: Body = {
        "company_id": COMPANY,
        "programme_id": PROGRAMME,
        "form_version": 1,
        "currency": "USD",
        "use_lines": [line()],
        "domestic_plan": {"training": 3_000, "inference": 6_000},
    }
    return {**good, **changes}


def company(company_id: str = COMPANY, **changes: object) -> Body:
    """A good company."""
    good: Body = {
        "company_id": company_id,
        "legal_name": "Lanwei Compute (illustrative)",
        "registry_no": "ILLUSTRATIVE-0001",
        "country": "CN",
        "category": "private",
        "language": "zh",
    }
    return {**good, **changes}


@dataclass(slots=True)
class Rows:
    """A view. `behind` shows nothing of what it has; `hidden` questions are missed before it catches up."""

    rows: dict[tuple[int, str], dict[str, str]] = field(default_factory=dict)
    behind: bool = False
    hidden: int = 0
    away: bool = False
    ends: dict[tuple[str, int], int] = field(default_factory=dict)

    async def row(self, shard: int, key: str) -> Mapping[str, str] | None:
        if self.away:
            raise Unavailable("Redis")
        if self.hidden > 0:
            self.hidden -= 1
            return None
        return None if self.behind else self.rows.get((shard, key))

    async def row_in_each(self, shards: Sequence[int], key: str) -> Sequence[Mapping[str, str]]:
        return [await self.row(shard, key) or {} for shard in shards]

    async def caught_up(self, inbox: Topic, wait_seconds: float) -> bool:
        self.hidden = 0
        return not self.behind

    def show(self, view: View, shard: int, facts: Sequence[Fact]) -> None:
        """Project facts, one offset after the other."""
        for fact in facts:
            topic = next(topic for topic in view.topics if type(fact) in topic.messages)
            offset = self.ends.get((topic.name, shard), 0)
            self.ends[topic.name, shard] = offset + 1
            at = Recorded(topic.name, shard, offset, str(offset), "/greenlight/x", AT, "c", fact.command_id)
            for key, fields in view.project(fact, at).items():
                known = self.rows.setdefault((shard, key), {})
                for name, value in fields.items():
                    if value is None:
                        known.pop(name, None)
                    else:
                        known[name] = value


@cache
def case_lane() -> Lane[Cases]:
    """The sample policy, with people who decide."""
    return evaluation_lane(only(changed(sample(), approve_eligible=False)))


@cache
def batch_lane() -> Lane[Programmes]:
    """The sample policy, with people who release batches."""
    return batching_lane(only(changed(sample(), people=People(release="people", allocation="pro_rata"))))


@dataclass(slots=True)
class Lanes:
    """Answers by the lanes themselves. `slow` answers nothing in time, `away` accepts nothing."""

    cases: Rows
    tokens: TokenBook
    slow: bool = False
    away: bool = False
    asked: list[Command] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    intake: IntakeState = field(default_factory=IntakeState)
    operating: OperatingState = field(default_factory=OperatingState)
    work: dict[int, Cases] = field(default_factory=dict)
    batches: Programmes = field(default_factory=lambda: Programmes(0))

    async def ask(self, command: Command, wait_seconds: float) -> Fact | None:
        if self.away:
            raise Unavailable("Kafka")
        topic = INBOX_OF[command.type]
        self.asked.append(type(command).model_validate_json(encode(command)))
        if topic is OPERATOR_COMMANDS:
            self.operating, found = self._run(operating_lane(), self.operating)
            for fact in found:
                self.tokens.apply(fact)
        else:
            shard = topic.partition(str(getattr(command, topic.key)))
            if topic is BATCH_COMMANDS:
                self.batches, found = self._run(batch_lane(), self.batches)
                return None if self.slow else found[0]
            if topic is CASE_COMMANDS:
                known = self.work.setdefault(shard, Cases(shard))
                self.work[shard], found = self._run(case_lane(), known)
            else:
                self.intake, found = self._run(intake_lane(), self.intake)
            self.cases.show(CASES, shard, found)
        self.facts += found
        return None if self.slow else found[0]

    def gather(self, *commands: Command) -> None:
        """The batching lane takes these."""
        for command in commands:
            self.asked.append(command)
            self.batches, _ = self._run(batch_lane(), self.batches)

    def refer(self, application_id: str) -> None:
        """The evaluation lane refers the application submitted last: here people decide whatever is eligible."""
        submitted = next(fact for fact in reversed(self.facts) if isinstance(fact, ApplicationSubmitted))
        assert submitted.application.application_id == application_id
        (command, _) = intake_lane().react(submitted)
        shard = CASE_COMMANDS.partition(submitted.company_id)
        self.asked.append(command)
        known = self.work.setdefault(shard, Cases(shard))
        self.work[shard], found = self._run(case_lane(), known)
        self.cases.show(CASES, shard, found)

    def _run(self, lane: Lane[S], state: S) -> tuple[S, tuple[Fact, ...]]:
        facts = lane.decide(state, self.asked[-1], Received(len(self.asked), AT))
        for fact in facts:
            state = lane.evolve(state, fact)
        return state, facts


@dataclass(slots=True)
class Journal:
    """Entries of one partition; every second offset is a record of the runtime's own."""

    entries: list[Fact] = field(default_factory=list)
    values: dict[int, bytes] = field(default_factory=dict)

    async def facts(self, topic: Topic, partition: int, start: int = 0) -> AsyncGenerator[JournalLine, None]:
        assert topic is LEDGER_ENTRIES
        for index, fact in enumerate(self.entries):
            offset = 2 * index + 1
            if offset >= start:
                yield JournalLine(offset, self.values.get(index, encode(fact)), fact)


@dataclass(slots=True)
class Letters:
    """Dead letters of the intake service."""

    found: list[DeadLetter] = field(default_factory=list)

    async def letters(self, service: str) -> Sequence[DeadLetter]:
        return self.found if service == "intake" else []


STATUSES: Sequence[Mapping[str, JsonValue]] = (
    {"service": "intake", "instance": "intake-1", "ready": True, "workers": {"intake.http": {"url": "x"}}},
    {"service": "ledger", "instance": "ledger-1", "ready": True, "workers": {
        "loop": {"lag_seconds": 0.0}, "ledger.ledger": {"0": {"running": True}}, "ledger.sums": {"leading": True}}},
    {"service": "policy", "instance": "policy-1", "ready": True, "workers": {"policy.evaluation": {}}},
    {"instance": "http://127.0.0.1:6131", "ready": False, "problems": ["does not answer: TimeoutError"]},
)  # fmt: skip


class Processes:
    """One process per service; one does not answer, one lane has no shard yet."""

    async def statuses(self) -> Sequence[Mapping[str, JsonValue]]:
        return STATUSES


@dataclass(slots=True)
class Edge:
    """The edge and what it stands on."""

    app: FrontDoor
    lanes: Lanes
    cases: Rows
    accounts: Rows
    batches: Rows
    journal: Journal
    letters: Letters
    tokens: TokenBook
    known: bool = True
    """Whether the tokens have been read up to their end."""

    def client(self, secret: str | None = "partner") -> httpx.AsyncClient:
        """A caller with that token; every POST of it is a new wish."""
        headers = {"authorization": f"Bearer {secret}"} if secret else {}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://edge.example", headers=headers)

    async def get(self, path: str, secret: str | None = "partner") -> httpx.Response:
        """One GET."""
        async with self.client(secret) as client:
            return await client.get(path)

    async def post(
        self, path: str, body: object, secret: str | None = "partner", key: str | None = "key-1", **headers: str
    ) -> httpx.Response:
        """One POST; a body of bytes goes as it is."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"content-type": "application/json", **{name.replace("_", "-"): v for name, v in headers.items()}}
        if key is not None:
            sent["idempotency-key"] = key
        async with self.client(secret) as client:
            return await client.post(path, content=content, headers=sent)

    async def submitted(self) -> str:
        """A registered company's application: its id."""
        assert (await self.post("/v1/companies", company(), key="company")).status_code == 201
        answer = await self.post("/v1/applications", form(), key="application")
        assert answer.status_code == 201, answer.text
        return str(answer.json()["application_id"])


def edge(now: datetime = AT) -> Edge:
    """A fresh edge with the tokens of TOKENS."""
    tokens = TokenBook(hashlib.sha256(b"bootstrap").hexdigest())
    for secret, (role, company_id) in TOKENS.items():
        digest = hashlib.sha256(secret.encode()).hexdigest()
        tokens.apply(
            build(TokenIssued, token_id=secret, token_sha256=digest, person_id=secret, role=role,
                  company_id=company_id, expires_at=None, grade=GRADES.get(secret, 1))
        )  # fmt: skip
    cases, accounts, batches = Rows(), Rows(), Rows()
    lanes, journal, letters = Lanes(cases, tokens), Journal(), Letters()
    lanes.operating = OperatingState(TokenBook(None, dict(tokens.issued), dict(tokens.by_sha256)))
    ports = EdgePorts(
        lanes, cases, accounts, batches, tokens, lambda: one.known, journal, letters, Processes(), lambda: now
    )
    one = Edge(build_app(replace(ports, wait_seconds=0.5)), lanes, cases, accounts, batches, journal, letters, tokens)
    return one


@cache
def shared() -> Edge:
    """One edge for tests that do not disturb each other: building the application is most of what such a test costs."""
    return edge()


def errors(answer: httpx.Response) -> list[dict[str, str]]:
    """The errors of a problem document, after its shape was checked."""
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert document["status"] == answer.status_code
    assert document["type"].startswith("urn:greenlight:problem:")
    assert document["title"]
    assert document["detail"]
    found: list[dict[str, str]] = document.get("errors", [])
    return found
