"""What takes from one account: a draw, for good, and a revocation, which frees the caps."""

from collections.abc import Iterator
from dataclasses import dataclass

from schemas.ledger import Draw, Figure, Revoke
from schemas.values import UNITS_MAX
from services.ledger.domain.balances import balance_after, cap_after, posting
from services.ledger.domain.codes import Code
from services.ledger.domain.entries import Decision, refused
from services.ledger.domain.state import Account, Ledger, Programme


@dataclass(frozen=True, slots=True)
class _Taking:
    """What a sound command asks for: from which account, how many base units."""

    programme: Programme
    account: Account
    units: int


def draw(state: Ledger, command: Draw) -> Decision:
    """Use units for good. Their value stays with the account: a draw is of units only."""
    taking = _taking(state, command, tuple(_flaws(command)))
    if isinstance(taking, Decision):
        return taking
    account, units = taking.account, taking.units
    if units > account.available_units:
        return refused(_short(Code.EXCEEDS_AVAILABLE, taking))
    moved = posting(account.company_id, "drawn", units)
    return Decision(Code.APPLIED, postings=(moved,), balances=(balance_after(account, drawn=units),))


def revoke(state: Ledger, command: Revoke) -> Decision:
    """Take back what is available: all of the units, or at most as many. The caps are free for them again."""
    taking = _taking(state, command, (*_flaws(command), *_unreasoned(command)))
    if isinstance(taking, Decision):
        return taking
    available = taking.account.available_units
    if taking.units > available and not command.at_most:
        return refused(_short(Code.EXCEEDS_AVAILABLE, taking))
    if available == 0:
        return refused(_short(Code.NOTHING_TO_TAKE, taking))
    if taking.units > available:
        return _revoked(taking, available, Code.APPLIED_PARTIAL, (_short(Code.APPLIED_PARTIAL, taking),))
    return _revoked(taking, taking.units, Code.APPLIED, ())


def value_of(account: Account, units: int) -> int:
    """The value that leaves with revoked units, minor units, rounded down; what is left stays, to the last one.

    Drawn units keep their share: the value not revoked yet is spread over the units not revoked yet. So revoking
    all units of an account that drew none takes all of its value, in whatever parts.
    """
    return (account.granted_value - account.revoked_value) * units // (account.granted_units - account.revoked_units)


def _taking(state: Ledger, command: Draw | Revoke, flaws: tuple[Figure, ...]) -> _Taking | Decision:
    """The account and the units of a sound command, or its refusal."""
    programme = state.programmes.get(command.programme_id)
    coefficient = None if programme is None else programme.coefficients.get(command.unit)
    if programme is not None and coefficient is None:
        flaws = (*flaws, Figure(code=Code.UNIT_MISMATCH.name, field="unit"))
    if flaws:
        return refused(*flaws)
    if programme is None or coefficient is None:
        return refused(Figure(code=Code.PROGRAMME_NOT_FOUND.name, field="programme_id"))
    account = programme.accounts.get(command.company_id)
    if account is None:
        return refused(Figure(code=Code.ACCOUNT_NOT_FOUND.name, company_id=command.company_id, field="company_id"))
    units = command.units * coefficient
    if units > UNITS_MAX:
        return refused(Figure(code=Code.OVERFLOW.name, company_id=command.company_id, field="units"))
    return _Taking(programme, account, units)


def _flaws(command: Draw | Revoke) -> Iterator[Figure]:
    if not 1 <= command.units <= UNITS_MAX:
        yield Figure(code=Code.BAD_UNITS.name, company_id=command.company_id, field="units")
    if not command.authority.strip():
        yield Figure(code=Code.AUTHORITY_MISSING.name, field="authority")


def _unreasoned(command: Revoke) -> Iterator[Figure]:
    if not command.reason.strip():
        yield Figure(code=Code.REASON_MISSING.name, field="reason")


def _short(code: Code, taking: _Taking) -> Figure:
    available = taking.account.available_units
    return Figure(
        code=code.name,
        company_id=taking.account.company_id,
        field="units",
        needed=taking.units,
        available=available,
        shortfall=max(0, taking.units - available),
    )


def _revoked(taking: _Taking, units: int, code: Code, figures: tuple[Figure, ...]) -> Decision:
    account, programme = taking.account, taking.programme
    value = value_of(account, units)
    caps = programme.total, programme.company_caps[account.company_id]
    return Decision(
        code,
        figures,
        postings=(posting(account.company_id, "revoked", units, value),),
        balances=(balance_after(account, revoked=units, revoked_value=value),),
        caps=tuple(cap_after(cap, -units, -value) for cap in caps),
    )
