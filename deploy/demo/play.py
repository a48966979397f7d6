"""Plays the files over real HTTP: companies register and apply, a batch is granted, units are drawn."""

import asyncio
import hashlib
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

FILE = Path(__file__).with_name("first-batch.json")
CHECK_SECONDS = 0.05
WAIT_SECONDS_MAX = 60.0
FINAL = frozenset(("authorised", "refused", "referred", "set-aside"))

Json = Mapping[str, object]


class DemoFailed(RuntimeError):
    """An answer was not what the demo needs. The text says which."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is played; every name in it is invented."""

    programme: Json
    applications: Sequence[Mapping[str, Mapping[str, object]]]
    approved: int
    draw_count: int
    draw_units: int

    @property
    def programme_id(self) -> str:
        """The programme's id."""
        return str(self.programme["programme_id"])


def read_plan(file: Path = FILE) -> Plan:
    """The plan of a file that says it is illustrative. Raises DemoFailed otherwise."""
    data = json.loads(file.read_text(encoding="utf-8"))
    if data["illustrative"] is not True:
        raise DemoFailed(f"{file.name} is not marked illustrative")
    draws = data["draws"]
    return Plan(data["programme"], data["applications"], data["approved"], draws["count"], draws["units"])


@dataclass(slots=True)
class Caller:
    """Somebody with a token; every request has a key of its own."""

    client: httpx.AsyncClient
    name: str
    token: str
    run: str
    count: int = field(default=0)

    async def post(self, path: str, body: Json) -> Json:
        """The answer's document. Raises DemoFailed unless it was accepted."""
        self.count += 1
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": f"{self.run}-{self.name}-{self.count}"}
        return _document(await self.client.post(path, json=body, headers=headers), (200, 201, 202))

    async def get(self, path: str) -> Json:
        """The answer's document. Raises DemoFailed unless it is there."""
        return _document(await self._get(path), (200,))

    async def until(self, path: str, holds: Callable[[Json], bool]) -> Json:
        """The first answer for which the condition holds. Raises DemoFailed after WAIT_SECONDS_MAX."""
        try:
            async with asyncio.timeout(WAIT_SECONDS_MAX):
                while True:
                    answer = await self._get(path)
                    if answer.status_code == 200 and holds(answer.json()):
                        return _document(answer, (200,))
                    await asyncio.sleep(CHECK_SECONDS)
        except TimeoutError:
            raise DemoFailed(f"GET {path}: {answer.status_code} {answer.text[:500]}") from None

    async def _get(self, path: str) -> httpx.Response:
        return await self.client.get(path, headers={"Authorization": f"Bearer {self.token}"})


def _document(answer: httpx.Response, accepted: Sequence[int]) -> Json:
    if answer.status_code not in accepted:
        raise DemoFailed(f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text[:500]}")
    found: Json = answer.json()
    return found


Told = Callable[[str, int], None]
"""Called as the play goes on: (what, how many more)."""


@dataclass(frozen=True, slots=True)
class Played:
    """What the play leaves behind: who may ask, and the case files by company."""

    operator: Caller
    cases: Mapping[str, Json]


async def play(client: httpx.AsyncClient, token: str, plan: Plan, told: Told) -> Played:
    """Define the programme, register, apply, and wait until every application has its outcome."""
    run = secrets.token_hex(4)
    operator = Caller(client, "operator", token, run)
    await operator.post("/v1/operator/programmes", {**plan.programme, "reason": "Open the illustrative programme"})
    await operator.until(f"/v1/programmes/{plan.programme_id}/ledger", lambda _: True)
    partners = await asyncio.gather(*(_partner(operator, each["company"], told) for each in plan.applications))
    paths = [await _apply(partner, each, told) for partner, each in zip(partners, plan.applications, strict=True)]
    files = await asyncio.gather(*(_follow(*pair, told) for pair in zip(partners, paths, strict=True)))
    return Played(operator, {str(file["company_id"]): file for file in files})


async def _partner(operator: Caller, company: Json, told: Told) -> Caller:
    """A company with a token of its own, registered."""
    secret = secrets.token_urlsafe(24)
    company_id = str(company["company_id"])
    await operator.post(
        "/v1/operator/tokens",
        {
            "reason": "Admit an illustrative company",
            "token_id": f"{company_id}-{operator.run}",
            "token_sha256": hashlib.sha256(secret.encode()).hexdigest(),
            "person_id": f"clerk.{company_id}",
            "role": "partner",
            "company_id": company_id,
        },
    )
    partner = Caller(operator.client, company_id, secret, operator.run)
    await _retry(lambda: partner.post("/v1/companies", company))
    told("companies registered", 1)
    return partner


async def _retry(call: Callable[[], Awaitable[Json]]) -> Json:
    """Until the new token is known to the process that answers: it is told by a fact, moments later."""
    async with asyncio.timeout(WAIT_SECONDS_MAX):
        while True:
            try:
                return await call()
            except DemoFailed as error:
                if ": 401 " not in str(error):
                    raise
                await asyncio.sleep(CHECK_SECONDS)


async def _apply(partner: Caller, each: Mapping[str, Json], told: Told) -> str:
    answer = await partner.post("/v1/applications", {**each["application"], "company_id": partner.name})
    told("applications accepted", 1)
    return f"/v1/applications/{answer['application_id']}"


async def _follow(partner: Caller, path: str, told: Told) -> Json:
    """The case file once it is evaluated and then decided."""
    await partner.until(path, lambda file: file["outcome"] is not None)
    told("applications evaluated", 1)
    file = await partner.until(path, lambda file: file["state"] in FINAL)
    told("outcomes known", 1)
    return file


async def draw(operator: Caller, plan: Plan, companies: Sequence[str], told: Told, halfway: Callable[[], None]) -> None:
    """Draw units in small parts, over and over, calling `halfway` in the middle of the load."""
    for number in range(plan.draw_count):
        if number == plan.draw_count // 2:
            halfway()
        await operator.post(
            "/v1/operator/draws",
            {
                "reason": "Illustrative clearance",
                "programme_id": plan.programme_id,
                "company_id": companies[number % len(companies)],
                "unit": "chip",
                "units": plan.draw_units,
                "authority": f"illustrative-declaration-{number}",
            },
        )
        told("parts drawn", 1)


async def ledger(operator: Caller, plan: Plan) -> Json:
    """The programme's ledger once every draw is in it."""
    drawn = plan.draw_count * plan.draw_units

    def complete(found: Json) -> bool:
        totals = found["totals"]
        return isinstance(totals, dict) and totals["drawn_units"] == drawn

    return await operator.until(f"/v1/programmes/{plan.programme_id}/ledger", complete)
