"""What the statistics count, and what they forget and show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.base import Message
from schemas.catalogue import DECISIONS
from schemas.policy import (
    ApplicationApproved,
    ApplicationEvaluated,
    ApplicationReferred,
    ApplicationRefused,
    ApplicationSetAside,
    AuthorisationIssued,
    CaseCommandRepeated,
    EvaluatedLine,
)
from services.policy.statistics import KEPT_SECONDS, OUTCOMES, Counted, counted, last_minute, over
from tests.builders import USUAL, approved_line, build

NOON = 1_772_452_800
"""A whole minute, seconds since the epoch."""


def line(requested: int | None, recommended: int) -> EvaluatedLine:
    usual = USUAL["policy.application-evaluated.v1"]["lines"]
    assert isinstance(usual, tuple)
    changes = {"requested_units": requested, "recommended_units": recommended}
    return EvaluatedLine.model_validate({**usual[0], **changes})


@pytest.mark.parametrize(
    ("outcome", "lines", "units"),
    [
        ("eligible", (line(1_000, 1_000), line(50, 50)), 1_050),
        ("eligible-in-part", (line(1_000, 600), line(50, 0)), 600),
        ("refer", (line(1_000, 0),), 1_000),
        ("refer", (line(None, 0), line(7, 0)), 7),
        ("ineligible", (line(1_000, 0), line(50, 0)), 1_050),
    ],
)
def test_an_evaluation_counts_recommended_units_or_else_requested_ones(
    outcome: str, lines: tuple[EvaluatedLine, ...], units: int
) -> None:
    assert counted(build(ApplicationEvaluated, outcome=outcome, lines=lines)) == Counted(outcome, units)


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (AuthorisationIssued, Counted("authorised", 1_005)),
        (ApplicationSetAside, Counted("set-aside", 1_005)),
        (ApplicationApproved, None),
        (ApplicationReferred, None),
        (ApplicationRefused, None),
        (CaseCommandRepeated, None),
    ],
)
def test_an_outcome_is_counted_once_by_the_fact_that_settles_it(fact: type[Message], expected: Counted | None) -> None:
    two = (approved_line().model_dump(), approved_line(line_id="u2", units=5).model_dump())
    lines = {"lines": two} if "lines" in fact.model_fields else {}
    assert counted(build(fact, **lines)) == expected


@pytest.mark.parametrize("message", DECISIONS.messages, ids=lambda message: message.type)
def test_every_fact_of_the_journal_is_counted_under_a_known_outcome_or_not_at_all(message: type[Message]) -> None:
    adds = counted(build(message))
    assert adds is None or adds.outcome in OUTCOMES


@given(st.lists(st.tuples(st.none() | st.integers(0, 10**9), st.integers(0, 10**9)), min_size=1, max_size=5))
def test_units_of_lines_add_up(figures: list[tuple[int | None, int]]) -> None:
    lines = tuple(line(*figure) for figure in figures)
    recommended = counted(build(ApplicationEvaluated, outcome="eligible-in-part", lines=lines))
    requested = counted(build(ApplicationEvaluated, outcome="ineligible", lines=lines))
    assert recommended == Counted("eligible-in-part", sum(figure for _, figure in figures))
    assert requested == Counted("ineligible", sum(figure or 0 for figure, _ in figures))


def test_a_window_is_over_an_hour_after_its_end() -> None:
    old = ("0/refer", (NOON - 60.0, float(NOON)))
    young = ("0/refer", (float(NOON), NOON + 60.0))
    assert over([old, young], NOON + KEPT_SECONDS - 1) == []
    assert over([old, young], NOON + KEPT_SECONDS) == [old]


@pytest.mark.parametrize(("seconds", "applications"), [(59, 1), (60, 2), (119, 2), (120, 0)])
def test_the_last_whole_minute_is_shown_and_outcomes_without_any_are_zero(seconds: int, applications: int) -> None:
    minutes = {(NOON - 60, "refer"): (1, 10), (NOON, "refer"): (2, 20)}
    shown = last_minute(minutes, NOON + seconds + 0.5)
    assert shown["refer"][0] == applications
    assert set(shown) == set(OUTCOMES)
    assert shown["eligible"] == (0, 0)
