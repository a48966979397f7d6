"""A hold reserves units for an order: it is drawn on in parts, and what is left is free again."""

from datetime import timedelta

import pytest

from schemas.entries import EntryRecorded
from schemas.ledger import Contra, Draw, ExtendHold, LedgerTick, PlaceHold, Revoke, VoidHold
from tests.builders import AT, COMPANY, RIVAL
from tests.unit.ledger.play import LATER, SOON, Play, balance, granted, held, hold, line, lot, opened


def figures(entry: EntryRecorded) -> tuple[int, int]:
    """Held and available units of the account after the entry."""
    after = balance(entry)
    return after.held_units, after.available_units


def test_a_hold_reserves_units_and_their_value() -> None:
    entry = held().last
    after = balance(entry)
    assert figures(entry) == (300, 200)
    assert (after.held_value, after.available_value, after.drawn_units) == (3_000, 2_000, 0)
    assert (hold(entry).hold_id, hold(entry).state, hold(entry).open_units) == ("h-1", "open", 300)
    assert [(part.lot, part.units, part.value) for part in hold(entry).parts] == [(1, 300, 3_000)]
    assert (lot(entry).free_units, lot(entry).held_units) == (200, 300)


def test_what_is_held_cannot_be_drawn_held_or_revoked_by_others() -> None:
    play = held()
    assert play.ask(Draw, units=201).code == "EXCEEDS_AVAILABLE"
    assert play.ask(PlaceHold, units=201, expires_at=LATER).code == "EXCEEDS_AVAILABLE"
    assert play.ask(Revoke, units=201).code == "EXCEEDS_AVAILABLE"
    assert play.ask(Revoke, units=200).code == "APPLIED"


def test_a_hold_is_drawn_on_in_parts_and_consumed_by_the_last() -> None:
    play = held()
    first = play.ask(Draw, hold_id="h-1", units=120)
    assert figures(first) == (180, 200)
    assert (hold(first).state, hold(first).open_units, hold(first).open_value) == ("open", 180, 1_800)
    assert [(each.column, each.units) for each in first.postings] == [("released", 120), ("drawn", 120)]
    last = play.ask(Draw, hold_id="h-1", units=180)
    assert (hold(last).state, hold(last).open_units, hold(last).parts) == ("consumed", 0, ())
    assert (figures(last), balance(last).drawn_value) == ((0, 200), 3_000)


def test_more_than_a_hold_has_left_is_refused_with_the_shortfall() -> None:
    play = held()
    play.ask(Draw, hold_id="h-1", units=250)
    (figure,) = play.ask(Draw, hold_id="h-1", units=60).figures
    assert (figure.needed, figure.available, figure.shortfall) == (60, 50, 10)


def test_voiding_releases_the_rest() -> None:
    play = held()
    play.ask(Draw, hold_id="h-1", units=120)
    entry = play.ask(VoidHold)
    assert (figures(entry), hold(entry).state, hold(entry).parts) == ((0, 380), "voided", ())
    assert [(each.column, each.units) for each in entry.postings] == [("released", 180)]


def test_a_hold_that_is_due_expires_with_a_tick_and_releases_the_rest() -> None:
    play = held()
    assert play.lane.due(play.state) == LATER
    entry = play.send(play.lane.tick(play.state, LATER)[0], LATER) if play.lane.tick else None
    assert entry is not None
    assert (entry.command, figures(entry), hold(entry).state) == ("tick", (0, 500), "expired")
    assert play.lane.due(play.state) is None


def test_a_hold_before_its_time_is_left_alone_by_a_tick() -> None:
    play = held()
    entry = play.ask(LedgerTick)
    assert (entry.code, entry.holds, entry.postings) == ("APPLIED", (), ())


def test_an_extended_hold_lasts_until_its_new_time() -> None:
    play = held()
    later = LATER + timedelta(days=5)
    assert hold(play.ask(ExtendHold, expires_at=later)).expires_at == later
    play.at = LATER
    assert play.ask(LedgerTick).holds == ()
    assert play.ask(Draw, hold_id="h-1", units=1).code == "APPLIED"
    play.at = later
    assert play.ask(Draw, hold_id="h-1", units=1).code == "HOLD_EXPIRED"
    assert hold(play.ask(LedgerTick)).state == "expired"


