import base64
import hashlib

import pytest

from schemas.base import Fact
from schemas.intake import OperatorActed, TokenIssued
from services.intake.lanes import react_to_act
from services.kit.dead_letters import DeadLetter
from tests.builders import COMPANY, GROUP, PROGRAMME
from tests.component.intake.edge import STATUSES, edge, errors

WHY = {"reason": "Illustrative reason."}
PROGRAMME_FORM = {
    "programme_id": PROGRAMME, "name": "First round (illustrative)", "item": "H200", "unit": "chip",
    "coefficients": [{"unit": "module-8", "base_units": 8}], "currency": "USD", "volume_units": 400_000, **WHY,
}  # fmt: skip
CAP = {"programme_id": PROGRAMME, "cap_id": f"company:{COMPANY}", "company_id": COMPANY, "volume_units": 1_000, **WHY}
DRAW = {"programme_id": PROGRAMME, "company_id": COMPANY, "unit": "chip", "units": 5, "authority": "declaration", **WHY}
SHA256 = hashlib.sha256(b"a-new-secret").hexdigest()
TOKEN = {
    "token_id": "t-new",
    "token_sha256": SHA256,
    "person_id": "lin",
    "role": "partner",
    "company_id": COMPANY,
    **WHY,
}
LETTER = DeadLetter(
    topic="intake-commands", partition=3, offset=41, timestamp=1_772_443_800_000, reason="invalid",
    detail="/units: is not valid", where="/greenlight/intake/intake/3", release="0.1.0", sha256="5d" * 32,
    key=COMPANY.encode(), value=b"not json", headers=(("ce_type", b"x"),),
)  # fmt: skip
ONE = "/v1/operator/dead-letters/intake/intake-commands/3/41"

ACTS = [
    ("/v1/operator/programmes", PROGRAMME_FORM, "define-programme", PROGRAMME, "ledger.define-programme.v1"),
    ("/v1/operator/caps", CAP, "define-cap", PROGRAMME, "ledger.define-cap.v1"),
    ("/v1/operator/draws", DRAW, "draw", PROGRAMME, "ledger.draw.v1"),
    ("/v1/operator/revocations", {**DRAW, "at_most": True}, "revoke", PROGRAMME, "ledger.revoke.v1"),
    ("/v1/operator/groups/confirm", {"company_id": COMPANY, "group_id": GROUP, "confirmed": True, **WHY},
     "confirm-group", COMPANY, "intake.confirm-group.v1"),
    (f"/v1/operator/batches/{PROGRAMME}/release", WHY, "release-batch", PROGRAMME, "policy.release-batch.v1"),
    ("/v1/operator/tokens", TOKEN, "issue-token", "t-new", None),
    ("/v1/operator/tokens/rival/revoke", WHY, "revoke-token", "rival", None),
    ("/v1/operator/rebuild", {"target": "ledger/ledger", **WHY}, "rebuild", "ledger/ledger", None),
    ("/v1/operator/retry-parked", {"target": "policy/evaluation", **WHY}, "retry-parked", "policy/evaluation", None),
    (ONE + "/replay", WHY, "replay-dead-letter", "intake:intake-commands/3/41", None),
]  # fmt: skip
NAMES = [row[2] for row in ACTS]
FOR_OPERATORS_ONLY = {"draw", "issue-token", "revoke-token", "rebuild", "retry-parked", "replay-dead-letter"}


@pytest.mark.parametrize(("path", "body", "verb", "target", "caused"), ACTS, ids=NAMES)
async def test_every_verb_leaves_who_why_and_what_and_causes_its_command(
    path: str, body: object, verb: str, target: str, caused: str | None
) -> None:
    one = edge()
    one.letters.found = [LETTER]
    answer = await one.post(path, body, "operator")
    assert answer.status_code == 202, answer.text
    acted = one.lanes.facts[0]
    assert isinstance(acted, OperatorActed)
    assert (acted.verb, acted.target, acted.actor.person_id, acted.reason) == (verb, target, "operator", WHY["reason"])
    commands = react_to_act(acted)
    assert [command.type for command in commands] == ([caused] if caused else [])
    assert [command.command_id for command in commands] == [answer.json()["caused_command_id"]] * bool(caused)


