"""The state as Redis hashes of strings, and back. Every value is absolute.

shard                           seq, chain, covers_to
programme:<programme>           terms, as JSON; lots_made
account:<programme>:<company>   the last balance, readable as it is; a column that was never used is no field
lots:<programme>:<company>      lot -> its line of text (`lots.py`)
caps:<programme>                cap -> the cap as last told, as text
holds:<programme>               hold -> the hold as last told, as JSON
bars:<programme>                what is barred -> the bar, as JSON
ids:<2 hex>                     command id -> what is kept of it (`ids.py`)
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from heapq import heapify

from schemas.entries import Balance, Bar, CapUse, EntryRecorded, HoldState, ProgrammeTerms
from services.ledger.domain.balances import empty_balance, make_balance, make_cap
from services.ledger.domain.bars import key_of, lifted
from services.ledger.domain.evolve import forget_hold
from services.ledger.domain.ids import UNREMEMBERED, first, row_of
from services.ledger.domain.lots import FOREVER, expiry, forget_day, has_free, milliseconds, owner
from services.ledger.domain.state import Account, Ledger, Programme

Row = dict[str, str | None]

_ALWAYS = (
    "granted_units", "granted_value", "drawn_units", "revoked_units", "revoked_value", "available_units",
    "available_value",
)  # fmt: skip
_HELD = ("held_units", "held_value")
"""Columns that can be 0 again; only an entry that tells a hold changes them."""

_TEXTS = ("cap_id", "company_id", "parent_id", "scope")
"""Fields of a cap that are no numbers."""


def rows(state: Ledger, entry: EntryRecorded) -> dict[str, Row]:
    """Rows that the entry changed, from the state after it."""
    changed: dict[str, Row] = {"shard": _shard(state)}
    if entry.balances or entry.caps or entry.holds or entry.bars or entry.lots:
        changed |= _moved(state.programmes[entry.programme_id], entry)
    for row, name in state.forgotten:
        changed.setdefault(row, {})[name] = None
    if entry.code not in UNREMEMBERED:
        line = state.ids[entry.command_id]
        changed.setdefault(row_of(line), {})[entry.command_id] = line
    kept = None if entry.corrects is None or not entry.postings else state.ids.get(entry.corrects)
    if kept is not None and entry.corrects is not None:
        changed.setdefault(row_of(kept), {})[entry.corrects] = kept
    return changed


def _moved(programme: Programme, entry: EntryRecorded) -> dict[str, Row]:
    """Rows of a programme that the entry moved something in."""
    at = entry.programme_id
    found: dict[str, Row] = {}
    if entry.programme is not None or entry.command in ("grant-batch", "transfer"):
        found[f"programme:{at}"] = _terms(programme)
    for balance in entry.balances:
        found[f"account:{at}:{balance.company_id}"] = _account(balance, bool(entry.holds))
    if entry.caps:
        found[f"caps:{at}"] = {cap.cap_id: _cap(cap) for cap in entry.caps}
    lots, prefix = programme.lots, f"lots:{at}:"
    if entry.command in ("grant-batch", "transfer"):
        for posting in entry.postings:
            number = posting.lot or 0
            found.setdefault(prefix + posting.company_id, {})[str(number)] = lots[number]
    for told in entry.lots:
        found.setdefault(prefix + told.company_id, {})[str(told.lot)] = lots[told.lot]
    if entry.holds:
        found[f"holds:{at}"] = {hold.hold_id: hold.model_dump_json() for hold in entry.holds}
    for bar in entry.bars:
        kept = None if lifted(bar) else bar.model_dump_json()
        found.setdefault(f"bars:{at}", {})[key_of(bar)] = kept
    return found


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
        terms = ProgrammeTerms.model_validate_json(fields["terms"])
        state.programmes[programme_id] = Programme(terms, lots_made=int(fields["lots_made"]))
    for _, programme_id, company_id, fields in _of("account", found):
        balance = _balance_from(company_id, fields)
        state.programmes[programme_id].accounts[company_id] = Account(balance)
    for _, programme_id, _, fields in _of("caps", found):
        for text in fields.values():
            state.programmes[programme_id].put_cap(_cap_from(text))
    for _, programme_id, _, fields in _of("bars", found):
        state.programmes[programme_id].bars = {key: Bar.model_validate_json(text) for key, text in fields.items()}
    for _, programme_id, _, fields in _of("lots", found):
        _restore_lots(state, programme_id, fields)
    for _, programme_id, _, fields in _of("holds", found):
        _restore_holds(state, programme_id, fields)
    for programme in state.programmes.values():
        heapify(programme.dues)
        programme.awaited = set(programme.dues)
    heapify(state.closed)
    lines = [item for _, _, _, fields in _of("ids", found) for item in fields.items()]
    state.ids = OrderedDict(sorted(lines, key=lambda item: first(item[1]).seq))
    return state


def _restore_lots(state: Ledger, programme_id: str, fields: Mapping[str, str]) -> None:
    """Lots of one account, and what is looked up of them."""
    programme = state.programmes[programme_id]
    for number, text in sorted([(int(name), text) for name, text in fields.items()]):
        company_id, line_id = owner(text)
        programme.lots[number] = text
        account = programme.accounts[company_id]
        account.lines.setdefault(line_id, []).append(number)
        if has_free(text):
            account.open.append((expiry(text), number))
            if expiry(text) != FOREVER:
                programme.dues.append((expiry(text), "lot", str(number)))
        if forget := forget_day(text):
            state.closed.append((forget, programme_id, "lot", str(number)))
    for account in programme.accounts.values():
        account.open.sort()


def _restore_holds(state: Ledger, programme_id: str, fields: Mapping[str, str]) -> None:
    programme = state.programmes[programme_id]
    for text in fields.values():
        hold = HoldState.model_validate_json(text)
        programme.holds[hold.hold_id] = hold
        if hold.closed_at is None:
            programme.dues.append((milliseconds(hold.expires_at), "hold", hold.hold_id))
        else:
            state.closed.append((forget_hold(hold), programme_id, "hold", hold.hold_id))


def _of(kind: str, found: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str, str, Mapping[str, str]]]:
    """Rows of a kind: the kind, the two parts of its key, its fields."""
    for key, fields in found.items():
        name, _, rest = key.partition(":")
        if name == kind:
            one, _, two = rest.partition(":")
            yield kind, one, two, fields


def _programme_rows(programme_id: str, programme: Programme) -> dict[str, Row]:
    found: dict[str, Row] = {f"programme:{programme_id}": _terms(programme)}
    for company_id, account in programme.accounts.items():
        found[f"account:{programme_id}:{company_id}"] = _account(account.balance)
    for number, text in programme.lots.items():
        found.setdefault(f"lots:{programme_id}:{owner(text)[0]}", {})[str(number)] = text
    for name, kept in (
        ("caps", {cap_id: _cap(cap) for cap_id, cap in programme.caps.items()}),
        ("holds", {hold_id: hold.model_dump_json() for hold_id, hold in programme.holds.items()}),
        ("bars", {key: bar.model_dump_json() for key, bar in programme.bars.items()}),
    ):
        if kept:
            found[f"{name}:{programme_id}"] = {**kept}
    return found


def _shard(state: Ledger) -> Row:
    return {"seq": str(state.seq), "chain": state.chain, "covers_to": str(state.covers_to)}


def _terms(programme: Programme) -> Row:
    return {"terms": programme.terms.model_dump_json(), "lots_made": str(programme.lots_made)}


def _account(balance: Balance, holds: bool = False) -> Row:
    """Its columns; those that are 0 are left out, but for the first ones. `holds`: what was held may be 0 again."""
    row: Row = {name: str(figure) for name, figure in vars(balance).items() if figure}
    del row["company_id"]
    for name in _ALWAYS:
        if name not in row:
            row[name] = "0"
    if holds:
        row.update(dict.fromkeys([name for name in _HELD if name not in row]))
    return row


def _cap(cap: CapUse) -> str:
    """A cap as text: its fields in the order of `CapUse`, `-` for None. Text, because a batch writes a thousand."""
    return " ".join(["-" if field is None else str(field) for field in vars(cap).values()])


def _cap_from(text: str) -> CapUse:
    """The cap of a text. Raises ValueError."""
    fields = zip(CapUse.model_fields, text.split(" "), strict=True)
    return make_cap({name: None if part == "-" else part if name in _TEXTS else int(part) for name, part in fields})


def _balance_from(company_id: str, fields: Mapping[str, str]) -> Balance:
    """The balance of a row."""
    known = vars(empty_balance(company_id))
    return make_balance({**known, **{name: int(text) for name, text in fields.items()}})
