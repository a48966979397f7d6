"""Numbers of registers: form and checksum, and the resident number that looks like a company's. All are invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.policy.domain.identifiers import lei, of_registry, uscc

_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def _with_check(body: str) -> str:
    """The one last sign that makes the body a valid code."""
    (whole,) = [body + sign for sign in _SIGNS if uscc(body + sign) == "valid"]
    return whole


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("91350100M000100Y43", "valid"),  # the example of GB 32100-2015
        ("91350100m000100y43", "valid"),
        ("9135 0100 M000 100Y 43", "valid"),
        ("91350100M000100Y44", "checksum-failed"),
        ("93350100M000100Y43", "checksum-failed"),
        ("9135010OM000100Y43", "malformed"),
        ("Z1350100M000100Y43", "malformed"),
        ("91350100M000100Y4", "malformed"),
        ("98350100M000100Y4D", "malformed"),  # its checksum holds, and no such department registers
        ("B1350100M000100Y41", "malformed"),  # its checksum holds, and no such department registers
        ("ILLUSTRATIVE-0001", "malformed"),
        ("11010519491231002X", "resident-id"),  # the example of GB 11643-1999
        ("", "malformed"),
        ("９１350100M000100Y43", "malformed"),
    ],
)
def test_a_credit_code_has_form_department_and_checksum(text: str, verdict: str) -> None:
    assert uscc(text) == verdict


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("00000000000000000098", "valid"),
        ("00000000000000000097", "checksum-failed"),
        ("0000000000000000009", "malformed"),
        ("0000000000000000009A", "malformed"),
    ],
)
def test_a_legal_entity_identifier_has_form_and_checksum(text: str, verdict: str) -> None:
    assert lei(text) == verdict


@given(body=st.text(_SIGNS, min_size=15, max_size=15), place=st.integers(2, 16), sign=st.sampled_from(_SIGNS))
def test_one_wrong_sign_never_passes(body: str, place: int, sign: str) -> None:
    code = _with_check("91" + body)

    wrong = code[:place] + sign + code[place + 1 :]

    assert (uscc(wrong) == "valid") == (wrong == code)


def test_only_chinese_registry_numbers_are_known_to_be_credit_codes() -> None:
    assert [known.verdict for known in of_registry("CN", "91350100M000100Y43")] == ["valid"]
    assert of_registry("SG", "91350100M000100Y43") == ()
