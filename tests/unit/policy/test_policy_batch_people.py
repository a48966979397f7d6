"""Batches released by people: tried, proposed, countersigned, sent back, shared out. One row per code."""

from collections.abc import Callable
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.base import Command, Fact
from schemas.batchwork import (
    BATCH_SENTENCES,
    BatchCode,
    BatchProposed,
    BatchSimulated,
    CountersignBatch,
    Method,
    ProposeBatch,
    ReturnBatch,
    SignedBatch,
    SimulateBatch,
)
from schemas.policy import (
    BatchCommandRefused,
    BatchPosted,
    BatchReleased,
    LinesSetAside,
    RecordEntry,
    RecordOutcome,
    ReleaseBatch,
)
from services.kit.contract import Lane
from services.policy.domain.allocation import Ask, allocate
from services.policy.domain.people import People, UseScore
from services.policy.lanes import batching_lane
from tests.unit.policy.samples import CAP_UNITS, PROGRAMME, Shard, add_lines, changed, only, sample, told, with_cap

BATCH = f"{PROGRAMME}-b1"
WEN, ZHAO, NEW = ("officer-wen", 1), ("officer-zhao", 2), ("officer-new", 1)
Person = tuple[str, int]
Made = Callable[[Shard], Command]


def people(method: Method = "fcfs", release: str = "people") -> Lane[object]:
    scores = (UseScore(use="frontier-training", score=5),)
    rule = People.model_validate({"release": release, "allocation": method, "scores": scores})
    return cast(Lane[object], batching_lane(only(with_cap(changed(sample(), people=rule), CAP_UNITS))))


def waiting(*units: int, method: Method = "fcfs", volume: int = 1_000) -> Shard:
    """A shard in which applications of several companies wait, with a cap told."""
    shard = Shard(people(method))
    shard.take(told(volume))
    for number, each in enumerate(units or (600, 400), 1):
        shard.take(add_lines(f"app-{number}", each, company_id=f"company-{number}"))
    return shard


def _act(model: type[Command], person: Person, name: str, **fields: object) -> Command:
    usual = {
        "command_id": f"{name}-{person[0]}", "actor": {"person_id": person[0], "role": "officer", "grade": person[1]},
        "reason": "Agreed in the meeting (illustrative).", "programme_id": PROGRAMME,
    }  # fmt: skip
    return model.model_validate({**usual, **fields})


def propose(person: Person = WEN, name: str = "propose", **fields: object) -> Command:
    return _act(ProposeBatch, person, name, **({"batch_id": BATCH} | fields))


def simulate(person: Person = WEN, **fields: object) -> Command:
    return _act(SimulateBatch, person, "try", **fields)


def sign(person: Person = ZHAO, name: str = "sign", **fields: object) -> Made:
    return lambda shard: _act(
        CountersignBatch, person, name, **({"batch_id": BATCH, "batch_sha256": _hash(shard)} | fields)
    )


def send_back(person: Person = ZHAO, **fields: object) -> Made:
    return lambda shard: _act(
        ReturnBatch, person, "back", **({"batch_id": BATCH, "batch_sha256": _hash(shard)} | fields)
    )


def release(name: str = "release") -> Command:
    return _act(ReleaseBatch, WEN, name)


def answered(shard: Shard, applied: bool = True, used: int = 0) -> Command:
    """The ledger's answer to the batch in flight."""
    (*_, asked) = [fact for fact in shard.facts if isinstance(fact, BatchReleased)]
    failing = () if applied else (
        {"line_id": f"{asked.lines[0].application_id}:u1", "code": "EXCEEDS_CAP", "needed": 1, "available": 0},
    )  # fmt: skip
    return RecordEntry.model_validate(
        told(1_000, used, seq=9, command_id=f"entry-{len(shard.facts)}").model_dump()
        | {"batch_id": asked.batch_id, "attempt": asked.attempt, "applied": applied, "failing": failing,
           "code": "APPLIED" if applied else "EXCEEDS_CAP"}
    )  # fmt: skip


def _hash(shard: Shard) -> str:
    proposed = [fact for fact in shard.facts if isinstance(fact, BatchProposed)]
    return proposed[-1].batch_sha256 if proposed else "00" * 32


def _play(shard: Shard, *steps: Command | Made) -> tuple[Fact, ...]:
    facts: tuple[Fact, ...] = ()
    for step in steps:
        facts = shard.take(step if isinstance(step, Command) else step(shard))
        assert shard.restored() == (shard.state, shard.state)
    return facts


