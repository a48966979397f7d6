"""What holds after every entry: the breaks found, each in a sentence; none in a sound ledger.

I1 per account the equation, all terms >= 0 · I2 per cap used <= volume, a sub-cap within its parent, the companies'
use sums to their group's and the programme's · I3 lots sum to accounts, open holds to what is held · I4 each inbox
position covered once, seq contiguous · I5 one outcome per id · I6 is `schemas/proof.py`'s · I7 is the caller's: fold
the journal and compare · I8 follows from both.
"""

from collections.abc import Iterator, Sequence

from schemas.entries import Balance, CapUse, EntryRecorded
from services.ledger.domain.balances import entitled, entitled_value, settle
from services.ledger.domain.codes import REPEATS, Code
from services.ledger.domain.lots import expiry, has_free, lot_of
from services.ledger.domain.state import Account, Ledger, Programme
from services.ledger.domain.tree import children, limits

_UNKNOWN = {Code.ID_TOO_OLD.name}
"""Codes of ids that are not remembered: the same answer may be given again."""


def state_breaks(state: Ledger) -> tuple[str, ...]:
    """I1, I2 and I3 on every account, cap, lot and hold of the shard."""
    return tuple(found for programme in state.programmes.values() for found in _programme_breaks(programme))


def journal_breaks(entries: Sequence[EntryRecorded]) -> tuple[str, ...]:
    """I4 and I5 on all entries of a shard within one id horizon, from its first."""
    return (*_cover_breaks(entries), *_id_breaks(entries))


def _programme_breaks(programme: Programme) -> Iterator[str]:
    for company_id, account in programme.accounts.items():
        yield from _account_breaks(account.balance)
        yield from _lot_breaks(programme, company_id, account)
        if company_id not in programme.company_caps:
            yield f"I2 account {company_id} has no cap"
    for cap in programme.caps.values():
        yield from _cap_breaks(programme, cap)
    yield from _hold_breaks(programme)
    lots = sum(len(numbers) for account in programme.accounts.values() for numbers in account.lines.values())
    if lots != len(programme.lots):
        yield f"I3 {len(programme.lots)} lots, of which {lots} are some account's"


def _account_breaks(balance: Balance) -> Iterator[str]:
    company_id, figures = balance.company_id, {**vars(balance)}
    if any(figure < 0 for name, figure in figures.items() if name != "company_id"):
        yield f"I1 account {company_id}: a column is negative"
    settle(figures)
    if (figures["available_units"], figures["available_value"]) != (balance.available_units, balance.available_value):
        yield f"I1 account {company_id}: what is available does not follow from its columns"
    excess = balance.tolerated_units + balance.overused_units
    if balance.reversed_units > balance.drawn_units or balance.excess_reversed_units > excess:
        yield f"I1 account {company_id}: more taken back than was cleared"


def _lot_breaks(programme: Programme, company_id: str, account: Account) -> Iterator[str]:
    """The lots of an account: closed ones may be gone, and they have nothing free or held."""
    numbers = [number for lots in account.lines.values() for number in lots]
    lots = [lot_of(number, programme.lots[number]) for number in numbers]
    balance = account.balance
    free = (sum(lot.free_units for lot in lots), sum(lot.free_value for lot in lots))
    held = (sum(lot.held_units for lot in lots), sum(lot.held_value for lot in lots))
    if free != (balance.available_units, balance.available_value):
        yield f"I3 account {company_id}: its lots have {free} free"
    if held != (balance.held_units, balance.held_value):
        yield f"I3 account {company_id}: its lots have {held} held"
    if sum(lot.drawn_units for lot in lots) > balance.drawn_units - balance.reversed_units:
        yield f"I3 account {company_id}: more is drawn on its lots"
    for lot in lots:
        if lot.company_id != company_id or min(lot.free_units, lot.held_units, lot.drawn_units, lot.overused_units) < 0:
            yield f"I3 lot {lot.number}: not the account's, or negative"
        if lot.free_units + lot.held_units + lot.drawn_units > lot.units:
            yield f"I3 lot {lot.number}: more than was granted"
        if lot.tolerated_units > lot.tolerance_units:
            yield f"I3 lot {lot.number}: its tolerance is exceeded"
    texts = [(number, programme.lots[number]) for number in numbers]
    if account.open != sorted([(expiry(text), number) for number, text in texts if has_free(text)]):
        yield f"I3 account {company_id}: its open lots are not those with free units"


