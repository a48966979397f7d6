"""What customs reports after the fact is recorded, linked to what it corrects, and never counted twice."""

from datetime import timedelta

import pytest

from schemas.entries import EntryRecorded
from schemas.ledger import Adjust, Contra, Draw, LedgerTick, PlaceHold, RecordLate, SetCumulative, Suspend
from tests.builders import AT, COMPANY, RIVAL
from tests.unit.ledger.play import LATER, SOON, Play, balance, drawn, granted, held, line, lot, opened, restored


def excess(entry: EntryRecorded) -> tuple[int, int, int]:
    """Tolerated, over-used and taken back of both."""
    after = balance(entry)
    return after.tolerated_units, after.overused_units, after.excess_reversed_units


def used(entry: EntryRecorded) -> tuple[int, int, int]:
    """Drawn, reversed and available units."""
    after = balance(entry)
    return after.drawn_units, after.reversed_units, after.available_units


def test_a_late_clearance_is_a_draw_with_its_own_time() -> None:
    entry = granted().ask(RecordLate, units=200, effective_at=AT - timedelta(days=3))
    assert (used(entry), entry.effective_at, entry.at) == ((200, 0, 300), AT - timedelta(days=3), AT)


def test_a_late_clearance_beyond_what_is_there_is_over_use_and_never_drawn() -> None:
    entry = granted().ask(RecordLate, units=530)
    assert (entry.code, used(entry), excess(entry)) == ("APPLIED", (500, 0, 0), (0, 30, 0))
    assert [(each.column, each.units, each.value) for each in entry.postings] == [
        ("drawn", 500, 5_000), ("overused", 30, 0),
    ]  # fmt: skip
    assert lot(entry).overused_units == 30


def test_tolerance_is_used_before_over_use() -> None:
    play = drawn(500, tolerance_units=20)
    assert excess(play.ask(RecordLate, units=30)) == (20, 10, 0)


def test_a_draw_on_a_line_may_use_its_tolerance_and_no_more() -> None:
    play = drawn(490, tolerance_units=20)
    assert play.ask(Draw, line_id="u1", units=31).code == "EXCEEDS_LOT"
    assert play.ask(Draw, units=30).code == "EXCEEDS_AVAILABLE"
    entry = play.ask(Draw, line_id="u1", units=30)
    assert (entry.code, used(entry), excess(entry)) == ("APPLIED", (500, 0, 0), (20, 0, 0))


def test_a_draw_of_a_hold_on_a_line_may_use_the_lines_tolerance() -> None:
    play = drawn(100, tolerance_units=20)
    play.ask(PlaceHold, command_id="h-1", line_id="u1", units=300, expires_at=LATER)
    assert play.ask(Draw, hold_id="h-1", units=321).code == "EXCEEDS_HOLD"
    entry = play.ask(Draw, hold_id="h-1", units=320)
    assert (used(entry), excess(entry), entry.holds[0].state) == ((400, 0, 100), (20, 0, 0), "consumed")


def test_a_late_clearance_of_an_order_uses_its_hold_first() -> None:
    play = held(300)
    entry = play.ask(RecordLate, units=350, hold_id="h-1")
    assert (used(entry), balance(entry).held_units, entry.holds[0].state) == ((350, 0, 150), 0, "consumed")
    assert excess(entry) == (0, 0, 0)


def test_a_late_clearance_under_a_hold_that_is_closed_uses_the_line() -> None:
    play = held(300)
    play.at = LATER
    play.ask(LedgerTick)
    entry = play.ask(RecordLate, units=350, hold_id="h-1")
    assert (used(entry), entry.holds) == ((350, 0, 150), ())
    assert play.ask(RecordLate, units=1, hold_id="h-9").code == "HOLD_NOT_FOUND"


def test_a_clearance_before_the_expiry_that_is_reported_after_it_counts_while_the_units_are_there() -> None:
    play = opened()
    play.grant(line("u1", 100, 0, COMPANY, expires_at=SOON))
    play.at = LATER
    assert used(play.ask(RecordLate, units=60, effective_at=AT)) == (60, 0, 40)
    assert excess(play.ask(RecordLate, units=10, effective_at=LATER)) == (0, 10, 0)
    play.ask(LedgerTick)
    assert excess(play.ask(RecordLate, units=10, effective_at=AT)) == (0, 20, 0)


def test_what_happened_at_the_border_is_recorded_under_a_suspension_too() -> None:
    play = granted()
    play.ask(Suspend)
    assert play.ask(RecordLate).code == play.ask(SetCumulative).code == "APPLIED"


