"""What the views show of people's work: the state of a batch and of a case, the queue, who sees what."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from schemas.base import Fact
from schemas.batchwork import BatchCountersigned, BatchProposed, BatchReturned, BatchSimulated
from schemas.casework import (
    AdviceGiven,
    ApplicationReturned,
    ApplicationWithdrawn,
    CaseEscalated,
    CaseOpened,
    CaseTaken,
    DecisionCountersigned,
    DecisionProposed,
    DecisionReturned,
    FlagRaised,
    InformationProvided,
    InformationRequested,
    IntentClosed,
    IntentIssued,
    RequestLapsed,
)
from schemas.intake import ApplicationSubmitted
from schemas.policy import (
    ApplicationApprovedInPart,
    ApplicationEvaluated,
    ApplicationReferred,
    ApplicationRefused,
    BatchOpened,
    BatchPosted,
    BatchRefused,
    BatchReleased,
)
from services.intake.views import batches, cases
from services.intake.views.case_file import case_file
from services.intake.views.casework import case_work, queue
from tests.builders import APPLICATION, AT, BATCH, PROGRAMME, build
from tests.unit.intake.test_intake_views import TOPIC_OF, recorded

Merged = dict[str, dict[str, str]]
BEFORE: tuple[Fact, ...] = (
    build(ApplicationSubmitted), build(ApplicationEvaluated, outcome="refer"), build(ApplicationReferred),
    build(CaseOpened),
)  # fmt: skip
ASKED, PROPOSED = build(InformationRequested), build(DecisionProposed)
ANSWERED = build(InformationProvided, deadline_at=AT + timedelta(days=3))
IN_PART = (build(DecisionCountersigned), build(ApplicationApprovedInPart))
LAPSED = (build(RequestLapsed), build(ApplicationReturned))


def shown(facts: Sequence[Fact]) -> Merged:
    """Rows after the facts, in order; a field without a value is gone."""
    merged: Merged = {}
    for offset, fact in enumerate(facts):
        view = batches if TOPIC_OF[fact.type].name == "batches" else cases
        moved = fact.model_copy(update={"at": AT + timedelta(seconds=offset)})
        for key, fields in view.project(moved, recorded(moved, offset)).items():
            row = merged.setdefault(key, {})
            row.update({name: value for name, value in fields.items() if value is not None})
            for name in [name for name, value in fields.items() if value is None]:
                row.pop(name, None)
    return merged


@pytest.mark.parametrize(
    ("work", "inside", "outside", "waiting"),
    [
        ((), "referred", "referred", "waiting"),
        ((ASKED,), "information-requested", "information-requested", "information-requested"),
        ((ASKED, ANSWERED), "referred", "referred", "waiting"),
        ((PROPOSED,), "proposed", "referred", "proposed"),
        ((PROPOSED, build(DecisionReturned)), "referred", "referred", "waiting"),
        ((PROPOSED, build(AdviceGiven)), "referred", "referred", "waiting"),
        ((PROPOSED, build(FlagRaised)), "referred", "referred", "waiting"),
        ((ASKED, build(AdviceGiven)), "information-requested", "information-requested", "information-requested"),
        ((PROPOSED, build(IntentIssued)), "intent-to-refuse", "intent-to-refuse", "information-requested"),
        ((build(IntentIssued), ANSWERED), "referred", "referred", "waiting"),
        ((build(IntentIssued), build(IntentClosed)), "referred", "referred", "waiting"),
        ((build(CaseTaken), build(CaseEscalated)), "referred", "referred", "waiting"),
        ((PROPOSED, ASKED), "information-requested", "information-requested", "information-requested"),
        ((PROPOSED, *IN_PART), "approved-in-part", "approved-in-part", None),
        ((PROPOSED, build(DecisionCountersigned), build(ApplicationRefused)), "refused", "refused", None),
        ((ASKED, *LAPSED), "returned", "returned", None),
        ((build(ApplicationWithdrawn),), "withdrawn", "withdrawn", None),
    ],
)
def test_each_step_of_people_is_a_state_and_a_place_in_the_queue(
    work: Sequence[Fact], inside: str, outside: str, waiting: str | None
) -> None:
    rows = shown((*BEFORE, *work))
    for told, as_officer in ((inside, True), (outside, False)):
        file = case_file(APPLICATION, rows[f"application:{APPLICATION}"], as_officer)
        assert file is not None
        assert file.state == told
    listed = queue(PROGRAMME, [rows[f"queue:{PROGRAMME}"]], None, 10)
    assert [one.state for one in listed.cases] == ([waiting] if waiting else [])


def test_an_applicant_never_reads_what_officers_do_among_themselves() -> None:
    row = shown((*BEFORE, ASKED, ANSWERED, PROPOSED, *IN_PART))[f"application:{APPLICATION}"]
    outside, inside = case_file(APPLICATION, row), case_file(APPLICATION, row, inside=True)
    assert outside is not None
    assert inside is not None
    assert "officer-wen" not in outside.model_dump_json()
    assert PROPOSED.decision_sha256 not in outside.model_dump_json()
    assert "officer-wen" in inside.model_dump_json()
    causes = {step.type: step.caused_by for step in outside.timeline}
    assert causes[ApplicationApprovedInPart.type] == "decisions/3/1"
    known = {step.type: step.caused_by for step in inside.timeline}
    assert known[ApplicationApprovedInPart.type] == "decisions/3/7"


def test_a_case_shows_what_stands() -> None:
    work = case_work(shown((*BEFORE, PROPOSED, ASKED))[f"case:{APPLICATION}"])
    assert work is not None
    assert (work.proposal, work.request is not None, work.ended) == (None, True, None)
    done = case_work(shown((*BEFORE, ASKED, ANSWERED, PROPOSED, *IN_PART))[f"case:{APPLICATION}"])
    assert done is not None
    assert done.ended == ApplicationApprovedInPart.type
    assert [one.answers for one in done.information] == [ANSWERED.answers]


def test_a_queue_counts_by_code_and_shows_a_page_of_the_oldest() -> None:
    rows = [
        shown((build(CaseOpened, application_id=f"app-{n}", queues=codes),))[f"queue:{PROGRAMME}"]
        for n, codes in ((2, ("A",)), (1, ("A", "B")), (3, ("B",)))
    ]
    found = queue(PROGRAMME, rows, "A", 1)
    assert (found.waiting, found.by_code) == (3, {"A": 2, "B": 2})
    assert [one.application_id for one in found.cases] == ["app-1"]


def test_a_queue_shows_deadlines_that_stand_still_and_escalated_cases_first() -> None:
    opened = build(CaseOpened, deadline_at=AT)
    late = shown((build(CaseOpened, application_id="app-9"), build(CaseEscalated, application_id="app-9")))
    rows = [shown((opened,))[f"queue:{PROGRAMME}"], late[f"queue:{PROGRAMME}"]]
    first, second = queue(PROGRAMME, rows, None, 10).cases
    assert (first.application_id, first.escalated) == ("app-9", True)
    assert (second.deadline_at, second.escalated) == (AT, False)
    (asked,) = queue(PROGRAMME, [shown((opened, ASKED))[f"queue:{PROGRAMME}"]], None, 10).cases
    assert asked.deadline_at is None
    (answered,) = queue(PROGRAMME, [shown((opened, ASKED, ANSWERED))[f"queue:{PROGRAMME}"]], None, 10).cases
    assert answered.deadline_at == ANSWERED.deadline_at


OPENED, TRIED, SIGNED = build(BatchOpened), build(BatchSimulated), build(BatchCountersigned)
UP, BACK, OUT = build(BatchProposed), build(BatchReturned), build(BatchReleased)


@pytest.mark.parametrize(
    ("facts", "state", "signed_by"),
    [
        ((OPENED, TRIED), "open", None),
        ((OPENED, UP), "proposed", None),
        ((OPENED, UP, SIGNED), "countersigned", "officer-wen"),
        ((OPENED, UP, SIGNED, BACK), "open", None),
        ((OPENED, UP, SIGNED, UP), "proposed", None),
        ((OPENED, UP, SIGNED, OUT), "released", "officer-wen"),
        ((OPENED, UP, SIGNED, OUT, build(BatchPosted)), "posted", "officer-wen"),
        ((OPENED, UP, SIGNED, OUT, build(BatchRefused)), "refused", None),
        ((OPENED, UP, SIGNED, OUT, build(BatchRefused), build(BatchProposed, attempt=2)), "proposed", None),
    ],
)
def test_what_officers_do_with_a_batch_is_its_state(facts: Sequence[Fact], state: str, signed_by: str | None) -> None:
    rows = shown(facts)
    file = batches.batch_file(BATCH, rows[f"batch:{BATCH}"])
    (summary,) = batches.batch_list(rows[f"batches:{PROGRAMME}"])
    assert (file.state, summary.state, file.countersigned_by) == (state, state, signed_by)
