"""The batching lane: how lines gather, when a batch goes, what the ledger's answer does."""

from typing import cast

import pytest

from schemas.base import Actor, Command
from schemas.ledger import GrantBatch
from schemas.policy import (
    BatchClosed,
    BatchCommandRefused,
    BatchLine,
    BatchPosted,
    BatchRefused,
    BatchReleased,
    CapLevel,
    FailingLine,
    LinesSetAside,
    RecordEntry,
    RecordOutcome,
    ReleaseBatch,
)
from schemas.values import LINES_MAX, UNITS_MAX
from services.kit.contract import Lane
from services.policy.domain.batches import batch_id, grant_line_id
from services.policy.domain.bundle import ReleaseRule
from services.policy.domain.programmes import Programmes
from services.policy.lanes import batching_lane
from tests.unit.policy.samples import (
    AT,
    CAP_UNITS,
    PROGRAMME,
    Shard,
    add_lines,
    batch_line,
    changed,
    only,
    sample,
    told,
    with_cap,
)

FIRST = f"{PROGRAMME}-b1"


def _shard(approvals: int = 2, seconds: int = 60, company_units: int = CAP_UNITS) -> Shard:
    rule = ReleaseRule(approvals=approvals, seconds=seconds)
    known = with_cap(changed(sample(), release=rule), company_units)
    return Shard(cast(Lane[object], batching_lane(only(known))))


def _ready(volume: int = 10_000, approvals: int = 2) -> Shard:
    shard = _shard(approvals)
    shard.take(told(volume))
    return shard


def _by_person(number: int = 1) -> ReleaseBatch:
    return ReleaseBatch(
        command_id=f"release-{number}",
        programme_id=PROGRAMME,
        actor=Actor(person_id="officer-wen", role="officer"),
        reason="The list is complete.",
    )


def _answer(seq: int, applied: bool, attempt: int = 1, **changes: object) -> Command:
    usual: dict[str, object] = {
        "batch_id": FIRST, "attempt": attempt, "applied": applied, "caps": (),
        "code": "APPLIED" if applied else "EXCEEDS_CAP",
    }  # fmt: skip
    return RecordEntry.model_validate(dict(told(1, seq=seq)) | usual | changes)


def _failing(line: BatchLine) -> FailingLine:
    return FailingLine(line_id=grant_line_id(line), code="EXCEEDS_CAP", cap_id="c", needed=line.units, available=1)


A, B, C = add_lines("app-a", 10), add_lines("app-b", 20), add_lines("app-c", 30)
LINE_A, LINE_B = A.lines[0], B.lines[0]
OVER = add_lines("app-over", 10_001)

