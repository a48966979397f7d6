"""Checks of registered numbers: form and checksum, never a look into a register.

A failed check says that an officer should look, no more: numbers that were really issued fail, too.
- USCC, unified social credit code (GB 32100-2015): 18 characters without I, O, S, V, Z; weights are powers of 3 mod 31.
- LEI, legal entity identifier (ISO 17442): 20 characters; letters count 10 to 35; the number is 1 mod 97.
The trap: a resident identity number has 18 characters too, and may pass the other's checksum by accident. It begins
with a place of six digits and a date of birth, while a USCC begins with a department that is registered for it.
"""

import re

from schemas.findings import Identifier, Verdict

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC = re.compile(rf"[{_USCC_ALPHABET}]{{18}}", re.ASCII)
_DEPARTMENTS = re.compile(r"(1[1239]|2[19]|3[1-59]|4[19]|5[1239]|6[129]|7[129]|8[19]|9[123]|A[19]|N[1239]|Y1)")
_RESIDENT = re.compile(r"[1-9]\d{5}(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dX]", re.ASCII)
_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_CHECKS = "10X98765432"
_LEI = re.compile(r"[0-9A-Z]{18}\d\d", re.ASCII)


def uscc(text: str) -> Verdict:
    """What a unified social credit code is worth."""
    code = _compact(text)
    if _is_resident(code):
        return "resident-id"
    if not _USCC.fullmatch(code) or not _DEPARTMENTS.match(code):
        return "malformed"
    total = sum(_USCC_ALPHABET.index(sign) * pow(3, place, 31) for place, sign in enumerate(code[:17]))
    return "valid" if _USCC_ALPHABET[-total % 31] == code[17] else "checksum-failed"


def lei(text: str) -> Verdict:
    """What a legal entity identifier is worth."""
    code = _compact(text)
    if not _LEI.fullmatch(code):
        return "malformed"
    return "valid" if int("".join(str(int(sign, 36)) for sign in code)) % 97 == 1 else "checksum-failed"


def of_registry(country: str, registry_no: str) -> tuple[Identifier, ...]:
    """What a registry number is worth: in China it is the unified social credit code; elsewhere nothing is known."""
    return (Identifier(kind="uscc", verdict=uscc(registry_no)),) if country == "CN" else ()


def _compact(text: str) -> str:
    return text.replace(" ", "").replace("-", "").upper()


def _is_resident(code: str) -> bool:
    if not _RESIDENT.fullmatch(code):
        return False
    total = sum(int(sign) * weight for sign, weight in zip(code[:17], _RESIDENT_WEIGHTS, strict=True))
    return _RESIDENT_CHECKS[total % 11] == code[17]
