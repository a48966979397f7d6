"""Fold an entry into the state: every figure after it is in the entry, so folding computes nothing anew."""

from bisect import bisect_left, insort
from heapq import heappop, heappush

from schemas.entries import Bar, EntryRecorded, HoldState, LotBalance, Posting
from services.ledger.domain.balances import lean_balance, lean_cap
from services.ledger.domain.bars import key_of, lifted
from services.ledger.domain.expiry import expect, trim
from services.ledger.domain.holds import CLOSED_HOLD_DAYS
from services.ledger.domain.ids import EVICTIONS_MAX, corrected, evict, remembered
from services.ledger.domain.lots import (
    CLOSED_LOT_DAYS,
    FOREVER,
    changed,
    expiry,
    forget_day,
    has_free,
    milliseconds,
    new_lot,
    owner,
    quarter_of,
    terms_text,
)
from services.ledger.domain.state import Account, Ledger, Programme


def evolve(state: Ledger, entry: EntryRecorded) -> Ledger:
    """The state after the entry. Raises ValueError if it does not follow the last one: the journal has a break."""
    _check_follows(state, entry)
    if entry.programme is not None:
        state.programmes[entry.programme_id] = Programme(entry.programme)
    if entry.balances or entry.caps or entry.holds or entry.bars or entry.lots:
        _move(state, state.programmes[entry.programme_id], entry)
    _remember(state, entry)
    state.seq, state.chain, state.covers_to = entry.seq, entry.chain, entry.covers_to
    return state


def _check_follows(state: Ledger, entry: EntryRecorded) -> None:
    if entry.seq != state.seq + 1 or entry.previous != state.chain:
        raise ValueError(f"entry {entry.seq} does not follow entry {state.seq}")
    if entry.covers_from != state.covers_to + 1 or entry.covers_to < entry.covers_from:
        raise ValueError(f"entry {entry.seq} leaves an inbox position uncovered or covers one twice")


def _move(state: Ledger, programme: Programme, entry: EntryRecorded) -> None:
    accounts = programme.accounts
    for balance in entry.balances:
        account = accounts.get(balance.company_id)
        if account is None:
            accounts[balance.company_id] = Account(lean_balance(balance))
        else:
            account.balance = lean_balance(balance)
    for cap in entry.caps:
        programme.put_cap(lean_cap(cap))
    if entry.command == "grant-batch":
        _add_lots(programme, entry.postings, entry)
    elif entry.command == "transfer":
        _add_lots(programme, tuple([each for each in entry.postings if each.column == "transferred_in"]), entry)
    today = entry.at.toordinal()
    for told in entry.lots:
        _change_lot(state, programme, entry.programme_id, told, today)
    for hold in entry.holds:
        _put_hold(state, programme, entry.programme_id, hold)
    for bar in entry.bars:
        _put_bar(programme, bar)
    trim(programme)


def _add_lots(programme: Programme, postings: tuple[Posting, ...], entry: EntryRecorded) -> None:
    """Every posting makes a lot, all of it free."""
    item, quarter = programme.terms.item, quarter_of(entry.at)
    last, (accepted, tail, expires_ms) = None, terms_text(None, item, quarter)
    for posting in postings:
        if posting.terms is not last:
            last = posting.terms
            accepted, tail, expires_ms = terms_text(last, item, quarter)
        number, line_id = posting.lot or 0, posting.line_id or ""
        programme.lots[number] = new_lot(posting, accepted, tail)
        account = programme.accounts[posting.company_id]
        account.lines.setdefault(line_id, []).append(number)
        if not account.open or account.open[-1] < (expires_ms, number):
            account.open.append((expires_ms, number))
        else:
            insort(account.open, (expires_ms, number))
        if expires_ms != FOREVER:
            expect(programme, expires_ms, "lot", str(number))
    if postings:
        programme.lots_made = postings[-1].lot or 0


def _change_lot(state: Ledger, programme: Programme, programme_id: str, told: LotBalance, today: int) -> None:
    """Set a lot's balance; it is free or not, closed or open, from then on."""
    text = programme.lots[told.lot]
    was_free, is_free = has_free(text), told.free_units > 0
    forget = 0 if is_free or told.held_units else today + CLOSED_LOT_DAYS
    programme.lots[told.lot] = changed(text, told, forget)
    if forget and forget != forget_day(text):
        heappush(state.closed, (forget, programme_id, "lot", str(told.lot)))
    if was_free == is_free:
        return
    found, key = programme.accounts[told.company_id].open, (expiry(text), told.lot)
    if not is_free:
        del found[bisect_left(found, key)]
        return
    insort(found, key)
    if key[0] != FOREVER:
        expect(programme, key[0], "lot", str(told.lot))


def _put_hold(state: Ledger, programme: Programme, programme_id: str, hold: HoldState) -> None:
    programme.holds[hold.hold_id] = hold
    if hold.closed_at is None:
        expect(programme, milliseconds(hold.expires_at), "hold", hold.hold_id)
    else:
        heappush(state.closed, (forget_hold(hold), programme_id, "hold", hold.hold_id))


def _put_bar(programme: Programme, bar: Bar) -> None:
    if lifted(bar):
        programme.bars.pop(key_of(bar), None)
    else:
        programme.bars[key_of(bar)] = bar


def forget_hold(hold: HoldState) -> int:
    """The day from which a closed hold may go; 0 while it is open."""
    return 0 if hold.closed_at is None else hold.closed_at.toordinal() + CLOSED_HOLD_DAYS


def _remember(state: Ledger, entry: EntryRecorded) -> None:
    """Evict first: an id that comes again after its time is new, and the youngest."""
    today = entry.at.toordinal()
    state.forgotten = (*evict(state.ids, today), *_forget(state, today)) if state.ids or state.closed else ()
    line = remembered(entry)
    if line is not None:
        state.ids[entry.command_id] = line
    if entry.corrects is not None and entry.postings and entry.corrects in state.ids:
        state.ids[entry.corrects] = corrected(state.ids[entry.corrects], entry.remains)


def _forget(state: Ledger, today: int) -> list[tuple[str, str]]:
    """Let go the oldest closed lots and holds whose day has passed, a few at a time; their rows and fields."""
    gone: list[tuple[str, str]] = []
    while state.closed and state.closed[0][0] < today and len(gone) < EVICTIONS_MAX:
        day, programme_id, kind, name = heappop(state.closed)
        programme = state.programmes[programme_id]
        if kind == "hold":
            hold = programme.holds.get(name)
            if hold is not None and forget_hold(hold) == day:
                del programme.holds[name]
                gone.append((f"holds:{programme_id}", name))
        elif (text := programme.lots.get(int(name))) is not None and forget_day(text) == day:
            gone.append((f"lots:{programme_id}:{_drop_lot(programme, int(name), text)}", name))
    return gone


def _drop_lot(programme: Programme, number: int, text: str) -> str:
    """Take a lot out of the state; the company it was of."""
    company_id, line_id = owner(text)
    lines = programme.accounts[company_id].lines
    lines[line_id].remove(number)
    if not lines[line_id]:
        del lines[line_id]
    del programme.lots[number]
    return company_id