TABLE: list[tuple[str, tuple[Command, ...], Command, tuple[str, ...]]] = [
    ("first lines", (told(9),), A, ("BatchOpened", "LinesAdded")),
    ("some of it fits", (told(9), A), add_lines("app-b", 5), ("LinesAdded", "LinesSetAside", "BatchReleased")),
    ("enough approvals", (told(99), A), B, ("LinesAdded", "BatchReleased")),
    ("caps not known", (A,), B, ("LinesAdded",)),
    ("caps become known", (A, B), told(99), ("CapsNoted", "BatchReleased")),
    ("a batch is in flight", (told(99), A, B), C, ("BatchOpened", "LinesAdded")),
    ("posted", (told(99), A, B), _answer(2, True), ("BatchPosted",)),
    ("posted, the next is ready", (told(99), A, B, C, add_lines("app-d", 1)), _answer(2, True),
     ("BatchPosted", "BatchReleased")),
    ("a line is refused", (told(99), A, B), _answer(2, False, failing=(_failing(LINE_A),)),
     ("BatchRefused", "LinesSetAside", "BatchReleased")),
    ("every line is refused", (told(99), A, B),
     _answer(2, False, failing=(_failing(LINE_A), _failing(LINE_B))), ("BatchRefused", "LinesSetAside", "BatchClosed")),
    ("refused whole", (told(99), A, B), _answer(2, False, code="PROGRAMME_NOT_FOUND"), ("BatchRefused",)),
    ("refused for lines nobody knows", (told(99), A, B),
     _answer(2, False, failing=(_failing(batch_line("app-z", 1)),)), ("BatchRefused",)),
    ("held, then the ledger tells a change", (told(99), A, B, _answer(2, False, code="PROGRAMME_NOT_FOUND")),
     told(99, seq=3), ("CapsNoted", "BatchReleased")),
    ("held, then a person", (told(99), A, B, _answer(2, False, code="UNIT_MISMATCH")), _by_person(),
     ("BatchReleased",)),
    ("held, then more lines", (told(99), A, B, _answer(2, False, code="UNIT_MISMATCH")), C,
     ("BatchOpened", "LinesAdded")),
    ("the answer to another attempt", (told(99), A, B), _answer(2, True, attempt=2), ("CapsNoted",)),
    ("an answer about the id only", (told(99), A, B), _answer(2, False, code="EXISTS"), ("CapsNoted",)),
    ("none of it fits", (told(9), A), B, ("LinesAdded", "LinesSetAside", "BatchClosed")),
    ("by a person", (told(99), A), _by_person(), ("BatchReleased",)),
    ("by a person, nothing waits", (told(99),), _by_person(), ("BatchCommandRefused",)),
    ("by a person, in flight", (told(99), A, B, C), _by_person(), ("BatchCommandRefused",)),
    ("by a person, caps unknown", (A,), _by_person(), ("BatchCommandRefused",)),
    ("repeated", (told(99), A), A, ("BatchCommandRepeated",)),
    ("id reused", (told(99), A), A.model_copy(update={"lines": B.lines}), ("BatchCommandRefused",)),
    ("another unit", (told(99), A), B.model_copy(update={"unit": "module-8"}),
     ("BatchOpened", "LinesAdded", "BatchReleased")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "before", "command", "names"), TABLE, ids=[row[0] for row in TABLE])
def test_each_command_has_its_facts(
    name: str, before: tuple[Command, ...], command: Command, names: tuple[str, ...]
) -> None:
    shard = _shard()
    for earlier in before:
        shard.take(earlier)

    facts = shard.take(command)

    assert tuple(type(fact).__name__ for fact in facts) == names
    assert shard.restored() == (shard.state, shard.state)


@pytest.mark.parametrize(
    ("before", "command", "code"),
    [
        ((told(99),), _by_person(), "NOTHING_TO_RELEASE"),
        ((told(99), A, B, C), _by_person(), "BATCH_IN_FLIGHT"),
        ((A,), _by_person(), "CAPS_UNKNOWN"),
        ((A,), A.model_copy(update={"lines": B.lines}), "COMMAND_ID_REUSED"),
    ],
)
def test_each_refusal_has_its_code(before: tuple[Command, ...], command: Command, code: str) -> None:
    shard = _shard()
    for earlier in before:
        shard.take(earlier)

    (refused,) = shard.take(command)

    assert isinstance(refused, BatchCommandRefused)
    assert refused.code == code


def test_a_batch_goes_when_it_has_waited_long_enough_and_not_before() -> None:
    shard = _shard(approvals=9, seconds=60)
    shard.take(told(99))
    shard.take(A)

    shard.wait(59)
    assert "BatchReleased" not in shard.names()

    shard.wait(1)
    released = shard.facts[-1]
    assert isinstance(released, BatchReleased)
    assert released.cause == "time"
    assert shard.lane.due(shard.state) is None


def test_a_tick_that_comes_early_leaves_no_trace() -> None:
    shard = _shard(approvals=9, seconds=60)
    for command in (told(99), A):
        shard.take(command)
    assert shard.lane.tick is not None
    (tick,) = shard.lane.tick(shard.state, AT.replace(year=2027))

    assert shard.take(tick) == ()

    shard.wait(60)
    assert shard.names()[-1] == "BatchReleased"


