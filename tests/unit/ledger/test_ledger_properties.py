"""Whatever is sent, in whatever order: balances add up, nothing is decided twice, and the state is its journal's."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.base import Command, Malformed, Received
from schemas.entries import EntryRecorded
from schemas.ledger import (
    AcceptConditions,
    Adjust,
    Block,
    CloseProgramme,
    Contra,
    DefineCap,
    DefineProgramme,
    Draw,
    ExtendHold,
    Freeze,
    GrantBatch,
    GrantLine,
    LedgerTick,
    PlaceHold,
    RecordLate,
    Reinstate,
    Return,
    Revoke,
    SetCumulative,
    Surrender,
    Suspend,
    Transfer,
    Unfreeze,
    VoidHold,
    company_cap,
)
from schemas.proof import verify
from schemas.values import UNITS_MAX
from services.ledger.domain.invariants import journal_breaks, state_breaks
from services.ledger.domain.rows import all_rows, restore
from services.ledger.domain.state import Ledger
from tests import builders
from tests.unit.ledger.play import Play, granted, line, malformed, restored

COMPANIES = (builders.COMPANY, builders.RIVAL, "xinghe-labs")
PROGRAMMES = ("h200-2026", "h300-2027")
GATE = settings(max_examples=100, deadline=None, derandomize=True)
ENDS = builders.AT + timedelta(days=20)
T = TypeVar("T")
Sent = list[tuple[int, Command | Malformed]]


def mostly(usual: st.SearchStrategy[T], odd: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    """One in eight is odd."""
    return st.integers(0, 7).flatmap(lambda n: odd if n == 7 else usual)


ids = mostly(st.integers(0, 10**9), st.integers(0, 3)).map(lambda n: f"id-{n}")
companies = st.sampled_from(COMPANIES)
programmes = mostly(st.just("h200-2026"), st.sampled_from(["h300-2027", "gone"]))
units = mostly(st.integers(1, 60), st.sampled_from([-1, 0, 700, UNITS_MAX, UNITS_MAX + 1]))
values = mostly(st.integers(0, 900), st.sampled_from([-1, UNITS_MAX]))
unit_codes = mostly(st.just("chip"), st.sampled_from(["module-8", "wafer"]))
line_ids = mostly(st.integers(0, 10**9), st.integers(0, 1)).map(lambda n: f"u-{n}")
uses = mostly(st.none(), st.sampled_from(["research", "inference"]))
spans = st.tuples(mostly(st.just(0), st.integers(1, 9)), mostly(st.integers(10, 40), st.none()), st.booleans())


def on_terms(
    line_id: str, units: int, value: int, company_id: str, span: tuple[int, int | None, bool], use: str | None
) -> GrantLine:
    begins, ends, final = span
    return line(
        line_id, units, value, company_id, use=use, conditions_final=final or begins > 3, tolerance_units=units % 7,
        valid_from=builders.AT + timedelta(days=begins),
        expires_at=None if ends is None else builders.AT + timedelta(days=ends),
    )  # fmt: skip


lines = st.lists(
    mostly(
        st.builds(line, line_ids, units, values, companies),
        st.builds(on_terms, line_ids, units, values, companies, spans, uses),
    ),
    max_size=4,
)
volumes = mostly(st.integers(60, 200), st.integers(1, 1_000))
limits = mostly(st.none(), st.integers(1, 3_000))


def of(command: type[Command], **fields: st.SearchStrategy[object]) -> st.SearchStrategy[Command]:
    common = {"command_id": ids, "programme_id": programmes}
    return st.fixed_dictionaries({**common, **fields}).map(lambda changes: builders.build(command, **changes))


def batch(command_id: str, programme_id: str, batch_lines: list[GrantLine], unit: str, error: int) -> Command:
    total = sum(each.units for each in batch_lines) + error
    fields = {"command_id": command_id, "programme_id": programme_id, "unit": unit, "lines": tuple(batch_lines)}
    return builders.build(GrantBatch, **fields, line_count=len(batch_lines), total_units=total)


def cap_of(company_id: str) -> st.SearchStrategy[Command]:
    names = mostly(st.just(company_cap(company_id)), st.sampled_from([f"own-{company_id}", "shared"]))
    return of(DefineCap, company_id=st.just(company_id), cap_id=names, volume_units=volumes, volume_value=limits)


batches = st.builds(batch, ids, programmes, lines, unit_codes, mostly(st.just(0), st.just(1)))
line_names = mostly(st.sampled_from([None, "first-lanwei-compute", "first-qingyun-models"]), line_ids)
hold_ids = st.integers(0, 5).map(lambda n: f"hold-{n}")
taken_ids = st.integers(0, 5).map(lambda n: f"take-{n}")
times = st.integers(1, 30).map(lambda days: builders.AT + timedelta(days=days))
some = {"company_id": companies, "unit": unit_codes, "units": units}
on_line = {"company_id": mostly(st.just(builders.COMPANY), companies), "line_id": st.just("first-lanwei-compute")}
bars = {"company_id": mostly(companies, st.none()), "line_id": mostly(st.none(), st.just("first-lanwei-compute"))}
maybe_held = mostly(st.none(), hold_ids)
parts_of = st.sampled_from(["use:research", "item:H200", "quarter:2026-q1", f"company:{builders.COMPANY}"])
names = st.integers(0, 3).map(lambda n: f"part-{n}")
kinds: list[st.SearchStrategy[Command] | st.SearchStrategy[Malformed]] = [
    of(DefineProgramme, volume_units=volumes, volume_value=limits, company_units=limits),
    of(DefineCap, company_id=st.none(), cap_id=st.just("programme"), volume_units=volumes, volume_value=limits),
    companies.flatmap(cap_of),
    of(DefineCap, company_id=st.none(), cap_id=st.sampled_from(["g-1", "g-2"]), scope=st.just("group:lanwei-group"),
       members=st.lists(companies, max_size=2).map(tuple), volume_units=volumes),
    of(DefineCap, company_id=st.none(), cap_id=names, scope=parts_of, volume_units=volumes,
       parent_id=mostly(st.sampled_from([None, "g-1", f"company:{builders.COMPANY}"]), names)),
    of(LedgerTick),
    st.builds(malformed),
    *3 * [batches],
    *2 * [of(Draw, line_id=line_names, hold_id=maybe_held, **some)],
    of(Draw, command_id=taken_ids, **some),
    of(RecordLate, command_id=taken_ids, **{**some, **on_line}, hold_id=maybe_held),
    of(SetCumulative, **{**some, **on_line}),
    of(Adjust, corrects=taken_ids, **some),
    of(Contra, corrects=taken_ids, company_id=companies),
    *2 * [of(PlaceHold, command_id=hold_ids, line_id=line_names, expires_at=times, **some)],
    of(Draw, hold_id=hold_ids, **some),
    of(ExtendHold, hold_id=hold_ids, company_id=companies, expires_at=times),
    of(VoidHold, hold_id=hold_ids, company_id=companies),
    *2 * [of(Revoke, line_id=line_names, at_most=st.booleans(), **some)],
    of(Return, at_most=st.booleans(), **some),
    of(Surrender, **on_line),
    *2 * [of(Transfer, to_company_id=companies, to_line_id=line_ids, **some)],
    of(AcceptConditions, **on_line),
    of(Suspend, **bars), of(Block, **bars), *2 * [of(Reinstate, **bars)],
    mostly(of(Reinstate, **bars), of(Freeze)), of(Unfreeze), mostly(of(LedgerTick), of(CloseProgramme)),
]  # fmt: skip
messages: st.SearchStrategy[Command | Malformed] = st.integers(0, len(kinds) - 1).flatmap(lambda n: kinds[n])
plays = st.lists(st.tuples(st.integers(0, 2), messages), min_size=8, max_size=30)
slow_plays = st.lists(st.tuples(mostly(st.integers(0, 3), st.just(31)), messages), min_size=8, max_size=30)


def funded() -> Play:
    """Two programmes, and in each two of three companies with units: some with an end, one line with tolerance."""
    play = Play()
    for programme_id in PROGRAMMES:
        play.ask(DefineProgramme, programme_id=programme_id, volume_units=200, company_units=100)
        first, second = (
            line(f"first-{name}", 50, 777, name, tolerance_units=5, use="research", expires_at=ENDS)
            for name in COMPANIES[:2]
        )
        assert play.grant(first, second, programme_id=programme_id).code == "APPLIED"
    return play


def played(sent: Sent) -> Play:
    """The same, and then what was sent; the number is how many positions are passed over before it."""
    play = funded()
    for skipped, message in sent:
        play.skip(skipped)
        play.send(message)
    return play


def written(state: Ledger) -> str:
    """The state as one text: equal states give equal bytes."""
    return json.dumps(all_rows(state), sort_keys=True)


@given(slow_plays)
@GATE
def test_after_every_entry_balances_and_caps_add_up(sent: Sent) -> None:
    play = funded()
    for days, message in sent:
        play.at += timedelta(days=days)
        play.send(message)
        assert state_breaks(play.state) == (), play.last


@given(plays)
@GATE
def test_every_record_has_one_entry_and_every_id_one_outcome(sent: Sent) -> None:
    play = played(sent)
    assert len(play.entries) == len(sent) + 2 * len(PROGRAMMES)
    assert journal_breaks(play.entries) == ()
    assert verify(play.published).good


@given(plays)
@GATE
def test_published_entries_are_valid_and_come_back_byte_equal(sent: Sent) -> None:
    play = played(sent)
    for entry, published in zip(play.entries, play.published, strict=True):
        read = EntryRecorded.model_validate_json(published, strict=True)
        assert read == entry
        assert EntryRecorded.__pydantic_serializer__.to_json(read) == published


@given(slow_plays)
@GATE
def test_the_state_is_the_fold_of_its_journal_and_of_its_rows(sent: Sent) -> None:
    play = funded()
    for days, message in sent:
        play.at += timedelta(days=days)
        play.send(message)
    folded = play.lane.initial(0)
    for published in play.published:
        folded = play.lane.evolve(folded, EntryRecorded.model_validate_json(published))
    whole = {key: {name: text for name, text in row.items() if text is not None}
             for key, row in all_rows(play.state).items()}  # fmt: skip
    for state in (folded, restore(0, whole), restored(play)):
        assert state == play.state
        assert written(state) == written(play.state)


@given(plays)
@GATE
def test_deciding_leaves_the_state_alone_and_is_the_same_every_time(
    sent: Sent,
) -> None:
    play = funded()
    for _, message in sent:
        if isinstance(message, Command):
            before = written(play.state)
            received = Received(play.position + 1, play.at)
            first = play.lane.decide(play.state, message, received)
            assert written(play.state) == before
            assert play.lane.decide(play.state, message, received) == first
        play.send(message)


@given(st.lists(batches, min_size=1, max_size=4))
@GATE
def test_a_refused_batch_without_its_named_lines_is_granted(sent: list[Command]) -> None:
    play = funded()
    for n, command in enumerate(sent):
        assert isinstance(command, GrantBatch)
        entry = play.grant(*command.lines, command_id=f"first-{n}", unit="chip")
        named = {figure.line_id for figure in entry.figures}
        rest = [each for each in command.lines if each.line_id not in named]
        if rest and named:
            assert play.grant(*rest, command_id=f"second-{n}", unit="chip").code == "APPLIED"


def harm_balance(state: Ledger, **columns: int) -> None:
    account = state.programmes["h200-2026"].accounts[builders.COMPANY]
    account.balance = account.balance.model_copy(update=columns)


def harm_cap(state: Ledger, **fields: int) -> None:
    programme = state.programmes["h200-2026"]
    programme.caps["programme"] = programme.total.model_copy(update=fields)


def harm_lot(state: Ledger, was: str, becomes: str) -> None:
    programme = state.programmes["h200-2026"]
    programme.lots[1] = programme.lots[1].replace(was, becomes, 1)


def harm_index(state: Ledger) -> None:
    state.programmes["h200-2026"].company_caps.clear()


def harm_order(state: Ledger) -> None:
    state.programmes["h200-2026"].accounts[builders.COMPANY].open.clear()


@pytest.mark.parametrize(
    ("harm", "found"),
    [
        (lambda state: harm_balance(state, drawn_units=501), "I1 account"),
        (lambda state: harm_balance(state, revoked_value=5_001), "I1 account"),
        (lambda state: harm_balance(state, reversed_units=1, available_units=501), "more taken back"),
        (lambda state: harm_balance(state, drawn_units=-1), "a column is negative"),
        (lambda state: harm_cap(state, used_units=499), "I2 the use of what stands under cap programme"),
        (lambda state: harm_cap(state, volume_units=499), "I2 cap programme is exceeded"),
        (lambda state: harm_cap(state, volume_units=501), "is above programme"),
        (lambda state: harm_lot(state, "500 ", "499 "), "its lots have (499, 5000) free"),
        (lambda state: harm_lot(state, " 0 0 ", " 1 0 "), "the open holds are not what"),
        (harm_order, "its open lots"),
        (harm_index, "has no cap"),
    ],
)
def test_a_balance_altered_by_hand_is_found(harm: Callable[[Ledger], None], found: str) -> None:
    play = granted()
    assert state_breaks(play.state) == ()
    harm(play.state)
    assert any(found in line for line in state_breaks(play.state))


def test_a_journal_with_two_outcomes_of_one_id_is_found() -> None:
    play = granted()
    again = play.entries[1].model_copy(update={"seq": 3, "covers_from": 2, "covers_to": 2})
    assert journal_breaks([*play.entries, again]) == ("I5 entry 3 is a second outcome of its id",)


def test_a_repeat_that_contradicts_its_first_outcome_is_found() -> None:
    play = granted()
    repeat = play.grant(line("u1", 500, 5_000), command_id="c-2")
    wrong = repeat.model_copy(update={"repeats": 1})
    assert journal_breaks([*play.entries[:2], wrong]) == ("I5 entry 3 contradicts the first outcome of its id",)


def test_a_journal_with_a_hole_is_found() -> None:
    play = granted()
    play.ask(Draw)
    assert len(journal_breaks([play.entries[0], play.entries[2]])) == 2
