"""Requests for information: asked, reminded, answered, lapsed; withdrawal; deadlines, and a clock that stands."""

from datetime import timedelta

from schemas.casework import (
    ApplicationReturned,
    ApplicationWithdrawn,
    CaseEscalated,
    InformationProvided,
    InformationRequested,
)
from schemas.notification import PARAMETERS, Notify
from services.policy.domain.people import CalendarRule, LevelRule, People
from tests.unit.policy.people import ZHAO, answer, ask, names, opened, play, propose, referred, take, withdraw
from tests.unit.policy.samples import AT, Shard, changed, sample


def test_a_request_reminds_half_way_and_lapses_when_it_is_due() -> None:
    shard = opened()
    (asked,) = play(shard, ask())
    assert isinstance(asked, InformationRequested)
    shard.wait(5 * 86_400 - 1)
    assert shard.names(since=-1) == ["InformationRequested"]
    shard.wait(1)
    assert shard.names(since=-1) == ["InformationReminded"]
    assert shard.restored() == (shard.state, shard.state)
    shard.wait(5 * 86_400)
    assert shard.names(since=-2) == ["RequestLapsed", "ApplicationReturned"]
    returned = shard.facts[-1]
    assert isinstance(returned, ApplicationReturned)
    assert [finding.code for finding in returned.findings] == ["INFORMATION_MISSING"]
    told = [command.template for command in shard.reacts if isinstance(command, Notify)]
    assert told == [
        "application-referred", "information-requested", "information-reminded", "application-returned"
    ]  # fmt: skip
    assert shard.lane.due(shard.state) is None
    assert shard.restored() == (shard.state, shard.state)


def test_one_late_tick_lapses_without_a_reminder() -> None:
    shard = opened()
    play(shard, ask())
    shard.wait(11 * 86_400)
    assert shard.names(since=-2) == ["RequestLapsed", "ApplicationReturned"]


def test_the_questions_go_to_the_company_as_they_were_asked() -> None:
    shard = opened()
    play(shard, ask(questions=("Erste Frage?", "Zweite?")))
    notice = [command for command in shard.reacts if isinstance(command, Notify)][-1]
    assert [text.en for text in notice.reasons] == ["Erste Frage?", "Zweite?"]
    assert {one.name for one in notice.parameters} == set(PARAMETERS["information-requested"])


def test_a_company_may_apply_again_with_what_it_withdrew() -> None:
    shard = opened()
    play(shard, withdraw())
    assert isinstance(shard.facts[-1], ApplicationWithdrawn)
    again = referred().model_copy(update={"command_id": "again"})
    assert "CaseOpened" in names(play(shard, again))


LEVEL = LevelRule(working_days=2, calendar=CalendarRule(utc_offset_minutes=0))
"""Two working days; the sample's cases are opened on Monday 2 March 2026, 09:30."""


def _timed() -> Shard:
    return opened(known=changed(sample(), people=People(service_level=LEVEL)))


def test_a_case_that_is_not_decided_in_time_is_escalated_once_and_its_lease_ends() -> None:
    shard = _timed()
    play(shard, take(seconds=86_400 * 7))
    shard.wait(2 * 86_400 - 1)
    assert shard.names(since=-1) == ["CaseTaken"]
    shard.wait(1)
    (escalated,) = shard.facts[-1:]
    assert isinstance(escalated, CaseEscalated)
    assert escalated.deadline_at == AT + timedelta(days=2)
    assert shard.lane.due(shard.state) is None
    assert shard.restored() == (shard.state, shard.state)
    assert names(play(shard, take(ZHAO))) == ("CaseTaken",)


def test_the_clock_stands_while_the_company_is_asked() -> None:
    shard = _timed()
    shard.wait(3_600)
    play(shard, ask())
    shard.wait(86_400)
    (answered,) = play(shard, answer())
    assert isinstance(answered, InformationProvided)
    assert answered.deadline_at == AT + timedelta(days=3)
    shard.wait(86_400 * 2 - 3_601)
    assert "CaseEscalated" not in shard.names()
    shard.wait(1)
    assert shard.names(since=-1) == ["CaseEscalated"]


def test_a_lease_that_has_run_out_binds_nobody() -> None:
    shard = opened()
    play(shard, take(seconds=60))
    shard.wait(60)
    assert names(play(shard, propose(ZHAO))) == ("DecisionProposed",)
