"""What an entry causes elsewhere: policy learns of caps and of its batches, a company of units taken back."""

from schemas.base import Command, derived_id, maker
from schemas.entries import CapUse, EntryRecorded, Figure
from schemas.ledger import PROGRAMME_CAP
from schemas.notification import Notify, Parameter
from schemas.policy import CapLevel, FailingLine, RecordEntry
from services.ledger.domain.codes import REPEATS, SUCCESS

_cap_level = maker(CapLevel)


def react(entry: EntryRecorded) -> tuple[Command, ...]:
    """Commands for policy and notification; none for a draw, a repeat, or a refusal that is not a batch's."""
    applied = entry.code in SUCCESS
    caps = tuple([_level(cap) for cap in entry.caps if _concerns_policy(cap)])
    if entry.code in REPEATS or not (caps if applied else entry.batch_id):
        return ()
    if applied and entry.command == "revoke":
        return _record(entry, applied, caps), _notify(entry)
    return (_record(entry, applied, caps),)


def _record(entry: EntryRecorded, applied: bool, caps: tuple[CapLevel, ...]) -> RecordEntry:
    return RecordEntry(
        command_id=derived_id(entry.command_id, "record-entry"),
        programme_id=entry.programme_id,
        seq=entry.seq,
        code=entry.code,
        applied=applied,
        batch_id=entry.batch_id,
        attempt=entry.attempt,
        failing=tuple(_failing(figure, figure.line_id) for figure in entry.figures if figure.line_id is not None),
        caps=caps,
    )


def _failing(figure: Figure, line_id: str) -> FailingLine:
    """A line wrong in itself has no figures: nothing was needed, nothing looked at."""
    return FailingLine(
        line_id=line_id,
        code=figure.code,
        cap_id=figure.cap_id,
        needed=figure.needed or 0,
        available=figure.available or 0,
    )


def _level(cap: CapUse) -> CapLevel:
    """Six of its fields in their order; a batch has a thousand of them."""
    return _cap_level(
        {"cap_id": cap.cap_id, "company_id": cap.company_id, "volume_units": cap.volume_units,
         "used_units": cap.used_units, "volume_value": cap.volume_value, "used_value": cap.used_value}
    )  # fmt: skip


def _concerns_policy(cap: CapUse) -> bool:
    """Policy plans with the caps that count all units of a programme and of a company."""
    return cap.since is None and (cap.company_id is not None or cap.cap_id == PROGRAMME_CAP)


def _notify(entry: EntryRecorded) -> Notify:
    balance = entry.balances[0]
    figures = {
        "programme_id": entry.programme_id,
        "units": str(sum([posting.units for posting in entry.postings])),
        "available_units": str(balance.available_units),
        "unit": entry.unit or "",
        "authority": entry.authority or "",
        "reason": entry.reason or "",
    }
    return Notify(
        command_id=derived_id(entry.command_id, "notify"),
        recipient_id=balance.company_id,
        template="units-revoked",
        parameters=tuple(Parameter(name=name, value=value) for name, value in figures.items()),
    )
