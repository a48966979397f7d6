"""A referred application decided by two people, from HTTP to the ledger, on both stacks."""

import secrets
from datetime import UTC, datetime, timedelta

import pytest

from tests.walk.conftest import Running
from tests.walk.journey import application, company, officer, operator, programme, release, room_for, token

pytestmark = [pytest.mark.walk, pytest.mark.timeout(180)]


def test_a_referred_application_is_asked_about_decided_by_two_and_granted(stack: Running) -> None:
    name = f"ibis-{secrets.token_hex(3)}"
    with stack.client() as client:
        desk = operator(client)
        programme(desk)
        room_for(desk, 1_000)
        partner, one, other = token(desk, name), officer(desk, 1), officer(desk, 2)
        assert partner.post("/v1/companies", {**company(name), "category": "state-owned"}).status_code == 201
        path = partner.post("/v1/applications", application(name, 1_000)).headers["location"]
        partner.until(path, lambda file: file["state"] == "referred")
        case = path.replace("/v1/applications", "/v1/officers/cases")
        queue = one.until("/v1/officers/queue/h200-2026", lambda found: name in str(found))
        assert "CATEGORY_CASE_BY_CASE" in str(queue)

        due_at = (datetime.now(UTC) + timedelta(days=10)).isoformat()
        asked = {"reason": "Not said", "questions": ["How many nodes?"], "due_at": due_at}
        assert one.post(f"{case}/information-requests", asked).status_code == 201
        partner.until(path, lambda file: file["state"] == "information-requested")
        assert partner.post(f"{path}/information", {"answers": ["Forty."]}).status_code == 201
        proposal = {
            "reason": "Need shown in part", "version": 3, "outcome": "approve-in-part",
            "lines": [{"line_id": "line-1", "authorised_units": 700}], "reasons": [{"code": "SUPPLY_SHORT"}],
        }  # fmt: skip
        proposed = one.post(f"{case}/proposals", proposal)
        assert proposed.status_code == 201
        signature = {"reason": "Agreed", "decision_sha256": proposed.json()["decision_sha256"]}
        own = one.post(f"{case}/countersignatures", signature)
        assert (own.status_code, own.json()["type"]) == (403, "urn:greenlight:problem:same-person")
        assert other.post(f"{case}/countersignatures", signature).status_code == 201
        partner.until(path, lambda file: file["state"] == "approved-in-part")
        release(desk)
        file = partner.until(path, lambda file: file["state"] == "authorised")
        assert file["lines"][0]["authorised_units"] == 700  # type: ignore[index]
        partner.until(path, lambda file: "notification.notice-queued.v1" in str(file["timeline"]))