def _names(facts: tuple[Fact, ...]) -> tuple[str, ...]:
    return tuple(type(fact).__name__ for fact in facts)


TABLE: list[tuple[str, tuple[Command | Made, ...], tuple[str, ...]]] = [
    ("tried", (simulate(),), ("BatchSimulated",)),
    ("proposed", (propose(),), ("BatchProposed",)),
    ("proposed anew", (propose(), propose(ZHAO)), ("BatchProposed",)),
    ("countersigned", (propose(), sign()), ("BatchCountersigned",)),
    ("sent back", (propose(), send_back()), ("BatchReturned",)),
    ("sent back when signed", (propose(), sign(), send_back(WEN)), ("BatchReturned",)),
    ("released", (propose(), sign(), release()), ("BatchReleased",)),
    ("posted", (propose(), sign(), release(), answered), ("BatchPosted",)),
    ("lines that come later wait in another batch", (propose(), add_lines("app-9", 5)), ("BatchOpened", "LinesAdded")),
    ("lines that come after it was sent back", (propose(), send_back(), add_lines("app-9", 5)), ("LinesAdded",)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "steps", "expected"), TABLE, ids=[row[0] for row in TABLE])
def test_each_step_with_a_batch_has_its_facts(
    name: str, steps: tuple[Command | Made, ...], expected: tuple[str, ...]
) -> None:
    assert _names(_play(waiting(), *steps)) == expected


OPERATOR = {"person_id": "operator-xu", "role": "operator", "grade": 9}
REFUSALS: list[tuple[str, tuple[Command | Made, ...]]] = [
    ("COMMAND_ID_REUSED", (propose(), propose(batch_id="other"))),
    ("ROLE_INSUFFICIENT", (propose(actor=OPERATOR),)),
    ("BATCH_IN_FLIGHT", (propose(), sign(), release(), propose(ZHAO))),
    ("BATCH_IN_FLIGHT", (propose(), sign(), release(), release("again"))),
    ("NOTHING_TO_RELEASE", (propose(), sign(), release(), answered, simulate())),
    ("BATCH_NOT_NEXT", (propose(batch_id=f"{PROGRAMME}-b2"),)),
    ("NO_PROPOSAL", (sign(),)),
    ("NO_PROPOSAL", (propose(), send_back(), sign())),
    ("HASH_STALE", (propose(), sign(batch_sha256="ab" * 32))),
    ("HASH_STALE", (propose(), send_back(batch_sha256="ab" * 32))),
    ("SAME_PERSON", (propose(), sign(("officer-wen", 9)))),
    ("GRADE_INSUFFICIENT", (propose(), sign(NEW))),
    ("NOT_COUNTERSIGNED", (release(),)),
    ("NOT_COUNTERSIGNED", (propose(), release())),
    ("NOT_COUNTERSIGNED", (propose(), sign(), propose(ZHAO), release())),
    ("NOT_COUNTERSIGNED", (propose(), sign(), release(), lambda shard: answered(shard, False), release("again"))),
]  # fmt: skip


@pytest.mark.parametrize(("code", "steps"), REFUSALS, ids=[f"{row[0]}-{n}" for n, row in enumerate(REFUSALS)])
def test_each_refusal_has_its_code(code: str, steps: tuple[Command | Made, ...]) -> None:
    (fact,) = _play(waiting(), *steps)
    assert isinstance(fact, BatchCommandRefused)
    assert fact.code == code


def test_a_programme_that_releases_itself_takes_no_proposal() -> None:
    shard = Shard(people(release="automatic"))
    _play(shard, told(1_000), add_lines("app-1", 5))
    (fact,) = _play(shard, propose())
    assert isinstance(fact, BatchCommandRefused)
    assert fact.code == "RELEASES_ITSELF"


def test_a_batch_is_not_tried_before_the_ledger_has_told_a_cap() -> None:
    shard = Shard(people())
    (fact,) = _play(shard, add_lines("app-1", 5), simulate())[-1:]
    assert isinstance(fact, BatchCommandRefused)
    assert fact.code == "CAPS_UNKNOWN"


def test_every_code_is_shown_by_a_test_and_has_both_sentences() -> None:
    shown = {row[0] for row in REFUSALS} | {"RELEASES_ITSELF", "CAPS_UNKNOWN"}
    assert shown == {code.value for code in BatchCode} == {code.value for code in BATCH_SENTENCES}


