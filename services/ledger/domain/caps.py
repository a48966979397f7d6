"""Caps: created and changed; never below what is used, above what they stand under, below what stands under them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from schemas.entries import CapUse, Figure
from schemas.ledger import PROGRAMME_CAP, DefineCap, company_cap
from services.ledger.domain.balances import cap_after
from services.ledger.domain.codes import Code
from services.ledger.domain.crossings import cap_crossing
from services.ledger.domain.entries import Decision, refused
from services.ledger.domain.ground import programme_stops
from services.ledger.domain.state import Ledger, Programme
from services.ledger.domain.tree import cap_of, children, is_total, limits, new_cap


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a command asks for: the cap's place in the tree."""

    scope: str
    parent_id: str | None
    company_id: str | None
    known: CapUse | None
    whole: bool
    """Whether it is the programme's, a group's or a company's: those that count all units."""


def define_cap(state: Ledger, command: DefineCap, at: datetime) -> Decision:
    """Set a cap. The use it has so far stays."""
    if not command.reason.strip():
        return refused(Figure(code=Code.REASON_MISSING.name, field="reason"))
    programme = state.programmes.get(command.programme_id)
    if programme is None:
        return refused(Figure(code=Code.PROGRAMME_NOT_FOUND.name, field="programme_id"))
    figures = [*programme_stops(programme, "grant"), *_untyped(programme, command)]
    wanted = _place(programme, command)
    if isinstance(wanted, Figure):
        return refused(*figures, wanted)
    cap = _cap(programme, command, wanted)
    moved = _members(programme, command, cap) if wanted.scope.startswith("group:") else ()
    if isinstance(moved, Figure):
        return refused(*figures, moved)
    under = [each for each in moved if each.parent_id == cap.cap_id]
    for child in under:
        before = programme.caps.get(child.cap_id)
        if before is None or before.parent_id != cap.cap_id:
            cap = cap_after(cap, child.used_units, child.used_value, child.used_tpp)
    for child in moved:
        if child.parent_id != cap.cap_id:
            cap = cap_after(cap, -child.used_units, -child.used_value, -child.used_tpp)
    figures += (*_above_parent(programme, cap), *_below(programme, cap, under))
    if figures:
        return refused(*figures)
    crossing = cap_crossing(wanted.known, cap)
    crossings = () if crossing is None or wanted.known is None else (crossing,)
    return Decision(Code.APPLIED, caps=(cap, *moved), crossings=crossings)


def _place(programme: Programme, command: DefineCap) -> _Wanted | Figure:
    """Where the cap stands, or why it cannot: ids, scopes and parents stay as they were first."""
    company_id = command.company_id
    scope = command.scope or (PROGRAMME_CAP if company_id is None else company_cap(company_id))
    parent_id = command.parent_id
    kind, _, name = scope.partition(":")
    if scope == PROGRAMME_CAP:
        return _same(programme, command, _Wanted(scope, None, None, programme.total, whole=True))
    if kind == "company" and company_id in (None, name):
        known = programme.caps.get(programme.company_caps.get(name, ""))
        above = PROGRAMME_CAP if known is None else known.parent_id
        if parent_id is None or parent_id == above:
            return _same(programme, command, _Wanted(scope, above, name, known, whole=True))
    if kind == "group" and parent_id in (None, PROGRAMME_CAP) and company_id is None:
        known = programme.caps.get(command.cap_id)
        return _same(programme, command, _Wanted(scope, PROGRAMME_CAP, None, known, whole=True))
    parent = programme.caps.get(parent_id or PROGRAMME_CAP)
    if parent is None or kind == "group":
        return _conflict(command, parent_id or command.cap_id, "parent_id")
    owner = parent.company_id or (name if kind == "company" else None)
    if company_id not in (None, owner):
        return _conflict(command, command.cap_id, "company_id")
    known = programme.caps.get(programme.parts.get(parent.cap_id, {}).get(scope, ""))
    return _same(programme, command, _Wanted(scope, parent.cap_id, owner, known, whole=False))


def _same(programme: Programme, command: DefineCap, wanted: _Wanted) -> _Wanted | Figure:
    """The place, if the cap there is called so, and no other cap is or would be by default."""
    if wanted.known is not None:
        name = wanted.known.cap_id
        if (name, wanted.known.scope) == (command.cap_id, wanted.scope):
            return wanted
        return _conflict(command, name, "cap_id")
    default = company_cap(wanted.company_id or "")
    if wanted.whole and wanted.company_id is not None and command.cap_id == default:
        return wanted
    if command.cap_id in programme.caps or command.cap_id.startswith(company_cap("")):
        return _conflict(command, default if wanted.whole and wanted.company_id else command.cap_id, "cap_id")
    return wanted


