"""Fold an entry into the state: every figure after it is in the entry, so folding computes nothing anew."""

from schemas.ledger import EntryRecorded
from services.ledger.domain.balances import account_of, cap_of
from services.ledger.domain.ids import evict, remembered
from services.ledger.domain.state import Ledger, Programme


def evolve(state: Ledger, entry: EntryRecorded) -> Ledger:
    """The state after the entry. Raises ValueError if it does not follow the last one: the journal has a break."""
    _check_follows(state, entry)
    _move(state, entry)
    _remember(state, entry)
    state.seq, state.chain, state.covers_to = entry.seq, entry.chain, entry.covers_to
    return state


def _check_follows(state: Ledger, entry: EntryRecorded) -> None:
    if entry.seq != state.seq + 1 or entry.previous != state.chain:
        raise ValueError(f"entry {entry.seq} does not follow entry {state.seq}")
    if entry.covers_from != state.covers_to + 1 or entry.covers_to < entry.covers_from:
        raise ValueError(f"entry {entry.seq} leaves an inbox position uncovered or covers one twice")


def _move(state: Ledger, entry: EntryRecorded) -> None:
    if entry.programme is not None:
        state.programmes[entry.programme_id] = Programme(entry.programme)
    if not (entry.balances or entry.caps):
        return
    programme = state.programmes[entry.programme_id]
    for balance in entry.balances:
        programme.accounts[balance.company_id] = account_of(balance)
    for use in entry.caps:
        programme.put_cap(cap_of(use))


def _remember(state: Ledger, entry: EntryRecorded) -> None:
    """Evict first: an id that comes again after its time is new, and the youngest."""
    state.forgotten = evict(state.ids, entry.at.toordinal())
    line = remembered(entry)
    if line is not None:
        state.ids[entry.command_id] = line
