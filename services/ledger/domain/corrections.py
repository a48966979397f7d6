"""What customs reports after the fact: late clearances, totals, corrections. Entries only; nothing is undone.

A clearance that was made cannot be refused for want of units: it uses the hold that was named, what is free on the
line, what its tolerance permits, and the rest is over-use. What was taken is known by the id of its command for as
long as the id is (`ids.py`); a correction names that id and tells what remains of it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from schemas.entries import Column, Figure, Part
from schemas.ledger import Adjust, Contra, RecordLate, SetCumulative
from services.ledger.domain.codes import Code
from services.ledger.domain.entries import Decision, refused
from services.ledger.domain.ground import Ground, ground, lacking, unusable
from services.ledger.domain.holds import held_by
from services.ledger.domain.ids import Clearance, clearance, part_of
from services.ledger.domain.lots import Lot, milliseconds
from services.ledger.domain.moves import Moves
from services.ledger.domain.state import Ledger
from services.ledger.domain.takings import draw_parts, tolerate


def record_late(state: Ledger, command: RecordLate, at: datetime) -> Decision:
    """Record a clearance of the past."""
    found = ground(state, command, "correct")
    if isinstance(found, Decision):
        return found
    return _recorded(found, command, found.units, at, min(command.effective_at, at))


def set_cumulative(state: Ledger, command: SetCumulative, at: datetime) -> Decision:
    """Bring a line to customs' total: record what is missing, or take back what is too much."""
    found = ground(state, command, "correct", least=0)
    if isinstance(found, Decision):
        return found
    moves = Moves(found.programme)
    lots = [moves.peek(number) for number in found.numbers]
    missing = found.units - sum([lot.cleared_units for lot in lots])
    if missing > 0:
        return _recorded(found, command, missing, at, min(command.effective_at or at, at))
    _take_back(moves, [part for lot in reversed(lots) for part in _cleared(lot)], -missing)
    return moves.told(Code.APPLIED)


def adjust(state: Ledger, command: Adjust, at: datetime) -> Decision:
    """Bring a clearance to the right number of units."""
    found = ground(state, command, "correct", least=0)
    if isinstance(found, Decision):
        return found
    known = _known(state, found, command)
    if isinstance(known, Figure):
        return refused(known)
    moves, total = Moves(found.programme), sum([part.units for part in known.parts])
    if found.units > total:
        lots = found.account.lines[moves.peek(known.parts[0].lot).line_id]
        _clear(moves, lots, found.units - total, milliseconds(at))
        more = [part_of(p.lot or 0, p.units, p.value, p.column) for p in moves.postings]
        return replace(moves.told(Code.APPLIED), remains=(*known.parts, *more))
    return _less(moves, known, total - found.units)


def contra(state: Ledger, command: Contra, at: datetime) -> Decision:
    """Take a clearance back."""
    found = ground(state, command, "correct")
    if isinstance(found, Decision):
        return found
    known = _known(state, found, command)
    if isinstance(known, Figure):
        return refused(known)
    return _less(Moves(found.programme), known, sum([part.units for part in known.parts]))


def _less(moves: Moves, known: Clearance, units: int) -> Decision:
    """Take back so many units of a clearance, its last first."""
    left, remains = _take_back(moves, known.parts[::-1], units)
    if left:
        figure = Figure(
            code=Code.ALREADY_CORRECTED.name, company_id=known.company_id, field="units", needed=units,
            available=units - left, shortfall=left,
        )  # fmt: skip
        return refused(figure)
    return replace(moves.told(Code.APPLIED), remains=remains[::-1])


def _recorded(
    found: Ground, command: RecordLate | SetCumulative, units: int, at: datetime, effective: datetime
) -> Decision:
    """Units that were cleared, from the hold named and from the line."""
    moves = Moves(found.programme)
    hold = held_by(found.programme, command, at)
    if isinstance(hold, Figure):
        return refused(hold)
    left = units if hold is None else draw_parts(moves, hold.hold_id, units, at)
    _clear(moves, list(found.numbers), left, milliseconds(effective))
    return moves.told(Code.APPLIED)


def _clear(moves: Moves, numbers: list[int], units: int, at_ms: int) -> None:
    """Use what is free on these lots, then their tolerance; the rest is over-use of the last of them."""
    for number in numbers:
        lot = moves.peek(number)
        used = min(units, lot.free_units)
        if used and unusable(moves.programme, lot, at_ms, "correct") in (None, Code.CONDITIONS_NOT_ACCEPTED):
            moves.draw(moves.lot(number), used)
            units -= used
    units = tolerate(moves, numbers, units, None)
    if units:
        moves.exceed(moves.lot(numbers[-1]), "overused", units)


def _cleared(lot: Lot) -> Iterator[Part]:
    """All that was cleared of a lot, excess first: the order in which it is taken back."""
    for kind, units, value in (
        ("overused", lot.overused_units, 0),
        ("tolerated", lot.tolerated_units, 0),
        ("drawn", lot.drawn_units, lot.drawn_value),
    ):
        if units:
            yield part_of(lot.number, units, value, kind)


def _take_back(moves: Moves, parts: Iterable[Part], units: int) -> tuple[int, tuple[Part, ...]]:
    """Take back so many of these parts, in order: how many could not be, and what remains of the parts."""
    remains = []
    for part in parts:
        used, worth = min(units, part.units), 0
        if used:
            used, worth = _take_part(moves, part, used)
        units -= used
        if used < part.units:
            rest = {"units": part.units - used, "value": max(0, part.value - worth)}
            remains.append(part.model_copy(update=rest) if used else part)
    return units, tuple(remains)


def _take_part(moves: Moves, part: Part, units: int) -> tuple[int, int]:
    """Take back units of a part, as far as no total has before; how many, and their value."""
    lot = moves.peek(part.lot)
    if part.kind == "drawn":
        used = min(units, lot.drawn_units)
        worth = lot.drawn_value if used == lot.drawn_units else min(lot.drawn_value, part.value * used // part.units)
        if used:
            moves.reverse(moves.lot(part.lot), used, worth)
        return used, worth
    column: Column = "tolerated" if part.kind == "tolerated" else "overused"
    used = min(units, lot.tolerated_units if column == "tolerated" else lot.overused_units)
    if used:
        moves.reverse_excess(moves.lot(part.lot), column, used)
    return used, 0


def _known(state: Ledger, found: Ground, command: Adjust | Contra) -> Clearance | Figure:
    """What is left of the clearance that a command corrects."""
    line = state.ids.get(command.corrects)
    known = None if line is None else clearance(line)
    if known is None or (known.programme_id, known.company_id) != (command.programme_id, command.company_id):
        return Figure(code=Code.AUTHORITY_MISSING.name, company_id=command.company_id, field="corrects")
    return known if known.parts else lacking(Code.ALREADY_CORRECTED, found, 0)
