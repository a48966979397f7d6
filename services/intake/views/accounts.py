"""The view `accounts`: programmes, caps and balances as the last entry left them. Entries themselves are not kept.

    programme:<id>                   terms seq at | cap:<cap>@<company> | account:<company>
    account:<programme>:<company>    seq at balance
    head                             seq chain at: the end of the partition's chain

One row holds all of a programme, so that its caps and accounts are read as of one moment.
"""

from collections.abc import Mapping
from datetime import datetime

from schemas.base import Fact
from schemas.catalogue import LEDGER_ENTRIES
from schemas.ledger import Balance, CapUse, EntryRecorded, ProgrammeTerms
from services.intake.views.answers import Account, LedgerHead, ProgrammeLedger, Totals
from services.kit.contract import Recorded, Rows, View

HEAD = "head"
_CAP = "cap:"
_ACCOUNT = "account:"

Row = Mapping[str, str]


def project(fact: Fact, _: Recorded | None = None) -> Rows:
    """What one entry leaves behind: absolute values after it."""
    if not isinstance(fact, EntryRecorded):
        return {}
    at = fact.at.isoformat()
    rows: dict[str, dict[str, str | None]] = {HEAD: {"seq": str(fact.seq), "chain": fact.chain, "at": at}}
    if fact.balances or fact.caps or fact.programme:
        rows[programme_key(fact.programme_id)] = _programme(fact, at)
    for balance in fact.balances:
        kept: dict[str, str | None] = {"seq": str(fact.seq), "at": at, "balance": balance.model_dump_json()}
        rows[account_key(fact.programme_id, balance.company_id)] = kept
    return rows


def programme_key(programme_id: str) -> str:
    """The row of a programme."""
    return f"programme:{programme_id}"


def account_key(programme_id: str, company_id: str) -> str:
    """The row of one company's account."""
    return f"account:{programme_id}:{company_id}"


def _programme(entry: EntryRecorded, at: str) -> dict[str, str | None]:
    fields: dict[str, str | None] = {"seq": str(entry.seq), "at": at}
    if entry.programme is not None:
        fields["terms"] = entry.programme.model_dump_json()
    for cap in entry.caps:
        fields[f"{_CAP}{cap.cap_id}@{cap.company_id or ''}"] = cap.model_dump_json()
    for balance in entry.balances:
        fields[_ACCOUNT + balance.company_id] = balance.model_dump_json()
    return fields


def programme_ledger(programme_id: str, row: Row, head: Row, company_id: str | None) -> ProgrammeLedger | None:
    """The programme; None while it is not defined. With a company, caps and accounts of others are left out."""
    if "terms" not in row or "seq" not in head:
        return None
    terms = ProgrammeTerms.model_validate_json(row["terms"])
    balances = tuple(Balance.model_validate_json(row[name]) for name in sorted(row) if name.startswith(_ACCOUNT))
    caps = tuple(CapUse.model_validate_json(row[name]) for name in sorted(row) if name.startswith(_CAP))
    return ProgrammeLedger(
        programme_id=programme_id,
        name=terms.name,
        item=terms.item,
        unit=terms.unit,
        currency=terms.currency,
        seq=int(row["seq"]),
        at=datetime.fromisoformat(row["at"]),
        head=LedgerHead(seq=int(head["seq"]), chain=head["chain"], at=datetime.fromisoformat(head["at"])),
        totals=_totals(balances),
        caps=tuple(cap for cap in caps if company_id is None or _may_see(cap, company_id, caps)),
        accounts=tuple(one for one in balances if company_id is None or one.company_id == company_id),
    )


def _may_see(cap: CapUse, company_id: str, caps: tuple[CapUse, ...]) -> bool:
    """A company sees its own caps and its group's, and of the others those that count no single company or group."""
    if cap.company_id is not None:
        return cap.company_id == company_id
    known = {one.cap_id: one for one in caps}
    own = {one.parent_id for one in caps if one.company_id == company_id}
    above: CapUse | None = cap
    while above is not None:
        if above.scope.startswith("group:") and above.cap_id not in own:
            return False
        above = known.get(above.parent_id or "")
    return True


def account(programme_id: str, row: Row) -> Account:
    """One company's account."""
    return Account(
        programme_id=programme_id,
        seq=int(row["seq"]),
        at=datetime.fromisoformat(row["at"]),
        balance=Balance.model_validate_json(row["balance"]),
    )


def _totals(balances: tuple[Balance, ...]) -> Totals:
    return Totals(**{name: sum(getattr(one, name) for one in balances) for name in Totals.model_fields})


ACCOUNTS = View(name="accounts", service="intake", topics=(LEDGER_ENTRIES,), project=project)
