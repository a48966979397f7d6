"""Holds: units reserved for an order. Placed, extended, voided; drawn on in parts; what is left is released."""

from datetime import datetime

from schemas.entries import Figure, HoldState
from schemas.ledger import Draw, ExtendHold, PlaceHold, RecordLate, SetCumulative, VoidHold
from services.ledger.domain.codes import Code
from services.ledger.domain.entries import Decision, refused
from services.ledger.domain.ground import Aim, Ground, choose, ground, short
from services.ledger.domain.lots import milliseconds
from services.ledger.domain.moves import Moves
from services.ledger.domain.state import Ledger, Programme

CLOSED_HOLD_DAYS = 30
"""How long a hold that is used up, voided or expired is known by its id."""

_CLOSED = {"consumed": Code.HOLD_CONSUMED, "voided": Code.HOLD_VOIDED, "expired": Code.HOLD_EXPIRED}


def place_hold(state: Ledger, command: PlaceHold, at: datetime) -> Decision:
    """Reserve units, of a line or of the account, earliest expiry first."""
    found = ground(state, command, "claim")
    if isinstance(found, Decision):
        return found
    if command.expires_at <= at:
        return refused(_figure(Code.HOLD_EXPIRED, command.company_id, "expires_at"))
    if command.command_id in found.programme.holds:
        return refused(_figure(Code.VERSION_CONFLICT, command.company_id, "command_id"))
    moves = Moves(found.programme)
    choice = choose(found, moves, milliseconds(at), "claim")
    if choice.short:
        return refused(short(found, choice))
    parts = tuple([moves.reserve(moves.keep(lot), units) for lot, units in choice.parts])
    moves.holds[command.command_id] = HoldState(
        hold_id=command.command_id, company_id=command.company_id, line_id=command.line_id, state="open",
        units=found.units, open_units=found.units, open_value=sum([part.value for part in parts]),
        expires_at=command.expires_at, parts=parts,
    )  # fmt: skip
    return moves.told(Code.APPLIED)


def extend_hold(state: Ledger, command: ExtendHold, at: datetime) -> Decision:
    """Let a hold last longer."""
    found = held_ground(state, command, "claim", at)
    if isinstance(found, Decision):
        return found
    where, hold = found
    if command.expires_at <= hold.expires_at:
        return refused(_figure(Code.VERSION_CONFLICT, command.company_id, "expires_at"))
    moves = Moves(where.programme)
    moves.holds[hold.hold_id] = hold.model_copy(update={"expires_at": command.expires_at})
    return moves.told(Code.APPLIED)


def void_hold(state: Ledger, command: VoidHold, at: datetime) -> Decision:
    """Release what a hold still reserves."""
    found = held_ground(state, command, "correct", at)
    if isinstance(found, Decision):
        return found
    where, hold = found
    moves = Moves(where.programme)
    moves.close(hold, "voided", at)
    return moves.told(Code.APPLIED)


def held_ground(
    state: Ledger, command: Draw | ExtendHold | VoidHold, aim: Aim, at: datetime
) -> tuple[Ground, HoldState] | Decision:
    """The ground of a command about a hold, and the hold; or its refusal."""
    found = ground(state, command, aim)
    if isinstance(found, Decision):
        return found
    hold = open_hold(found.programme, command.company_id, command.hold_id or "", at)
    return (found, hold) if isinstance(hold, HoldState) else refused(hold)


def open_hold(programme: Programme, company_id: str, hold_id: str, at: datetime) -> HoldState | Figure:
    """The account's hold; why it cannot be used if it is unknown or closed."""
    hold = programme.holds.get(hold_id)
    if hold is None or hold.company_id != company_id:
        return _figure(Code.HOLD_NOT_FOUND, company_id, "hold_id")
    if hold.state != "open":
        return _figure(_CLOSED[hold.state], company_id, "hold_id")
    return _figure(Code.HOLD_EXPIRED, company_id, "hold_id") if hold.expires_at <= at else hold


def held_by(programme: Programme, command: RecordLate | SetCumulative, at: datetime) -> HoldState | Figure | None:
    """The hold from which a clearance in the past was made; None: none was named, or it reserves nothing any more."""
    if command.hold_id is None:
        return None
    hold = open_hold(programme, command.company_id, command.hold_id, at)
    if isinstance(hold, Figure) and hold.code != Code.HOLD_NOT_FOUND.name:
        return None
    return hold


def _figure(code: Code, company_id: str, field: str) -> Figure:
    return Figure(code=code.name, company_id=company_id, field=field)
