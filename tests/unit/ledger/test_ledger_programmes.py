"""A programme is defined once; a cap never falls below its use and never rises above the programme's."""

from collections.abc import Mapping

import pytest

from schemas.ledger import DefineCap, DefineProgramme, company_cap
from tests.builders import COMPANY, RIVAL
from tests.unit.ledger.play import Play, cap, granted, line, opened

OWN = {"company_id": None, "cap_id": "programme"}


def test_a_programme_opens_with_its_terms_and_its_unused_cap() -> None:
    entry = opened().last
    assert entry.programme is not None
    assert (entry.programme.unit, entry.programme.company_units, entry.unit, entry.currency) == (
        "chip", 600, "chip", "USD",
    )  # fmt: skip
    assert [(told.cap_id, told.company_id, told.volume_units, told.used_units) for told in entry.caps] == [
        ("programme", None, 1_000, 0)
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"item": "H300"}, "item"),
        ({"company_units": 5}, "company_units"),
        ({"coefficients": ()}, "coefficients"),
        ({}, "programme_id"),
    ],
)
def test_a_second_definition_is_refused_and_names_the_term_that_differs(
    changes: Mapping[str, object], field: str
) -> None:
    play = opened()
    entry = play.ask(DefineProgramme, **{"volume_units": 1_000, "company_units": 600, **changes})
    assert (entry.code, entry.figures[0].field, entry.programme) == ("VERSION_CONFLICT", field, None)


@pytest.mark.parametrize("units", [("chip",), ("module-8", "module-8")])
def test_a_unit_declared_twice_is_refused(units: tuple[str, ...]) -> None:
    coefficients = tuple([{"unit": unit, "base_units": 8} for unit in units])
    entry = Play().ask(DefineProgramme, coefficients=coefficients)
    assert (entry.code, entry.figures[0].field) == ("UNIT_MISMATCH", "coefficients")


def test_a_companys_own_cap_counts_instead_of_the_default() -> None:
    play = opened()
    assert play.ask(DefineCap, cap_id="lanwei", volume_units=700).code == "APPLIED"
    assert play.grant(line("u1", 701)).figures[0].cap_id == "lanwei"
    assert play.grant(line("u1", 700)).code == "APPLIED"


def test_a_cap_may_be_lowered_to_what_is_used_and_no_further() -> None:
    play = granted()
    assert play.ask(DefineCap, volume_units=500).code == "APPLIED"
    (figure,) = play.ask(DefineCap, volume_units=499).figures
    assert (figure.cap_id, figure.field, figure.needed, figure.available, figure.shortfall) == (
        company_cap(COMPANY), "units", 500, 499, 1,
    )  # fmt: skip


def test_the_value_of_a_cap_may_not_fall_below_its_use_either() -> None:
    entry = granted().ask(DefineCap, volume_units=500, volume_value=4_999)
    assert (entry.code, entry.figures[0].field, entry.figures[0].shortfall) == ("BELOW_USED", "value", 1)


def test_the_use_of_a_cap_stays_when_its_volume_changes() -> None:
    play = granted()
    told = cap(play.ask(DefineCap, volume_units=550, volume_value=9_000), company_cap(COMPANY))
    assert (told.volume_units, told.used_units, told.volume_value, told.used_value) == (550, 500, 9_000, 5_000)
    assert play.grant(line("u2", 51)).code == "EXCEEDS_CAP"


def test_a_companys_cap_may_not_exceed_the_programmes() -> None:
    play = opened(volume_value=10_000)
    entry = play.ask(DefineCap, volume_units=1_001, volume_value=10_001)
    assert [(figure.code, figure.field, figure.shortfall) for figure in entry.figures] == [
        ("EXCEEDS_PROGRAMME", "units", 1),
        ("EXCEEDS_PROGRAMME", "value", 1),
    ]
    assert play.ask(DefineCap, volume_units=1_000, volume_value=10_000).code == "APPLIED"


def test_the_programmes_cap_may_not_fall_below_its_use_or_a_cap_under_it() -> None:
    play = granted()
    play.ask(DefineCap, company_id=RIVAL, cap_id="rival", volume_units=900)
    entry = play.ask(DefineCap, **OWN, volume_units=499)
    assert entry.code == "BELOW_USED"
    assert [(figure.cap_id, figure.needed, figure.available) for figure in entry.figures] == [
        ("programme", 500, 499),
        ("rival", 900, 499),
    ]
    assert play.ask(DefineCap, **OWN, volume_units=900).code == "APPLIED"


def test_the_programmes_cap_may_grow() -> None:
    play = granted()
    assert cap(play.ask(DefineCap, **OWN, volume_units=5_000)).used_units == 500
    assert play.grant(line("u2", 600, company_id=RIVAL)).code == "APPLIED"


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"company_id": None, "cap_id": "total"}, "programme"),
        ({"cap_id": "lanwei"}, company_cap(COMPANY)),
        ({"company_id": RIVAL, "cap_id": "programme"}, company_cap(RIVAL)),
        ({"company_id": RIVAL, "cap_id": company_cap(COMPANY)}, company_cap(RIVAL)),
        ({"company_id": RIVAL, "cap_id": "company:nobody"}, company_cap(RIVAL)),
    ],
)
def test_a_cap_keeps_its_name_and_takes_no_other_ones(changes: Mapping[str, object], name: str) -> None:
    entry = granted().ask(DefineCap, **changes)
    assert (entry.code, entry.figures[0].cap_id, entry.figures[0].field) == ("VERSION_CONFLICT", name, "cap_id")


def test_a_cap_of_an_unknown_programme_is_refused() -> None:
    assert opened().ask(DefineCap, programme_id="gone").code == "PROGRAMME_NOT_FOUND"
