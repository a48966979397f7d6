"""Lots have a validity of their own, and the earliest expiry is used first."""

from datetime import timedelta

import pytest

from schemas.ledger import AcceptConditions, Draw, LedgerTick, PlaceHold, Revoke, Surrender
from services.ledger.domain.expiry import DUE_MAX
from services.ledger.domain.ground import LOTS_MAX
from services.ledger.domain.lots import CLOSED_LOT_DAYS
from tests.builders import AT, COMPANY, RIVAL
from tests.unit.ledger.play import LATER, SOON, Play, balance, cap, drawn, granted, held, line, lot, opened, restored


def expiring() -> Play:
    """Three lots: without an end, until later, and soon over."""
    play = opened()
    play.grant(
        line("u1", 100), line("u2", 100, 0, COMPANY, expires_at=LATER), line("u3", 100, 0, COMPANY, expires_at=SOON)
    )
    return play


def test_a_granted_line_becomes_a_lot_on_its_terms() -> None:
    entry = opened().grant(line("u1", 200, 2_000, COMPANY, expires_at=SOON, use="research"), line("u2", 1))
    (first, second) = entry.postings
    assert (first.lot, first.line_id, second.lot, second.terms) == (1, "u1", 2, None)
    assert first.terms is not None
    assert (first.terms.expires_at, first.terms.use, entry.lots) == (SOON, "research", ())


def test_the_earliest_expiry_is_used_first() -> None:
    entry = expiring().ask(Draw, units=210)
    assert [(each.lot, each.units) for each in entry.postings] == [(3, 100), (2, 100), (1, 10)]


def test_a_line_or_a_lot_that_is_named_is_the_one_used() -> None:
    play = expiring()
    assert play.ask(Draw, line_id="u2", units=1).postings[0].lot == 2
    assert play.ask(Draw, lot=1, units=1).postings[0].lot == 1
    assert play.ask(Draw, lot=1, line_id="u2", units=1).code == "LOT_NOT_FOUND"
    assert play.ask(Draw, lot=2, line_id="u2", units=100).code == "EXCEEDS_LOT"


def test_lots_of_one_line_are_used_by_expiry_too() -> None:
    play = opened()
    play.grant(line("u1", 10))
    play.grant(line("u1", 10, 0, COMPANY, expires_at=SOON))
    assert [each.lot for each in play.ask(Draw, line_id="u1", units=12).postings] == [2, 1]


def test_a_lot_is_not_the_account_of_another_company() -> None:
    play = granted()
    play.grant(line("u2", 10, company_id=RIVAL))
    assert play.ask(Draw, company_id=RIVAL, lot=1).code == "LOT_NOT_FOUND"
    assert play.ask(Draw, company_id=RIVAL, line_id="u1").code == "AUTHORISATION_NOT_FOUND"


def test_a_due_lot_expires_with_a_tick_and_frees_the_caps() -> None:
    play = expiring()
    assert play.lane.due(play.state) == SOON
    play.at = SOON
    entry = play.ask(LedgerTick)
    assert [(each.column, each.units, each.lot) for each in entry.postings] == [("expired", 100, 3)]
    assert (balance(entry).available_units, cap(entry).used_units, lot(entry, 3).end) == (200, 200, "expired")
    assert play.lane.due(play.state) == LATER


def test_a_lot_that_is_due_cannot_be_used_even_before_the_tick() -> None:
    play = expiring()
    play.at = SOON
    assert play.ask(Draw, line_id="u3", units=1).code == "LOT_EXPIRED"
    entry = play.ask(Draw, units=201)
    assert (entry.code, entry.figures[0].available) == ("EXCEEDS_AVAILABLE", 200)
    assert play.ask(Draw, units=200).code == "APPLIED"


def test_a_lot_that_was_used_up_never_falls_due() -> None:
    play = expiring()
    play.ask(Draw, units=200)
    assert play.lane.due(play.state) is None


def test_a_lot_with_a_later_beginning_waits_for_it() -> None:
    play = opened()
    play.grant(line("u1", 100, 0, COMPANY, valid_from=SOON), line("u2", 50))
    assert play.ask(Draw, units=51).code == "EXCEEDS_AVAILABLE"
    assert play.ask(Draw, line_id="u1", units=1).code == "NOT_YET_VALID"
    play.at = SOON
    assert play.ask(Draw, units=150).code == "APPLIED"