def test_nothing_is_due_while_something_else_must_happen_first() -> None:
    unknown, flying, held = _shard(), _ready(), _ready()
    unknown.take(A)
    for lines in (A, B, C):
        flying.take(lines)
    for command in (A, B, _answer(2, False, code="UNIT_MISMATCH")):
        held.take(command)

    assert [shard.lane.due(shard.state) for shard in (unknown, flying, held)] == [None, None, None]


def test_a_release_asks_the_ledger_for_every_line_under_a_name_of_its_own() -> None:
    shard = _ready()
    shard.take(add_lines("app-a", 1, 2))
    shard.take(add_lines("app-b", 3))

    (grant,) = [command for command in shard.reacts if isinstance(command, GrantBatch)]

    assert [line.line_id for line in grant.lines] == ["app-a:u1", "app-a:u2", "app-b:u1"]
    assert (grant.line_count, grant.total_units, grant.unit, grant.currency) == (3, 6, "chip", "USD")


def test_long_line_ids_still_have_a_name_the_ledger_takes() -> None:
    name = grant_line_id(batch_line("a" * 63, 1, "u" * 128))

    assert len(name) <= 128
    assert name != grant_line_id(batch_line("a" * 63, 1, "u" * 127))
    assert len(batch_id("p" * 63, 1)) <= 63


def test_the_check_is_cumulative_by_programme_and_by_company_in_units_and_in_value() -> None:
    shard = _shard(approvals=5)
    caps = (
        CapLevel(cap_id="programme", volume_units=100, used_units=40),
        CapLevel(cap_id="company:x", company_id="x", volume_units=30, used_units=10),
        CapLevel(cap_id="company:y", company_id="y", volume_value=10 * 2_700_000),
    )
    shard.take(told(1, caps=caps))
    asked = (("app-1", 20, "x"), ("app-2", 1, "x"), ("app-3", 11, "y"), ("app-4", 10, "y"), ("app-5", 31, "z"))

    for application_id, units, company_id in asked:
        shard.take(add_lines(application_id, units, company_id=company_id))

    aside, released = shard.facts[-2:]
    assert isinstance(aside, LinesSetAside)
    assert isinstance(released, BatchReleased)
    figures = [{o.name: o.value for o in finding.operands} for finding in aside.findings]
    assert [(f["cap_id"], f["measure"], f["needed"], f["available"]) for f in figures] == [
        ("company:x", "units", "1", "0"),
        ("company:y", "value", "29700000", "27000000"),
        ("programme", "units", "31", "30"),
    ]
    assert [line.application_id for line in released.lines] == ["app-1", "app-4"]


def test_companies_of_one_group_share_the_companys_cap() -> None:
    shard = _shard(approvals=1)
    granted = CapLevel(cap_id="company:a", company_id="a", used_units=CAP_UNITS - 50)
    shard.take(told(10**9, caps=(CapLevel(cap_id="programme", volume_units=10**9), granted)))
    for command in (
        add_lines("app-1", 10, company_id="a", group_id="g"),
        _answer(2, True),
        add_lines("app-2", 51, company_id="b", group_id="g"),
        add_lines("app-3", 51, company_id="c"),
    ):
        shard.take(command)

    (aside,) = [fact for fact in shard.facts if isinstance(fact, LinesSetAside)]
    assert [line.application_id for line in aside.lines] == ["app-2"]
    assert "group:g" in aside.findings[0].text.en
    assert shard.restored() == (shard.state, shard.state)

    shard.take(add_lines("app-4", 51, company_id="b"))
    assert [fact.lines for fact in shard.facts if isinstance(fact, LinesSetAside)] == [aside.lines]
    assert shard.restored() == (shard.state, shard.state)


def test_each_application_hears_what_became_of_its_own_lines() -> None:
    shard = _ready(volume=25)
    shard.take(add_lines("app-a", 10, 20))
    shard.take(add_lines("app-b", 15))
    shard.take(_answer(2, True))

    outcomes = [command for command in shard.reacts if isinstance(command, RecordOutcome)]

    assert [(o.application_id, [(line.line_id, line.posted) for line in o.lines]) for o in outcomes] == [
        ("app-a", [("u2", False)]),
        ("app-a", [("u1", True)]),
        ("app-b", [("u1", True)]),
    ]
    assert len({outcome.command_id for outcome in outcomes}) == 3
    assert outcomes[0].lines[0].finding is not None


