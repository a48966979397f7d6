"""Money as people read it: exact, in its currency's own digits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.money import amount_text, minor_digits, money_text


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (0, "USD", "USD 0.00"),
        (5, "USD", "USD 0.05"),
        (1_080_000_000_000, "USD", "USD 10,800,000,000.00"),
        (-123_456, "CNY", "CNY -1,234.56"),
        (1_500, "JPY", "JPY 1,500"),
        (1_234, "KWD", "KWD 1.234"),
        (100, "XYZ", "XYZ 1.00"),
    ],
)
def test_money_is_in_its_currencys_notation(minor: int, currency: str, text: str) -> None:
    assert money_text(minor, currency) == text


@given(minor=st.integers(-(2**60), 2**60), currency=st.sampled_from(["USD", "JPY", "KWD"]))
def test_no_minor_unit_is_lost(minor: int, currency: str) -> None:
    text = amount_text(minor, currency)
    assert int(text.replace(",", "").replace(".", "")) == minor
    assert len(text.partition(".")[2]) == minor_digits(currency)
