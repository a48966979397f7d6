"""Numbers with a check: what holds, what refers, and that nothing ever rejects or is repeated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric, uscc
from stdnum.iso7064 import mod_97_10

from services.policy.domain.screening.identifiers import check_lei, check_number, check_uscc

GOOD = "91820000MA0000000"
USCC = GOOD + uscc.calc_check_digit(GOOD)
"""Region 82 gives no codes, so this one is nobody's."""
RESIDENT = "11010018990101000"
RESIDENT += ric.calc_check_digit(RESIDENT + "0")
_LEI = "ILLU00STRATIVE0000"
LEI = _LEI + mod_97_10.calc_check_digits(_LEI)


def resident_that_passes() -> str:
    """An identity number of nobody (year 1899) whose last digit also holds as that of a USCC, in department 1."""
    for order in range(1, 10_000):
        number = f"1111121899{order % 12 + 1:02d}{order % 28 + 1:02d}{order % 1000:03d}"
        digit = ric.calc_check_digit(number + "0")
        if digit == uscc.calc_check_digit(number):
            return number + digit
    raise AssertionError("no such number")


@pytest.mark.parametrize(
    ("number", "verdict"),
    [
        (USCC, "VALID"),
        (f"{USCC[:8]} {USCC[8:]}".lower(), "VALID"),
        (USCC[:-1], "LENGTH"),
        (USCC[:-1] + ("1" if USCC[-1] != "1" else "2"), "CHECKSUM"),
        (USCC[:10] + "I" + USCC[11:], "CHARACTERS"),
        ("B" + USCC[1:], "CHARACTERS"),
        ("97" + USCC[2:], "DEPARTMENT"),
        ("01" + USCC[2:], "DEPARTMENT"),
        ("9199" + USCC[4:], "REGION"),
        (RESIDENT, "RESIDENT_NUMBER"),
    ],
)
def test_a_uscc_is_valid_or_refers_with_the_first_thing_wrong(number: str, verdict: str) -> None:
    check = check_uscc(number)
    assert check.verdict == verdict
    assert check.refers is (verdict != "VALID")


def test_departments_with_a_letter_are_known() -> None:
    number = "A1820000MA0000000"
    assert check_uscc(number + uscc.calc_check_digit(number)).verdict == "VALID"


def test_a_residents_number_is_told_even_where_it_passes_as_a_uscc() -> None:
    number = resident_that_passes()
    assert uscc.is_valid(number)
    assert check_number(number, "CN").verdict == "RESIDENT_NUMBER"


@pytest.mark.parametrize(
    ("number", "verdict"),
    [
        (LEI, "VALID"),
        (LEI[:-1], "LENGTH"),
        (f"{LEI}0", "LENGTH"),
        (f"{LEI[:-1]}A", "CHARACTERS"),
        (f"{LEI[:4]}1{LEI[5:]}", "CHECKSUM"),
    ],
)
def test_an_lei_has_twenty_characters_and_a_sum(number: str, verdict: str) -> None:
    assert check_lei(number).verdict == verdict


@pytest.mark.parametrize(
    ("number", "country", "scheme"),
    [
        (None, "CN", "none"),
        ("", None, "none"),
        ("ILLUSTRATIVE-0001", "CN", "unknown"),
        ("ILLUSTRATIVE-000042", "CN", "unknown"),
        (USCC, "CN", "uscc"),
        (USCC, None, "uscc"),
        (USCC, "DE", "unknown"),
        (LEI, "DE", "lei"),
    ],
)
def test_a_number_is_checked_as_what_it_looks_like(number: str | None, country: str | None, scheme: str) -> None:
    assert check_number(number, country).scheme == scheme


@given(st.text(max_size=24), st.sampled_from([None, "CN", "DE"]))
def test_any_text_gets_a_verdict_that_does_not_hold_it(number: str, country: str | None) -> None:
    for check in (check_number(number, country), check_uscc(number), check_lei(number)):
        assert not number.strip() or len(number) < 8 or number not in repr(check)
