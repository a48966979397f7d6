from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.base import Command, Fact, Received
from schemas.intake import (
    ApplicationSubmitted,
    CommandRefused,
    CommandRepeated,
    CompanyRegistered,
    ConfirmGroup,
    GroupConfirmed,
    RegisterCompany,
    SubmitApplication,
    UseLine,
)
from schemas.values import UNITS_MAX
from services.intake.domain.application import application_id_of
from services.intake.domain.decide import decide
from services.intake.domain.evolve import evolve
from services.intake.domain.memory import ID_HORIZON_DAYS
from services.intake.domain.refusals import SENTENCES, Refusal
from services.intake.domain.state import IntakeState, all_rows, initial, restore, rows
from tests.builders import AT, COMPANY, GROUP, RIVAL, application, build, use_line

RECEIVED = Received(position=7, at=AT)
NEW = "01900000-0000-7000-8000-00000000000a"


def register(**changes: object) -> RegisterCompany:
    return build(RegisterCompany, **{"group_id": GROUP, **changes})


def confirm(**changes: object) -> ConfirmGroup:
    return build(ConfirmGroup, **{"command_id": "confirm-1", **changes})


def submit(command_id: str = NEW, company_id: str = COMPANY, **changes: object) -> SubmitApplication:
    fields = {"application_id": application_id_of(command_id), "company_id": company_id, **changes}
    asked = application(**fields)
    return build(SubmitApplication, command_id=command_id, company_id=company_id, application=asked)


def step(state: IntakeState, command: Command, received: Received = RECEIVED) -> Fact:
    (fact,) = decide(state, command, received)
    evolve(state, fact)
    return fact


def registered(**changes: object) -> IntakeState:
    state = initial(0)
    step(state, register(**changes))
    return state


def test_a_new_company_is_registered_with_an_unconfirmed_group() -> None:
    fact = step(initial(0), register())
    assert isinstance(fact, CompanyRegistered)
    assert (fact.profile.group_id, fact.profile.group_confirmed) == (GROUP, False)


def test_the_same_particulars_under_a_new_id_are_a_repeat() -> None:
    state = registered()
    step(state, confirm())
    fact = step(state, register(command_id="another-id"))
    assert isinstance(fact, CommandRepeated)
    assert fact.outcome == "registered"


@pytest.mark.parametrize("confirmed", [True, False])
def test_an_officers_word_decides_whether_the_group_counts(confirmed: bool) -> None:
    state = registered()
    fact = step(state, confirm(confirmed=confirmed))
    assert isinstance(fact, GroupConfirmed)
    assert state.companies[COMPANY].group_confirmed is confirmed


def test_an_application_carries_the_profile_as_it_is_and_an_id_made_of_its_command() -> None:
    state = registered()
    step(state, confirm())
    fact = step(state, submit())
    assert isinstance(fact, ApplicationSubmitted)
    assert fact.profile.group_confirmed
    assert fact.application.application_id == application_id_of(NEW)


def test_an_application_leaves_the_state_at_once() -> None:
    state = registered()
    before = all_rows(state).keys()
    step(state, submit())
    assert all_rows(state).keys() - before == {f"id:{NEW}"}


def lines(*changes: dict[str, object]) -> tuple[UseLine, ...]:
    return tuple(use_line(**{"line_id": f"u{n}", **one}) for n, one in enumerate(changes))


FAR = AT + timedelta(days=3_661)
LAST_YEAR = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def other_content(state: IntakeState) -> Command:
    step(state, submit())
    return submit(currency="EUR")


def foreign_company(_: IntakeState) -> Command:
    good = submit()
    return good.model_copy(update={"application": good.application.model_copy(update={"company_id": RIVAL})})


def foreign_id(_: IntakeState) -> Command:
    return submit(application_id="app-of-another")


def given_lines(*changes: dict[str, object]) -> Callable[[IntakeState], Command]:
    return lambda _: submit(use_lines=lines(*changes))


REFUSED: list[tuple[Callable[[IntakeState], Command], Refusal, str]] = [
    (other_content, Refusal.EXISTS_DIFFERENT, ""),
    (foreign_company, Refusal.COMPANY_MISMATCH, "/company_id"),
    (foreign_id, Refusal.APPLICATION_ID_MISMATCH, "/application_id"),
    (given_lines({}, {"line_id": "u0"}), Refusal.LINE_DUPLICATE, "/use_lines/1/line_id"),
    (given_lines({"ends_on": AT}), Refusal.PERIOD_INVALID, "/use_lines/0/ends_on"),
    (given_lines({}, {"ends_on": FAR}), Refusal.PERIOD_OUT_OF_RANGE, "/use_lines/1/ends_on"),
    (given_lines({"ends_on": LAST_YEAR}), Refusal.PERIOD_OUT_OF_RANGE, "/use_lines/0/ends_on"),
    (given_lines({"starts_on": datetime.min.replace(tzinfo=UTC)}), Refusal.PERIOD_OUT_OF_RANGE,
     "/use_lines/0/starts_on"),
    (given_lines({"units": UNITS_MAX, "unit_value": 2}), Refusal.TOTAL_TOO_LARGE, "/use_lines/0/units"),
    (given_lines({"units": UNITS_MAX, "unit_value": 1}, {"units": 1, "unit_value": 1}), Refusal.TOTAL_TOO_LARGE,
     "/use_lines/1/units"),
    (lambda _: submit(company_id=RIVAL), Refusal.COMPANY_NOT_FOUND, "/company_id"),
    (lambda _: confirm(company_id=RIVAL), Refusal.COMPANY_NOT_FOUND, "/company_id"),
    (lambda _: register(command_id="other", legal_name="Another name (illustrative)"), Refusal.COMPANY_EXISTS,
     "/company_id"),
    (lambda _: confirm(group_id=RIVAL), Refusal.GROUP_NOT_CLAIMED, "/group_id"),
]  # fmt: skip


