"""Requests for information: asked, reminded, answered, lapsed; and withdrawal."""

from schemas.casework import (
    ApplicationReturned,
    ApplicationWithdrawn,
    InformationRequested,
)
from schemas.notification import PARAMETERS, Notify
from tests.unit.policy.people import (
    ask,
    names,
    opened,
    play,
    referred,
    withdraw,
)


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
