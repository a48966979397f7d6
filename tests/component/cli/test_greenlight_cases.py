"""Officers' and companies' verbs about a case, against the edge's own documents. All illustrative."""

import pytest
from pydantic import JsonValue

from schemas.batchwork import BatchProposed
from schemas.casework import (
    AdviceGiven,
    CaseOpened,
    CaseTaken,
    DecisionProposed,
    FlagRaised,
    InformationProvided,
    InformationRequested,
    IntentIssued,
)
from schemas.policy import ApplicationReferred
from services.cli.edge import REFUSED, USAGE
from services.intake.http.batch_officers import BatchWork
from services.intake.http.case_asking import CaseStep
from services.intake.views.answers import BatchFile, CaseFile
from services.intake.views.case_answers import CaseWork, OfficerCase, Queue, QueueCase
from tests.builders import AT, COMPANY, build
from tests.component.cli.edges import APPLICATION, PROGRAMME, WHY, Edge, dump, greenlight

HASH = "a7" * 32
PATH = f"/v1/officers/cases/{APPLICATION}"
QUEUE = Queue(
    programme_id=PROGRAMME, waiting=1, by_code={"CATEGORY_CASE_BY_CASE": 1},
    cases=(
        QueueCase(
            application_id=APPLICATION, company_id=COMPANY, state="proposed", queues=("CATEGORY_CASE_BY_CASE",),
            opened_at=AT, submitted_at=AT, requested_units=1_000, recommended_units=800, unit="chip",
        ),
    ),
)  # fmt: skip
CASE = OfficerCase(
    file=CaseFile(application_id=APPLICATION, company_id=COMPANY, programme_id=PROGRAMME, state="proposed",
                  findings=build(ApplicationReferred).findings),
    work=CaseWork(version=4, opened=build(CaseOpened), proposal=build(DecisionProposed),
                  request=build(InformationRequested), information=(build(InformationProvided),),
                  lease=build(CaseTaken), advice=(build(AdviceGiven),), conflicting=True, flags=(build(FlagRaised),),
                  escalated=True, intent=build(IntentIssued)),
)  # fmt: skip
STEP = CaseStep(
    application_id=APPLICATION, command_id="c", fact=DecisionProposed.type, at=AT, version=5, decision_sha256=HASH,
    status_url=PATH,
)  # fmt: skip
SAID = CaseStep(application_id=APPLICATION, command_id="c", status_url=f"/v1/applications/{APPLICATION}")
ROUTES: dict[tuple[str, str], tuple[int, JsonValue]] = {
    ("GET", f"/v1/officers/queue/{PROGRAMME}?code=CATEGORY_CASE_BY_CASE"): (200, dump(QUEUE)),
    ("GET", PATH): (200, dump(CASE)),
    **{("POST", f"{PATH}/{part}"): (201, dump(STEP))
       for part in ("proposals", "countersignatures", "returns", "information-requests", "leases", "lease-returns",
                    "advice", "flags", "flag-clearances", "intents")},
    ("POST", f"/v1/applications/{APPLICATION}/information"): (202, dump(SAID)),
    ("POST", f"/v1/applications/{APPLICATION}/withdrawal"): (202, dump(SAID)),
}  # fmt: skip
PLANNED = BatchWork(
    programme_id=PROGRAMME, command_id="c", fact=BatchProposed.type, at=AT, batch_id=f"{PROGRAMME}-b1", attempt=1,
    batch_sha256=HASH, plan=build(BatchProposed).plan, status_url=f"/v1/batches/{PROGRAMME}-b1",
)  # fmt: skip
BATCHES = f"/v1/officers/batches/{PROGRAMME}"
ROUTES |= {("POST", f"{BATCHES}/{part}"): (201, dump(PLANNED))
           for part in ("simulations", "proposals", "countersignatures", "returns")}  # fmt: skip
ROUTES["GET", f"/v1/batches/{PROGRAMME}-b1"] = (200, dump(
    BatchFile(batch_id=f"{PROGRAMME}-b1", programme_id=PROGRAMME, state="countersigned", attempt=1, opened_at=AT,
              lines=(), set_aside=(), proposal=build(BatchProposed), countersigned_by="officer-zhao")
))  # fmt: skip
SIGNED = (PROGRAMME, f"{PROGRAMME}-b1", "--hash", HASH, *WHY)
PROPOSE = ("cases", "propose", APPLICATION, "--outcome", "approve-in-part", "--version", "4", "--line", "u1=600",
           "--because", "SUPPLY_SHORT:company-cap", "--because", "REQUEST_UNCLEAR", *WHY)  # fmt: skip