def test_a_refused_batch_loses_its_failing_lines_and_goes_on_without_a_hand() -> None:
    shard = _ready()
    shard.take(A)
    shard.take(B)

    refused, aside, again = shard.take(_answer(2, False, failing=(_failing(LINE_A),)))

    assert isinstance(refused, BatchRefused)
    assert isinstance(aside, LinesSetAside)
    assert isinstance(again, BatchReleased)
    assert (refused.attempt, again.attempt, again.cause) == (1, 2, "next-attempt")
    assert (aside.lines, again.lines) == ((LINE_A,), (LINE_B,))
    assert "EXCEEDS_CAP" in aside.findings[0].text.en
    (posted,) = shard.take(_answer(3, True, attempt=2))
    assert isinstance(posted, BatchPosted)
    assert len({command.command_id for command in shard.reacts}) == len(shard.reacts)


def test_a_batch_holds_no_more_lines_than_one_message_and_the_rest_follows() -> None:
    shard = _shard(approvals=1_000)
    shard.take(told(10**9))
    for number in range(21):
        shard.take(add_lines(f"app-{number}", *[1] * 50))

    released = [fact for fact in shard.facts if isinstance(fact, BatchReleased)]
    assert [(fact.batch_id, len(fact.lines), fact.cause) for fact in released] == [(FIRST, LINES_MAX, "count")]

    shard.take(_answer(2, True))
    shard.wait(60)
    last = shard.facts[-1]
    assert isinstance(last, BatchReleased)
    assert len(last.lines) == 50
    assert shard.restored() == (shard.state, shard.state)


def test_lines_that_would_exceed_a_batch_wait_in_the_next_one() -> None:
    shard = _shard(approvals=1_000)
    limited = changed(sample(), rules=tuple(
        rule.model_copy(update={"limit": 100}) if rule.rule == "batch-cap" else rule for rule in sample().policy.rules
    ))  # fmt: skip
    shard.lane = cast(Lane[object], batching_lane(only(limited)))
    shard.take(told(1_000))

    shard.take(add_lines("app-a", 60))
    facts = shard.take(add_lines("app-b", 41))

    assert [type(fact).__name__ for fact in facts] == ["BatchOpened", "LinesAdded", "BatchReleased"]
    assert isinstance(shard.state, Programmes)
    (batch,) = shard.state.programme(PROGRAMME).waiting
    assert [line.application_id for line in batch.lines] == ["app-b"]


def test_totals_stay_within_what_a_number_may_be() -> None:
    shard = _shard(approvals=1_000, company_units=UNITS_MAX)
    big = UNITS_MAX // 2_700_000
    shard.take(told(UNITS_MAX))

    shard.take(add_lines("app-a", big))
    facts = shard.take(add_lines("app-b", big))

    assert [type(fact).__name__ for fact in facts] == ["BatchOpened", "LinesAdded", "BatchReleased"]


def test_batches_that_end_empty_give_way_one_by_one() -> None:
    shard = _shard(approvals=1_000, seconds=60)
    for number in range(41):
        shard.take(add_lines(f"app-{number}", *[5] * 50))

    shard.take(told(1))
    shard.wait(0)
    shard.wait(60)

    assert [fact.batch_id for fact in shard.facts if isinstance(fact, BatchClosed)] == [
        f"{PROGRAMME}-b{number}" for number in (1, 2, 3)
    ]
    assert shard.restored() == (shard.state, shard.state)


def test_an_older_entry_does_not_take_back_a_newer_cap() -> None:
    shard = _shard()
    shard.take(told(99, seq=5))
    shard.take(told(1, seq=4))
    shard.take(A)
    shard.take(B)

    assert shard.names()[-1] == "BatchReleased"
    assert "LinesSetAside" not in shard.names()
