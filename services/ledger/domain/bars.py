"""What stops a programme, an account or a line, and what lets it go on: suspend, block, reinstate; freeze; close."""

from datetime import datetime
from typing import Literal

from schemas.entries import Bar, Figure
from schemas.ledger import (
    AcceptConditions,
    Block,
    CloseProgramme,
    Freeze,
    Reinstate,
    Suspend,
    Unfreeze,
)
from services.ledger.domain.codes import Code
from services.ledger.domain.entries import Decision, refused
from services.ledger.domain.ground import act_flaws, ground
from services.ledger.domain.moves import Moves
from services.ledger.domain.state import Ledger, Programme

State = Literal["none", "suspended", "blocked", "frozen", "closed"]


def key_of(bar: Bar) -> str:
    """Where a bar is kept: a programme's freeze and its end by these names, others by what they bar."""
    if bar.state in ("frozen", "unfrozen"):
        return "frozen"
    if bar.state == "closed":
        return "closed"
    return f"{bar.company_id or ''}/{bar.line_id or ''}"


def lifted(bar: Bar) -> bool:
    """Whether it no longer stands."""
    return bar.state in ("none", "unfrozen")


def suspend(state: Ledger, command: Suspend, at: datetime) -> Decision:
    """No use until reinstated."""
    return _set(state, command, "suspended")


def block(state: Ledger, command: Block, at: datetime) -> Decision:
    """Claims are accepted, allocation waits."""
    return _set(state, command, "blocked")


def reinstate(state: Ledger, command: Reinstate, at: datetime) -> Decision:
    """Lift a suspension or a block; refused if there is none."""
    return _set(state, command, "none")


def freeze(state: Ledger, command: Freeze, at: datetime) -> Decision:
    """Nothing moves until two people release it."""
    return _marked(state, command, "frozen")


def close_programme(state: Ledger, command: CloseProgramme, at: datetime) -> Decision:
    """The end of a programme."""
    return _marked(state, command, "closed")


def unfreeze(state: Ledger, command: Unfreeze, at: datetime) -> Decision:
    """Release a frozen programme; the second person is another one."""
    figures = list(act_flaws(command))
    if command.countersigned_by == command.actor.person_id:
        figures.append(Figure(code=Code.AUTHORITY_MISSING.name, field="countersigned_by"))
    programme = state.programmes.get(command.programme_id)
    if programme is None:
        figures.append(Figure(code=Code.PROGRAMME_NOT_FOUND.name, field="programme_id"))
    elif "frozen" not in programme.bars:
        figures.append(Figure(code=Code.VERSION_CONFLICT.name, field="programme_id"))
    if figures:
        return refused(*figures)
    return Decision(Code.APPLIED, bars=(Bar(state="unfrozen", authority=command.authority),))


def accept_conditions(state: Ledger, command: AcceptConditions, at: datetime) -> Decision:
    """Record that a line's conditions are final and accepted: its lots may be used from now on."""
    found = ground(state, command, "correct")
    if isinstance(found, Decision):
        return found
    moves = Moves(found.programme)
    for number in found.numbers:
        if not moves.peek(number).accepted:
            moves.lot(number).accepted = True
    return moves.told(Code.APPLIED)


def _marked(state: Ledger, command: Freeze | CloseProgramme, mark: Literal["frozen", "closed"]) -> Decision:
    figures = list(act_flaws(command))
    programme = state.programmes.get(command.programme_id)
    if programme is None:
        figures.append(Figure(code=Code.PROGRAMME_NOT_FOUND.name, field="programme_id"))
    elif "frozen" in programme.bars:
        figures.append(Figure(code=Code.LEDGER_FROZEN.name, field="programme_id"))
    elif mark in programme.bars:
        figures.append(Figure(code=Code.PROGRAMME_CLOSED.name, field="programme_id"))
    if figures:
        return refused(*figures)
    return Decision(Code.APPLIED, bars=(Bar(state=mark, authority=command.authority),))


def _set(state: Ledger, command: Suspend | Block | Reinstate, wanted: State) -> Decision:
    """Set or lift the bar of a programme, an account or a line."""
    figures = list(act_flaws(command))
    programme = state.programmes.get(command.programme_id)
    if programme is None:
        return refused(*figures, Figure(code=Code.PROGRAMME_NOT_FOUND.name, field="programme_id"))
    figures += _unknown(programme, command)
    bar = Bar(company_id=command.company_id, line_id=command.line_id, state=wanted, authority=command.authority)
    known = programme.bars.get(key_of(bar))
    if (known.state if known is not None else "none") == wanted:
        figures.append(Figure(code=Code.VERSION_CONFLICT.name, company_id=command.company_id, field="command"))
    return refused(*figures) if figures else Decision(Code.APPLIED, bars=(bar,))


def _unknown(programme: Programme, command: Suspend | Block | Reinstate) -> list[Figure]:
    """What the bar would be set on and is not there."""
    if "frozen" in programme.bars:
        return [Figure(code=Code.LEDGER_FROZEN.name, field="programme_id")]
    if command.company_id is None:
        missing = Figure(code=Code.ACCOUNT_NOT_FOUND.name, line_id=command.line_id, field="company_id")
        return [] if command.line_id is None else [missing]
    account = programme.accounts.get(command.company_id)
    if account is None:
        return [Figure(code=Code.ACCOUNT_NOT_FOUND.name, company_id=command.company_id, field="company_id")]
    if command.line_id is not None and command.line_id not in account.lines:
        return [
            Figure(
                code=Code.AUTHORISATION_NOT_FOUND.name, line_id=command.line_id, company_id=command.company_id,
                field="line_id",
            )
        ]  # fmt: skip
    return []
