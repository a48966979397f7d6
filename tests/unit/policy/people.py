"""What the tests of people's work in a case start from: a referred application, officers, their commands."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import cast

from schemas.base import Command, Fact
from schemas.casework import (
    ClearFlag,
    CountersignDecision,
    DecisionProposed,
    GiveAdvice,
    IssueIntent,
    LeaveCase,
    ProposeDecision,
    ProvideInformation,
    RaiseFlag,
    RequestInformation,
    ReturnDecision,
    TakeCase,
    WithdrawAdvice,
    WithdrawApplication,
)
from schemas.policy import (
    Evaluate,
)
from services.kit.contract import Lane
from services.policy.domain.bundle import Bundle
from services.policy.lanes import evaluation_lane
from tests.unit.policy.samples import AT, Shard, application, only, sample

COMPANY = "lanwei-compute"
APPLICATION = f"app-{COMPANY}-1"
PRICE = 2_700_000
WEN, ZHAO, NEW = ("officer-wen", 1), ("officer-zhao", 2), ("officer-new", 1)
Person = tuple[str, int]
Made = Callable[[Shard], Command]


def lane(known: Bundle | None = None) -> Lane[object]:
    return cast(Lane[object], evaluation_lane(only(known or sample())))


def referred(*units: int, **line: object) -> Evaluate:
    """An application of a state-owned company: the sample judges it case by case."""
    asked = application(COMPANY, 1, units or (1_000,))
    lines = tuple(each.model_copy(update=line) for each in asked.application.use_lines)
    return asked.model_copy(
        update={
            "profile": asked.profile.model_copy(update={"category": "state-owned"}),
            "application": asked.application.model_copy(update={"use_lines": lines}),
        }
    )


def opened(*units: int, known: Bundle | None = None, **line: object) -> Shard:
    """A shard with one open case."""
    shard = Shard(lane(known))
    shard.take(referred(*units, **line))
    return shard


def act(model: type[Command], person: Person, name: str, **fields: object) -> Command:
    usual: Mapping[str, object] = {
        "command_id": f"{name}-{person[0]}", "actor": {"person_id": person[0], "role": "officer", "grade": person[1]},
        "reason": "Papers seen (illustrative).", "company_id": COMPANY, "application_id": APPLICATION,
    }  # fmt: skip
    return model.model_validate({**usual, **fields})


def propose(person: Person = WEN, outcome: str = "approve", *units: int, **fields: object) -> Command:
    approves = outcome.startswith("approve")
    lines = tuple({"line_id": f"u{place}", "authorised_units": each} for place, each in enumerate(units or (1_000,), 1))
    usual: dict[str, object] = {
        "version": 1, "outcome": outcome, "lines": lines if approves else (),
        "reasons": () if outcome == "approve" else ({"code": "SUPPLY_SHORT", "rule": "necessary-use"},),
    }  # fmt: skip
    return act(ProposeDecision, person, f"propose-{outcome}", **(usual | fields))


def countersign(person: Person = ZHAO, name: str = "sign", **fields: object) -> Made:
    """Signs what was proposed last."""
    return lambda shard: act(CountersignDecision, person, name, **({"decision_sha256": hash_of(shard)} | fields))


def send_back(person: Person = ZHAO, **fields: object) -> Made:
    return lambda shard: act(ReturnDecision, person, "back", **({"decision_sha256": hash_of(shard)} | fields))


def ask(person: Person = WEN, name: str = "ask", **fields: object) -> Command:
    usual = {"questions": ("How many domestic nodes does the site run?",), "due_at": AT + timedelta(days=10)}
    return act(RequestInformation, person, name, **(usual | fields))


def intend(person: Person = WEN, name: str = "intend", **fields: object) -> Command:
    usual = {"reasons": ({"code": "NEED_NOT_SHOWN", "rule": "necessary-use"},), "due_at": AT + timedelta(days=10)}
    return act(IssueIntent, person, name, **(usual | fields))


def take(person: Person = WEN, name: str = "take", seconds: int = 3_600) -> Command:
    return act(TakeCase, person, name, lease_seconds=seconds)


def leave(person: Person = WEN) -> Command:
    return act(LeaveCase, person, "leave")


def advise(opinion: str = "refuse", agency: str = "industry", person: Person = WEN) -> Command:
    fields = {"agency": agency, "opinion": opinion, "text": "As minuted (illustrative)."}
    return act(GiveAdvice, person, f"advise-{agency}-{opinion}", **fields)


def unadvise(agency: str = "industry", name: str = "unadvise") -> Command:
    return act(WithdrawAdvice, WEN, name, agency=agency)


def flag(person: Person = WEN, name: str = "flag", kind: str = "screening") -> Command:
    return act(RaiseFlag, person, name, flag=kind)


def clear(person: Person = ZHAO, kind: str = "screening") -> Command:
    return act(ClearFlag, person, "clear", flag=kind)


def answer(name: str = "answer") -> Command:
    return ProvideInformation.model_validate(
        {**partner_fields(name), "answers": ("Forty.",), "documents": ({"sha256": "5d" * 32, "kind": "site plan"},)}
    )


def withdraw(name: str = "withdraw") -> Command:
    return WithdrawApplication.model_validate(partner_fields(name))


def partner_fields(name: str) -> Mapping[str, object]:
    actor = {"person_id": "partner-lin", "role": "partner"}
    return {"command_id": name, "actor": actor, "company_id": COMPANY, "application_id": APPLICATION}


def hash_of(shard: Shard) -> str:
    proposed = [fact for fact in shard.facts if isinstance(fact, DecisionProposed)]
    return proposed[-1].decision_sha256 if proposed else "00" * 32


def play(shard: Shard, *steps: Command | Made) -> tuple[Fact, ...]:
    """Take each; the facts of the last."""
    facts: tuple[Fact, ...] = ()
    for step in steps:
        facts = shard.take(step if isinstance(step, Command) else step(shard))
    return facts


def names(facts: tuple[Fact, ...]) -> tuple[str, ...]:
    return tuple(type(fact).__name__ for fact in facts)
