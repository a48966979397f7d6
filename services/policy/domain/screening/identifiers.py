"""Numbers that carry a check: the Chinese unified social credit code (USCC, GB 32100-2015) and the LEI (ISO 17442).

A number that fails refers and never rejects: real codes were issued that fail. Three traps:

- a resident's identity number is as long as a USCC and may pass its checksum: it is personal data and no company's
- the library takes only digits as a USCC's department and type; A, N and Y are departments too
- the library checks an LEI's sum at any length

A verdict never holds the number.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from stdnum import lei
from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

from services.policy.domain.screening.entries import number_key

Scheme = Literal["uscc", "lei", "unknown", "none"]
Verdict = Literal["VALID", "UNCHECKED", "LENGTH", "CHARACTERS", "DEPARTMENT", "REGION", "CHECKSUM", "RESIDENT_NUMBER"]
GLOBAL_SCHEMES: frozenset[Scheme] = frozenset({"uscc", "lei"})
REASONS: Mapping[Verdict, str] = {
    "VALID": "its check holds",
    "UNCHECKED": "no number with a check",
    "LENGTH": "has not the length of its kind",
    "CHARACTERS": "has a character its kind does not have",
    "DEPARTMENT": "names no department and type of body that register companies",
    "REGION": "names no region of registration",
    "CHECKSUM": "its checksum does not hold",
    "RESIDENT_NUMBER": "may be a person's identity number",
}
USCC_LENGTH, LEI_LENGTH = 18, 20
REGION_DIGITS_MIN = 4
_TYPES: Mapping[str, str] = {
    "1": "1239",
    "2": "19",
    "3": "123459",
    "4": "19",
    "5": "1239",
    "6": "129",
    "7": "129",
    "8": "19",
    "9": "1239",
    "A": "19",
    "N": "1239",
    "Y": "1",
}
"""Registering department -> types of body it registers: the first two characters of a USCC."""
_PROVINCE_CODES = """
10 11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82
"""
_PROVINCES = frozenset(_PROVINCE_CODES.split())
_USCC = re.compile(r"[0-9ANY][0-9][0-9]{6}[0-9A-HJ-NP-RTUW-Y]{10}")
_LEI = re.compile(r"[0-9A-Z]{18}[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Check:
    """What a number shows. `refers`: a person must look at it."""

    scheme: Scheme
    verdict: Verdict

    @property
    def refers(self) -> bool:
        """True unless the check holds or there is none."""
        return self.verdict not in ("VALID", "UNCHECKED")


def check_number(number: str | None, country: str | None) -> Check:
    """A number by its looks: 20 characters are an LEI, 18 a USCC if the company is Chinese or of no country."""
    if not number:
        return Check("none", "UNCHECKED")
    compact = number_key(number)
    if len(compact) == LEI_LENGTH and _LEI.fullmatch(compact):
        return check_lei(compact)
    if len(compact) == USCC_LENGTH and country in (None, "CN") and _has_region(compact):
        return check_uscc(compact)
    return Check("unknown", "UNCHECKED")


def check_uscc(number: str) -> Check:
    """A USCC: length, characters, no resident's number, department and type, region, checksum."""
    compact = number_key(number)
    return Check("uscc", _uscc_verdict(compact))


def check_lei(number: str) -> Check:
    """An LEI: length, characters, checksum."""
    compact = number_key(number)
    if len(compact) != LEI_LENGTH:
        return Check("lei", "LENGTH")
    if not _LEI.fullmatch(compact):
        return Check("lei", "CHARACTERS")
    return Check("lei", "VALID" if lei.is_valid(compact) else "CHECKSUM")


def _has_region(compact: str) -> bool:
    """Figures stand mostly where a USCC has its region: another register's number of that length is left alone."""
    return sum(one.isdigit() for one in compact[2:8]) >= REGION_DIGITS_MIN


def _uscc_verdict(compact: str) -> Verdict:
    if len(compact) != USCC_LENGTH:
        return "LENGTH"
    if _is_residents(compact):
        return "RESIDENT_NUMBER"
    if not _USCC.fullmatch(compact):
        return "CHARACTERS"
    if compact[1] not in _TYPES.get(compact[0], ""):
        return "DEPARTMENT"
    if compact[2:4] not in _PROVINCES:
        return "REGION"
    return "VALID" if uscc.calc_check_digit(compact[:-1]) == compact[-1] else "CHECKSUM"


def _is_residents(compact: str) -> bool:
    """Province, a date and the resident number's own checksum hold."""
    if compact[:2] not in _PROVINCES or not compact[:-1].isdigit() or compact[6:8] not in ("18", "19", "20"):
        return False
    try:
        ric.get_birth_date(compact)
        return ric.calc_check_digit(compact) == compact[-1]
    except ValidationError:
        return False
