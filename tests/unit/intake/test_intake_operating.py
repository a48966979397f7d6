import json
from datetime import timedelta

import pytest

from schemas.base import Command, Fact, Received
from schemas.intake import (
    ActRefused,
    ActRepeated,
    IssueToken,
    OperatorActed,
    RecordAct,
    RevokeToken,
    TokenIssued,
    TokenRevoked,
)
from services.intake.domain.operating import OperatingState, all_rows, decide, evolve, initial, restore, rows
from services.intake.domain.refusals import Refusal
from tests.builders import AT, COMPANY, OTHER_DIGEST, PROGRAMME, build

RECEIVED = Received(position=3, at=AT)


def step(state: OperatingState, command: Command) -> tuple[Fact, ...]:
    facts = decide(state, command, RECEIVED)
    for fact in facts:
        evolve(state, fact)
    return facts


def act(verb: str, payload: object = None, **changes: object) -> Command:
    text = "" if payload is None else json.dumps(payload)
    return build(RecordAct, **{"verb": verb, "target": PROGRAMME, "payload": text, **changes})


def token(**changes: object) -> Command:
    return build(IssueToken, **{"command_id": "issue-1", **changes})


def revoke(**changes: object) -> Command:
    return build(RevokeToken, **{"command_id": "revoke-1", **changes})


def issued() -> OperatingState:
    state = initial(0)
    step(state, token())
    return state


def test_an_act_is_recorded_with_who_why_and_what() -> None:
    (fact,) = step(initial(0), act("release-batch", {"programme_id": PROGRAMME}))
    assert isinstance(fact, OperatorActed)
    assert (fact.verb, fact.target, fact.actor.role) == ("release-batch", PROGRAMME, "officer")


def test_issuing_and_revoking_a_token_are_two_facts_each() -> None:
    state = initial(0)
    assert [type(fact) for fact in step(state, token())] == [OperatorActed, TokenIssued]
    assert [type(fact) for fact in step(state, revoke())] == [OperatorActed, TokenRevoked]
    assert not state.tokens.live("t-0001")


def test_the_same_act_again_is_a_repeat_that_acts_no_second_time() -> None:
    state = initial(0)
    step(state, token())
    (fact,) = step(state, token())
    assert isinstance(fact, ActRepeated)
    assert fact.outcome == "acted"


def test_the_same_refused_act_again_has_the_first_refusal() -> None:
    state = initial(0)
    step(state, revoke())
    (fact,) = step(state, revoke())
    assert isinstance(fact, ActRepeated)
    assert (fact.outcome, fact.code) == ("refused", Refusal.TOKEN_NOT_FOUND)


REFUSED = [
    (token(person_id="partner-mo"), Refusal.EXISTS_DIFFERENT, ""),
    (act("issue-token"), Refusal.VERB_HAS_OWN_COMMAND, "/verb"),
    (act("rebuild", {"anything": 1}), Refusal.VERB_WITHOUT_PAYLOAD, "/payload"),
    (act("release-batch"), Refusal.PAYLOAD_INVALID, "/programme_id"),
    (act("release-batch", payload=[1]), Refusal.PAYLOAD_INVALID, "/programme_id"),
    (act("draw", {"programme_id": PROGRAMME, "company_id": COMPANY, "unit": "chip", "units": "5", "authority": "a"}),
     Refusal.PAYLOAD_INVALID, "/units"),
    (token(command_id="n", role="service"), Refusal.SCOPE_INVALID, "/role"),
    (token(command_id="n", role="partner", company_id=None), Refusal.SCOPE_INVALID, "/company_id"),
    (token(command_id="n", role="operator"), Refusal.SCOPE_INVALID, "/company_id"),
    (token(command_id="n", expires_at=AT), Refusal.EXPIRY_PAST, "/expires_at"),
    (token(command_id="n", token_sha256=OTHER_DIGEST), Refusal.TOKEN_EXISTS, "/token_id"),
    (token(command_id="n", token_id="t-0002"), Refusal.TOKEN_EXISTS, "/token_sha256"),
    (revoke(token_id="t-0009"), Refusal.TOKEN_NOT_FOUND, "/token_id"),
]  # fmt: skip


@pytest.mark.parametrize(("command", "code", "field"), REFUSED, ids=[f"{n}-{row[1]}" for n, row in enumerate(REFUSED)])
def test_every_refused_act_names_its_code_and_the_field(command: Command, code: Refusal, field: str) -> None:
    (fact,) = step(issued(), command)
    assert isinstance(fact, ActRefused)
    assert (fact.code, fact.field) == (code, field)


def test_a_revoked_tokens_name_and_hash_stay_taken() -> None:
    state = issued()
    step(state, revoke())
    (fact,) = step(state, token(command_id="again"))
    assert isinstance(fact, ActRefused)
    assert fact.code == Refusal.TOKEN_EXISTS


def test_rows_of_every_fact_together_restore_the_state() -> None:
    state, merged = initial(0), dict[str, dict[str, str]]()
    wishes = (token(), revoke(), token(command_id="n"), act("rebuild"), revoke(command_id="r2"))
    for wish in wishes:
        for fact in decide(state, wish, Received(0, AT + timedelta(days=1))):
            evolve(state, fact)
            for key, fields in rows(state, fact).items():
                merged[key] = {name: value for name, value in fields.items() if value is not None}
    assert merged.keys() == all_rows(state).keys()
    assert restore(0, merged) == state