@pytest.mark.parametrize(
    ("totals", "columns"),
    [
        ((250,), (250, 0, 250)),
        ((250, 250), (250, 0, 250)),
        ((100, 250, 400), (400, 0, 100)),
        ((300, 120), (300, 180, 380)),
        ((300, 0, 300), (600, 300, 200)),
    ],
)
def test_a_total_is_never_added_as_if_it_were_a_part(totals: tuple[int, ...], columns: tuple[int, int, int]) -> None:
    play = granted()
    for total in totals:
        assert play.ask(SetCumulative, units=total).code == "APPLIED"
    after = play.state.programmes["h200-2026"].accounts[COMPANY].balance
    assert (after.drawn_units, after.reversed_units, after.available_units) == columns


def test_a_total_counts_what_was_drawn_before_and_an_unchanged_one_moves_nothing() -> None:
    play = drawn(200)
    again = play.ask(SetCumulative, units=200)
    assert (again.code, again.postings, again.balances) == ("APPLIED", (), ())
    assert play.ask(SetCumulative, units=230).postings[0].units == 30


def test_a_falling_total_takes_back_over_use_first_then_tolerance_then_draws() -> None:
    play = drawn(500, tolerance_units=20)
    play.ask(SetCumulative, units=530)
    first = play.ask(SetCumulative, units=525)
    assert (excess(first), used(first)) == ((20, 10, 5), (500, 0, 0))
    last = play.ask(SetCumulative, units=490)
    assert (excess(last), used(last)) == ((20, 10, 30), (500, 10, 10))


def test_a_contra_takes_a_draw_back_whole_with_its_value() -> None:
    play = drawn(200)
    entry = play.ask(Contra)
    assert (used(entry), balance(entry).available_value) == ((200, 200, 500), 5_000)
    assert (entry.corrects, entry.remains) == ("d-1", ())
    assert play.ask(Draw, units=500).code == "APPLIED"


def test_a_contra_takes_back_tolerance_and_over_use_too() -> None:
    play = drawn(450, tolerance_units=20)
    play.ask(RecordLate, command_id="d-2", units=100)
    entry = play.ask(Contra, corrects="d-2")
    assert (used(entry), excess(entry)) == ((500, 50, 50), (20, 30, 50))


@pytest.mark.parametrize(
    ("right", "columns", "remains"),
    [(150, (200, 50, 350), 150), (200, (200, 0, 300), 200), (0, (200, 200, 500), 0), (260, (260, 0, 240), 260)],
)
def test_an_adjustment_brings_a_draw_to_the_right_number(
    right: int, columns: tuple[int, int, int], remains: int
) -> None:
    play = drawn(200)
    entry = play.ask(Adjust, units=right)
    after = play.state.programmes["h200-2026"].accounts[COMPANY].balance
    assert (after.drawn_units, after.reversed_units, after.available_units) == columns
    assert sum(part.units for part in entry.remains) == remains


def test_an_adjusted_draw_can_be_adjusted_and_taken_back_for_what_it_still_counts() -> None:
    play = drawn(200)
    play.ask(Adjust, units=150)
    play.state = restored(play)
    assert used(play.ask(Adjust, units=170)) == (220, 50, 330)
    assert used(play.ask(Contra)) == (220, 220, 500)
    assert play.ask(Adjust, units=1).code == "ALREADY_CORRECTED"


def test_what_a_total_took_back_is_not_taken_back_again() -> None:
    play = drawn(200)
    play.ask(SetCumulative, units=50)
    (figure,) = play.ask(Contra).figures
    assert (figure.code, figure.needed, figure.available, figure.shortfall) == ("ALREADY_CORRECTED", 200, 50, 150)


@pytest.mark.parametrize("corrects", ["d-9", "c-1", "c-2"])
def test_a_correction_of_what_is_no_known_clearance_is_refused(corrects: str) -> None:
    entry = drawn().ask(Contra, corrects=corrects)
    assert (entry.code, entry.figures[0].field) == ("AUTHORITY_MISSING", "corrects")


def test_the_clearance_of_another_company_is_not_corrected() -> None:
    play = drawn()
    play.grant(line("u2", 10, company_id=RIVAL))
    assert play.ask(Contra, company_id=RIVAL).code == "AUTHORITY_MISSING"


def test_units_taken_back_after_their_lot_expired_expire_with_it() -> None:
    play: Play = drawn(200, expires_at=SOON)
    play.at = SOON
    play.ask(LedgerTick)
    assert used(play.ask(Contra)) == (200, 200, 200)
    assert play.lane.due(play.state) == SOON
    assert balance(play.ask(LedgerTick)).expired_units == 500


def test_a_huge_report_is_refused_before_a_column_overflows() -> None:
    play = granted()
    play.ask(RecordLate, units=2**53 - 1)
    assert play.ask(RecordLate, units=2**53 - 1).code == "OVERFLOW"
