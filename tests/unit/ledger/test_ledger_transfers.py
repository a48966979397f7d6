"""Units move to another company with value and terms: in one step, under its caps, and never out of nothing."""

import pytest

from schemas.ledger import DefineCap, Draw, LedgerTick, Suspend, Transfer, company_cap
from tests.builders import COMPANY, RIVAL
from tests.unit.ledger.play import SOON, balance, cap, granted, held, line, opened, restored


def test_a_transfer_moves_units_value_and_the_use_of_caps() -> None:
    play = granted()
    entry = play.ask(Transfer, units=200)
    sender, receiver = balance(entry), balance(entry, RIVAL)
    assert (sender.transferred_out_units, sender.transferred_out_value, sender.available_units) == (200, 2_000, 300)
    assert (receiver.transferred_in_units, receiver.transferred_in_value, receiver.available_units) == (
        200, 2_000, 200,
    )  # fmt: skip
    assert (cap(entry, company_cap(COMPANY)).used_units, cap(entry, company_cap(RIVAL)).used_units) == (300, 200)
    assert (cap(entry).used_units, cap(entry).used_value) == (500, 5_000)
    assert play.ask(Draw, company_id=RIVAL, line_id="u1-moved", units=200).code == "APPLIED"
    assert restored(play) == play.state


def test_terms_travel_with_the_units() -> None:
    play = opened()
    play.grant(line("u1", 10), line("u2", 10, 0, COMPANY, expires_at=SOON, use="research", conditions_final=False))
    play.ask(Transfer, line_id="u1", units=5)
    assert play.ask(Transfer, line_id="u2", units=5).code == "CONDITIONS_NOT_ACCEPTED"
    play.grant(line("u3", 10, 0, COMPANY, expires_at=SOON, use="research"))
    posting = play.ask(Transfer, units=12, to_line_id="u9").postings[1]
    assert posting.terms is not None
    assert (posting.lot, posting.units, posting.terms.expires_at, posting.terms.use) == (5, 10, SOON, "research")
    play.at = SOON
    assert balance(play.ask(LedgerTick), RIVAL).expired_units == 10


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"to_company_id": COMPANY}, "SAME_ACCOUNT"),
        ({"units": 201}, "EXCEEDS_AVAILABLE"),
        ({"line_id": "u1", "units": 201}, "EXCEEDS_LOT"),
        ({"company_id": "nobody"}, "ACCOUNT_NOT_FOUND"),
        ({"units": 0}, "BAD_UNITS"),
        ({"expected_version": 9}, "VERSION_CONFLICT"),
        ({"units": 101}, "EXCEEDS_CAP"),
        ({"units": 100}, "APPLIED"),
    ],
)
def test_what_stops_a_transfer(changes: dict[str, object], code: str) -> None:
    play = held(300)
    play.ask(DefineCap, company_id=RIVAL, cap_id="rival", volume_units=100)
    entry = play.ask(Transfer, **changes)
    assert (entry.code, bool(entry.postings)) == (code, code == "APPLIED")


def test_the_cap_that_stops_a_transfer_is_named_with_its_figures() -> None:
    play = granted()
    play.grant(line("u2", 450, company_id=RIVAL))
    (figure,) = play.ask(Transfer, units=200).figures
    assert (figure.cap_id, figure.needed, figure.available, figure.shortfall) == (company_cap(RIVAL), 200, 150, 50)


def test_a_suspended_company_receives_nothing() -> None:
    play = granted()
    play.grant(line("u2", 1, company_id=RIVAL))
    play.ask(Suspend, company_id=RIVAL)
    assert play.ask(Transfer, units=1).code == "ACCOUNT_SUSPENDED"
