"""The state as Redis hashes of strings, and back. One hash per account; every value is absolute.

shard                           seq, chain, covers_to
programme:<programme>           terms, as JSON
account:<programme>:<company>   the last balance; readable as it is
cap:<programme>:<cap>           the cap as last told; a limit it does not have is no field
ids:<2 hex>                     command id -> what is kept of it (`ids.py`)
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping

from schemas.ledger import EntryRecorded, ProgrammeTerms
from services.ledger.domain.ids import first, remembered, row_of
from services.ledger.domain.state import Account, Cap, Ledger, Programme

Row = dict[str, str | None]


def rows(state: Ledger, entry: EntryRecorded) -> dict[str, Row]:
    """Rows that the entry changed, from the state after it."""
    changed: dict[str, Row] = {"shard": _shard(state)}
    if entry.programme is not None:
        changed[f"programme:{entry.programme_id}"] = _terms(entry.programme)
    for balance in entry.balances:
        account = state.programmes[entry.programme_id].accounts[balance.company_id]
        changed[f"account:{entry.programme_id}:{account.company_id}"] = _account(account)
    for use in entry.caps:
        changed[f"cap:{entry.programme_id}:{use.cap_id}"] = _cap(state.programmes[entry.programme_id].caps[use.cap_id])
    for row, command_id in state.forgotten:
        changed.setdefault(row, {})[command_id] = None
    line = remembered(entry)
    if line is not None:
        changed.setdefault(row_of(line), {})[entry.command_id] = line
    return changed


def all_rows(state: Ledger) -> dict[str, Row]:
    """The whole state as rows."""
    found: dict[str, Row] = {"shard": _shard(state)}
    for programme_id, programme in state.programmes.items():
        found |= _programme_rows(programme_id, programme)
    for command_id, line in state.ids.items():
        found.setdefault(row_of(line), {})[command_id] = line
    return found


def restore(shard: int, found: Mapping[str, Mapping[str, str]]) -> Ledger:
    """The state that `all_rows` gave, or all `rows` merged in order. Raises ValueError, KeyError on foreign rows."""
    at = found.get("shard")
    state = Ledger(shard) if at is None else Ledger(shard, int(at["seq"]), at["chain"], int(at["covers_to"]))
    for _, programme_id, _, fields in _of("programme", found):
        state.programmes[programme_id] = Programme(ProgrammeTerms.model_validate_json(fields["terms"]))
    for _, programme_id, company_id, fields in _of("account", found):
        state.programmes[programme_id].accounts[company_id] = _account_from(company_id, fields)
    for _, programme_id, cap_id, fields in _of("cap", found):
        state.programmes[programme_id].put_cap(_cap_from(cap_id, fields))
    lines = [item for _, _, _, fields in _of("ids", found) for item in fields.items()]
    state.ids = OrderedDict(sorted(lines, key=lambda item: first(item[1]).seq))
    return state


def _of(kind: str, found: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str, str, Mapping[str, str]]]:
    """Rows of a kind: the kind, the two parts of its key, its fields."""
    for key, fields in found.items():
        name, _, rest = key.partition(":")
        if name == kind:
            one, _, two = rest.partition(":")
            yield kind, one, two, fields


def _programme_rows(programme_id: str, programme: Programme) -> dict[str, Row]:
    found = {f"programme:{programme_id}": _terms(programme.terms)}
    for account in programme.accounts.values():
        found[f"account:{programme_id}:{account.company_id}"] = _account(account)
    for cap in programme.caps.values():
        found[f"cap:{programme_id}:{cap.cap_id}"] = {name: v for name, v in _cap(cap).items() if v is not None}
    return found


def _shard(state: Ledger) -> Row:
    return {"seq": str(state.seq), "chain": state.chain, "covers_to": str(state.covers_to)}


def _terms(terms: ProgrammeTerms) -> Row:
    return {"terms": terms.model_dump_json()}


def _account(account: Account) -> Row:
    return {
        "version": str(account.version),
        "granted_units": str(account.granted_units),
        "granted_value": str(account.granted_value),
        "drawn_units": str(account.drawn_units),
        "revoked_units": str(account.revoked_units),
        "revoked_value": str(account.revoked_value),
        "available_units": str(account.available_units),
    }


def _account_from(company_id: str, fields: Mapping[str, str]) -> Account:
    """The account of a row; what is available follows from its columns."""
    return Account(company_id, **{name: int(text) for name, text in fields.items() if name != "available_units"})


def _cap(cap: Cap) -> Row:
    return {
        "company_id": cap.company_id,
        "volume_units": None if cap.volume_units is None else str(cap.volume_units),
        "volume_value": None if cap.volume_value is None else str(cap.volume_value),
        "used_units": str(cap.used_units),
        "used_value": str(cap.used_value),
    }


def _cap_from(cap_id: str, fields: Mapping[str, str]) -> Cap:
    units, value = fields.get("volume_units"), fields.get("volume_value")
    return Cap(
        cap_id,
        fields.get("company_id"),
        None if units is None else int(units),
        None if value is None else int(value),
        int(fields["used_units"]),
        int(fields["used_value"]),
    )
