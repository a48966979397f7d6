"""Officers at the edge: queue, case, four eyes by token, requests for information; and what their company sees."""

import httpx
import pytest

from schemas.casework import ApplicationWithdrawn, DecisionCountersigned, InformationProvided
from schemas.decisions import CASE_SENTENCES, CaseCode
from schemas.policy import ApplicationApprovedInPart
from tests.builders import COMPANY, PROGRAMME
from tests.component.intake.edge import Body, Edge, edge, errors

QUEUE = f"/v1/officers/queue/{PROGRAMME}"
DUE = "2026-03-20T00:00:00Z"
PROPOSAL: Body = {
    "reason": "Part of the need is shown.", "version": 1, "outcome": "approve-in-part",
    "lines": [{"line_id": "u1", "authorised_units": 600}],
    "reasons": [{"code": "SUPPLY_SHORT", "rule": "company-cap"}],
}  # fmt: skip
QUESTIONS: Body = {"reason": "The plan does not say.", "questions": ["How many nodes?"], "due_at": DUE}


async def referred() -> tuple[Edge, str, str]:
    """An edge with one open case, its application's id and the officers' path."""
    one = edge()
    id_ = await one.submitted()
    one.lanes.refer(id_)
    return one, id_, f"/v1/officers/cases/{id_}"


def signature(hash_: object) -> Body:
    return {"reason": "Read and agreed.", "decision_sha256": hash_}


