from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import permutations

import pytest

from schemas.base import Fact
from schemas.catalogue import APPLICATIONS, BATCHES, DECISIONS, NOTICES, Topic
from schemas.intake import ApplicationSubmitted, CommandRefused, CompanyRegistered, GroupConfirmed
from schemas.ledger import Balance, CapUse, EntryRecorded
from schemas.notification import NoticeDelivered, NoticeFailed, NoticeQueued
from schemas.policy import (
    ApplicationApproved,
    ApplicationApprovedInPart,
    ApplicationEvaluated,
    ApplicationReferred,
    ApplicationRefused,
    ApplicationSetAside,
    AuthorisationIssued,
    BatchClosed,
    BatchOpened,
    BatchPosted,
    BatchRefused,
    BatchReleased,
    LinesAdded,
    LinesSetAside,
)
from services.intake.views import accounts, batches, cases
from services.intake.views.answers import CaseFile
from services.intake.views.case_file import case_file, company_file
from services.kit.contract import Recorded, Rows
from tests.builders import APPLICATION, AT, BATCH, COMPANY, GROUP, PROGRAMME, RIVAL, build, profile

Merged = dict[str, dict[str, str]]
TOPIC_OF: dict[str, Topic] = {
    message.type: topic for topic in (APPLICATIONS, DECISIONS, NOTICES, BATCHES) for message in topic.messages
}


def recorded(fact: Fact, offset: int) -> Recorded:
    topic = TOPIC_OF[fact.type].name
    return Recorded(topic, 3, offset, str(offset), f"/greenlight/{topic}/3", AT, "root", fact.command_id)


def lay(into: Merged, rows: Rows) -> None:
    for key, fields in rows.items():
        into.setdefault(key, {}).update({name: value for name, value in fields.items() if value is not None})


def shown(facts: Iterable[tuple[int, Fact]]) -> Merged:
    merged: Merged = {}
    for offset, fact in facts:
        view = batches if TOPIC_OF[fact.type] is BATCHES else cases
        lay(merged, view.project(fact, recorded(fact, offset)))
    return merged


def case(facts: Sequence[Fact]) -> CaseFile:
    file = case_file(APPLICATION, shown(enumerate(facts))[f"application:{APPLICATION}"])
    assert file is not None
    return file


def at(seconds: int) -> dict[str, object]:
    return {"at": AT + timedelta(seconds=seconds)}


def about(template: str, number: int) -> dict[str, object]:
    return {"application_id": APPLICATION, "template": template, "notice_id": f"n-{number}"}


SUBMITTED = build(ApplicationSubmitted)
EVALUATED = build(ApplicationEvaluated, **at(1))
IN_PART = build(ApplicationApprovedInPart, **at(1))
ISSUED = build(AuthorisationIssued, **at(9))
SET_ASIDE = build(ApplicationSetAside, **at(9))
RECEIVED_NOTICE = build(NoticeQueued, **at(1), **about("application-received", 1))
ISSUED_NOTICE = build(NoticeQueued, **at(10), **about("authorisation-issued", 2))
DELIVERED = build(NoticeDelivered, **at(11), notice_id="n-2", application_id=APPLICATION)
WHOLE = (SUBMITTED, EVALUATED, IN_PART, RECEIVED_NOTICE, ISSUED, ISSUED_NOTICE, DELIVERED)


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ((build(CommandRefused, application_id=APPLICATION),), "not-accepted"),
        ((SUBMITTED,), "submitted"),
        ((SUBMITTED, EVALUATED), "evaluated"),
        ((SUBMITTED, EVALUATED, build(ApplicationReferred)), "referred"),
        ((SUBMITTED, EVALUATED, build(ApplicationRefused)), "refused"),
        ((SUBMITTED, EVALUATED, build(ApplicationApproved)), "approved"),
        ((SUBMITTED, EVALUATED, IN_PART), "approved-in-part"),
        ((SUBMITTED, EVALUATED, IN_PART, SET_ASIDE), "set-aside"),
        ((SUBMITTED, EVALUATED, IN_PART, ISSUED), "authorised"),
        ((SUBMITTED, EVALUATED, IN_PART, SET_ASIDE, ISSUED), "authorised"),
    ],
)
def test_the_facts_of_a_case_give_its_state(facts: Sequence[Fact], state: str) -> None:
    assert case(facts).state == state


def test_facts_of_different_journals_give_the_same_case_in_any_order() -> None:
    numbered = tuple(enumerate(WHOLE))
    expected = shown(numbered)
    for order in permutations(numbered[:5]):
        assert shown((*order, *numbered[5:])) == expected