def test_where_people_release_time_and_count_do_not() -> None:
    shard = waiting(*[10] * 8)
    assert shard.lane.due(shard.state) is None
    shard.wait(86_400)
    assert not [fact for fact in shard.facts if isinstance(fact, BatchReleased)]


def test_too_little_for_all_is_shared_out_and_each_part_that_is_missing_is_explained() -> None:
    shard = waiting(900, 600, method="pro_rata", volume=1_000)
    facts = _play(shard, propose(), sign(), release())
    aside, released = facts
    assert isinstance(aside, LinesSetAside)
    assert isinstance(released, BatchReleased)
    assert [line.units for line in released.lines] == [600, 400]
    assert [line.units for line in aside.lines] == [300, 200]
    assert released.total_value == 1_000 * 2_700_000
    first = aside.findings[0]
    assert (first.code, first.effect) == ("SHARED_OUT", "limit")
    assert "got 600" in first.text.en
    outcomes = [command for command in shard.reacts if isinstance(command, RecordOutcome)]
    assert [(one.lines[0].units, one.lines[0].posted) for one in outcomes] == [(300, False), (200, False)]
    assert _names(_play(shard, answered)) == ("BatchPosted",)


def test_a_cap_that_shrank_after_the_signature_still_holds() -> None:
    shard = waiting(600, 400, volume=1_000)
    _play(shard, propose(), sign(), told(700, seq=5))
    aside, released = _play(shard, release())
    assert isinstance(aside, LinesSetAside)
    assert isinstance(released, BatchReleased)
    assert (aside.lines[0].units, aside.findings[0].code) == (400, "NO_LONGER_FITS")
    assert released.total_units == 600


def test_a_plan_and_a_shrunken_cap_leave_two_outcomes_of_one_application() -> None:
    shard = waiting(600, 900, volume=1_000)
    _play(shard, propose(), sign(), told(700, seq=5), release())
    outcomes = [command for command in shard.reacts if isinstance(command, RecordOutcome)]
    assert [(one.application_id, one.lines[0].units) for one in outcomes] == [("app-2", 500), ("app-2", 400)]
    assert len({one.command_id for one in outcomes}) == 2


def test_companies_and_groups_are_held_to_their_own_caps_first() -> None:
    shard = Shard(people())
    _play(shard, told(10**6))
    _play(shard, add_lines("app-1", 100_000, company_id="a", group_id="g"),
          add_lines("app-2", 60_000, company_id="b", group_id="g"))  # fmt: skip
    (tried,) = _play(shard, simulate())
    assert isinstance(tried, BatchSimulated)
    assert [share.limit_units for share in tried.plan.shares] == [100_000, 20_000]


def test_a_plan_shows_caps_before_and_after_and_its_hash_can_be_computed_again() -> None:
    shard = waiting(300, 200, volume=1_000)
    (proposed,) = _play(shard, propose())
    assert isinstance(proposed, BatchProposed)
    (cap,) = proposed.plan.caps
    assert (cap.volume_units, cap.used_units, cap.after_units) == (1_000, 0, 500)
    signed = SignedBatch(
        programme_id=PROGRAMME,
        batch_id=BATCH,
        attempt=1,
        plan=proposed.plan,
        proposed_by=proposed.actor.person_id,
    )
    assert signed.sha256 == proposed.batch_sha256


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["fcfs", "pro_rata", "priority"]), st.lists(st.integers(1, 500), min_size=1, max_size=6),
    st.integers(0, 1_500), st.integers(0, 1_500),
)  # fmt: skip
def test_whatever_is_asked_each_unit_ends_posted_or_set_aside_and_anybody_can_share_out_again(
    method: Method, units: list[int], volume: int, later: int
) -> None:
    shard = waiting(*units, method=method, volume=volume)
    _play(shard, propose(), sign(), told(later, seq=5), release())
    if any(isinstance(fact, BatchReleased) for fact in shard.facts):
        _play(shard, answered)
    posted = sum(fact.total_units for fact in shard.facts if isinstance(fact, BatchPosted))
    aside = sum(line.units for fact in shard.facts if isinstance(fact, LinesSetAside) for line in fact.lines)
    assert posted + aside == sum(units)
    assert posted <= min(volume, later)
    (proposed,) = [fact for fact in shard.facts if isinstance(fact, BatchProposed)]
    plan = proposed.plan
    asks = [
        Ask(share.line_id, share.limit_units, share.step_units, share.applied_at, share.score) for share in plan.shares
    ]
    assert allocate(plan.method, plan.supply_units, asks) == {
        share.line_id: share.allocated_units for share in plan.shares
    }
