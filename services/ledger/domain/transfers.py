"""Units that move to another company: out of lots and from under caps, into new lots under the other's caps."""

from dataclasses import replace
from datetime import datetime

from schemas.entries import Figure
from schemas.ledger import Transfer
from services.ledger.domain.codes import Code
from services.ledger.domain.entries import Decision, refused
from services.ledger.domain.ground import Ground, account_stops, choose, ground, short
from services.ledger.domain.lots import Lot, milliseconds, quarter_of
from services.ledger.domain.moves import Moves, terms_of
from services.ledger.domain.state import Ledger
from services.ledger.domain.tree import is_total


def transfer(state: Ledger, command: Transfer, at: datetime) -> Decision:
    """Move usable units with their value and terms. The programme's own use stays as it is."""
    if command.company_id == command.to_company_id:
        return refused(Figure(code=Code.SAME_ACCOUNT.name, company_id=command.company_id, field="to_company_id"))
    found = ground(state, command, "use")
    if isinstance(found, Decision):
        return found
    stops = tuple(account_stops(found.programme, command.to_company_id, "use"))
    if stops:
        return refused(*stops)
    moves = Moves(found.programme)
    choice = choose(found, moves, milliseconds(at), "use")
    if choice.short:
        return refused(short(found, choice))
    for number, (lot, units) in enumerate(choice.parts, found.programme.lots_made + 1):
        _move(moves, moves.keep(lot), units, number, command, quarter_of(at))
    failures = _over(moves, found, command)
    return refused(*failures) if failures else moves.told(Code.APPLIED)


def _move(moves: Moves, lot: Lot, units: int, to: int, command: Transfer, quarter: str) -> None:
    """Move units of one lot into a new one."""
    value = moves.take(lot, "transferred_out", units)
    new = replace(lot, number=to, company_id=command.to_company_id, line_id=command.to_line_id, quarter=quarter)
    moves.give(new, units, value, terms_of(lot))


def _over(moves: Moves, found: Ground, command: Transfer) -> tuple[Figure, ...]:
    """The caps of the receiver that are exceeded."""
    figures = []
    for room in moves.rooms.values():
        over = min(room.free_units, room.free_value, room.free_tpp) < 0
        if over and not is_total(room.cap):
            figures.append(
                Figure(
                    code=Code.EXCEEDS_CAP.name, company_id=command.to_company_id, cap_id=room.cap.cap_id,
                    field="units", needed=found.units, available=max(0, room.free_units + found.units),
                    shortfall=max(0, -room.free_units),
                )
            )  # fmt: skip
    return tuple(figures)