@pytest.mark.parametrize(
    ("expires_at", "code"), [(AT, "HOLD_EXPIRED"), (AT - timedelta(days=1), "HOLD_EXPIRED"), (SOON, "APPLIED")]
)
def test_a_hold_begins_before_it_ends(expires_at: object, code: str) -> None:
    assert granted().ask(PlaceHold, expires_at=expires_at).code == code


def test_a_hold_is_never_shortened() -> None:
    entry = held().ask(ExtendHold, expires_at=SOON)
    assert (entry.code, entry.figures[0].field) == ("VERSION_CONFLICT", "expires_at")


@pytest.mark.parametrize("act", [Draw, VoidHold, ExtendHold])
def test_the_hold_of_another_company_is_none(act: type[Draw]) -> None:
    play = held()
    play.grant(line("u2", 300, company_id=RIVAL))
    assert play.ask(act, company_id=RIVAL, hold_id="h-1").code == "HOLD_NOT_FOUND"


def test_a_hold_of_a_line_takes_from_that_line_only() -> None:
    play = opened()
    play.grant(line("u1", 100), line("u2", 100))
    entry = play.ask(PlaceHold, line_id="u2", units=100, expires_at=LATER)
    assert [(part.lot, part.units) for part in hold(entry).parts] == [(2, 100)]
    assert play.ask(PlaceHold, line_id="u2", units=1, expires_at=LATER).code == "EXCEEDS_LOT"


def test_a_hold_over_several_lots_is_used_and_released_lot_by_lot() -> None:
    play = opened()
    play.grant(line("u1", 100, 100), line("u2", 100, 300))
    play.ask(PlaceHold, command_id="h-1", units=150, expires_at=LATER)
    entry = play.ask(Draw, hold_id="h-1", units=120)
    assert [(told.lot, told.drawn_units, told.held_units) for told in entry.lots] == [(1, 100, 0), (2, 20, 30)]
    released = play.ask(VoidHold)
    assert [(told.lot, told.free_units, told.free_value) for told in released.lots] == [(2, 80, 240)]


def test_units_released_after_their_lot_expired_expire_with_it() -> None:
    play = opened()
    play.grant(line("u1", 500, 0, COMPANY, expires_at=SOON))
    play.ask(PlaceHold, command_id="h-1", units=300, expires_at=LATER)
    play.at = SOON
    assert balance(play.ask(LedgerTick)).expired_units == 200
    assert play.ask(Draw, hold_id="h-1", units=100).code == "APPLIED"
    play.at = LATER
    after = balance(play.ask(LedgerTick))
    assert (after.expired_units, after.drawn_units, after.held_units, after.available_units) == (400, 100, 0, 0)


def test_what_expires_is_noted_once_however_often_it_is_held_drawn_and_released() -> None:
    play = opened()
    play.grant(line("u1", 100, 0, COMPANY, expires_at=LATER))
    for n in range(5):
        play.ask(PlaceHold, command_id=f"h-{n}", units=100, expires_at=LATER)
        play.ask(Draw, hold_id=f"h-{n}", units=1, command_id=f"d-{n}")
        play.ask(VoidHold, hold_id=f"h-{n}")
        play.ask(Contra, corrects=f"d-{n}")
    programme = play.state.programmes["h200-2026"]
    assert [item for _, item, _ in programme.dues].count("lot") == 1
    assert len(programme.dues) == len(programme.awaited) == len(set(programme.dues))


def test_a_hold_id_that_is_held_is_not_given_again() -> None:
    play: Play = held()
    play.at += timedelta(days=9)
    play.state.ids.clear()
    entry = play.ask(PlaceHold, command_id="h-1", units=1, expires_at=LATER)
    assert (entry.code, entry.figures[0].field) == ("VERSION_CONFLICT", "command_id")
