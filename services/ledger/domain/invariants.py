"""What holds after every entry: the breaks found, each in a sentence; none in a sound ledger.

I1 per account the equation, all terms >= 0 · I2 per cap used <= volume, a sub-cap within its parent, the children's
use sums to the parent's · I4 each inbox position covered once, seq contiguous · I5 one outcome per id · I7 is the
caller's: fold the journal and compare.
"""

from collections.abc import Iterator, Sequence

from schemas.ledger import EntryRecorded
from services.ledger.domain.codes import REPEATS, Code
from services.ledger.domain.state import Account, Cap, Ledger, Programme


def state_breaks(state: Ledger) -> tuple[str, ...]:
    """I1 and I2 on every account and cap of the shard."""
    return tuple(found for programme in state.programmes.values() for found in _programme_breaks(programme))


def journal_breaks(entries: Sequence[EntryRecorded]) -> tuple[str, ...]:
    """I4 and I5 on all entries of a shard within one id horizon, from its first."""
    return (*_cover_breaks(entries), *_id_breaks(entries))


def _programme_breaks(programme: Programme) -> Iterator[str]:
    for account in programme.accounts.values():
        yield from _account_breaks(account)
        if account.company_id not in programme.company_caps:
            yield f"I2 account {account.company_id} has no cap"
    for cap in programme.caps.values():
        yield from _cap_breaks(programme, cap)
    children = [cap for cap in programme.caps.values() if cap.company_id is not None]
    used = (sum(cap.used_units for cap in children), sum(cap.used_value for cap in children))
    if used != (programme.total.used_units, programme.total.used_value):
        yield f"I2 the companies' use {used} is not the programme's"


def _account_breaks(account: Account) -> Iterator[str]:
    if account.available_units < 0:
        yield f"I1 account {account.company_id}: {account.available_units} units are available"
    if min(account.granted_units, account.drawn_units, account.revoked_units, account.revoked_value) < 0:
        yield f"I1 account {account.company_id}: a column is negative"
    if account.revoked_value > account.granted_value:
        yield f"I1 account {account.company_id}: more value revoked than granted"


def _cap_breaks(programme: Programme, cap: Cap) -> Iterator[str]:
    total = programme.total
    if _above(cap.used_units, cap.volume_units) or _above(cap.used_value, cap.volume_value):
        yield f"I2 cap {cap.cap_id} is exceeded"
    if _above(cap.volume_units or 0, total.volume_units) or _above(cap.volume_value or 0, total.volume_value):
        yield f"I2 cap {cap.cap_id} is above the programme's"
    account = None if cap.company_id is None else programme.accounts.get(cap.company_id)
    if account is not None and cap.used_units != account.granted_units - account.revoked_units:
        yield f"I2 cap {cap.cap_id}: its units are not its account's"
    if account is not None and cap.used_value != account.granted_value - account.revoked_value:
        yield f"I2 cap {cap.cap_id}: its value is not its account's"


def _above(figure: int, limit: int | None) -> bool:
    return limit is not None and figure > limit


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
