"""What every command about an account is checked for first: its input, the state it meets, the lots it may touch."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from schemas.base import Act, Command
from schemas.entries import Bar, Figure
from schemas.values import UNITS_MAX
from services.ledger.domain.codes import Code
from services.ledger.domain.entries import Decision, refused
from services.ledger.domain.lots import Lot, expiry, owner
from services.ledger.domain.moves import Moves
from services.ledger.domain.state import Account, Ledger, Programme

LOTS_MAX = 1_000
"""Most lots one command looks at."""

Aim = Literal["grant", "claim", "use", "take", "correct"]
"""Why an account is touched. A suspension stops claims and use, a block use; corrections and takings go on."""

_STOPS: dict[str, tuple[Code, tuple[Aim, ...]]] = {
    "suspended": (Code.ACCOUNT_SUSPENDED, ("claim", "use")),
    "blocked": (Code.ACCOUNT_BLOCKED, ("use",)),
}


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a sound command stands: its programme and account, its units in base units (0: it states none)."""

    programme: Programme
    account: Account
    company_id: str
    units: int
    numbers: Iterable[int]
    """Lots it may touch, in order of use."""
    named: bool
    """Whether it named a line or a lot."""
    line_id: str | None


def ground(state: Ledger, command: Command, aim: Aim, least: int = 1) -> Ground | Decision:
    """The ground of a command about one account, or its refusal with everything that is wrong."""
    said = _Said(command, least)
    figures = list(said.flaws())
    programme = state.programmes.get(said.programme_id)
    if programme is None:
        return refused(*figures, Figure(code=Code.PROGRAMME_NOT_FOUND.name, field="programme_id"))
    coefficient = programme.coefficients.get(said.unit) if said.unit is not None else 1
    if coefficient is None:
        figures.append(Figure(code=Code.UNIT_MISMATCH.name, field="unit"))
    elif said.units * coefficient > UNITS_MAX and not figures:
        figures.append(Figure(code=Code.OVERFLOW.name, company_id=said.company_id, field="units"))
    figures += programme_stops(programme, aim)
    account = programme.accounts.get(said.company_id)
    if account is None:
        return refused(*figures, _figure(Code.ACCOUNT_NOT_FOUND, said, "company_id"))
    figures += said.unmet(programme, account, aim)
    if figures or coefficient is None:
        return refused(*figures)
    named = said.line_id is not None or said.lot is not None
    return Ground(
        programme,
        account,
        said.company_id,
        said.units * coefficient,
        said.numbers(programme, account),
        named,
        said.line_id,
    )


class _Said:
    """What a command says, whether or not its class has the field."""

    def __init__(self, command: Command, least: int) -> None:
        said = vars(command)
        self.programme_id: str = said["programme_id"]
        self.company_id: str = said["company_id"]
        self.line_id: str | None = said.get("line_id")
        self.lot: int | None = said.get("lot")
        self.unit: str | None = said.get("unit")
        self.units: int = said.get("units", 0)
        self.version: int | None = said.get("expected_version")
        self._least, self._command = least, command

    def flaws(self) -> Iterator[Figure]:
        if self.unit is not None and not self._least <= self.units <= UNITS_MAX:
            yield _figure(Code.BAD_UNITS, self, "units")
        yield from act_flaws(self._command)

    def unmet(self, programme: Programme, account: Account, aim: Aim) -> Iterator[Figure]:
        """What the command relies on and is not so."""
        yield from account_stops(programme, self.company_id, aim)
        lots = None if self.line_id is None else account.lines.get(self.line_id, [])
        if lots == []:
            yield _figure(Code.AUTHORISATION_NOT_FOUND, self, "line_id")
        elif self.lot is not None and not _has(account, programme, lots, self):
            yield _figure(Code.LOT_NOT_FOUND, self, "lot")
        elif lots is not None and len(lots) > LOTS_MAX:
            yield Figure(code=Code.TOO_MANY_LINES.name, field="line_id", needed=len(lots), available=LOTS_MAX)
        version = account.balance.version
        if self.version is not None and self.version != version:
            yield Figure(
                code=Code.VERSION_CONFLICT.name, company_id=self.company_id, field="expected_version",
                needed=self.version, available=version,
            )  # fmt: skip

    def numbers(self, programme: Programme, account: Account) -> Iterable[int]:
        if self.lot is not None:
            return (self.lot,)
        if self.line_id is None:
            return (number for _, number in account.open)
        lots = account.lines[self.line_id]
        return sorted(lots, key=lambda number: (expiry(programme.lots[number]), number)) if len(lots) > 1 else lots