def test_requested_recommended_and_authorised_stand_side_by_side() -> None:
    (line,) = case(WHOLE).lines
    assert (line.requested_units, line.recommended_units, line.authorised_units) == (1_000, 600, 1_000)


def test_lines_authorised_in_two_batches_are_summed_and_both_named() -> None:
    second = build(AuthorisationIssued, authorisation_id="auth-0002", ledger_seq=9)
    file = case((*WHOLE, second))
    assert [one.authorisation_id for one in file.authorisations] == ["auth-0001", "auth-0002"]
    assert file.lines[0].authorised_units == 2_000


def test_a_finding_that_several_facts_bring_is_shown_once() -> None:
    assert len(case((SUBMITTED, EVALUATED, IN_PART, SET_ASIDE)).findings) == 1


def test_every_step_of_the_timeline_names_the_step_that_caused_it() -> None:
    steps = {step.id: step for step in case(WHOLE).timeline}
    causes = {
        "applications/3/0": None,
        "decisions/3/1": "applications/3/0",
        "decisions/3/2": "decisions/3/1",
        "notices/3/3": "applications/3/0",
        "decisions/3/4": "decisions/3/2",
        "notices/3/5": "decisions/3/4",
        "notices/3/6": "notices/3/5",
    }
    assert {id_: step.caused_by for id_, step in steps.items()} == causes
    assert list(steps) == list(causes)


def test_a_failed_delivery_belongs_to_its_own_notice() -> None:
    failed = build(NoticeFailed, **at(12), notice_id="n-1", application_id=APPLICATION)
    assert case((*WHOLE, failed)).timeline[-1].caused_by == "notices/3/3"


def test_a_reused_key_does_not_change_the_case_it_belongs_to() -> None:
    assert cases.project(build(CommandRefused, code="EXISTS_DIFFERENT", application_id=APPLICATION), EMPTY) == {}


EMPTY = recorded(SUBMITTED, 0)


def test_a_notice_about_no_application_is_in_no_case() -> None:
    assert cases.project(build(NoticeQueued), EMPTY) == {}


def test_a_row_of_notices_alone_is_no_case() -> None:
    assert case_file(APPLICATION, shown([(0, RECEIVED_NOTICE)])[f"application:{APPLICATION}"]) is None


@pytest.mark.parametrize(
    ("judged", "confirmed"),
    [
        ((), False),
        ((build(GroupConfirmed),), True),
        ((build(GroupConfirmed), build(GroupConfirmed, confirmed=False)), False),
        ((build(GroupConfirmed, group_id=RIVAL),), False),
    ],
)
def test_a_companys_group_is_as_an_officer_last_judged_it(judged: Sequence[Fact], confirmed: bool) -> None:
    registered = build(CompanyRegistered, profile=profile(group_id=GROUP))
    row = shown(enumerate((registered, *judged)))[f"company:{COMPANY}"]
    file = company_file(COMPANY, row)
    assert file is not None
    assert file.profile.group_confirmed is confirmed


def balance(company_id: str, granted: int, drawn: int = 0) -> Balance:
    return Balance(
        company_id=company_id, version=1, granted_units=granted, granted_value=granted * 2, drawn_units=drawn,
        revoked_units=0, revoked_value=0, available_units=granted - drawn,
    )  # fmt: skip


def entry(seq: int, *balances: Balance, **changes: object) -> EntryRecorded:
    return build(EntryRecorded, seq=seq, balances=balances, **changes)


TERMS = {"name": "First round (illustrative)", "item": "H200", "unit": "chip", "currency": "USD"}
OWN_CAP = CapUse(cap_id="company", company_id=COMPANY, used_units=5, used_value=0)
RIVAL_CAP = CapUse(cap_id="company", company_id=RIVAL, used_units=7, used_value=0)
TOTAL_CAP = CapUse(cap_id="programme", used_units=12, used_value=0)
ENTRIES = (
    entry(1, programme=TERMS, caps=(TOTAL_CAP,)),
    entry(2, balance(COMPANY, 5), balance(RIVAL, 7), caps=(OWN_CAP, RIVAL_CAP, TOTAL_CAP)),
    entry(3, balance(COMPANY, 5, drawn=2), caps=()),
    entry(4, caps=(), code="EXCEEDS_AVAILABLE", chain="b4" * 32),
)


def ledger_rows() -> Merged:
    merged: Merged = {}
    for one in ENTRIES:
        lay(merged, accounts.project(one))
    return merged


