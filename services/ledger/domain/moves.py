"""The running shadow of one command: copies of what it moves. The state stays as it is until the entry is folded."""

from collections.abc import Iterator
from datetime import datetime

from schemas.entries import Balance, CapUse, Column, Crossing, Figure, HoldState, LotBalance, LotTerms, Part, Posting
from services.ledger.domain.balances import (
    Fields,
    add,
    cap_after,
    empty_balance,
    make_balance,
    make_lot,
    posting,
    settle,
)
from services.ledger.domain.codes import Code
from services.ledger.domain.crossings import account_crossing, cap_crossing
from services.ledger.domain.entries import Decision, refused
from services.ledger.domain.lots import FOREVER, Lot, lot_of, moment
from services.ledger.domain.state import Programme
from services.ledger.domain.tree import Room, counting, room_under


class Moves:
    """What a command moves, step by step. Every step posts; `told` gives the balances after all of them."""

    def __init__(self, programme: Programme) -> None:
        self.programme = programme
        self.postings: list[Posting] = []
        self.lots: dict[int, Lot] = {}
        self.holds: dict[str, HoldState] = {}
        self.rooms: dict[str, Room] = {}
        self._columns: dict[str, Fields] = {}
        self._overflow: Figure | None = None

    def peek(self, number: int) -> Lot:
        """The lot as moved so far, to look at. Raises KeyError."""
        return self.lots.get(number) or lot_of(number, self.programme.lots[number])

    def lot(self, number: int) -> Lot:
        """The lot as moved so far, to be moved: it is told."""
        found = self.lots[number] = self.peek(number)
        return found

    def keep(self, lot: Lot) -> Lot:
        """A lot that was looked at, to be moved."""
        self.lots[lot.number] = lot
        return lot

    def hold(self, hold_id: str) -> HoldState:
        """The hold as moved so far. Raises KeyError."""
        return self.holds.get(hold_id) or self.programme.holds[hold_id]

    def available(self, company_id: str) -> int:
        """Units available in the account before the command."""
        account = self.programme.accounts.get(company_id)
        return 0 if account is None else account.balance.available_units

    def post(self, lot: Lot, column: Column, units: int, value: int, terms: LotTerms | None = None) -> None:
        """Let a column of the lot's account rise."""
        columns = self._columns.get(lot.company_id)
        if columns is None:
            account = self.programme.accounts.get(lot.company_id)
            balance = empty_balance(lot.company_id) if account is None else account.balance
            columns = self._columns[lot.company_id] = dict(vars(balance))
        if not add(columns, column, units, value):
            self._overflow = Figure(code=Code.OVERFLOW.name, company_id=lot.company_id, field=column)
        self.postings.append(posting(lot.company_id, column, units, value, lot.line_id, lot.number, terms))

    def draw(self, lot: Lot, units: int) -> None:
        """Use free units for good."""
        value = lot.share(units)
        lot.free_units, lot.free_value = lot.free_units - units, lot.free_value - value
        lot.drawn_units, lot.drawn_value = lot.drawn_units + units, lot.drawn_value + value
        self.post(lot, "drawn", units, value)

    def exceed(self, lot: Lot, column: Column, units: int) -> None:
        """Record units cleared beyond what was there: `tolerated` or `overused`."""
        if column == "tolerated":
            lot.tolerated_units += units
        else:
            lot.overused_units += units
        self.post(lot, column, units, 0)

    def reserve(self, lot: Lot, units: int) -> Part:
        """Hold free units."""
        value = lot.share(units)
        lot.free_units, lot.free_value = lot.free_units - units, lot.free_value - value
        lot.held_units, lot.held_value = lot.held_units + units, lot.held_value + value
        self.post(lot, "held", units, value)
        return Part(lot=lot.number, units=units, value=value, kind="held")

    def release(self, lot: Lot, units: int, value: int) -> None:
        """Let held units be free again."""
        lot.held_units, lot.held_value = lot.held_units - units, lot.held_value - value
        lot.free_units, lot.free_value, lot.end = lot.free_units + units, lot.free_value + value, "open"
        self.post(lot, "released", units, value)

    def draw_held(self, lot: Lot, units: int, value: int) -> None:
        """Use held units for good."""
        lot.held_units, lot.held_value = lot.held_units - units, lot.held_value - value
        lot.drawn_units, lot.drawn_value = lot.drawn_units + units, lot.drawn_value + value
        self.post(lot, "released", units, value)
        self.post(lot, "drawn", units, value)

    def reverse(self, lot: Lot, units: int, value: int) -> None:
        """Take back a draw: its units are free again."""
        lot.drawn_units, lot.drawn_value = lot.drawn_units - units, lot.drawn_value - value
        lot.free_units, lot.free_value, lot.end = lot.free_units + units, lot.free_value + value, "open"
        self.post(lot, "reversed", units, value)

    def reverse_excess(self, lot: Lot, column: Column, units: int) -> None:
        """Take back `tolerated` or `overused` units."""
        if column == "tolerated":
            lot.tolerated_units -= units
        else:
            lot.overused_units -= units
        self.post(lot, "excess_reversed", units, 0)

    def take(self, lot: Lot, column: Column, units: int) -> int:
        """Take free units out of the account and from under its caps; their value."""
        value = lot.share(units)
        lot.free_units, lot.free_value = lot.free_units - units, lot.free_value - value
        if lot.free_units == 0:
            lot.end = "transferred" if column == "transferred_out" else column
        self.post(lot, column, units, value)
        for room in self.under(lot):
            room.take(-units, -value, -units * (self.programme.tpp.get(lot.item) or 0))
        return value

    def give(self, lot: Lot, units: int, value: int, terms: LotTerms) -> None:
        """Make a new lot of units that came from another account, and count them under its caps."""
        self.post(lot, "transferred_in", units, value, terms)
        for room in self.under(lot):
            room.take(units, value, units * (self.programme.tpp.get(lot.item) or 0))

    def under(self, lot: Lot) -> list[Room]:
        """The rooms of every cap that counts the lot."""
        found = []
        for cap in counting(self.programme, lot.company_id, lot.scopes, lot.number):
            room = self.rooms.get(cap.cap_id)
            if room is None:
                room = self.rooms[cap.cap_id] = room_under(cap)
            found.append(room)
        return found

    def close(self, hold: HoldState, state: str, at: datetime) -> None:
        """End a hold; what it still reserves is released."""
        for part in hold.parts:
            self.release(self.lot(part.lot), part.units, part.value)
        changes = {"state": state, "open_units": 0, "open_value": 0, "closed_at": at, "parts": ()}
        self.holds[hold.hold_id] = hold.model_copy(update=changes)

    def told(self, code: Code, *figures: Figure) -> Decision:
        """The decision: every balance, lot, cap and hold after these moves; refused if a column cannot record them."""
        if self._overflow is not None:
            return refused(self._overflow)
        balances = tuple(map(self._settled, self._columns))
        caps = tuple(map(_cap_after, self.rooms.values()))
        return Decision(
            code,
            figures,
            postings=tuple(self.postings),
            balances=balances,
            caps=caps,
            lots=tuple([_lot_after(lot) for number, lot in self.lots.items() if number in self.programme.lots]),
            holds=tuple(self.holds.values()),
            crossings=tuple(self._crossings(balances, caps)),
        )

    def _settled(self, company_id: str) -> Balance:
        columns = self._columns[company_id]
        settle(columns)
        return make_balance({**columns})

    def _crossings(self, balances: tuple[Balance, ...], caps: tuple[CapUse, ...]) -> Iterator[Crossing]:
        accounts, known = self.programme.accounts, self.programme.caps
        for balance in balances:
            account = accounts.get(balance.company_id)
            if found := account_crossing(None if account is None else account.balance, balance):
                yield found
        for cap in caps:
            if found := cap_crossing(known.get(cap.cap_id), cap):
                yield found


def _cap_after(room: Room) -> CapUse:
    return cap_after(room.cap, room.units, room.value, room.tpp)


def _lot_after(lot: Lot) -> LotBalance:
    return make_lot(
        {"lot": lot.number, "company_id": lot.company_id, "line_id": lot.line_id, "free_units": lot.free_units,
         "free_value": lot.free_value, "held_units": lot.held_units, "held_value": lot.held_value,
         "drawn_units": lot.drawn_units, "drawn_value": lot.drawn_value, "tolerated_units": lot.tolerated_units,
         "overused_units": lot.overused_units, "accepted": lot.accepted, "end": lot.end}
    )  # fmt: skip


def terms_of(lot: Lot) -> LotTerms:
    """The terms of a lot, for the lots its units are moved to; its tolerance stays with its line."""
    return LotTerms.model_validate(
        {"item": lot.item, "use": None if lot.use == "-" else lot.use,
         "valid_from": moment(lot.valid_ms) if lot.valid_ms else None,
         "expires_at": moment(lot.expires_ms) if lot.expires_ms < FOREVER else None,
         "conditions_final": lot.accepted}
    )  # fmt: skip
