"""Officers and the next batch at the edge: tried, proposed, countersigned; each refusal by its code."""

import pytest

from schemas.batchwork import BATCH_SENTENCES, BatchCode, BatchCountersigned, BatchProposed, BatchSimulated
from tests.builders import PROGRAMME
from tests.component.intake.edge import Body, Edge, edge, errors
from tests.unit.policy.samples import add_lines, told

PATH = f"/v1/officers/batches/{PROGRAMME}"
WHY: Body = {"reason": "Agreed in the meeting."}
BATCH: Body = {**WHY, "batch_id": f"{PROGRAMME}-b1"}


def waiting() -> Edge:
    one = edge()
    one.lanes.gather(told(1_000), add_lines("app-1", 900), add_lines("app-2", 600, company_id="qingyun-models"))
    return one


async def test_a_batch_is_tried_proposed_and_countersigned_by_another() -> None:
    one = waiting()
    tried = (await one.post(f"{PATH}/simulations", WHY, "officer")).json()
    assert tried["fact"] == BatchSimulated.type
    assert [share["allocated_units"] for share in tried["plan"]["shares"]] == [600, 400]
    assert tried["plan"]["caps"][0]["after_units"] == 1_000
    proposed = await one.post(f"{PATH}/proposals", BATCH, "officer")
    assert (proposed.status_code, proposed.json()["fact"]) == (201, BatchProposed.type)
    assert proposed.headers["location"] == f"/v1/batches/{PROGRAMME}-b1"
    signature = {**BATCH, "batch_sha256": proposed.json()["batch_sha256"]}
    own = await one.post(f"{PATH}/countersignatures", signature, "officer")
    assert (own.status_code, errors(own)[0]["detail"]) == (403, "SAME_PERSON")
    signed = await one.post(f"{PATH}/countersignatures", signature, "countersigner")
    assert signed.json()["fact"] == BatchCountersigned.type
    back = await one.post(f"{PATH}/returns", signature, "chief")
    assert back.status_code == 201


@pytest.mark.parametrize(
    ("part", "body", "code"),
    [
        ("countersignatures", {**BATCH, "batch_sha256": "ab" * 32}, "NO_PROPOSAL"),
        ("returns", {**BATCH, "batch_sha256": "ab" * 32}, "NO_PROPOSAL"),
        ("proposals", {**BATCH, "batch_id": "another"}, "BATCH_NOT_NEXT"),
    ],
)
async def test_a_refusal_is_a_conflict_and_is_repeated_with_its_code(part: str, body: Body, code: str) -> None:
    one = waiting()
    for _ in range(2):
        answer = await one.post(f"{PATH}/{part}", body, "chief", accept_language="zh")
        assert (answer.status_code, errors(answer)[0]["detail"]) == (409, code)
        assert answer.json()["detail"] == BATCH_SENTENCES[BatchCode(code)].zh


@pytest.mark.parametrize("secret", ["partner", "operator", "reader"])
async def test_only_officers_act_on_a_batch(secret: str) -> None:
    assert (await waiting().post(f"{PATH}/proposals", BATCH, secret)).status_code == 403


async def test_an_answer_that_takes_longer_is_accepted() -> None:
    one = waiting()
    one.lanes.slow = True
    answer = await one.post(f"{PATH}/simulations", WHY, "officer")
    assert (answer.status_code, answer.json()["plan"]) == (202, None)
