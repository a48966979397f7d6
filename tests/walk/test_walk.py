"""One application from HTTP to the ledger and out as a notice, on both stacks."""

import secrets

import pytest

from tests.walk.conftest import Running
from tests.walk.journey import application, company, operator, programme, release, token

pytestmark = [pytest.mark.walk, pytest.mark.timeout(180)]

FACTS = [
    "intake.application-submitted.v1",
    "policy.application-evaluated.v1",
    "policy.application-approved.v1",
    "policy.authorisation-issued.v1",
]


def test_an_application_becomes_authorised_units_and_a_notice(stack: Running) -> None:
    name = f"aster-{secrets.token_hex(3)}"
    with stack.client() as client:
        desk = operator(client)
        programme(desk)
        partner = token(desk, name)
        assert partner.post("/v1/companies", company(name)).status_code == 201
        accepted = partner.post("/v1/applications", application(name, 1_000))
        assert accepted.status_code == 201
        path = accepted.headers["location"]
        partner.until(path, lambda file: file["state"] == "approved")
        release(desk)
        file = partner.until(path, lambda file: file["state"] == "authorised")
        kinds = [step["type"] for step in file["timeline"]]  # type: ignore[attr-defined]
        assert [kind for kind in kinds if kind in FACTS] == FACTS
        partner.until(path, lambda file: "notification.notice-queued.v1" in str(file["timeline"]))
        account = partner.until(f"/v1/programmes/h200-2026/accounts/{name}", lambda _: True)
        assert account["balance"]["granted_units"] == 1_000  # type: ignore[index]
        verdict = desk.post("/v1/operator/verify", {"reason": "See for myself", "programme_id": "h200-2026"}).json()
        assert verdict["good"]


def test_two_companies_race_for_the_last_units_and_one_is_explained(stack: Running) -> None:
    one, other = (f"{bird}-{secrets.token_hex(3)}" for bird in ("egret", "heron"))
    with stack.client() as client:
        desk = operator(client)
        # The sample bundle rations one programme; the race is for what is left of its volume.
        programme(desk)
        used = desk.get("/v1/programmes/h200-2026/ledger").json()["totals"]["granted_units"]
        cap = {
            "reason": "Leave units for one of two", "programme_id": "h200-2026", "cap_id": "programme",
            "volume_units": used + 700,
        }  # fmt: skip
        assert desk.post("/v1/operator/caps", cap).status_code == 202
        paths = {}
        for name in (one, other):
            partner = token(desk, name)
            assert partner.post("/v1/companies", company(name)).status_code == 201
            paths[name] = (partner, partner.post("/v1/applications", application(name, 600)).headers["location"])
        for partner, path in paths.values():
            partner.until(path, lambda file: file["state"] != "submitted" and file["outcome"] is not None)
        release(desk)
        ends = [
            partner.until(path, lambda file: file["state"] in ("authorised", "set-aside"))
            for partner, path in paths.values()
        ]
        assert sorted(str(end["state"]) for end in ends) == ["authorised", "set-aside"]
        aside = next(end for end in ends if end["state"] == "set-aside")
        assert "EXCEEDS" in str(aside["findings"]) or "CAP" in str(aside["findings"])
        ledger = desk.get("/v1/programmes/h200-2026/ledger").json()
        assert ledger["totals"]["granted_units"] == used + 600


def test_the_same_key_gives_the_same_answer_and_another_body_is_refused(stack: Running) -> None:
    name = f"ibis-{secrets.token_hex(3)}"
    with stack.client() as client:
        desk = operator(client)
        partner = token(desk, name)
        assert partner.post("/v1/companies", company(name)).status_code == 201
        first = partner.post("/v1/applications", application(name, 10), key="once")
        again = partner.post("/v1/applications", application(name, 10), key="once")
        other = partner.post("/v1/applications", application(name, 11), key="once")
        assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
        assert first.json()["application_id"] == again.json()["application_id"]
        assert other.headers["content-type"] == "application/problem+json"


def test_another_companys_application_is_not_found(stack: Running) -> None:
    mine, theirs = (f"{bird}-{secrets.token_hex(3)}" for bird in ("wren", "crane"))
    with stack.client() as client:
        desk = operator(client)
        owner, stranger = token(desk, mine), token(desk, theirs)
        assert owner.post("/v1/companies", company(mine)).status_code == 201
        path = owner.post("/v1/applications", application(mine, 10)).headers["location"]
        assert owner.get(path).status_code == 200
        assert stranger.get(path).status_code == 404
        assert client.get(path).status_code == 401
