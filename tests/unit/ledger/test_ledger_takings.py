"""A draw uses units for good; a revocation takes back what is available and frees the caps."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.ledger import Draw, LedgerTick, Revoke, company_cap
from schemas.values import UNITS_MAX
from tests.builders import COMPANY, RIVAL
from tests.unit.ledger.play import Play, balance, cap, granted, line


def test_a_draw_moves_units_with_their_value_and_no_cap() -> None:
    entry = granted().ask(Draw, units=200)
    assert [(each.column, each.units, each.value, each.lot) for each in entry.postings] == [("drawn", 200, 2_000, 1)]
    after = balance(entry)
    assert (after.drawn_units, after.available_units, after.granted_value, after.version) == (200, 300, 5_000, 2)
    assert (entry.caps, entry.authority) == ((), "declaration ILLUSTRATIVE-0002")


def test_a_draw_in_modules_is_counted_in_chips() -> None:
    assert granted().ask(Draw, unit="module-8", units=2).postings[0].units == 16


@pytest.mark.parametrize("act", [Draw, Revoke])
@pytest.mark.parametrize(
    ("units", "code"),
    [
        (-1, "BAD_UNITS"),
        (0, "BAD_UNITS"),
        (1, "APPLIED"),
        (500, "APPLIED"),
        (501, "EXCEEDS_AVAILABLE"),
        (UNITS_MAX, "EXCEEDS_AVAILABLE"),
        (UNITS_MAX + 1, "BAD_UNITS"),
    ],
)
def test_units_at_the_edges(act: type[Draw] | type[Revoke], units: int, code: str) -> None:
    assert granted().ask(act, units=units).code == code


@pytest.mark.parametrize("act", [Draw, Revoke])
def test_what_is_not_available_is_refused_with_the_shortfall(act: type[Draw] | type[Revoke]) -> None:
    play = granted()
    play.ask(Draw, units=450)
    (figure,) = play.ask(act, units=60).figures
    assert (figure.company_id, figure.needed, figure.available, figure.shortfall) == (COMPANY, 60, 50, 10)


def test_the_account_of_another_company_is_not_touched() -> None:
    play = granted()
    play.grant(line("u2", 300, company_id=RIVAL))
    play.ask(Draw, company_id=RIVAL, units=300)
    assert play.ask(Draw, company_id=RIVAL, units=1).code == "EXCEEDS_AVAILABLE"
    assert play.ask(Draw, units=500).code == "APPLIED"


def test_a_revocation_frees_both_caps_for_others() -> None:
    play = granted()
    assert play.grant(line("u2", 501, company_id=RIVAL)).code == "EXCEEDS_PROGRAMME"
    entry = play.ask(Revoke, units=100)
    assert (cap(entry).used_units, cap(entry).used_value) == (400, 4_000)
    assert (cap(entry, company_cap(COMPANY)).used_units, balance(entry).revoked_value) == (400, 1_000)
    assert play.grant(line("u2", 501, company_id=RIVAL)).code == "APPLIED"


def test_at_most_takes_what_there_is_and_tells_the_shortfall() -> None:
    play = granted()
    play.ask(Draw, units=450)
    entry = play.ask(Revoke, units=60, at_most=True)
    assert (entry.code, entry.postings[0].units, balance(entry).available_units) == ("APPLIED_PARTIAL", 50, 0)
    (figure,) = entry.figures
    assert (figure.needed, figure.available, figure.shortfall) == (60, 50, 10)


def test_at_most_with_enough_available_is_applied_in_full() -> None:
    entry = granted().ask(Revoke, units=60, at_most=True)
    assert (entry.code, entry.figures, entry.postings[0].units) == ("APPLIED", (), 60)


def test_what_is_revoked_in_full_from_nothing_exceeds_what_is_available() -> None:
    play = granted()
    play.ask(Draw, units=500)
    assert play.ask(Revoke, units=1).code == "EXCEEDS_AVAILABLE"


def test_a_revocation_names_its_person_reason_and_authority() -> None:
    entry = granted().ask(Revoke)
    assert (entry.actor_id, entry.reason, entry.authority) == (
        "officer-wen", "Papers seen and found in order.", "decision ILLUSTRATIVE-0003",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "drawn", "revoked", "values"),
    [
        (5_000, 0, (500,), (5_000,)),
        (5_000, 0, (1, 499), (10, 4_990)),
        (1_001, 0, (250, 250), (500, 501)),
        (7, 0, (100, 100, 100, 200), (1, 1, 1, 4)),
        (5_000, 300, (200,), (2_000,)),
        (0, 0, (500,), (0,)),
    ],
)
def test_value_leaves_with_revoked_units(
    value: int, drawn: int, revoked: tuple[int, ...], values: tuple[int, ...]
) -> None:
    play = granted(500, value)
    if drawn:
        play.ask(Draw, units=drawn)
    assert tuple([play.ask(Revoke, units=units).postings[0].value for units in revoked]) == values


@given(
    value=st.integers(0, UNITS_MAX),
    acts=st.lists(st.tuples(st.sampled_from([Draw, Revoke]), st.integers(1, 200)), max_size=12),
)
@settings(max_examples=80, deadline=None, derandomize=True)
def test_revoked_value_is_the_revoked_share_and_none_is_lost(
    value: int, acts: list[tuple[type[Draw] | type[Revoke], int]]
) -> None:
    play = granted(500, value)
    for act, units in acts:
        play.ask(act, units=units)
    account = play.state.programmes["h200-2026"].accounts[COMPANY]
    gone = account.balance.revoked_units + account.balance.drawn_units
    assert (value - account.balance.available_value) * 500 <= value * gone
    play.ask(Revoke, units=500, at_most=True)
    assert account.balance.revoked_value + account.balance.drawn_value == value
    assert account.balance.available_value == 0


def test_a_tick_moves_nothing() -> None:
    play: Play = granted()
    entry = play.ask(LedgerTick)
    assert (entry.code, entry.command, entry.postings, entry.balances, entry.caps) == ("APPLIED", "tick", (), (), ())
