"""People in a case: proposals, countersignatures, requests for information, withdrawal. One row per code."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.base import Actor, Command
from schemas.casework import (
    ApplicationReturned,
    ApplicationWithdrawn,
    CaseOpened,
    CaseTick,
    DecisionCountersigned,
    DecisionProposed,
)
from schemas.decisions import CASE_SENTENCES, REASONS, CaseCode, DecisionLine, Reason, SignedDecision
from schemas.notification import Notify
from schemas.policy import (
    AddLines,
    ApplicationApproved,
    ApplicationApprovedInPart,
    ApplicationRefused,
    CaseCommandRefused,
    CaseCommandRepeated,
    OutcomeLine,
    RecordGroup,
    RecordOutcome,
)
from services.policy.domain.people import GradeStep, People
from tests.unit.policy.people import (
    APPLICATION,
    COMPANY,
    NEW,
    PRICE,
    WEN,
    ZHAO,
    Made,
    Person,
    advise,
    answer,
    ask,
    clear,
    countersign,
    flag,
    intend,
    lane,
    leave,
    names,
    opened,
    play,
    propose,
    referred,
    send_back,
    take,
    unadvise,
    withdraw,
)
from tests.unit.policy.samples import AT, PROGRAMME, Shard, application, changed, sample

TABLE: list[tuple[str, tuple[Command | Made, ...], tuple[str, ...]]] = [
    ("proposed", (propose(),), ("DecisionProposed",)),
    ("approved", (propose(), countersign()), ("DecisionCountersigned", "ApplicationApproved")),
    ("in part", (propose(WEN, "approve-in-part", 400), countersign()),
     ("DecisionCountersigned", "ApplicationApprovedInPart")),
    ("refused", (propose(WEN, "refuse"), countersign()), ("DecisionCountersigned", "ApplicationRefused")),
    ("returned", (propose(WEN, "return"), countersign()), ("DecisionCountersigned", "ApplicationReturned")),
    ("sent back", (propose(), send_back()), ("DecisionReturned",)),
    ("taken back by its author", (propose(), send_back(WEN)), ("DecisionReturned",)),
    ("proposed anew by another",
     (propose(), send_back(), propose(ZHAO, "refuse", version=3), countersign(("officer-wen", 2))),
     ("DecisionCountersigned", "ApplicationRefused")),
    ("asked", (ask(),), ("InformationRequested",)),
    ("answered", (ask(), answer()), ("InformationProvided",)),
    ("asked again", (ask(), answer(), ask(name="ask-2")), ("InformationRequested",)),
    ("decided after the answer", (ask(), answer(), propose(version=3), countersign()),
     ("DecisionCountersigned", "ApplicationApproved")),
    ("taken", (take(),), ("CaseTaken",)),
    ("taken again by the same", (take(), take(name="again")), ("CaseTaken",)),
    ("left", (take(), leave()), ("CaseLeft",)),
    ("taken after it was left", (take(), leave(), take(ZHAO)), ("CaseTaken",)),
    ("decided by who has it, signed by another", (take(), propose(), countersign()),
     ("DecisionCountersigned", "ApplicationApproved")),
    ("advised", (advise(),), ("AdviceGiven",)),
    ("advised by several who disagree", (advise(), advise("approve", "trade")), ("AdviceGiven",)),
    ("advised anew", (advise(), advise("proviso")), ("AdviceGiven",)),
    ("advice withdrawn", (advise(), unadvise()), ("AdviceWithdrawn",)),
    ("flagged", (flag(),), ("FlagRaised",)),
    ("cleared by another", (flag(), clear()), ("FlagCleared",)),
    ("decided once cleared", (flag(), clear(), propose(version=3)), ("DecisionProposed",)),
    ("intended", (intend(),), ("IntentIssued",)),
    ("replied to an intent", (intend(), answer()), ("InformationProvided",)),
    ("intended while proposed", (propose(), intend()), ("IntentIssued",)),
    ("withdrawn", (withdraw(),), ("ApplicationWithdrawn",)),
    ("withdrawn while asked", (ask(), withdraw()), ("ApplicationWithdrawn",)),
    ("withdrawn while proposed", (propose(), withdraw()), ("ApplicationWithdrawn",)),
    ("repeated", (propose(), propose()), ("CaseCommandRepeated",)),
    ("ticked too early", (ask(), CaseTick(command_id="t", company_id=COMPANY, application_id=APPLICATION)), ()),
    ("ticked for nothing", (withdraw(), CaseTick(command_id="t", company_id=COMPANY, application_id=APPLICATION)), ()),
]  # fmt: skip


@pytest.mark.parametrize(("name", "steps", "expected"), TABLE, ids=[row[0] for row in TABLE])
def test_each_step_of_people_has_its_facts(
    name: str, steps: tuple[Command | Made, ...], expected: tuple[str, ...]
) -> None:
    shard = opened()

    facts = play(shard, *steps)

    assert names(facts) == expected
    assert shard.restored() == (shard.state, shard.state)


OPERATOR = {"person_id": "operator-xu", "role": "operator", "grade": 9}
TWICE = ({"line_id": "u1", "authorised_units": 1}, {"line_id": "u1", "authorised_units": 1})
REFUSALS: list[tuple[str, tuple[Command | Made, ...], str | None]] = [
    ("COMMAND_ID_REUSED", (propose(), propose(version=2)), None),
    ("APPLICATION_PENDING", (referred().model_copy(update={"command_id": "again"}),), None),
    ("APPLICATION_NOT_FOUND", (RecordOutcome(
        command_id="o", company_id=COMPANY, application_id="app-9", programme_id=PROGRAMME, batch_id="b", attempt=1,
        ledger_seq=1, lines=(OutcomeLine(line_id="u1", units=1, value=1, posted=True),)),), None),
    ("LINE_NOT_FOUND", (propose(), countersign(), RecordOutcome(
        command_id="o", company_id=COMPANY, application_id=APPLICATION, programme_id=PROGRAMME, batch_id="b",
        attempt=1, ledger_seq=1, lines=(OutcomeLine(line_id="u9", units=1, value=1, posted=True),))), None),
    ("NO_OPEN_CASE", (propose(), countersign(), propose(ZHAO)), None),
    ("NO_OPEN_CASE", (withdraw(), withdraw("again")), None),
    ("NO_OPEN_CASE", (propose(), countersign(), withdraw()), None),
    ("ROLE_INSUFFICIENT", (propose(actor=OPERATOR),), None),
    ("VERSION_STALE", (propose(), propose(ZHAO, "refuse")), "/version"),
    ("INFORMATION_OPEN", (ask(), propose(version=2)), ""),
    ("INFORMATION_OPEN", (ask(), ask(ZHAO)), None),
    ("NO_INFORMATION_OPEN", (answer(),), None),
    ("DUE_INVALID", (ask(due_at=AT),), "/due_at"),
    ("DUE_INVALID", (ask(due_at=AT + timedelta(days=367)),), "/due_at"),
    ("LINES_DIFFER", (propose(WEN, "approve", 1_000, 5),), "/lines"),
    ("LINES_DIFFER", (propose(lines=()),), "/lines"),
    ("LINES_DIFFER", (propose(lines=TWICE),), "/lines"),
    ("LINES_DIFFER", (propose(WEN, "refuse", reasons=({"code": "SUPPLY_SHORT", "line_id": "u9"},)),),
     "/reasons/0/line_id"),
    ("UNITS_ABOVE_REQUEST", (propose(WEN, "approve", 1_001),), "/lines/0/authorised_units"),
    ("OUTCOME_DIFFERS", (propose(WEN, "approve", 999),), "/outcome"),
    ("OUTCOME_DIFFERS", (propose(WEN, "approve-in-part", 1_000),), "/outcome"),
    ("OUTCOME_DIFFERS", (propose(WEN, "approve-in-part", 0),), "/outcome"),
    ("OUTCOME_DIFFERS", (propose(WEN, "refuse", lines=TWICE[:1]),), "/lines"),
    ("REASON_MISSING", (propose(WEN, "refuse", reasons=()),), "/reasons"),
    ("REASON_MISSING", (propose(WEN, "approve-in-part", 5, reasons=()),), "/reasons"),
    ("RULE_UNKNOWN", (propose(WEN, "refuse", reasons=({"code": "RULE_APPLIES", "rule": "no-such"},)),),
     "/reasons/0/rule"),
    ("CASE_TAKEN", (take(), take(ZHAO)), None),
    ("CASE_TAKEN", (take(), propose(ZHAO)), None),
    ("CASE_TAKEN", (take(), ask(ZHAO)), None),
    ("CASE_TAKEN", (take(), intend(ZHAO)), None),
    ("INFORMATION_OPEN", (ask(), intend()), None),
    ("INFORMATION_OPEN", (intend(), propose(version=2)), ""),
    ("DUE_INVALID", (intend(due_at=AT),), "/due_at"),
    ("RULE_UNKNOWN", (intend(reasons=({"code": "RULE_APPLIES", "rule": "no-such"},)),), "/reasons/0/rule"),
    ("CASE_NOT_TAKEN", (leave(),), None),
    ("CASE_NOT_TAKEN", (take(), leave(ZHAO)), None),
    ("CASE_FLAGGED", (flag(), propose(version=2)), ""),
    ("FLAG_STANDS", (flag(), flag(ZHAO)), "/flag"),
    ("NO_FLAG", (clear(),), "/flag"),
    ("NO_FLAG", (flag(), clear(kind="security")), "/flag"),
    ("SAME_PERSON", (flag(), clear(WEN)), None),
    ("NO_ADVICE", (unadvise(),), "/agency"),
    ("NO_ADVICE", (advise(), unadvise(), unadvise(name="again")), "/agency"),
    ("NO_PROPOSAL", (propose(), advise(), countersign()), None),
    ("NO_PROPOSAL", (propose(), flag(ZHAO), countersign()), None),
    ("NO_PROPOSAL", (countersign(),), None),
    ("NO_PROPOSAL", (send_back(),), None),
    ("NO_PROPOSAL", (propose(), ask(ZHAO), answer(), countersign()), None),
    ("HASH_STALE", (propose(), countersign(decision_sha256="ab" * 32)), "/decision_sha256"),
    ("HASH_STALE", (propose(), send_back(decision_sha256="ab" * 32)), "/decision_sha256"),
    ("SAME_PERSON", (propose(), countersign(WEN)), None),
    ("SAME_PERSON", (propose(), countersign(("officer-wen", 9))), None),
    ("GRADE_INSUFFICIENT", (propose(), countersign(NEW)), None),
]  # fmt: skip


@pytest.mark.parametrize(("code", "steps", "field"), REFUSALS, ids=[f"{row[0]}-{n}" for n, row in enumerate(REFUSALS)])
def test_each_refusal_has_its_code_and_changes_nothing(
    code: str, steps: tuple[Command | Made, ...], field: str | None
) -> None:
    shard = opened()
    play(shard, *steps[:-1])
    before = shard.lane.all_rows(shard.state)

    (fact,) = play(shard, steps[-1])

    assert isinstance(fact, CaseCommandRefused)
    assert (fact.code, fact.field) == (code, field)
    after = shard.lane.all_rows(shard.state)
    assert {key: row for key, row in after.items() if not key.startswith("ids:")} == {
        key: row for key, row in before.items() if not key.startswith("ids:")
    }


def test_every_code_is_shown_by_a_row_and_has_both_sentences() -> None:
    shown = {row[0] for row in REFUSALS} | {"NOT_MEASURED", "UNITS_NOT_WHOLE", "INTENT_NEEDED"}
    assert shown == {code.value for code in CaseCode} == {code.value for code in CASE_SENTENCES}
    assert set(REASONS) == set(Reason)


def test_what_the_policy_could_not_measure_is_never_approved() -> None:
    shard = opened(unit="pallet")
    (fact,) = play(shard, propose())
    assert isinstance(fact, CaseCommandRefused)
    assert fact.code == "NOT_MEASURED"
    assert names(play(shard, propose(WEN, "refuse"), countersign())) == (
        "DecisionCountersigned", "ApplicationRefused"
    )  # fmt: skip


def test_modules_are_approved_whole_at_their_own_price() -> None:
    shard = opened(100, unit="module-8", unit_value=8 * PRICE + 1)
    (fact,) = play(shard, propose(WEN, "approve-in-part", 9))
    assert isinstance(fact, CaseCommandRefused)
    assert (fact.code, fact.field) == ("UNITS_NOT_WHOLE", "/lines/0/authorised_units")
    _, approved = play(shard, propose(WEN, "approve-in-part", 16, command_id="p2"), countersign())
    assert isinstance(approved, ApplicationApprovedInPart)
    assert (approved.lines[0].units, approved.lines[0].value) == (16, 2 * (8 * PRICE + 1))
    assert approved.lines[0].step_units == 8


def test_a_larger_value_asks_for_a_higher_grade() -> None:
    steps = (GradeStep(from_value=0, grade=1), GradeStep(from_value=1_000 * PRICE, grade=3))
    known = changed(sample(), people=People(countersign=steps))
    small, large = opened(999, known=known), opened(1_000, known=known)
    assert names(play(small, propose(WEN, "approve", 999), countersign(NEW)))[-1] == "ApplicationApproved"
    assert names(play(large, propose(), countersign(ZHAO))) == ("CaseCommandRefused",)
    assert names(play(large, countersign(("officer-ma", 3))))[-1] == "ApplicationApproved"


@pytest.mark.parametrize(
    "steps",
    [
        (),
        (GradeStep(from_value=1, grade=1),),
        (GradeStep(from_value=0, grade=2), GradeStep(from_value=5, grade=1)),
        (GradeStep(from_value=0, grade=1), GradeStep(from_value=0, grade=2)),
    ],
)
def test_a_bundle_whose_grades_leave_a_gap_or_fall_is_refused(steps: tuple[GradeStep, ...]) -> None:
    with pytest.raises(ValueError, match="countersign"):
        People(countersign=steps)


def test_an_approval_by_people_flows_on_as_an_automatic_one_does() -> None:
    shard = opened(600, 400)
    play(shard, propose(WEN, "approve", 600, 400), countersign())
    add = next(command for command in shard.reacts if isinstance(command, AddLines))
    assert [(line.line_id, line.units, line.value) for line in add.lines] == [
        ("u1", 600, 600 * PRICE), ("u2", 400, 400 * PRICE)
    ]  # fmt: skip
    approved = next(fact for fact in shard.facts if isinstance(fact, ApplicationApproved))
    assert approved.requested_units == 1_000


def test_a_refusal_by_people_tells_its_reasons_and_the_law_of_the_rule_it_cites() -> None:
    shard = opened()
    note = {"code": "NEED_NOT_SHOWN", "rule": "necessary-use", "note": "See question 3."}
    play(shard, propose(WEN, "refuse", reasons=(note, {"code": "SUPPLY_SHORT"})), countersign())
    (refused,) = [fact for fact in shard.facts if isinstance(fact, ApplicationRefused)]
    first, second = refused.findings
    assert (first.code, first.rule, first.effect) == ("NEED_NOT_SHOWN", "necessary-use", "reject")
    assert first.law.startswith("report: ")
    assert first.text.en.endswith("See question 3.")
    assert second.rule == "officer"
    notice = [command for command in shard.reacts if isinstance(command, Notify)][-1]
    assert notice.template == "application-refused"
    assert notice.reasons == (first.text, second.text)


def test_a_group_confirmed_after_the_referral_shares_the_cap() -> None:
    asked = referred()
    claim = asked.profile.model_copy(update={"group_id": "lanwei-group"})
    for confirmed, group in ((True, "lanwei-group"), (False, None)):
        shard = Shard(lane())
        word = RecordGroup(command_id="g", company_id=COMPANY, group_id="lanwei-group", confirmed=confirmed)
        play(shard, asked.model_copy(update={"profile": claim}), word, propose(), countersign())
        (approved,) = [fact for fact in shard.facts if isinstance(fact, ApplicationApproved)]
        assert approved.group_id == group


def test_where_the_bundle_says_so_a_refusal_comes_after_an_intent_and_its_reply_or_silence() -> None:
    for replies in (True, False):
        shard = opened(known=changed(sample(), people=People(intent_before_refusal=True)))
        (fact,) = play(shard, propose(WEN, "refuse"))
        assert isinstance(fact, CaseCommandRefused)
        assert (fact.code, fact.field) == ("INTENT_NEEDED", "/outcome")
        play(shard, intend())
        told = [command for command in shard.reacts if isinstance(command, Notify)][-1]
        assert told.template == "intent-to-refuse"
        assert told.reasons[0] == REASONS[Reason.NEED_NOT_SHOWN]
        if replies:
            play(shard, answer())
        else:
            shard.wait(10 * 86_400)
            assert shard.names(since=-1) == ["IntentClosed"]
        assert shard.restored() == (shard.state, shard.state)
        again = propose(WEN, "refuse", version=3, command_id="later")
        assert names(play(shard, again, countersign()))[-1] == "ApplicationRefused"


def test_two_officers_who_race_leave_one_outcome() -> None:
    shard = opened()
    play(shard, propose())
    first = play(shard, countersign(ZHAO))
    second = play(shard, countersign(("officer-ma", 3)))
    assert names(first)[-1] == "ApplicationApproved"
    assert names(second) == ("CaseCommandRefused",)
    assert len([fact for fact in shard.facts if isinstance(fact, DecisionCountersigned)]) == 1


def test_the_signed_hash_can_be_computed_from_the_published_fact() -> None:
    shard = opened()
    (proposed,) = play(shard, propose())
    assert isinstance(proposed, DecisionProposed)
    signed = SignedDecision(
        application_id=proposed.application_id,
        programme_id=proposed.programme_id,
        company_id=proposed.company_id,
        version=proposed.version,
        outcome=proposed.outcome,
        lines=proposed.lines,
        reasons=proposed.reasons,
        proposed_by=proposed.actor.person_id,
    )
    assert signed.sha256 == proposed.decision_sha256


def test_an_actors_grade_is_no_part_of_what_was_wished() -> None:
    shard = opened()
    play(shard, propose())
    promoted = propose(actor=Actor(person_id=WEN[0], role="officer", grade=5))
    assert isinstance(play(shard, promoted)[0], CaseCommandRepeated)


def test_a_bundle_in_which_people_decide_opens_a_case_for_what_is_eligible() -> None:
    shard = Shard(lane(changed(sample(), approve_eligible=False)))
    *_, last = shard.take(application(COMPANY, 1))
    assert isinstance(last, CaseOpened)
    assert last.queues == ("OFFICER_DECIDES",)
    assert last.lines[0].recommended_units == 1_000


PEOPLE = (WEN, ZHAO, NEW, ("officer-ma", 3))
STEPS = st.lists(
    st.tuples(st.sampled_from(["propose", "sign", "back", "ask", "answer", "withdraw", "day"]), st.sampled_from(PEOPLE),
              st.integers(0, 1_200)),
    min_size=1, max_size=12,
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(STEPS)
def test_whatever_people_do_a_case_has_one_end_signed_by_two(steps: list[tuple[str, Person, int]]) -> None:
    shard = opened()
    for number, (kind, person, figure) in enumerate(steps):
        version = max([getattr(fact, "version", 1) for fact in shard.facts])
        made: dict[str, Made] = {
            "propose": lambda _, p=person, v=version, u=figure, n=number: propose(  # type: ignore[misc]
                p, "approve-in-part", u, version=v, command_id=f"c{n}"
            ),
            "sign": countersign(person, command_id=f"c{number}"),
            "back": send_back(person, command_id=f"c{number}"),
            "ask": lambda _, p=person, n=number: ask(  # type: ignore[misc]
                p, command_id=f"c{n}", due_at=shard.at + timedelta(days=2)
            ),
            "answer": lambda _, n=number: answer(f"c{n}"),  # type: ignore[misc]
            "withdraw": lambda _, n=number: withdraw(f"c{n}"),  # type: ignore[misc]
        }
        if kind == "day":
            shard.wait(86_400)
        else:
            play(shard, made[kind])
    ends = [fact for fact in shard.facts if isinstance(fact, ApplicationApproved | ApplicationReturned
            | ApplicationWithdrawn)]  # fmt: skip
    assert len(ends) <= 1
    signed = [fact for fact in shard.facts if isinstance(fact, DecisionCountersigned)]
    approvals = [fact for fact in shard.facts if isinstance(fact, ApplicationApproved)]
    assert len(signed) == len(approvals)
    for one in signed:
        assert one.proposed_by != one.actor.person_id
        assert one.actor.grade >= 2
    assert shard.restored() == (shard.state, shard.state)


def test_a_decided_line_keeps_three_figures_apart() -> None:
    shard = opened(130_000)
    (proposed,) = play(shard, propose(WEN, "approve-in-part", 500))
    assert isinstance(proposed, DecisionProposed)
    assert proposed.lines == (
        DecisionLine(line_id="u1", requested_units=130_000, recommended_units=120_000, authorised_units=500,
                     authorised_value=500 * PRICE),
    )  # fmt: skip
