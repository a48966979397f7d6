"""What a number, a name or a code may be: tables with the outcome last, then properties."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from schemas import values

ADAPTERS: dict[str, TypeAdapter[object]] = {
    name: TypeAdapter(getattr(values, name))
    for name in (
        "CommandId", "CompanyId", "Country", "Currency", "Code", "Minor", "MinorOrZero", "Name", "PartNumber",
        "RegistryNo", "Seq", "Sha256", "Share", "Text", "UnitCode", "Units", "UnitsOrZero",
    )
}  # fmt: skip
MAX = 2**53 - 1
UNSEEN = frozenset(
    "\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
ROWS: tuple[tuple[str, str, bool], ...] = (
    ("Units", "1", True),
    ("Units", str(MAX), True),
    ("Units", "0", False),
    ("Units", "-1", False),
    ("Units", str(MAX + 1), False),
    ("Units", "1" * 40, False),
    ("Units", "true", False),
    ("Units", '"10"', False),
    ("Units", "10.0", False),
    ("Units", "1e3", False),
    ("Units", "NaN", False),
    ("Units", "null", False),
    ("UnitsOrZero", "0", True),
    ("UnitsOrZero", "-0", True),
    ("UnitsOrZero", "-1", False),
    ("UnitsOrZero", str(MAX + 1), False),
    ("Minor", "1", True),
    ("Minor", "0", False),
    ("MinorOrZero", "0", True),
    ("MinorOrZero", str(MAX + 1), False),
    ("Share", "0", True),
    ("Share", "10000", True),
    ("Share", "10001", False),
    ("Seq", "0", True),
    ("Seq", "-1", False),
    ("Name", '"a"', True),
    ("Name", '"兰威"', True),
    ("Name", f'"{"a" * 200}"', True),
    ("Name", f'"{"a" * 201}"', False),
    ("Name", '""', False),
    ("Name", '"a\\u0000"', False),
    ("Name", '"a\\n"', False),
    ("Name", '"a\\u202eb"', False),
    ("Name", '"a\\u200bb"', False),
    ("Name", '"a\\u2066b"', False),
    ("Name", '"\\ufeffa"', False),
    ("Name", '"\\ud800"', False),
    ("Text", f'"{"a" * 2000}"', True),
    ("Text", f'"{"a" * 2001}"', False),
    ("Text", '"a\\u0085b"', False),
    ("CommandId", '"a"', True),
    ("CommandId", f'"{"a" * 128}"', True),
    ("CommandId", f'"{"a" * 129}"', False),
    ("CommandId", '"-a"', False),
    ("CommandId", '"a\\n"', False),
    ("CompanyId", '"lanwei-compute"', True),
    ("CompanyId", '"Lanwei"', False),
    ("CompanyId", '"lanwei-"', False),
    ("CompanyId", '"lanwei/../x"', False),
    ("CompanyId", f'"{"a" * 63}"', True),
    ("CompanyId", f'"{"a" * 64}"', False),
    ("Country", '"CN"', True),
    ("Country", '"cn"', False),
    ("Country", '"CHN"', False),
    ("Currency", '"USD"', True),
    ("Currency", '"US"', False),
    ("PartNumber", '"H200"', True),
    ("PartNumber", '"h200"', False),
    ("RegistryNo", '"ILLUSTRATIVE-0001"', True),
    ("RegistryNo", '"a"', False),
    ("UnitCode", '"module-8"', True),
    ("UnitCode", '""', False),
    ("Code", '"EXCEEDS_CAP"', True),
    ("Code", '"exceeds"', False),
    ("Sha256", f'"{"0f" * 32}"', True),
    ("Sha256", f'"{"0F" * 32}"', False),
)  # fmt: skip


def accepts(kind: str, text: str) -> bool:
    try:
        ADAPTERS[kind].validate_json(text, strict=True)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(("kind", "text", "accepted"), ROWS)
def test_a_value_is_accepted_or_refused(kind: str, text: str, accepted: bool) -> None:
    assert accepts(kind, text) == accepted


def test_every_kind_of_value_has_an_accepted_and_a_refused_row() -> None:
    assert {row[0] for row in ROWS if row[2]} == {row[0] for row in ROWS if not row[2]} == set(ADAPTERS)


@given(st.integers())
def test_units_are_exact_in_every_json_reader(number: int) -> None:
    assert accepts("Units", str(number)) == (number >= 1 and int(float(number)) == number and number <= MAX)


@given(st.text(max_size=20))
def test_a_name_that_is_accepted_hides_no_control_or_direction(text: str) -> None:
    hidden = {*range(0x20), *range(0x7F, 0xA0), *range(0x200B, 0x2010), *range(0x202A, 0x202F)}
    try:
        ADAPTERS["Name"].validate_python(text)
    except ValidationError:
        return
    assert hidden.isdisjoint(map(ord, text))


@given(st.text(st.characters(), min_size=1, max_size=20))
def test_text_is_refused_for_each_character_that_hides_what_a_reader_signs_and_for_no_other(text: str) -> None:
    hiding = any(unicodedata.category(one) in ("Cc", "Cs") or one in UNSEEN for one in text)
    if hiding:
        with pytest.raises(ValueError, match="control, zero-width or bidirectional"):
            values.plain_text(text)
    else:
        assert values.plain_text(text) == text
