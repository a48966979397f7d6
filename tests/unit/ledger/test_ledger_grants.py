"""A batch is granted whole or not at all, and every line that fails is named with its figures."""

import pytest

from schemas.ledger import DefineCap, DefineProgramme, Revoke, company_cap
from schemas.values import LINES_MAX, UNITS_MAX
from tests.builders import COMPANY, RIVAL
from tests.unit.ledger.play import balance, cap, granted, line, opened


def test_a_batch_moves_every_line_and_tells_balances_and_caps_after() -> None:
    entry = opened().grant(line("u1", 200, 2_000), line("u2", 300, 3_300, RIVAL), line("u3", 50, 500))
    assert [(posting.line_id, posting.units, posting.value) for posting in entry.postings] == [
        ("u1", 200, 2_000),
        ("u2", 300, 3_300),
        ("u3", 50, 500),
    ]
    assert [(told.company_id, told.version, told.available_units) for told in entry.balances] == [
        (COMPANY, 1, 250),
        (RIVAL, 1, 300),
    ]
    assert [(told.cap_id, told.used_units, told.used_value, told.volume_units) for told in entry.caps] == [
        ("programme", 550, 5_800, 1_000),
        (company_cap(COMPANY), 250, 2_500, 600),
        (company_cap(RIVAL), 300, 3_300, 600),
    ]
    assert (entry.unit, entry.currency) == ("chip", "USD")


