"""A batch: every line is tried on running room under the caps before anything moves; one that fails refuses all.

A failing line is named with its figures and takes no room, so the lines that are not named would be granted
together if they came alone. Each line has one figure: its first code in precedence.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from schemas.ledger import Figure, GrantBatch, GrantLine, Posting, company_cap
from schemas.values import LINES_MAX, UNITS_MAX
from services.ledger.domain.balances import balance_after, cap_after, posting
from services.ledger.domain.codes import Code
from services.ledger.domain.entries import Decision, refused
from services.ledger.domain.state import Account, Cap, Ledger, Programme


@dataclass(slots=True)
class Room:
    """What is left under a cap while a batch is tried on it, and what the batch took. The cap itself stays."""

    cap: Cap
    account: Account
    """The company's account; of the programme's own cap one that nobody sees."""
    free_units: int
    free_value: int
    units: int = 0
    value: int = 0

    def take(self, units: int, value: int) -> None:
        """Let a line that fits take its room."""
        self.free_units -= units
        self.free_value -= value
        self.units += units
        self.value += value

    def short(self, code: Code, line: GrantLine, units: int) -> Figure | None:
        """Why the line does not fit under this cap, None if it does."""
        cap = self.cap
        limits = (
            ("units", units, cap.volume_units, cap.used_units + self.units),
            ("value", line.value, cap.volume_value, cap.used_value + self.value),
        )
        for field, needed, volume, used in limits:
            if volume is not None and used + needed > volume:
                return _figure(code, line, field, cap.cap_id, needed, volume - used)
        return None


@dataclass(slots=True)
class Shadow:
    """The programme's balances while a batch is tried; the state stays as it is until the entry is folded."""

    programme: Programme
    coefficient: int
    total: Room
    rooms: dict[str, Room]
    postings: list[Posting]

    def judge(self, line: GrantLine) -> Figure | None:
        """Give the line its room and its posting, or say why it has none."""
        company_id, units, value = line.company_id, line.units * self.coefficient, line.value
        room, total = self.rooms.get(company_id) or self._open(company_id), self.total
        if units > room.free_units or value > room.free_value or units > total.free_units or value > total.free_value:
            return self._failure(line, units, room)
        room.take(units, value)
        total.take(units, value)
        self.postings.append(posting(company_id, "granted", units, value, line.line_id))
        return None

    def granted(self) -> Decision:
        """Everything that moves, once no line has failed."""
        rooms = list(self.rooms.values())
        balances = tuple([balance_after(room.account, room.units, room.value) for room in rooms])
        caps = tuple([cap_after(room.cap, room.units, room.value) for room in (self.total, *rooms)])
        return Decision(Code.APPLIED, postings=tuple(self.postings), balances=balances, caps=caps)

    def _open(self, company_id: str) -> Room:
        programme = self.programme
        cap = programme.company_caps.get(company_id) or _default_cap(programme, company_id)
        room = self.rooms[company_id] = _room(cap, programme.accounts.get(company_id) or Account(company_id))
        return room

    def _failure(self, line: GrantLine, units: int, room: Room) -> Figure:
        """The first code in precedence. A quantity beyond the ledger's range is judged by no cap."""
        if units > UNITS_MAX:
            return _figure(Code.OVERFLOW, line, "units")
        return (
            room.short(Code.EXCEEDS_CAP, line, units)
            or self.total.short(Code.EXCEEDS_PROGRAMME, line, units)
            or _figure(Code.OVERFLOW, line, "units" if units > room.free_units else "value")
        )


def grant_batch(state: Ledger, command: GrantBatch) -> Decision:
    """Grant every line, or none: every failing line is named."""
    programme = state.programmes.get(command.programme_id)
    figures = list(_misstated(command))
    if programme is None:
        figures.append(Figure(code=Code.PROGRAMME_NOT_FOUND.name, field="programme_id"))
        shadow = None
    else:
        figures += _mismatched(programme, command)
        shadow = _shadow(programme, command)
    if len(command.lines) <= LINES_MAX:
        figures += _failing(command, shadow)
    if figures or shadow is None:
        return refused(*figures)
    return shadow.granted()


def _shadow(programme: Programme, command: GrantBatch) -> Shadow | None:
    """Where the batch is tried; None if its unit is not one of the programme's."""
    coefficient, total = programme.coefficients.get(command.unit), programme.total
    if coefficient is None:
        return None
    return Shadow(programme, coefficient, _room(total, Account("", granted_value=total.used_value)), {}, [])


def _misstated(command: GrantBatch) -> Iterator[Figure]:
    """What the batch says of itself and is not so."""
    lines = len(command.lines)
    if command.line_count != lines or lines == 0:
        yield Figure(code=Code.LINE_COUNT_MISMATCH.name, field="line_count", available=lines)
    if lines > LINES_MAX:
        yield Figure(code=Code.TOO_MANY_LINES.name, field="lines", needed=lines, available=LINES_MAX)
    if sum(line.units for line in command.lines) != command.total_units:
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


def _room(cap: Cap, account: Account) -> Room:
    """The room under a cap's limits; without one, as far as the ledger can record what was ever granted."""
    units, value = UNITS_MAX - account.granted_units, UNITS_MAX - account.granted_value
    if cap.volume_units is not None:
        units = min(units, cap.volume_units - cap.used_units)
    if cap.volume_value is not None:
        value = min(value, cap.volume_value - cap.used_value)
    return Room(cap, account, units, value)


def _default_cap(programme: Programme, company_id: str) -> Cap:
    """The cap of a company that has none of its own: the programme's default, never above the programme's."""
    default, total = programme.terms.company_units, programme.total.volume_units
    volume = default if default is None or total is None else min(default, total)
    return Cap(company_cap(company_id), company_id, volume, None)