def _cap(programme: Programme, command: DefineCap, wanted: _Wanted) -> CapUse:
    volumes = command.volume_units, command.volume_value, command.volume_tpp
    if wanted.known is None:
        since = None if wanted.whole else programme.lots_made
        return new_cap(command.cap_id, wanted.scope, wanted.parent_id, volumes, wanted.company_id, since)
    changes = dict(zip(("volume_units", "volume_value", "volume_tpp"), volumes, strict=True))
    return wanted.known.model_copy(update=changes)


def _members(programme: Programme, command: DefineCap, group: CapUse) -> tuple[CapUse, ...] | Figure:
    """The caps of companies that join the group or leave it, as they stand afterwards.

    A group with caps under it that count parts keeps its members: whose lots they count would change in their middle.
    """
    known = {cap.company_id: cap for cap in children(programme, group.cap_id) if cap.since is None}
    moved = [cap.model_copy(update={"parent_id": PROGRAMME_CAP}) for company_id, cap in known.items()
             if company_id not in command.members]  # fmt: skip
    for company_id in dict.fromkeys(command.members):
        cap = cap_of(programme, company_id, group)
        if cap.parent_id not in (PROGRAMME_CAP, group.cap_id):
            return _conflict(command, cap.cap_id, "members")
        if company_id not in known:
            moved.append(cap.model_copy(update={"parent_id": group.cap_id}))
    if moved and programme.parts.get(group.cap_id):
        return _conflict(command, group.cap_id, "members")
    return tuple(moved)


def _untyped(programme: Programme, command: DefineCap) -> Iterator[Figure]:
    """A limit in TPP where a product class has none declared; an item that is not the programme's."""
    if command.volume_tpp is not None and None in programme.tpp.values():
        yield Figure(code=Code.UNIT_MISMATCH.name, cap_id=command.cap_id, field="volume_tpp")
    kind, _, name = (command.scope or "").partition(":")
    if kind == "item" and name not in programme.tpp:
        yield Figure(code=Code.UNIT_MISMATCH.name, cap_id=command.cap_id, field="scope")
    if command.members and kind != "group":
        yield Figure(code=Code.VERSION_CONFLICT.name, cap_id=command.cap_id, field="members")


def _above_parent(programme: Programme, cap: CapUse) -> Iterator[Figure]:
    """Limits that exceed those of the caps above: a limit its parent does not have is the next one's."""
    if cap.parent_id is None:
        return
    for index, (field, volume, _) in enumerate(limits(cap)):
        parent = _limiting(programme, cap.parent_id, index)
        above = None if parent is None else limits(parent)[index][1]
        if parent is not None and volume is not None and above is not None and volume > above:
            code = Code.EXCEEDS_PROGRAMME if is_total(parent) else Code.EXCEEDS_CAP
            yield _figure(code, cap, field, volume, above)


def _limiting(programme: Programme, cap_id: str | None, index: int) -> CapUse | None:
    """The nearest cap, upwards, with such a limit."""
    while cap_id is not None:
        cap = programme.caps[cap_id]
        if limits(cap)[index][1] is not None:
            return cap
        cap_id = cap.parent_id
    return None


def _below(programme: Programme, cap: CapUse, joining: Iterable[CapUse]) -> Iterator[Figure]:
    """Limits below what is used, or below the largest limit under them."""
    for index, (field, volume, used) in enumerate(limits(cap)):
        if volume is None:
            continue
        if volume < used:
            yield _figure(Code.BELOW_USED, cap, field, used, volume)
        if (largest := _largest(programme, cap.cap_id, index, joining)) and largest[0] > volume:
            yield _figure(Code.BELOW_USED, largest[1], field, largest[0], volume)


def _largest(programme: Programme, cap_id: str, index: int, joining: Iterable[CapUse]) -> tuple[int, CapUse] | None:
    """The largest limit under a cap; of equal ones the last by id. Looks at every cap: a rare command."""
    given: list[tuple[int, CapUse]] = []
    above, more = [cap_id], list(joining)
    for parent_id in above:  # grows while it is walked
        for cap in (*children(programme, parent_id), *(more if parent_id == cap_id else ())):
            volume = limits(cap)[index][1]
            if volume is None:
                above.append(cap.cap_id)
            else:
                given.append((volume, cap))
    return max(given, key=lambda limit: (limit[0], limit[1].cap_id), default=None)


def _conflict(command: DefineCap, cap_id: str, field: str) -> Figure:
    return Figure(code=Code.VERSION_CONFLICT.name, cap_id=cap_id, field=field)


def _figure(code: Code, cap: CapUse, field: str, needed: int, available: int) -> Figure:
    return Figure(
        code=code.name,
        company_id=cap.company_id,
        cap_id=cap.cap_id,
        field=field,
        needed=needed,
        available=available,
        shortfall=needed - available,
    )