@pytest.mark.parametrize("place", [0, LINES_MAX // 2, LINES_MAX - 1])
def test_a_bad_line_anywhere_refuses_the_whole_batch_and_is_the_one_named(place: int) -> None:
    play = opened(volume_units=LINES_MAX, company_units=LINES_MAX)
    lines = [line(f"u{n}", 1) for n in range(LINES_MAX)]
    lines[place] = line("bad", 0)
    entry = play.grant(*lines)
    assert (entry.code, [figure.line_id for figure in entry.figures]) == ("BAD_UNITS", ["bad"])
    assert play.state.programmes[entry.programme_id].accounts == {}


def test_two_lines_of_one_company_that_only_together_exceed_its_cap_are_caught() -> None:
    entry = opened().grant(line("u1", 400), line("u2", 201))
    (figure,) = entry.figures
    assert (entry.code, figure.line_id, figure.cap_id, figure.company_id, figure.field) == (
        "EXCEEDS_CAP", "u2", company_cap(COMPANY), COMPANY, "units",
    )  # fmt: skip
    assert (figure.needed, figure.available, figure.shortfall) == (201, 200, 1)


def test_two_companies_that_only_together_exceed_the_programme_are_caught() -> None:
    entry = opened().grant(line("u1", 600), line("u2", 401, company_id=RIVAL))
    (figure,) = entry.figures
    assert (entry.code, figure.line_id, figure.cap_id) == ("EXCEEDS_PROGRAMME", "u2", "programme")
    assert (figure.needed, figure.available, figure.shortfall) == (401, 400, 1)


def test_every_failing_line_is_named_and_the_others_fit_together_without_them() -> None:
    play = opened()
    lines = [line("u1", 601), line("u2", 600), line("u3", 1), line("u4", 500, company_id=RIVAL),
             line("u5", 400, company_id=RIVAL), line("u6", 0)]  # fmt: skip
    entry = play.grant(*lines)
    named = {figure.line_id: figure.code for figure in entry.figures}
    assert named == {"u1": "EXCEEDS_CAP", "u3": "EXCEEDS_CAP", "u4": "EXCEEDS_PROGRAMME", "u6": "BAD_UNITS"}
    assert play.grant(*(each for each in lines if each.line_id not in named)).code == "APPLIED"


def test_the_last_unit_is_granted_and_one_more_is_not() -> None:
    play = opened()
    assert play.grant(line("u1", 600)).code == "APPLIED"
    assert play.grant(line("u2", 400, company_id=RIVAL)).code == "APPLIED"
    assert play.grant(line("u3", 1, company_id=RIVAL)).code == "EXCEEDS_PROGRAMME"


def test_a_value_limit_holds_beside_the_units() -> None:
    play = opened(volume_value=10_000)
    assert play.grant(line("u1", 1, 10_001)).figures[0].field == "value"
    play.ask(DefineCap, volume_units=600, volume_value=4_000)
    entry = play.grant(line("u1", 1, 4_000), line("u2", 1, 1), line("u3", 1, 6_001, RIVAL))
    assert [(figure.code, figure.field, figure.available) for figure in entry.figures] == [
        ("EXCEEDS_CAP", "value", 0),
        ("EXCEEDS_PROGRAMME", "value", 6_000),
    ]


def test_a_company_without_any_cap_is_limited_by_the_programme_alone() -> None:
    entry = opened(company_units=None).grant(line("u1", 1_000))
    assert (entry.code, cap(entry, company_cap(COMPANY)).volume_units) == ("APPLIED", None)


def test_a_default_above_the_programme_means_the_whole_programme() -> None:
    entry = opened(company_units=5_000).grant(line("u1", 1))
    assert cap(entry, company_cap(COMPANY)).volume_units == 1_000


@pytest.mark.parametrize(
    ("units", "value", "code"),
    [
        (0, 1, "BAD_UNITS"),
        (-1, 1, "BAD_UNITS"),
        (UNITS_MAX + 1, 1, "BAD_UNITS"),
        (10**30, 1, "BAD_UNITS"),
        (1, -1, "BAD_UNITS"),
        (1, UNITS_MAX + 1, "BAD_UNITS"),
        (1, 0, "APPLIED"),
        (UNITS_MAX, UNITS_MAX, "APPLIED"),
    ],
)
def test_numbers_at_the_edges(units: int, value: int, code: str) -> None:
    play = opened(volume_units=UNITS_MAX, company_units=None)
    assert play.grant(line("u1", units, value)).code == code


def test_a_bad_number_is_named_but_not_repeated() -> None:
    (figure,) = opened().grant(line("u1", 10**30)).figures
    assert (figure.field, figure.needed, figure.available, figure.shortfall) == ("units", None, None, None)


def test_modules_convert_exactly_by_the_programmes_coefficient() -> None:
    entry = opened().grant(line("u1", 75, 7_500), unit="module-8")
    assert (entry.code, entry.postings[0].units, balance(entry).granted_units) == ("APPLIED", 600, 600)


def test_a_conversion_beyond_the_ledgers_range_is_refused() -> None:
    play = opened(volume_units=UNITS_MAX, company_units=None)
    assert play.grant(line("u1", UNITS_MAX // 8), unit="module-8").code == "APPLIED"
    assert opened().grant(line("u1", UNITS_MAX // 8 + 1), unit="module-8").code == "OVERFLOW"


def test_a_column_never_outgrows_the_ledgers_range_though_the_cap_is_free_again() -> None:
    play = opened(volume_units=UNITS_MAX, company_units=None)
    play.grant(line("u1", UNITS_MAX))
    assert play.ask(Revoke, units=UNITS_MAX).code == "APPLIED"
    entry = play.grant(line("u2", 1))
    assert (entry.code, entry.figures[0].field) == ("OVERFLOW", "units")


def test_value_without_a_limit_never_outgrows_the_ledgers_range() -> None:
    play = opened()
    entry = play.grant(line("u1", 1, UNITS_MAX), line("u2", 1, 1, RIVAL))
    assert (entry.code, entry.figures[0].line_id, entry.figures[0].field) == ("OVERFLOW", "u2", "value")
    assert play.grant(line("u1", 1, UNITS_MAX)).code == "APPLIED"
    assert play.grant(line("u2", 1, 1, RIVAL)).code == "OVERFLOW"


def test_a_batch_of_the_largest_size_is_granted() -> None:
    play = opened(volume_units=LINES_MAX)
    lines = [line(f"u{n}", 1, company_id=f"company-{n}") for n in range(LINES_MAX)]
    entry = play.grant(*lines)
    assert (entry.code, len(entry.balances), cap(entry).used_units) == ("APPLIED", LINES_MAX, LINES_MAX)


def test_a_batch_that_is_too_large_names_no_line() -> None:
    entry = opened().grant(*(line(f"u{n}", 0) for n in range(LINES_MAX + 1)))
    assert [(figure.code, figure.line_id, figure.needed, figure.available) for figure in entry.figures] == [
        ("TOO_MANY_LINES", None, LINES_MAX + 1, LINES_MAX)
    ]


def test_the_batch_and_its_attempt_are_in_the_entry_refused_or_not() -> None:
    for play in (opened(), granted()):
        entry = play.grant(line("u9", 550), batch_id="b-7", attempt=3)
        assert (entry.batch_id, entry.attempt, entry.command) == ("b-7", 3, "grant-batch")


def test_a_batch_of_another_programme_leaves_this_one_alone() -> None:
    play = granted()
    play.ask(DefineProgramme, programme_id="h300-2027")
    play.grant(line("u1", 7), programme_id="h300-2027")
    assert {name: programme.total.used_units for name, programme in play.state.programmes.items()} == {
        "h200-2026": 500,
        "h300-2027": 7,
    }
