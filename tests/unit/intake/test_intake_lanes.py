import json

import pytest

from schemas.base import Act, Command, Fact, Received
from schemas.catalogue import INBOX_OF, INTAKE_COMMANDS, OPERATOR_COMMANDS
from schemas.intake import (
    ApplicationSubmitted,
    CommandRefused,
    CommandRepeated,
    CompanyRegistered,
    GroupConfirmed,
    OperatorActed,
    Verb,
)
from schemas.notification import PARAMETERS, Notify
from schemas.policy import Evaluate, ReleaseBatch
from services.intake.domain.acts import CAUSED
from services.intake.lanes import intake_lane, operating_lane, react, react_to_act
from tests.builders import AT, application, build

RECEIVED = Received(position=1, at=AT)


@pytest.mark.parametrize(
    ("type_", "caused"),
    [
        (CompanyRegistered, ("notification.register-recipient.v1", "notification.notify.v1")),
        (GroupConfirmed, ("policy.record-group.v1",)),
        (ApplicationSubmitted, ("policy.evaluate.v1", "notification.notify.v1")),
        (CommandRepeated, ()),
        (CommandRefused, ()),
    ],
)
def test_a_fact_of_applications_causes_these_commands(type_: type[Fact], caused: tuple[str, ...]) -> None:
    commands = react(build(type_))
    assert tuple(command.type for command in commands) == caused
    assert len({command.command_id for command in commands}) == len(caused)


def test_an_evaluation_is_asked_for_with_what_the_fact_froze() -> None:
    submitted = build(ApplicationSubmitted)
    evaluate = react(submitted)[0]
    assert isinstance(evaluate, Evaluate)
    assert (evaluate.application, evaluate.submitted_at) == (application(), submitted.at)


@pytest.mark.parametrize("type_", [CompanyRegistered, ApplicationSubmitted])
def test_a_notice_is_given_every_parameter_of_its_template(type_: type[Fact]) -> None:
    notify = react(build(type_))[1]
    assert isinstance(notify, Notify)
    assert tuple(parameter.name for parameter in notify.parameters) == PARAMETERS[notify.template]


def payload(model: type[Command]) -> str:
    return build(model).model_dump_json(exclude={"command_id", "actor", "reason"})


@pytest.mark.parametrize(("verb", "model"), CAUSED.items())
def test_an_act_causes_its_payloads_command_with_its_own_id_actor_and_reason(verb: Verb, model: type[Command]) -> None:
    acted = build(OperatorActed, verb=verb, payload=payload(model))
    (command,) = react_to_act(acted)
    assert command == build(model, command_id=command.command_id)
    assert command.command_id != acted.command_id
    assert command.type in INBOX_OF


def test_a_payload_cannot_say_who_acts() -> None:
    sly: dict[str, object] = {**json.loads(payload(ReleaseBatch)), "reason": "none", "command_id": "mine"}
    sly["actor"] = {"person_id": "somebody-else", "role": "operator"}
    acted = build(OperatorActed, verb="release-batch", payload=json.dumps(sly))
    (command,) = react_to_act(acted)
    assert isinstance(command, Act)
    assert (command.actor, command.reason) == (acted.actor, acted.reason)


@pytest.mark.parametrize("verb", ["rebuild", "retry-parked", "replay-dead-letter", "verify"])
def test_what_the_processes_carry_out_themselves_causes_nothing(verb: str) -> None:
    assert react_to_act(build(OperatorActed, verb=verb, target="policy")) == ()


@pytest.mark.parametrize("model", INTAKE_COMMANDS.messages)
def test_every_command_of_the_intake_inbox_is_answered_by_one_fact(model: type[Command]) -> None:
    lane = intake_lane()
    assert lane.inbox is INTAKE_COMMANDS
    assert len(lane.decide(lane.initial(0), build(model), RECEIVED)) == 1


@pytest.mark.parametrize("model", OPERATOR_COMMANDS.messages)
def test_every_operators_command_is_answered(model: type[Command]) -> None:
    lane = operating_lane()
    assert lane.inbox is OPERATOR_COMMANDS
    assert lane.decide(lane.initial(0), build(model), RECEIVED)