def test_a_programme_shows_the_balances_after_the_last_entry_that_moved_something() -> None:
    rows = ledger_rows()
    found = accounts.programme_ledger(PROGRAMME, rows[f"programme:{PROGRAMME}"], rows["head"], None)
    assert found is not None
    assert (found.seq, found.head.seq, found.head.chain) == (3, 4, "b4" * 32)
    assert (found.totals.granted_units, found.totals.drawn_units, found.totals.available_units) == (12, 2, 10)
    assert found.accounts == (balance(COMPANY, 5, drawn=2), balance(RIVAL, 7))


def test_a_company_sees_its_own_account_and_caps_and_the_totals() -> None:
    rows = ledger_rows()
    found = accounts.programme_ledger(PROGRAMME, rows[f"programme:{PROGRAMME}"], rows["head"], COMPANY)
    assert found is not None
    assert found.accounts == (balance(COMPANY, 5, drawn=2),)
    assert set(found.caps) == {OWN_CAP, TOTAL_CAP}
    assert found.totals.granted_units == 12


def test_a_company_sees_the_cap_of_its_group_and_nothing_of_another_group() -> None:
    def told(cap_id: str, scope: str, parent_id: str, company_id: str | None = None) -> CapUse:
        return CapUse(
            cap_id=cap_id, scope=scope, parent_id=parent_id, company_id=company_id, volume_units=9, used_units=1,
            used_value=0,
        )  # fmt: skip

    caps = (
        TOTAL_CAP, told("ours", "group:a", "programme"), told("company:x", f"company:{COMPANY}", "ours", COMPANY),
        told("theirs", "group:b", "programme"), told("company:y", f"company:{RIVAL}", "theirs", RIVAL),
        told("part", "use:research", "theirs"), told("deeper", "quarter:2026-q1", "part"),
        told("research", "use:research", "programme"),
    )  # fmt: skip
    merged = ledger_rows()
    lay(merged, accounts.project(entry(5, caps=caps)))
    found = accounts.programme_ledger(PROGRAMME, merged[f"programme:{PROGRAMME}"], merged["head"], COMPANY)
    assert found is not None
    assert {cap.cap_id for cap in found.caps} >= {"programme", "ours", "company:x", "research"}
    assert not {cap.cap_id for cap in found.caps} & {"theirs", "company:y", "part", "deeper"}


def test_a_programme_that_was_only_asked_for_is_none() -> None:
    rows = accounts.project(entry(1, programme_id="unknown", code="PROGRAMME_NOT_FOUND", caps=()))
    assert set(rows) == {"head"}


def test_an_account_is_as_its_last_entry_left_it() -> None:
    found = accounts.account(PROGRAMME, ledger_rows()[accounts.account_key(PROGRAMME, COMPANY)])
    assert (found.seq, found.balance) == (3, balance(COMPANY, 5, drawn=2))


OPENED, ADDED, RELEASED = build(BatchOpened), build(LinesAdded), build(BatchReleased)
REFUSED, ASIDE = build(BatchRefused), build(LinesSetAside)
AGAIN, POSTED = build(BatchReleased, attempt=2, cause="next-attempt"), build(BatchPosted, attempt=2)


@pytest.mark.parametrize(
    ("facts", "state", "attempt"),
    [
        ((OPENED, ADDED), "open", 1),
        ((OPENED, ADDED, RELEASED), "released", 1),
        ((OPENED, ADDED, RELEASED, REFUSED), "refused", 1),
        ((OPENED, ADDED, RELEASED, REFUSED, ASIDE, AGAIN), "released", 2),
        ((OPENED, ADDED, RELEASED, REFUSED, ASIDE, AGAIN, POSTED), "posted", 2),
        ((OPENED, ADDED, RELEASED, REFUSED, ASIDE, build(BatchClosed)), "closed", 1),
    ],
)
def test_the_facts_of_a_batch_give_its_state(facts: Sequence[Fact], state: str, attempt: int) -> None:
    rows = shown(enumerate(facts))
    file = batches.batch_file(BATCH, rows[f"batch:{BATCH}"])
    (summary,) = batches.batch_list(rows[f"batches:{PROGRAMME}"])
    assert (file.state, file.attempt) == (state, attempt)
    assert (summary.state, summary.attempt) == (state, attempt)


def test_a_batch_keeps_its_lines_and_why_some_were_set_aside() -> None:
    file = batches.batch_file(BATCH, shown(enumerate((OPENED, ADDED, ASIDE)))[f"batch:{BATCH}"])
    assert file.lines == ADDED.lines
    assert [(one.line, one.finding) for one in file.set_aside] == [(ASIDE.lines[0], ASIDE.findings[0])]