def _hold_breaks(programme: Programme) -> Iterator[str]:
    """Open holds sum to what their lots have held, lot by lot."""
    held: dict[int, int] = {}
    for hold in programme.holds.values():
        if hold.open_units != sum(part.units for part in hold.parts) or bool(hold.parts) != (hold.state == "open"):
            yield f"I3 hold {hold.hold_id}: its parts are not what it reserves"
        for part in hold.parts:
            held[part.lot] = held.get(part.lot, 0) + part.units
    told = {number: lot_of(number, text).held_units for number, text in programme.lots.items()}
    if held != {number: units for number, units in told.items() if units}:
        yield "I3 the open holds are not what the lots have held"


def _cap_breaks(programme: Programme, cap: CapUse) -> Iterator[str]:
    for index, (measure, volume, used) in enumerate(limits(cap)):
        if used < 0 or (volume is not None and used > volume):
            yield f"I2 cap {cap.cap_id} is exceeded in {measure}"
        parent = None if cap.parent_id is None else limits(programme.caps[cap.parent_id])[index]
        if parent is not None and (used > parent[2] or (parent[1] is not None and (volume or 0) > parent[1])):
            yield f"I2 cap {cap.cap_id} is above {cap.parent_id} in {measure}"
    if cap.since is None and cap.company_id is None:
        yield from _sum_breaks(cap, [child for child in children(programme, cap.cap_id) if child.since is None])
    account = programme.accounts.get(cap.company_id or "")
    if account is not None and cap.since is None:
        figures = entitled(account.balance), entitled_value(account.balance)
        if figures != (cap.used_units, cap.used_value):
            yield f"I2 cap {cap.cap_id}: its use is not its account's"


def _sum_breaks(cap: CapUse, parts: list[CapUse]) -> Iterator[str]:
    """The use of the companies and groups under the programme's cap or a group's sums up to it."""
    for index, (measure, _, used) in enumerate(limits(cap)):
        if sum(limits(part)[index][2] for part in parts) != used:
            yield f"I2 the use of what stands under cap {cap.cap_id} is not its own, in {measure}"


def _cover_breaks(entries: Sequence[EntryRecorded]) -> Iterator[str]:
    seq, covered = 0, -1
    for entry in entries:
        if entry.seq != seq + 1:
            yield f"I4 entry {entry.seq} follows entry {seq}"
        if entry.covers_from != covered + 1 or entry.covers_to < entry.covers_from:
            yield f"I4 entry {entry.seq} covers {entry.covers_from}..{entry.covers_to} after {covered}"
        seq, covered = entry.seq, entry.covers_to


def _id_breaks(entries: Sequence[EntryRecorded]) -> Iterator[str]:
    firsts: dict[str, EntryRecorded] = {}
    for entry in entries:
        if entry.code in _UNKNOWN:
            continue
        if entry.code in REPEATS:
            first = firsts.get(entry.command_id)
            if first is None or entry.repeats != first.seq or _contradicts(entry, first):
                yield f"I5 entry {entry.seq} contradicts the first outcome of its id"
        elif entry.command_id in firsts:
            yield f"I5 entry {entry.seq} is a second outcome of its id"
        else:
            firsts[entry.command_id] = entry


def _contradicts(entry: EntryRecorded, first: EntryRecorded) -> bool:
    same = (entry.command_sha256, entry.command) == (first.command_sha256, first.command)
    if entry.code == Code.EXISTS_DIFFERENT.name:
        return same
    return not same or entry.figures[0].code != first.code