def _has(account: Account, programme: Programme, lots: list[int] | None, said: _Said) -> bool:
    """Whether the lot that was named is the account's, and the line's if one was named."""
    text = programme.lots.get(said.lot or 0)
    if text is None:
        return False
    company_id, line_id = owner(text)
    return company_id == said.company_id and said.lot in (account.lines.get(line_id, ()) if lots is None else lots)


def act_flaws(command: Command) -> Iterator[Figure]:
    """A person's act without a reason; a command that must name its authority and does not."""
    if isinstance(command, Act) and not command.reason.strip():
        yield Figure(code=Code.REASON_MISSING.name, field="reason")
    authority = vars(command).get("authority")
    if authority is not None and not authority.strip():
        yield Figure(code=Code.AUTHORITY_MISSING.name, field="authority")


def programme_stops(programme: Programme, aim: Aim) -> Iterator[Figure]:
    """Whether the programme as a whole is barred for this."""
    if not programme.bars:
        return
    if "frozen" in programme.bars:
        yield Figure(code=Code.LEDGER_FROZEN.name, field="programme_id")
    if "closed" in programme.bars and aim in ("grant", "claim", "use"):
        yield Figure(code=Code.PROGRAMME_CLOSED.name, field="programme_id")
    if code := _stop(programme.bars.get("/"), aim):
        yield Figure(code=code.name, field="programme_id")


def account_stops(programme: Programme, company_id: str, aim: Aim) -> Iterator[Figure]:
    """Whether the account is barred for this."""
    if programme.bars and (code := _stop(programme.bars.get(f"{company_id}/"), aim)):
        yield Figure(code=code.name, company_id=company_id, field="company_id")


def _stop(bar: Bar | None, aim: Aim) -> Code | None:
    code, aims = _STOPS.get("" if bar is None else bar.state, (None, ()))
    return code if aim in aims else None


def unusable(programme: Programme, lot: Lot, at_ms: int, aim: Aim) -> Code | None:
    """Why a lot may not be used now; None if it may."""
    if lot.valid_ms > at_ms:
        return Code.NOT_YET_VALID
    if programme.bars and (code := _stop(programme.bars.get(f"{lot.company_id}/{lot.line_id}"), aim)):
        return code
    if lot.expires_ms <= at_ms or lot.end == "expired":
        return Code.LOT_EXPIRED
    if lot.end == "revoked":
        return Code.LOT_REVOKED
    return None if lot.accepted else Code.CONDITIONS_NOT_ACCEPTED


@dataclass(frozen=True, slots=True)
class Choice:
    """Lots and how much of each; what they lack, and why other lots were passed over."""

    parts: tuple[tuple[Lot, int], ...]
    short: int
    reasons: frozenset[Code]


def choose(found: Ground, moves: Moves, at_ms: int | None, aim: Aim) -> Choice:
    """Free units of the lots that may be used, in order. With no time every free unit will do."""
    left = found.units
    parts: list[tuple[Lot, int]] = []
    reasons: set[Code] = set()
    for looked, number in enumerate(found.numbers):
        if left == 0:
            break
        if looked == LOTS_MAX:
            reasons.add(Code.TOO_MANY_LINES)
            break
        lot = moves.peek(number)
        code = None if at_ms is None else unusable(found.programme, lot, at_ms, aim)
        if code is not None:
            reasons.add(code)
        elif lot.free_units:
            parts.append((lot, min(left, lot.free_units)))
            left -= parts[-1][1]
    return Choice(tuple(parts), left, frozenset(reasons))


def short(found: Ground, choice: Choice, named: Code = Code.EXCEEDS_LOT) -> Figure:
    """Why the units are not there: what is wrong with the lots if none may be used, else that they are too few."""
    code = named if found.named else Code.EXCEEDS_AVAILABLE
    if choice.reasons and (not choice.parts or Code.TOO_MANY_LINES in choice.reasons):
        code = min(choice.reasons)
    return lacking(code, found, choice.short)


def lacking(code: Code, found: Ground, missing: int) -> Figure:
    """So many of the units are not there."""
    return Figure(
        code=code.name, line_id=found.line_id, company_id=found.company_id, field="units", needed=found.units,
        available=found.units - missing, shortfall=missing,
    )  # fmt: skip


def _figure(code: Code, said: _Said, field: str) -> Figure:
    return Figure(code=code.name, line_id=said.line_id, company_id=said.company_id, field=field)
