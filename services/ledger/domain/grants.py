"""A batch: every line is tried on running room under the caps before anything moves; one that fails refuses all.

A failing line is named with its figures and takes no room, so the lines that are not named would be granted
together if they came alone. Each line has one figure: its first code in precedence.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from schemas.entries import Balance, Crossing, Figure, LotTerms, Posting
from schemas.ledger import PROGRAMME_CAP, GrantBatch, GrantLine
from schemas.values import LINES_MAX, UNITS_MAX
from services.ledger.domain.balances import cap_after, empty_balance, make_balance, posting
from services.ledger.domain.codes import Code
from services.ledger.domain.crossings import account_crossing, cap_crossing
from services.ledger.domain.entries import Decision, refused
from services.ledger.domain.ground import programme_stops
from services.ledger.domain.lots import quarter_of, scopes
from services.ledger.domain.state import Ledger, Programme
from services.ledger.domain.tree import Room, counting, is_total, room_under

_Key = tuple[str, str | None, str | None]
"""Company, item and use: lines that the same caps count."""


@dataclass(slots=True)
class Receiver:
    """A company while a batch is tried: what its account can still record, and what the batch gave it."""

    balance: Balance
    free_units: int
    free_value: int
    units: int = 0
    value: int = 0

    def after(self) -> Balance:
        """The account once the batch is granted."""
        columns = dict(vars(self.balance))
        columns["version"] += 1
        columns["granted_units"] += self.units
        columns["granted_value"] += self.value
        columns["available_units"] += self.units
        columns["available_value"] += self.value
        return make_balance(columns)


@dataclass(slots=True)
class Shadow:
    """The programme's balances while a batch is tried; the state stays as it is until the entry is folded."""

    programme: Programme
    coefficient: int
    at: datetime
    quarter: str
    postings: list[Posting] = field(default_factory=list)
    rooms: dict[str, Room] = field(default_factory=dict)
    receivers: dict[str, Receiver] = field(default_factory=dict)
    _under: dict[_Key, tuple[Receiver, list[Room]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """The programme's own cap counts every line, and is told first."""
        self.rooms[PROGRAMME_CAP] = room_under(self.programme.total)

    def judge(self, line: GrantLine) -> Figure | None:
        """Give the line its room and its posting, or say why it has none."""
        terms, company_id = line.terms, line.company_id
        units, value, tpp = line.units * self.coefficient, line.value, 0
        key: _Key = (company_id, None, None) if terms is None else (company_id, terms.item, terms.use)
        if terms is not None and (flaw := self._flaw(line, terms)) is not None:
            return flaw
        receiver, rooms = self._under.get(key) or self._open(key)
        if units > receiver.free_units or value > receiver.free_value:
            return self._failure(line, units, 0, rooms)
        each = self.programme.tpp[key[1] or self.programme.terms.item]
        if each is not None:
            tpp = units * each
        for room in rooms:
            if units > room.free_units or value > room.free_value or tpp > room.free_tpp:
                return self._failure(line, units, tpp, rooms)
        for room in rooms:
            room.take(units, value, tpp)
        receiver.free_units -= units
        receiver.free_value -= value
        receiver.units += units
        receiver.value += value
        lot = self.programme.lots_made + len(self.postings) + 1
        self.postings.append(posting(company_id, "granted", units, value, line.line_id, lot, terms))
        return None

    def granted(self) -> Decision:
        """Everything that moves, once no line has failed."""
        balances = tuple([receiver.after() for receiver in self.receivers.values()])
        rooms = self.rooms.values()
        caps = tuple([cap_after(room.cap, room.units, room.value, room.tpp) for room in rooms])
        crossings = []
        for receiver, balance in zip(self.receivers.values(), balances, strict=True):
            if receiver.balance.version and receiver.balance.available_units * 5 <= balance.available_units + 5:
                crossings.append(account_crossing(receiver.balance, balance))
        for room, cap in zip(rooms, caps, strict=True):
            if cap.volume_units is not None and room.free_units * 5 <= cap.volume_units:
                crossings.append(cap_crossing(room.cap, cap))
        told: tuple[Crossing, ...] = tuple([crossing for crossing in crossings if crossing is not None])
        return Decision(Code.APPLIED, postings=tuple(self.postings), balances=balances, caps=caps, crossings=told)

    def _open(self, key: _Key) -> tuple[Receiver, list[Room]]:
        """The company and the caps that count such a line."""
        company_id, item, use = key
        programme = self.programme
        matched = scopes(company_id, item or programme.terms.item, use or "-", self.quarter) if programme.parts else ()
        rooms = []
        for cap in counting(programme, company_id, matched, programme.lots_made + 1):
            room = self.rooms.get(cap.cap_id)
            if room is None:
                room = self.rooms[cap.cap_id] = room_under(cap)
            rooms.append(room)
        receiver = self.receivers.get(company_id)
        if receiver is None:
            account = programme.accounts.get(company_id)
            balance = empty_balance(company_id) if account is None else account.balance
            free = UNITS_MAX - balance.granted_units, UNITS_MAX - balance.granted_value
            receiver = self.receivers[company_id] = Receiver(balance, *free)
        found = self._under[key] = receiver, rooms
        return found

    def _flaw(self, line: GrantLine, terms: LotTerms) -> Figure | None:
        """What the terms of a line say and cannot be."""
        if terms.item is not None and terms.item not in self.programme.tpp:
            return _figure(Code.UNIT_MISMATCH, line, "item")
        if terms.expires_at is not None and terms.expires_at <= max(self.at, terms.valid_from or self.at):
            return _figure(Code.LOT_EXPIRED, line, "expires_at")
        return None

    def _failure(self, line: GrantLine, units: int, tpp: int, rooms: list[Room]) -> Figure:
        """The first code in precedence. A quantity beyond the ledger's range is judged by no cap."""
        if units > UNITS_MAX:
            return _figure(Code.OVERFLOW, line, "units")
        for room in sorted(rooms, key=lambda room: is_total(room.cap)):
            short = room.short(units, line.value, tpp)
            if short is not None:
                code = Code.EXCEEDS_PROGRAMME if is_total(room.cap) else Code.EXCEEDS_CAP
                return _figure(code, line, short[0], room.cap.cap_id, *short[1:])
        receiver = self.receivers[line.company_id]
        measured = units > min(receiver.free_units, *(room.free_units for room in rooms))
        valued = line.value > min(receiver.free_value, *(room.free_value for room in rooms))
        return _figure(Code.OVERFLOW, line, "units" if measured else "value" if valued else "tpp")


def grant_batch(state: Ledger, command: GrantBatch, at: datetime) -> Decision:
    """Grant every line, or none: every failing line is named."""
    programme = state.programmes.get(command.programme_id)
    figures = list(_misstated(command))
    if programme is None:
        figures.append(Figure(code=Code.PROGRAMME_NOT_FOUND.name, field="programme_id"))
        shadow = None
    else:
        figures += (*_mismatched(programme, command), *programme_stops(programme, "grant"))
        coefficient = programme.coefficients.get(command.unit)
        shadow = None if coefficient is None else Shadow(programme, coefficient, at, quarter_of(at))
    if len(command.lines) <= LINES_MAX:
        figures += _failing(command, shadow)
    if figures or shadow is None:
        return refused(*figures)
    return shadow.granted()


def _misstated(command: GrantBatch) -> Iterator[Figure]:
    """What the batch says of itself and is not so."""
    lines = len(command.lines)
    if command.line_count != lines or lines == 0:
        yield Figure(code=Code.LINE_COUNT_MISMATCH.name, field="line_count", available=lines)
    if lines > LINES_MAX:
        yield Figure(code=Code.TOO_MANY_LINES.name, field="lines", needed=lines, available=LINES_MAX)
    if sum([line.units for line in command.lines]) != command.total_units:
        yield Figure(code=Code.UNITS_TOTAL_MISMATCH.name, field="total_units")


def _mismatched(programme: Programme, command: GrantBatch) -> Iterator[Figure]:
    if command.unit not in programme.coefficients:
        yield Figure(code=Code.UNIT_MISMATCH.name, field="unit")
    if command.currency != programme.terms.currency:
        yield Figure(code=Code.UNIT_MISMATCH.name, field="currency")


def _failing(command: GrantBatch, shadow: Shadow | None) -> Iterator[Figure]:
    """One figure for each failing line, in the order of the lines. What a bad number said is not repeated."""
    seen: set[str] = set()
    for line in command.lines:
        if not 1 <= line.units <= UNITS_MAX:
            yield _figure(Code.BAD_UNITS, line, "units")
        elif not 0 <= line.value <= UNITS_MAX:
            yield _figure(Code.BAD_UNITS, line, "value")
        elif line.line_id in seen:
            yield _figure(Code.DUPLICATE_LINE, line, "line_id")
        elif shadow is not None and (figure := shadow.judge(line)):
            yield figure
        seen.add(line.line_id)


def _figure(
    code: Code, line: GrantLine, field: str, cap_id: str | None = None, needed: int = 0, available: int = 0
) -> Figure:
    """Why a line failed; with figures where a cap is named."""
    figures = {"needed": needed, "available": available, "shortfall": needed - available} if cap_id else {}
    return Figure(
        code=code.name, line_id=line.line_id, company_id=line.company_id, cap_id=cap_id, field=field, **figures
    )
