"""How accounts and caps are told in an entry: figures after it, made from the state and what moves.

A batch makes thousands of them, so they are made as `model_construct` makes a value, without its look at every
field: four times as fast. Their bounds follow from the rules that made them; the tests validate what is published.
"""

from schemas.base import maker
from schemas.ledger import Balance, CapUse, Column, Posting
from services.ledger.domain.state import Account, Cap

_balance = maker(Balance)
_cap_use = maker(CapUse)
_posting = maker(Posting)


def posting(company_id: str, column: Column, units: int, value: int = 0, line_id: str | None = None) -> Posting:
    """Units and value added to one column. Base units, minor units."""
    return _posting({"company_id": company_id, "column": column, "units": units, "value": value, "line_id": line_id})


def balance_after(
    account: Account, granted: int = 0, granted_value: int = 0, drawn: int = 0, revoked: int = 0, revoked_value: int = 0
) -> Balance:
    """The account once these are added to its columns. It is not changed itself."""
    granted_units, drawn_units = account.granted_units + granted, account.drawn_units + drawn
    revoked_units = account.revoked_units + revoked
    return _balance(
        {
            "company_id": account.company_id,
            "version": account.version + 1,
            "granted_units": granted_units,
            "granted_value": account.granted_value + granted_value,
            "drawn_units": drawn_units,
            "revoked_units": revoked_units,
            "revoked_value": account.revoked_value + revoked_value,
            "available_units": granted_units - drawn_units - revoked_units,
        }
    )


def cap_after(cap: Cap, units: int = 0, value: int = 0) -> CapUse:
    """The cap once its use has risen by `units` and `value`, or fallen where they are negative."""
    return _cap_use(
        {
            "cap_id": cap.cap_id,
            "company_id": cap.company_id,
            "volume_units": cap.volume_units,
            "used_units": cap.used_units + units,
            "volume_value": cap.volume_value,
            "used_value": cap.used_value + value,
        }
    )


def account_of(balance: Balance) -> Account:
    """The account that an entry told."""
    return Account(
        balance.company_id,
        balance.version,
        balance.granted_units,
        balance.granted_value,
        balance.drawn_units,
        balance.revoked_units,
        balance.revoked_value,
    )


def cap_of(use: CapUse) -> Cap:
    """The cap that an entry told."""
    return Cap(use.cap_id, use.company_id, use.volume_units, use.volume_value, use.used_units, use.used_value)