@pytest.mark.parametrize(("path", "body", "verb"), [row[:3] for row in ACTS], ids=NAMES)
async def test_an_officer_may_do_what_is_an_officers(path: str, body: object, verb: str) -> None:
    one = edge()
    one.letters.found = [LETTER]
    answer = await one.post(path, body, "officer")
    assert answer.status_code == (403 if verb in FOR_OPERATORS_ONLY else 202)
    assert bool(one.lanes.asked) == (verb not in FOR_OPERATORS_ONLY)


@pytest.mark.parametrize(("path", "body"), [row[:2] for row in ACTS], ids=NAMES)
async def test_no_verb_without_a_reason(path: str, body: dict[str, object]) -> None:
    answer = await edge().post(path, {name: value for name, value in body.items() if name != "reason"}, "operator")
    assert answer.status_code == 422
    assert errors(answer) == [{"pointer": "/reason", "detail": "Field required"}]


@pytest.mark.parametrize(("path", "body"), [row[:2] for row in ACTS], ids=NAMES)
async def test_a_double_click_acts_once(path: str, body: object) -> None:
    one = edge()
    one.letters.found = [LETTER]
    first, second = [await one.post(path, body, "operator") for _ in range(2)]
    assert first.json()["act_id"] == second.json()["act_id"]
    assert sum(isinstance(fact, OperatorActed) for fact in one.lanes.facts) == 1


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/v1/operator/programmes", {**PROGRAMME_FORM, "volume_units": 0}, "/volume_units"),
        ("/v1/operator/programmes", {**PROGRAMME_FORM, "coefficients": [{"unit": "x", "base_units": 1, "y": 2}]},
         "/coefficients/0/y"),
        ("/v1/operator/caps", {**CAP, "programme_id": None}, "/programme_id"),
        ("/v1/operator/draws", {**DRAW, "units": "5"}, "/units"),
        ("/v1/operator/draws", {**DRAW, "authority": "a\r\nb"}, "/authority"),
        ("/v1/operator/tokens", {**TOKEN, "role": "service"}, "/role"),
        ("/v1/operator/tokens", {**TOKEN, "token_sha256": "a-secret-by-mistake"}, "/token_sha256"),
        ("/v1/operator/rebuild", {"target": "*", **WHY}, "/target"),
        ("/v1/operator/rebuild", {"target": "ledger/ledger/2", **WHY}, "/target"),
        ("/v1/operator/rebuild", {"target": "ledger/../policy", **WHY}, "/target"),
    ],
)  # fmt: skip
async def test_a_bad_form_is_refused_before_anything_is_recorded(path: str, body: object, pointer: str) -> None:
    one = edge()
    answer = await one.post(path, body, "operator")
    assert answer.status_code == 422
    assert [error["pointer"] for error in errors(answer)] == [pointer]
    assert "a-secret-by-mistake" not in answer.text
    assert one.lanes.asked == []


async def test_an_issued_token_is_valid_at_once_and_a_revoked_one_no_longer() -> None:
    one = edge()
    await one.post("/v1/operator/tokens", TOKEN, "operator")
    assert (await one.get("/docs", "a-new-secret")).status_code == 200
    await one.post("/v1/operator/tokens/t-new/revoke", WHY, "operator", "key-2")
    assert (await one.get("/docs", "a-new-secret")).status_code == 401


async def test_a_secret_is_in_no_fact_and_no_answer() -> None:
    one = edge()
    answer = await one.post("/v1/operator/tokens", TOKEN, "operator")
    issued: Fact = one.lanes.facts[1]
    assert isinstance(issued, TokenIssued)
    assert SHA256 not in answer.text
    assert "a-new-secret" not in issued.model_dump_json()


