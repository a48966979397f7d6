"""What uses units or takes them back: a draw, for good; revocation, return and surrender, which free the caps."""

from collections.abc import Iterable
from datetime import datetime

from schemas.entries import Column, Figure
from schemas.ledger import Draw, Return, Revoke, Surrender
from services.ledger.domain.codes import Code
from services.ledger.domain.entries import Decision, refused
from services.ledger.domain.ground import Choice, Ground, choose, ground, lacking, short, unusable
from services.ledger.domain.holds import held_ground
from services.ledger.domain.lots import milliseconds
from services.ledger.domain.moves import Moves
from services.ledger.domain.state import Ledger


def draw(state: Ledger, command: Draw, at: datetime) -> Decision:
    """Use units for good, and their value with them. Beyond what is there: as far as the line's tolerance goes."""
    if command.hold_id is not None:
        return _draw_held(state, command, at)
    found = ground(state, command, "use")
    if isinstance(found, Decision):
        return found
    moves, at_ms = Moves(found.programme), milliseconds(at)
    choice = choose(found, moves, at_ms, "use")
    for lot, units in choice.parts:
        moves.draw(moves.keep(lot), units)
    if choice.short and (not found.named or tolerate(moves, found.numbers, choice.short, at_ms)):
        return refused(short(found, choice))
    return moves.told(Code.APPLIED)


def _draw_held(state: Ledger, command: Draw, at: datetime) -> Decision:
    """Use units that a hold reserves, in parts; what is left stays reserved."""
    found = held_ground(state, command, "use", at)
    if isinstance(found, Decision):
        return found
    where, hold = found
    moves, at_ms = Moves(where.programme), milliseconds(at)
    lots = [moves.peek(part.lot) for part in hold.parts]
    barred = [code for lot in lots if (code := unusable(where.programme, lot, lot.valid_ms, "use"))]
    stopped = set(barred) & {Code.ACCOUNT_SUSPENDED, Code.ACCOUNT_BLOCKED}
    if stopped:
        return refused(lacking(min(stopped), where, where.units))
    excess = draw_parts(moves, hold.hold_id, where.units, at)
    if excess and (hold.line_id is None or tolerate(moves, [lot.number for lot in lots], excess, at_ms)):
        return refused(lacking(Code.EXCEEDS_HOLD, where, excess))
    return moves.told(Code.APPLIED)


def draw_parts(moves: Moves, hold_id: str, units: int, at: datetime) -> int:
    """Draw from a hold, first part first; what it does not hold is left over."""
    hold = moves.hold(hold_id)
    left, parts, value = units, [], 0
    for part in hold.parts:
        used = min(left, part.units)
        if used:
            worth = part.value * used // part.units
            moves.draw_held(moves.lot(part.lot), used, worth)
            left, value = left - used, value + worth
            part = part.model_copy(update={"units": part.units - used, "value": part.value - worth})
        if part.units:
            parts.append(part)
    changes: dict[str, object] = {
        "parts": tuple(parts), "open_units": hold.open_units - (units - left), "open_value": hold.open_value - value,
    }  # fmt: skip
    if not parts:
        changes |= {"state": "consumed", "closed_at": at}
    moves.holds[hold_id] = hold.model_copy(update=changes)
    return left


def tolerate(moves: Moves, numbers: Iterable[int], excess: int, at_ms: int | None) -> int:
    """Record what the tolerance of these lots permits of an excess; what it does not is left over."""
    for number in numbers:
        lot = moves.peek(number)
        code = None if at_ms is None else unusable(moves.programme, lot, at_ms, "use")
        used = min(excess, lot.tolerance_units - lot.tolerated_units)
        if used > 0 and code is None:
            moves.exceed(moves.lot(number), "tolerated", used)
            excess -= used
    return excess


def revoke(state: Ledger, command: Revoke, at: datetime) -> Decision:
    """Take back what is available: all of the units, or at most as many. The caps are free for them again."""
    return _taken(ground(state, command, "take"), "revoked", command.at_most)


def give_back(state: Ledger, command: Return, at: datetime) -> Decision:
    """The company returns what it will not use."""
    return _taken(ground(state, command, "take"), "returned", command.at_most)


def surrender(state: Ledger, command: Surrender, at: datetime) -> Decision:
    """The company gives up all that a line still has available."""
    found = ground(state, command, "take")
    if isinstance(found, Decision):
        return found
    moves = Moves(found.programme)
    free = [number for number in found.numbers if moves.peek(number).free_units]
    if not free:
        return refused(lacking(Code.NOTHING_TO_TAKE, found, 0))
    for number in free:
        moves.take(lot := moves.lot(number), "returned", lot.free_units)
    return moves.told(Code.APPLIED)


def _taken(found: Ground | Decision, column: Column, at_most: bool) -> Decision:
    if isinstance(found, Decision):
        return found
    moves = Moves(found.programme)
    choice = choose(found, moves, None, "take")
    if choice.short and not at_most:
        return refused(short(found, choice))
    if not choice.parts:
        return refused(lacking(Code.NOTHING_TO_TAKE, found, choice.short))
    for lot, units in choice.parts:
        moves.take(moves.keep(lot), column, units)
    return moves.told(*_fully_or_not(found, choice))


def _fully_or_not(found: Ground, choice: Choice) -> tuple[Code, *tuple[Figure, ...]]:
    if choice.short:
        return Code.APPLIED_PARTIAL, lacking(Code.APPLIED_PARTIAL, found, choice.short)
    return (Code.APPLIED,)