@pytest.mark.parametrize(("ask", "code", "field"), REFUSED, ids=[f"{n}-{row[1]}" for n, row in enumerate(REFUSED)])
def test_every_refusal_names_its_code_and_the_field(
    ask: Callable[[IntakeState], Command], code: Refusal, field: str
) -> None:
    state = registered()
    fact = step(state, ask(state))
    assert isinstance(fact, CommandRefused)
    assert (fact.code, fact.field) == (code, field)


def test_every_code_has_a_sentence_for_the_reader() -> None:
    assert set(SENTENCES) == set(Refusal)


def test_a_refused_submission_names_its_application_and_a_reused_id_does_not() -> None:
    state = registered()
    unknown = step(state, submit(company_id=RIVAL))
    reused = step(state, submit(company_id=RIVAL, currency="EUR"))
    assert isinstance(unknown, CommandRefused)
    assert isinstance(reused, CommandRefused)
    assert (unknown.application_id, reused.application_id) == (application_id_of(NEW), None)


def test_a_refusal_is_final_for_its_id_even_when_its_reason_is_gone() -> None:
    state = initial(0)
    step(state, submit())
    step(state, register())
    fact = step(state, submit())
    assert isinstance(fact, CommandRepeated)
    assert (fact.outcome, fact.code, fact.field) == ("refused", Refusal.COMPANY_NOT_FOUND, "/company_id")


def test_who_repeats_with_another_role_has_the_same_answer() -> None:
    state = registered()
    step(state, submit())
    again = submit().model_copy(update={"actor": confirm().actor})
    assert isinstance(step(state, again), CommandRepeated)


def test_an_id_is_forgotten_after_the_horizon_and_its_row_deleted() -> None:
    state = registered()
    step(state, confirm())
    later = replace(RECEIVED, at=AT + timedelta(days=ID_HORIZON_DAYS, seconds=1))
    fact = step(state, confirm(command_id="later"), later)
    assert set(state.memory.answers) == {"later"}
    assert set(rows(state, fact)["id:confirm-1"].values()) == {None}


@pytest.mark.parametrize("restarted", [False, True])
def test_the_id_of_an_accepted_application_is_remembered_for_ever(restarted: bool) -> None:
    state = registered()
    step(state, submit())
    later = replace(RECEIVED, at=AT + timedelta(days=50 * ID_HORIZON_DAYS))
    step(state, confirm(), later)
    if restarted:
        state = restore(0, {key: {n: v for n, v in row.items() if v} for key, row in all_rows(state).items()})
    same, other = step(state, submit(), later), step(state, submit(currency="EUR"), later)
    assert isinstance(same, CommandRepeated)
    assert (same.outcome, same.application_id) == ("submitted", application_id_of(NEW))
    assert isinstance(other, CommandRefused)
    assert other.code == Refusal.EXISTS_DIFFERENT


def test_the_id_of_a_refused_application_is_forgotten_with_the_others() -> None:
    state = initial(0)
    step(state, submit())
    step(state, register(), replace(RECEIVED, at=AT + timedelta(days=ID_HORIZON_DAYS, seconds=1)))
    assert not state.memory.known(NEW)


def test_an_id_is_remembered_until_the_horizon() -> None:
    state = registered()
    step(state, confirm())
    later = replace(RECEIVED, at=AT + timedelta(days=ID_HORIZON_DAYS))
    assert isinstance(step(state, confirm(), later), CommandRepeated)


WISHES = (
    register(),
    register(command_id="other", legal_name="Another name (illustrative)"),
    confirm(),
    confirm(command_id="confirm-2", confirmed=False),
    submit(),
    submit(currency="EUR"),
    submit("second", company_id=RIVAL),
)


@given(st.lists(st.tuples(st.sampled_from(WISHES), st.integers(min_value=0, max_value=20)), max_size=25))
def test_rows_of_every_fact_together_are_the_whole_state_and_restore_it(wishes: list[tuple[Command, int]]) -> None:
    state, merged, now = initial(0), dict[str, dict[str, str]](), AT
    for wish, days in wishes:
        now += timedelta(days=days)
        facts = decide(state, wish, Received(0, now))
        assert len(facts) == 1
        evolve(state, facts[0])
        for key, fields in rows(state, facts[0]).items():
            kept = {**merged.get(key, {}), **fields}
            merged[key] = {name: value for name, value in kept.items() if value is not None}
    merged = {key: fields for key, fields in merged.items() if fields}
    whole = {key: {n: v for n, v in fields.items() if v is not None} for key, fields in all_rows(state).items()}
    assert merged == whole
    assert restore(0, merged) == state
