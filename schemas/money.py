"""Money and counts as people read them: minor units to the currency's own notation (ISO 4217)."""

from collections.abc import Mapping
from types import MappingProxyType

_TWO_DIGITS = 2
_NO_DIGITS = (
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF",
)  # fmt: skip
_THREE_DIGITS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_OTHER_DIGITS: Mapping[str, int] = MappingProxyType(dict.fromkeys(_NO_DIGITS, 0) | dict.fromkeys(_THREE_DIGITS, 3))


def minor_digits(currency: str) -> int:
    """Digits after the point of a currency: 2 unless ISO 4217 says otherwise."""
    return _OTHER_DIGITS.get(currency, _TWO_DIGITS)


def amount_text(minor: int, currency: str) -> str:
    """`1080000000000`, `USD` as `10,800,000,000.00`. Exact: no float is involved."""
    digits = minor_digits(currency)
    sign = "-" if minor < 0 else ""
    whole, rest = divmod(abs(minor), 10**digits)
    point = f".{rest:0{digits}d}" if digits else ""
    return f"{sign}{whole:,}{point}"


def money_text(minor: int, currency: str) -> str:
    """`1080000000000`, `USD` as `USD 10,800,000,000.00`."""
    return f"{currency} {amount_text(minor, currency)}"
