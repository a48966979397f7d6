"""Programmes and caps: what is defined once, and what may be changed but never below its use."""

from collections.abc import Iterator

from schemas.ledger import PROGRAMME_CAP, DefineCap, DefineProgramme, Figure, ProgrammeTerms, company_cap
from services.ledger.domain.balances import cap_after
from services.ledger.domain.codes import Code
from services.ledger.domain.entries import Decision, refused
from services.ledger.domain.state import Cap, Ledger, Programme


def define_programme(state: Ledger, command: DefineProgramme) -> Decision:
    """Open a programme with its own cap, unused."""
    figures = list(_ill_defined(command))
    known = state.programmes.get(command.programme_id)
    terms = ProgrammeTerms(
        name=command.name,
        item=command.item,
        unit=command.unit,
        coefficients=command.coefficients,
        currency=command.currency,
        company_units=command.company_units,
    )
    if known is not None:
        figures.append(Figure(code=Code.VERSION_CONFLICT.name, field=_first_difference(known.terms, terms)))
    if figures:
        return refused(*figures)
    cap = Cap(PROGRAMME_CAP, None, command.volume_units, command.volume_value)
    return Decision(Code.APPLIED, terms=terms, caps=(cap_after(cap),))


def _ill_defined(command: DefineProgramme) -> Iterator[Figure]:
    units = [coefficient.unit for coefficient in command.coefficients]
    if len({command.unit, *units}) != 1 + len(units):
        yield Figure(code=Code.UNIT_MISMATCH.name, field="coefficients")
    if not command.reason.strip():
        yield Figure(code=Code.REASON_MISSING.name, field="reason")


def _first_difference(known: ProgrammeTerms, wanted: ProgrammeTerms) -> str:
    """The first term that differs; the programme's id where none does."""
    differing = (name for name in ProgrammeTerms.model_fields if getattr(known, name) != getattr(wanted, name))
    return next(differing, "programme_id")


def define_cap(state: Ledger, command: DefineCap) -> Decision:
    """Set the programme's cap or a company's. The use it has so far stays."""
    if not command.reason.strip():
        return refused(Figure(code=Code.REASON_MISSING.name, field="reason"))
    programme = state.programmes.get(command.programme_id)
    if programme is None:
        return refused(Figure(code=Code.PROGRAMME_NOT_FOUND.name, field="programme_id"))
    known = programme.total if command.company_id is None else programme.company_caps.get(command.company_id)
    name = _name(programme, command, known)
    if name != command.cap_id:
        return refused(Figure(code=Code.VERSION_CONFLICT.name, cap_id=name, field="cap_id"))
    cap = Cap(command.cap_id, command.company_id, command.volume_units, command.volume_value)
    if known is not None:
        cap.used_units, cap.used_value = known.used_units, known.used_value
    figures = (*_above_parent(programme, cap), *_below_use(programme, cap))
    return refused(*figures) if figures else Decision(Code.APPLIED, caps=(cap_after(cap),))


def _name(programme: Programme, command: DefineCap, known: Cap | None) -> str:
    """The id the cap must have: the one it has; else any that no other cap has or would have by default."""
    if known is not None:
        return known.cap_id
    company_id = command.company_id or ""
    taken = command.cap_id in programme.caps or command.cap_id.startswith(company_cap(""))
    return company_cap(company_id) if taken else command.cap_id


def _limits(cap: Cap) -> tuple[tuple[str, int | None, int], ...]:
    return ("units", cap.volume_units, cap.used_units), ("value", cap.volume_value, cap.used_value)


def _above_parent(programme: Programme, cap: Cap) -> Iterator[Figure]:
    """Limits of a company's cap that exceed the programme's."""
    if cap.company_id is None:
        return
    for (field, volume, _), (_, parent, _) in zip(_limits(cap), _limits(programme.total), strict=True):
        if volume is not None and parent is not None and volume > parent:
            yield _figure(Code.EXCEEDS_PROGRAMME, cap, field, volume, parent)


def _below_use(programme: Programme, cap: Cap) -> Iterator[Figure]:
    """Limits below what is used, or below the largest limit under them."""
    for index, (field, volume, used) in enumerate(_limits(cap)):
        if volume is None:
            continue
        if volume < used:
            yield _figure(Code.BELOW_USED, cap, field, used, volume)
        if cap.company_id is None and (largest := _largest(programme, index)) and largest[0] > volume:
            yield _figure(Code.BELOW_USED, largest[1], field, largest[0], volume)


def _largest(programme: Programme, index: int) -> tuple[int, Cap] | None:
    """The largest limit of a company's cap; of equal ones the last by id. Looks at every cap: a rare command."""
    limits = ((_limits(cap)[index][1], cap) for cap in programme.caps.values() if cap.company_id is not None)
    given = [(volume, cap) for volume, cap in limits if volume is not None]
    return max(given, key=lambda limit: (limit[0], limit[1].cap_id), default=None)


def _figure(code: Code, cap: Cap, field: str, needed: int, available: int) -> Figure:
    return Figure(
        code=code.name,
        company_id=cap.company_id,
        cap_id=cap.cap_id,
        field=field,
        needed=needed,
        available=available,
        shortfall=needed - available,
    )
