"""A lot: units granted by one line, with their own validity. At rest it is one line of text, in memory as in its row.

    free value held value drawn value tolerated over-used accepted end forget   what entries change
    company line units value valid-from expires tolerance item use quarter      what it was granted as

Text, because there are as many lots as lines were ever granted: a third of the memory of an object, and nothing
for the garbage collector to walk through. `forget` is the day from which a closed lot may go, 0 while it is open.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from schemas.entries import LotBalance, LotTerms, Posting

FOREVER = 2**53
"""Expiry of a lot that has none, in milliseconds."""

CLOSED_LOT_DAYS = 400
"""How long a lot without free and held units is kept: so long its line can be corrected by customs' totals."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_CHANGES = 11
"""Fields that entries change."""


@dataclass(slots=True)
class Lot:
    """A lot at work. Base units, minor units, milliseconds of the epoch."""

    number: int
    free_units: int
    free_value: int
    held_units: int
    held_value: int
    drawn_units: int
    drawn_value: int
    tolerated_units: int
    overused_units: int
    accepted: bool
    end: str
    company_id: str
    line_id: str
    units: int
    valid_ms: int
    expires_ms: int
    tolerance_units: int
    item: str
    use: str
    quarter: str

    @property
    def cleared_units(self) -> int:
        """What customs has cleared of it, and not taken back."""
        return self.drawn_units + self.tolerated_units + self.overused_units

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes of caps that count it."""
        return scopes(self.company_id, self.item, self.use, self.quarter)

    def share(self, units: int) -> int:
        """The value that goes with some of its free units: rounded down, and all that is left with the last."""
        return self.free_value * units // self.free_units


def milliseconds(at: datetime) -> int:
    """Milliseconds of the epoch, rounded down."""
    return (at - _EPOCH) // _MILLISECOND


def moment(at_ms: int) -> datetime:
    """The time of these milliseconds."""
    return _EPOCH + at_ms * _MILLISECOND


def quarter_of(at: datetime) -> str:
    """`2026-q1`, by UTC."""
    utc = at.astimezone(UTC)
    return f"{utc.year:04}-q{(utc.month + 2) // 3}"


def scopes(company_id: str, item: str, use: str, quarter: str) -> tuple[str, ...]:
    """The scopes of caps that count such a lot."""
    return f"item:{item}", f"use:{use}", f"company:{company_id}", f"quarter:{quarter}"


def terms_text(terms: LotTerms | None, item: str, quarter: str) -> tuple[str, str, int]:
    """For a new lot on these terms: whether it may be used, its last fields, its expiry."""
    if terms is None:
        return "1", f"0 {FOREVER} 0 {item} - {quarter}", FOREVER
    valid = 0 if terms.valid_from is None else milliseconds(terms.valid_from)
    expires = FOREVER if terms.expires_at is None else milliseconds(terms.expires_at)
    tail = f"{valid} {expires} {terms.tolerance_units} {terms.item or item} {terms.use or '-'} {quarter}"
    return str(int(terms.conditions_final)), tail, expires


def new_lot(posting: Posting, accepted: str, tail: str) -> str:
    """The text of a lot as its posting makes it: all of it is free."""
    units, value = posting.units, posting.value
    return (
        f"{units} {value} 0 0 0 0 0 0 {accepted} open 0 {posting.company_id} {posting.line_id} {units} {value} {tail}"
    )


def lot_of(number: int, text: str) -> Lot:
    """The lot of a text."""
    (free, free_value, held, held_value, drawn, drawn_value, tolerated, overused, accepted, end, _, company_id,
     line_id, units, _, valid, expires, tolerance, item, use, quarter) = text.split(" ")  # fmt: skip
    return Lot(
        number, int(free), int(free_value), int(held), int(held_value), int(drawn), int(drawn_value), int(tolerated),
        int(overused), accepted == "1", end, company_id, line_id, int(units), int(valid), int(expires),
        int(tolerance), item, use, quarter,
    )  # fmt: skip


def changed(text: str, told: LotBalance, forget: int) -> str:
    """The text of a lot once an entry has told its balance."""
    granted = text.split(" ", _CHANGES)[_CHANGES]
    return (
        f"{told.free_units} {told.free_value} {told.held_units} {told.held_value} {told.drawn_units} "
        f"{told.drawn_value} {told.tolerated_units} {told.overused_units} {int(told.accepted)} {told.end} {forget} "
        f"{granted}"
    )


def forget_day(text: str) -> int:
    """The day from which the lot may be forgotten; 0: it is open."""
    return int(text.split(" ", _CHANGES)[_CHANGES - 1])


def has_free(text: str) -> bool:
    """Whether the lot has free units."""
    return not text.startswith("0 ")


def owner(text: str) -> tuple[str, str]:
    """Company and line of the lot."""
    company_id, line_id, _ = text.split(" ", _CHANGES + 2)[_CHANGES:]
    return company_id, line_id


def expiry(text: str) -> int:
    """When the lot expires, in milliseconds."""
    return int(text.rsplit(" ", 5)[1])