def test_a_line_is_drawable_once_its_conditions_are_accepted() -> None:
    play = opened()
    play.grant(line("u1", 100, 0, COMPANY, conditions_final=False))
    assert play.ask(PlaceHold, units=1, expires_at=LATER).code == "CONDITIONS_NOT_ACCEPTED"
    entry = play.ask(AcceptConditions)
    assert (lot(entry).accepted, entry.postings, entry.authority) == (True, (), "decision ILLUSTRATIVE-0003")
    assert play.ask(Draw, line_id="u1", units=100).code == "APPLIED"
    again = play.ask(AcceptConditions)
    assert (again.code, again.lots) == ("APPLIED", ())


@pytest.mark.parametrize(
    ("terms", "field", "code"),
    [
        ({"expires_at": AT}, "expires_at", "LOT_EXPIRED"),
        ({"expires_at": SOON, "valid_from": SOON}, "expires_at", "LOT_EXPIRED"),
        ({"item": "H20"}, "item", "UNIT_MISMATCH"),
    ],
)
def test_terms_that_cannot_be_are_refused_by_line(terms: dict[str, object], field: str, code: str) -> None:
    entry = opened().grant(line("u1", 1), line("u2", 1, 0, COMPANY, **terms))
    assert (entry.code, [(each.line_id, each.field) for each in entry.figures]) == (code, [("u2", field)])


def test_a_line_that_is_given_up_loses_all_that_is_available() -> None:
    play = held(300, line_id="u1")
    entry = play.ask(Surrender)
    after = balance(entry)
    assert (entry.postings[0].column, after.returned_units, after.held_units) == ("returned", 200, 300)
    assert (cap(entry).used_units, cap(entry).used_value) == (300, 3_000)
    assert play.ask(Surrender).code == "NOTHING_TO_TAKE"


def test_what_was_revoked_says_so() -> None:
    play = granted()
    assert lot(play.ask(Revoke, units=500, line_id="u1")).end == "revoked"
    assert play.ask(Revoke, units=1, line_id="u1", at_most=True).code == "NOTHING_TO_TAKE"


def test_one_command_looks_at_a_bounded_number_of_lots() -> None:
    play = opened(volume_units=5_000, company_units=None)
    for batch in range(2):
        play.grant(*(line(f"b{batch}-{n}", 1) for n in range(LOTS_MAX)))
    assert play.ask(Draw, units=LOTS_MAX + 1).code == "TOO_MANY_LINES"
    entry = play.ask(Revoke, units=LOTS_MAX + 1, at_most=True)
    assert (entry.code, entry.figures[0].shortfall) == ("APPLIED_PARTIAL", 1)
    assert play.ask(Draw, units=LOTS_MAX).code == "APPLIED"


def test_a_tick_lets_a_bounded_number_expire_and_the_next_one_the_rest() -> None:
    play = opened(volume_units=5_000, company_units=None)
    play.grant(*(line(f"u{n}", 1, 0, COMPANY, expires_at=SOON) for n in range(DUE_MAX + 7)))
    play.at = SOON
    assert play.lane.tick is not None
    (first,) = play.lane.tick(play.state, SOON)
    assert len(play.send(first).postings) == DUE_MAX
    (second,) = play.lane.tick(play.state, SOON)
    assert first.command_id != second.command_id
    assert len(play.send(second).postings) == 7
    assert play.lane.tick(play.state, SOON) == ()


def test_the_lots_of_holds_count_towards_that_bound() -> None:
    play = opened(volume_units=5_000, company_units=None)
    for batch in range(2):
        play.grant(*(line(f"b{batch}-{n}", 1) for n in range(LOTS_MAX)))
    for _ in range(2):
        assert play.ask(PlaceHold, units=LOTS_MAX, expires_at=SOON).code == "APPLIED"
    play.at = SOON
    assert [len(play.ask(LedgerTick).holds) for _ in range(3)] == [1, 1, 0]


def test_a_closed_lot_is_forgotten_after_its_time_and_its_row_too() -> None:
    play = drawn(500)
    play.at += timedelta(days=CLOSED_LOT_DAYS)
    play.ask(LedgerTick)
    assert play.ask(Draw, line_id="u1").code == "EXCEEDS_LOT"
    play.at += timedelta(days=1)
    play.ask(LedgerTick)
    assert (play.state.programmes["h200-2026"].lots, restored(play)) == ({}, play.state)
    assert play.ask(Draw, line_id="u1").code == "AUTHORISATION_NOT_FOUND"


def test_value_goes_with_units_and_the_last_takes_what_is_left() -> None:
    play = opened()
    play.grant(line("u1", 3, 100))
    values = [play.ask(Draw, units=1).postings[0].value for _ in range(3)]
    assert values == [33, 33, 34]