async def test_what_the_lane_refuses_is_a_problem_also_the_second_time() -> None:
    one = edge()
    answers = [await one.post("/v1/operator/tokens/t-none/revoke", WHY, "operator") for _ in range(2)]
    for answer in answers:
        assert answer.status_code == 422
        assert errors(answer) == [{"pointer": "/token_id", "detail": "TOKEN_NOT_FOUND"}]


async def test_the_same_key_for_another_act_of_the_same_verb_is_refused() -> None:
    one = edge()
    await one.post("/v1/operator/caps", CAP, "operator")
    answer = await one.post("/v1/operator/caps", {**CAP, "volume_units": 2_000}, "operator")
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:greenlight:problem:exists-different")


async def test_an_act_that_takes_longer_to_record_says_so() -> None:
    one = edge()
    one.lanes.slow = True
    answer = await one.post("/v1/operator/caps", CAP, "operator")
    assert (answer.status_code, answer.json()["at"]) == (202, None)


async def test_with_kafka_away_no_act_is_recorded() -> None:
    one = edge()
    one.lanes.away = True
    answer = await one.post("/v1/operator/caps", CAP, "operator")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


async def test_dead_letters_are_listed_without_and_shown_with_their_content() -> None:
    one = edge()
    one.letters.found = [LETTER]
    listed = (await one.get("/v1/operator/dead-letters/intake", "officer")).json()["letters"]
    shown = (await one.get(ONE, "operator")).json()
    assert [(letter["id"], letter["value_base64"]) for letter in listed] == [("intake-commands/3/41", None)]
    assert base64.b64decode(shown["value_base64"]) == b"not json"
    assert (await one.get(ONE, "officer")).status_code == 403


@pytest.mark.parametrize(
    "path", ["nowhere/intake-commands/3/41", "intake/intake-commands/3/42", "policy/intake-commands/3/41"]
)
async def test_a_letter_that_is_not_there_is_neither_shown_nor_replayed(path: str) -> None:
    one = edge()
    one.letters.found = [LETTER]
    assert (await one.get(f"/v1/operator/dead-letters/{path}", "operator")).status_code == 404
    assert (await one.post(f"/v1/operator/dead-letters/{path}/replay", WHY, "operator")).status_code == 404
    assert one.lanes.asked == []


async def test_a_whole_topic_of_dead_letters_cannot_be_replayed() -> None:
    answer = await edge().post("/v1/operator/dead-letters/intake/replay", WHY, "operator")
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("verb", "target", "status"),
    [
        ("rebuild", "ledger", 202),
        ("rebuild", "ledger/ledger", 202),
        ("rebuild", "ledger/sums", 202),
        ("rebuild", "policy/evaluation", 202),
        ("rebuild", "ledger/none", 422),
        ("rebuild", "ledger/led", 422),
        ("rebuild", "intake/http", 422),
        ("rebuild", "intake", 422),
        ("rebuild", "loop", 422),
        ("rebuild", "nowhere/lane", 422),
        ("rebuild", "notification/notices", 422),
        ("retry-parked", "ledger", 202),
        ("retry-parked", "ledger/sums", 422),
    ],
)
async def test_upkeep_is_of_a_lane_or_view_that_a_running_process_has(verb: str, target: str, status: int) -> None:
    one = edge()
    answer = await one.post(f"/v1/operator/{verb}", {"target": target, **WHY}, "operator")
    assert answer.status_code == status
    assert status == 202 or [error["pointer"] for error in errors(answer)] == ["/target"]
    assert bool(one.lanes.asked) == (status == 202)


async def test_services_say_how_they_are() -> None:
    answer = await edge().get("/v1/operator/services", "officer")
    assert answer.json() == {"services": list(STATUSES)}