VERBS: list[tuple[tuple[str, ...], tuple[str, ...], dict[str, object]]] = [
    (("cases", "queue", PROGRAMME, "--code", "CATEGORY_CASE_BY_CASE"), (COMPANY, "proposed", "1,000"), {}),
    (("cases", "show", APPLICATION),
     ("GROUP_UNCONFIRMED", "officer-wen", "600", "800", "Forty", HASH[:20], "proviso", "conflicting",
      "screening", "missed"), {}),
    (PROPOSE, (DecisionProposed.type, "greenlight status"), {
        "version": 4, "outcome": "approve-in-part", "lines": [{"line_id": "u1", "authorised_units": 600}],
        "reasons": [{"code": "SUPPLY_SHORT", "rule": "company-cap"}, {"code": "REQUEST_UNCLEAR", "rule": None}]}),
    (("cases", "countersign", APPLICATION, "--hash", HASH, *WHY), (HASH[:20],), {"decision_sha256": HASH}),
    (("cases", "return", APPLICATION, "--hash", HASH, *WHY), (HASH[:20],), {"decision_sha256": HASH}),
    (("cases", "ask", APPLICATION, "--question", "How many?", "--due", "2026-04-01T00:00:00Z", *WHY), ("Recorded",),
     {"questions": ["How many?"], "due_at": "2026-04-01T00:00:00Z"}),
    (("cases", "intend", APPLICATION, "--because", "NEED_NOT_SHOWN", "--due", "2026-04-01T00:00:00Z", *WHY),
     ("Recorded",), {"reasons": [{"code": "NEED_NOT_SHOWN", "rule": None}], "due_at": "2026-04-01T00:00:00Z"}),
    (("cases", "take", APPLICATION, *WHY), ("Recorded",), {"lease_seconds": 28_800}),
    (("cases", "leave", APPLICATION, *WHY), ("Recorded",), {"reason": WHY[1]}),
    (("cases", "advise", APPLICATION, "--agency", "industry", "--opinion", "no-view", "--text", "None.", *WHY),
     ("Recorded",), {"agency": "industry", "opinion": "no-view", "text": "None."}),
    (("cases", "flag", APPLICATION, "export-control", *WHY), ("Recorded",), {"flag": "export-control"}),
    (("cases", "clear", APPLICATION, "screening", *WHY), ("Recorded",), {"flag": "screening"}),
    (("answer", APPLICATION, "--text", "Forty."), ("Accepted",), {"answers": ["Forty."]}),
    (("withdraw", APPLICATION), ("Accepted",), {}),
    (("batch", "simulate", PROGRAMME, *WHY), ("pro_rata", "1,000", "600", "400,000"), {}),
    (("batch", "propose", PROGRAMME, f"{PROGRAMME}-b1", *WHY), (HASH[:20], "pro_rata"),
     {"batch_id": f"{PROGRAMME}-b1"}),
    (("batch", "countersign", *SIGNED), (HASH[:20],), {"batch_sha256": HASH}),
    (("batch", "return", *SIGNED), (HASH[:20],), {"batch_sha256": HASH}),
    (("batch", "show", f"{PROGRAMME}-b1"), ("countersigned", "officer-zhao", "399,400"), {}),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "shown", "body"), VERBS, ids=[" ".join(row[0][:2]) for row in VERBS])
@pytest.mark.parametrize("width", [80, 120])
def test_a_verb_sends_what_was_said_and_shows_the_answer(
    arguments: tuple[str, ...], shown: tuple[str, ...], body: dict[str, object], width: int
) -> None:
    edge = Edge(ROUTES)
    result = greenlight(edge, *arguments, width=width)
    assert result.exit_code == 0, result.output
    for words in shown:
        assert words in result.stdout.replace("\n", "")
    assert max(map(len, result.stdout.splitlines())) <= width
    if body:
        assert body.items() <= edge.body.items()


def test_a_line_that_is_none_is_wrong_usage() -> None:
    result = greenlight(Edge(ROUTES), *PROPOSE[:-2], "--line", "u1", *WHY)
    assert result.exit_code == USAGE
    assert "LINE=UNITS" in result.stderr


def test_a_case_that_is_not_there_is_said_to_be_missing() -> None:
    assert greenlight(Edge({}), "cases", "show", APPLICATION).exit_code == REFUSED
