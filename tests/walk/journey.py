"""One application through the whole system, over HTTP only: the same steps on every stack."""

import hashlib
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

import httpx

from deploy.stack import ROOT

BOOTSTRAP_TOKEN = "illustrative-bootstrap-token"
BOOTSTRAP_SHA256 = hashlib.sha256(BOOTSTRAP_TOKEN.encode()).hexdigest()
PROGRAMME = "h200-2026"
CHECK_SECONDS = 0.02
DEMO_FILE = ROOT / "deploy" / "demo" / "first-batch.json"

Json = Mapping[str, object]


@dataclass
class Caller:
    """Somebody with a token. Keys are numbered, so that each POST is a wish of its own."""

    client: httpx.Client
    token: str
    name: str
    keys: int = field(default=0)

    def post(self, path: str, body: object, key: str = "") -> httpx.Response:
        self.keys += 1
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key or f"{self.name}-{self.keys}"}
        return self.client.post(path, json=body, headers=headers)

    def get(self, path: str) -> httpx.Response:
        return self.client.get(path, headers={"Authorization": f"Bearer {self.token}"})

    def until(self, path: str, holds: Callable[[Json], bool], seconds: float = 40) -> Json:
        """The first answer for which the condition holds. Fails with the last answer."""
        return until(lambda: self.get(path), holds, seconds)


def until(ask: Callable[[], httpx.Response], holds: Callable[[Json], bool], seconds: float = 40) -> Json:
    deadline = time.monotonic() + seconds
    while True:
        answer = ask()
        body = cast(Json, answer.json())
        if answer.is_success and holds(body):
            return body
        assert time.monotonic() < deadline, (answer.status_code, body)
        time.sleep(CHECK_SECONDS)


def operator(client: httpx.Client) -> Caller:
    return Caller(client, BOOTSTRAP_TOKEN, f"operator-{secrets.token_hex(4)}")


def programme(by: Caller, programme_id: str = PROGRAMME, volume_units: int = 400_000) -> None:
    """Define a programme and wait until the ledger shows it."""
    body = {
        "reason": "Open the illustrative programme", "programme_id": programme_id, "name": "First batch (illustrative)",
        "item": "H200", "unit": "chip", "coefficients": [{"unit": "module-8", "base_units": 8}], "currency": "USD",
        "volume_units": volume_units,
    }  # fmt: skip
    assert by.post("/v1/operator/programmes", body).status_code == 202
    by.until(f"/v1/programmes/{programme_id}/ledger", lambda _: True)


def room_for(by: Caller, units: int, programme_id: str = PROGRAMME) -> None:
    """Set the programme's cap so that these units are left, and wait until the ledger shows it."""
    path = f"/v1/programmes/{programme_id}/ledger"
    totals = cast(Json, cast(Json, by.get(path).json())["totals"])
    volume = cast(int, totals["granted_units"]) + units
    cap = {"reason": "Room for a walk", "programme_id": programme_id, "cap_id": "programme", "volume_units": volume}
    assert by.post("/v1/operator/caps", cap).status_code == 202
    by.until(path, lambda ledger: volume in [cap["volume_units"] for cap in cast(list[Json], ledger["caps"])])


def officer(by: Caller, grade: int) -> Caller:
    """A new officer of this grade."""
    return token(by, f"officer-{secrets.token_hex(3)}", "officer", grade)


def token(by: Caller, company_id: str, role: str = "partner", grade: int = 1) -> Caller:
    """A new token, once the process that answers knows it."""
    secret = secrets.token_urlsafe(24)
    body = {
        "reason": "Admit an illustrative company", "token_id": f"t-{secrets.token_hex(6)}", "role": role,
        "token_sha256": hashlib.sha256(secret.encode()).hexdigest(), "person_id": f"clerk.{company_id}",
        "grade": grade,
    }  # fmt: skip
    if role == "partner":
        body["company_id"] = company_id
    assert by.post("/v1/operator/tokens", body).status_code == 202
    caller = Caller(by.client, secret, company_id)
    deadline = time.monotonic() + 20
    while caller.get(f"/v1/companies/{company_id}").status_code == 401:
        assert time.monotonic() < deadline
        time.sleep(CHECK_SECONDS)
    return caller


def company(company_id: str, language: str = "zh") -> Json:
    return {
        "company_id": company_id, "legal_name": f"{company_id.title()} (illustrative)", "country": "CN",
        "registry_no": "ILLUSTRATIVE-0001", "category": "private", "language": language,
    }  # fmt: skip


def application(company_id: str, units: int, unit: str = "chip", programme_id: str = PROGRAMME) -> Json:
    line = {
        "line_id": "line-1", "use": "research", "workload": "Long-context research", "item": "H200", "units": units,
        "unit": unit, "unit_value": 2_700_000, "site": "Site 1 (illustrative)",
        "starts_on": "2026-12-01T00:00:00Z", "ends_on": "2027-11-30T00:00:00Z",
        "why_not_domestic": "The model does not fit the memory of one domestic node.",
    }  # fmt: skip
    return {
        "company_id": company_id, "programme_id": programme_id, "form_version": 1, "currency": "USD",
        "use_lines": [line], "domestic_plan": {"training": 3_000, "inference": 8_000},
    }  # fmt: skip


def release(by: Caller, programme_id: str = PROGRAMME) -> None:
    assert (
        by.post(f"/v1/operator/batches/{programme_id}/release", {"reason": "Illustrative release"}).status_code == 202
    )