async def proposed(one: Edge, path: str) -> str:
    answer = await one.post(f"{path}/proposals", PROPOSAL, "officer")
    assert answer.status_code == 201, answer.text
    return str(answer.json()["decision_sha256"])


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Status and code."""
    return answer.status_code, errors(answer)[0]["detail"]


async def test_an_officer_proposes_and_another_countersigns() -> None:
    one, id_, path = await referred()
    hash_ = await proposed(one, path)
    answer = await one.post(f"{path}/countersignatures", signature(hash_), "countersigner")
    assert answer.status_code == 201
    assert answer.json()["fact"] == DecisionCountersigned.type
    assert isinstance(one.lanes.facts[-1], ApplicationApprovedInPart)
    file = (await one.get(f"/v1/applications/{id_}")).json()
    assert file["state"] == "approved-in-part"
    assert "SUPPLY_SHORT" in [finding["code"] for finding in file["findings"]]
    assert (await one.get(QUEUE, "officer")).json()["cases"] == []


async def test_who_acts_is_the_tokens_person_and_never_the_bodys() -> None:
    one, _, path = await referred()
    answer = await one.post(f"{path}/proposals", {**PROPOSAL, "person_id": "countersigner"}, "officer")
    assert answer.status_code == 422
    hash_ = await proposed(one, path)
    assert one.lanes.facts[-1].actor.person_id == "officer"  # type: ignore[attr-defined]
    same = await one.post(f"{path}/countersignatures", signature(hash_), "officer")
    assert problem(same) == (403, "SAME_PERSON")


@pytest.mark.parametrize(
    ("secret", "hash_", "answered"),
    [
        ("countersigner", "ab" * 32, (409, "HASH_STALE")),
        ("officer", None, (403, "SAME_PERSON")),
    ],
)
async def test_a_signature_that_is_not_one_is_refused_with_its_code(
    secret: str, hash_: str | None, answered: tuple[int, str]
) -> None:
    one, _, path = await referred()
    stands = await proposed(one, path)
    assert problem(await one.post(f"{path}/countersignatures", signature(hash_ or stands), secret)) == answered


async def test_a_grade_below_what_is_needed_is_refused() -> None:
    one, _, path = await referred()
    answer = await one.post(f"{path}/proposals", PROPOSAL, "countersigner")
    signed = await one.post(f"{path}/countersignatures", signature(answer.json()["decision_sha256"]), "officer")
    assert problem(signed) == (403, "GRADE_INSUFFICIENT")


async def test_a_stale_page_and_a_second_signature_change_nothing() -> None:
    one, _, path = await referred()
    hash_ = await proposed(one, path)
    stale = await one.post(f"{path}/proposals", {**PROPOSAL, "reason": "Mine."}, "chief")
    assert problem(stale) == (409, "VERSION_STALE")
    assert (await one.post(f"{path}/countersignatures", signature(hash_), "countersigner")).status_code == 201
    assert problem(await one.post(f"{path}/countersignatures", signature(hash_), "chief")) == (409, "NO_OPEN_CASE")


async def test_the_same_key_gives_the_same_answer() -> None:
    one, _, path = await referred()
    first = await one.post(f"{path}/proposals", PROPOSAL, "officer")
    again = await one.post(f"{path}/proposals", PROPOSAL, "officer")
    other = await one.post(f"{path}/proposals", {**PROPOSAL, "reason": "Another."}, "officer")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["command_id"] == again.json()["command_id"]
    assert problem(other) == (422, "COMMAND_ID_REUSED")
    assert len([fact for fact in one.lanes.facts if fact.type == "policy.decision-proposed.v1"]) == 1


async def test_a_refusal_is_repeated_with_its_code() -> None:
    one, _, path = await referred()
    for _ in range(2):
        answer = await one.post(f"{path}/countersignatures", signature("ab" * 32), "countersigner", "same")
        assert problem(answer) == (409, "NO_PROPOSAL")


async def test_a_chinese_reader_gets_a_chinese_sentence() -> None:
    one, _, path = await referred()
    answer = await one.post(
        f"{path}/countersignatures", signature("ab" * 32), "chief", accept_language="zh-CN,en;q=0.5"
    )
    assert answer.json()["detail"] == CASE_SENTENCES[CaseCode.NO_PROPOSAL].zh


async def test_the_queue_shows_what_waits_why_and_for_whom() -> None:
    one, id_, path = await referred()
    (listed,) = (await one.get(QUEUE, "officer")).json()["cases"]
    assert (listed["application_id"], listed["state"], listed["queues"]) == (id_, "waiting", ["OFFICER_DECIDES"])
    await one.post(f"{path}/information-requests", QUESTIONS, "officer")
    (listed,) = (await one.get(QUEUE, "officer")).json()["cases"]
    assert (listed["state"], listed["due_at"]) == ("information-requested", DUE)
    await one.post(f"/v1/applications/{id_}/information", {"answers": ["Forty."]})
    await one.post(f"{path}/proposals", {**PROPOSAL, "version": 3}, "officer")
    answer = (await one.get(f"{QUEUE}?code=OFFICER_DECIDES", "officer")).json()
    assert answer["by_code"] == {"OFFICER_DECIDES": 1}
    assert (answer["cases"][0]["state"], answer["cases"][0]["proposed_by"]) == ("proposed", "officer")
    assert (await one.get(f"{QUEUE}?code=CATEGORY_CASE_BY_CASE", "officer")).json()["cases"] == []


async def test_a_case_shows_officers_what_its_company_does_not_see_yet() -> None:
    one, id_, path = await referred()
    hash_ = await proposed(one, path)
    case = (await one.get(path, "chief")).json()
    assert case["work"]["proposal"]["decision_sha256"] == hash_
    assert case["work"]["version"] == 2
    assert case["file"]["state"] == "proposed"
    public = await one.get(f"/v1/applications/{id_}")
    assert public.json()["state"] == "referred"
    assert "officer" not in {step["figures"].get("person_id") for step in public.json()["timeline"]}
    assert hash_ not in public.text


async def test_a_request_is_answered_by_the_company_and_the_case_shows_it() -> None:
    one, id_, path = await referred()
    assert (await one.post(f"{path}/information-requests", QUESTIONS, "officer")).status_code == 201
    assert (await one.get(f"/v1/applications/{id_}")).json()["state"] == "information-requested"
    refused = await one.post(f"{path}/proposals", {**PROPOSAL, "version": 2}, "officer")
    assert problem(refused) == (409, "INFORMATION_OPEN")
    answer = await one.post(
        f"/v1/applications/{id_}/information",
        {"answers": ["Forty."], "documents": [{"sha256": "5d" * 32, "kind": "plan"}]},
    )
    assert answer.status_code == 201
    assert isinstance(one.lanes.facts[-1], InformationProvided)
    work = (await one.get(path, "officer")).json()["work"]
    assert work["request"] is None
    assert work["information"][0]["answers"] == ["Forty."]


async def test_a_company_withdraws_its_own_application_only() -> None:
    one, id_, _ = await referred()
    path = f"/v1/applications/{id_}/withdrawal"
    assert (await one.post(path, {}, "rival")).status_code == 404
    assert (await one.post(path, {}, "officer")).status_code == 403
    assert (await one.post(path, {})).status_code == 201
    assert isinstance(one.lanes.facts[-1], ApplicationWithdrawn)
    assert (await one.get(f"/v1/applications/{id_}")).json()["state"] == "withdrawn"
    assert problem(await one.post(path, {}, key="again")) == (409, "NO_OPEN_CASE")


@pytest.mark.parametrize("secret", ["partner", "reader", "operator"])
async def test_only_officers_act_in_a_case(secret: str) -> None:
    one, _, path = await referred()
    assert (await one.post(f"{path}/proposals", PROPOSAL, secret)).status_code == 403
    looks = 200 if secret == "operator" else 403
    assert (await one.get(path, secret)).status_code == looks
    assert (await one.get(QUEUE, secret)).status_code == looks


async def test_what_is_no_case_is_not_found() -> None:
    one, id_, _ = await referred()
    other = f"/v1/officers/cases/app-{'0' * 32}"
    assert (await one.get(other, "officer")).status_code == 404
    assert (await one.get("/v1/officers/cases/nothing", "officer")).status_code == 404
    assert (await one.post(f"{other}/proposals", PROPOSAL, "officer")).status_code == 404
    assert id_ not in (await one.get(other, "officer")).text


async def test_an_answer_that_takes_longer_is_accepted() -> None:
    one, _, path = await referred()
    one.lanes.slow = True
    answer = await one.post(f"{path}/proposals", PROPOSAL, "officer")
    assert answer.status_code == 202
    assert answer.json()["fact"] is None


async def test_an_officers_token_has_a_grade_and_no_other_has() -> None:
    one = edge()
    token: Body = {
        "reason": "Admit", "token_id": "t-2", "token_sha256": "ab" * 32, "person_id": COMPANY, "role": "reader",
        "grade": 2,
    }  # fmt: skip
    assert problem(await one.post("/v1/operator/tokens", token, "operator")) == (422, "GRADE_INVALID")
    good = {**token, "role": "officer", "grade": 4}
    assert (await one.post("/v1/operator/tokens", good, "operator", "other")).status_code == 202
    assert one.tokens.issued["t-2"].grade == 4


async def test_a_lease_keeps_others_from_proposing_and_the_queue_shows_it() -> None:
    one, _, path = await referred()
    taken = await one.post(f"{path}/leases", {"reason": "Mine.", "lease_seconds": 3_600}, "officer")
    assert taken.status_code == 201
    assert problem(await one.post(f"{path}/proposals", PROPOSAL, "chief")) == (409, "CASE_TAKEN")
    (listed,) = (await one.get(QUEUE, "officer")).json()["cases"]
    assert listed["taken_by"] == "officer"
    assert (await one.post(f"{path}/lease-returns", {"reason": "Done."}, "officer")).status_code == 201
    assert (await one.get(QUEUE, "officer")).json()["cases"][0]["taken_by"] is None


async def test_advice_of_several_agencies_shows_where_it_conflicts_and_voids_a_proposal() -> None:
    one, id_, path = await referred()
    await proposed(one, path)
    advice: Body = {"reason": "Minuted.", "agency": "industry", "opinion": "refuse", "text": "Not needed."}
    assert (await one.post(f"{path}/advice", advice, "officer")).status_code == 201
    work = (await one.get(path, "officer")).json()["work"]
    assert (work["proposal"], work["conflicting"]) == (None, False)
    other = {**advice, "agency": "trade", "opinion": "proviso"}
    await one.post(f"{path}/advice", other, "officer", "other")
    case = (await one.get(path, "officer")).json()
    assert case["work"]["conflicting"]
    assert [one["agency"] for one in case["work"]["advice"]] == ["industry", "trade"]
    assert case["file"]["state"] == "referred"
    gone = {"reason": "Minuted.", "agency": "trade"}
    assert (await one.post(f"{path}/advice-withdrawals", gone, "officer")).status_code == 201
    assert not (await one.get(path, "officer")).json()["work"]["conflicting"]
    assert "Not needed." not in (await one.get(f"/v1/applications/{id_}")).text


async def test_a_flag_blocks_a_decision_until_another_officer_clears_it() -> None:
    one, _, path = await referred()
    flag: Body = {"reason": "A name is alike.", "flag": "screening"}
    assert (await one.post(f"{path}/flags", flag, "officer")).status_code == 201
    blocked = {**PROPOSAL, "version": 2}
    assert problem(await one.post(f"{path}/proposals", blocked, "chief")) == (409, "CASE_FLAGGED")
    assert problem(await one.post(f"{path}/flag-clearances", flag, "officer")) == (403, "SAME_PERSON")
    assert [one["flag"] for one in (await one.get(path, "officer")).json()["work"]["flags"]] == ["screening"]
    assert (await one.post(f"{path}/flag-clearances", flag, "chief")).status_code == 201
    assert (await one.get(path, "officer")).json()["work"]["flags"] == []


async def test_a_company_replies_to_an_intended_refusal() -> None:
    one, id_, path = await referred()
    intent: Body = {"reason": "Not shown.", "reasons": [{"code": "NEED_NOT_SHOWN"}], "due_at": DUE}
    assert (await one.post(f"{path}/intents", intent, "officer")).status_code == 201
    public = await one.get(f"/v1/applications/{id_}")
    assert public.json()["state"] == "intent-to-refuse"
    assert "officer" not in {step["figures"].get("person_id") for step in public.json()["timeline"]}
    assert (await one.get(path, "officer")).json()["work"]["intent"]["due_at"] == DUE
    assert (await one.post(f"/v1/applications/{id_}/information", {"answers": ["See page 3."]})).status_code == 201
    work = (await one.get(path, "officer")).json()["work"]
    assert (work["intent"], work["information"][0]["answers"]) == (None, ["See page 3."])
