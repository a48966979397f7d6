"""How accounts, lots and caps are told in an entry: figures after it, made from the state and what moves.

A batch makes thousands of them, so they are made as `model_construct` makes a value, without its look at every
field: four times as fast. Their bounds follow from the rules that made them; the tests validate what is published.
"""

from schemas.base import field_names, maker
from schemas.entries import Balance, CapUse, Column, LotBalance, LotTerms, Posting
from schemas.values import UNITS_MAX

Fields = dict[str, int]
"""Fields of a value that is being changed; those that are not numbers ride along."""

COLUMNS: tuple[Column, ...] = (
    "granted", "transferred_in", "transferred_out", "drawn", "reversed", "revoked", "expired", "returned",
)  # fmt: skip
"""Columns that count units and value, and from which `available` follows."""

EXCESS: tuple[Column, ...] = ("tolerated", "overused", "excess_reversed")
"""Columns of units that were never granted: they have no value."""

_NAMES = {column: (f"{column}_units", f"{column}_value") for column in (*COLUMNS, "held")}


make_balance = maker(Balance)
make_cap = maker(CapUse)
make_lot = maker(LotBalance)
_posting = maker(Posting)
_EMPTY = {name: 0 for name in Balance.model_fields if name != "company_id"}


def lean_balance(balance: Balance) -> Balance:
    """The same without a set of field names of its own: one read from a journal has one, 2 kB."""
    return balance if balance.model_fields_set is field_names(Balance) else make_balance(vars(balance))


def lean_cap(cap: CapUse) -> CapUse:
    """The same without a set of field names of its own."""
    return cap if cap.model_fields_set is field_names(CapUse) else make_cap(vars(cap))


def posting(
    company_id: str, column: Column, units: int, value: int = 0, line_id: str | None = None,
    lot: int | None = None, terms: LotTerms | None = None,
) -> Posting:  # fmt: skip
    """Units and value added to one column. Base units, minor units."""
    return _posting(
        {"company_id": company_id, "column": column, "units": units, "value": value, "line_id": line_id, "lot": lot,
         "terms": terms}
    )  # fmt: skip


def empty_balance(company_id: str) -> Balance:
    """The account of a company that nothing was granted to. It is never told."""
    return make_balance({"company_id": company_id, **_EMPTY})


def add(columns: Fields, column: Column, units: int, value: int) -> bool:
    """Let a column of an account rise; `released` lets `held` fall. Whether the ledger can still record it."""
    if column in EXCESS:
        columns[f"{column}_units"] += units
        return columns[f"{column}_units"] <= UNITS_MAX
    if column == "released":
        column, units, value = "held", -units, -value
    names = _NAMES[column]
    columns[names[0]] += units
    columns[names[1]] += value
    return columns[names[0]] <= UNITS_MAX and columns[names[1]] <= UNITS_MAX


def settle(columns: Fields) -> None:
    """One entry more, and what is available after it."""
    columns["version"] += 1
    columns["available_units"] = (
        columns["granted_units"] + columns["transferred_in_units"] + columns["reversed_units"]
        - columns["drawn_units"] - columns["transferred_out_units"] - columns["revoked_units"]
        - columns["expired_units"] - columns["returned_units"] - columns["held_units"]
    )  # fmt: skip
    columns["available_value"] = (
        columns["granted_value"] + columns["transferred_in_value"] + columns["reversed_value"]
        - columns["drawn_value"] - columns["transferred_out_value"] - columns["revoked_value"]
        - columns["expired_value"] - columns["returned_value"] - columns["held_value"]
    )  # fmt: skip


def entitled(balance: Balance) -> int:
    """All units the account was given and has not lost, used or not: what its caps count."""
    return (
        balance.granted_units + balance.transferred_in_units - balance.transferred_out_units
        - balance.revoked_units - balance.expired_units - balance.returned_units
    )  # fmt: skip


def entitled_value(balance: Balance) -> int:
    """The value of them."""
    return (
        balance.granted_value + balance.transferred_in_value - balance.transferred_out_value
        - balance.revoked_value - balance.expired_value - balance.returned_value
    )  # fmt: skip


def cap_after(cap: CapUse, units: int = 0, value: int = 0, tpp: int = 0) -> CapUse:
    """The cap once its use has risen, or fallen where these are negative."""
    fields = dict(vars(cap))
    fields["used_units"] += units
    fields["used_value"] += value
    fields["used_tpp"] += tpp
    return make_cap(fields)
