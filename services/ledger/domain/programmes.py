"""Programmes: what is defined once."""

from collections.abc import Iterator
from datetime import datetime

from schemas.entries import Figure, ProgrammeTerms
from schemas.ledger import PROGRAMME_CAP, DefineProgramme
from services.ledger.domain.codes import Code
from services.ledger.domain.entries import Decision, refused
from services.ledger.domain.state import Ledger
from services.ledger.domain.tree import new_cap


def define_programme(state: Ledger, command: DefineProgramme, at: datetime) -> Decision:
    """Open a programme with its own cap, unused."""
    figures = list(_ill_defined(command))
    known = state.programmes.get(command.programme_id)
    terms = ProgrammeTerms(
        name=command.name,
        item=command.item,
        tpp_per_unit=command.tpp_per_unit,
        product_classes=command.product_classes,
        unit=command.unit,
        coefficients=command.coefficients,
        currency=command.currency,
        company_units=command.company_units,
    )
    if known is not None:
        figures.append(Figure(code=Code.VERSION_CONFLICT.name, field=_first_difference(known.terms, terms)))
    if figures:
        return refused(*figures)
    volumes = command.volume_units, command.volume_value, command.volume_tpp
    return Decision(Code.APPLIED, terms=terms, caps=(new_cap(PROGRAMME_CAP, PROGRAMME_CAP, None, volumes),))


def _ill_defined(command: DefineProgramme) -> Iterator[Figure]:
    units = [coefficient.unit for coefficient in command.coefficients]
    if len({command.unit, *units}) != 1 + len(units):
        yield Figure(code=Code.UNIT_MISMATCH.name, field="coefficients")
    items = [each.item for each in command.product_classes]
    if len({command.item, *items}) != 1 + len(items):
        yield Figure(code=Code.UNIT_MISMATCH.name, field="product_classes")
    undeclared = [each.item for each in command.product_classes if each.tpp_per_unit is None]
    if command.volume_tpp is not None and (command.tpp_per_unit is None or undeclared):
        yield Figure(code=Code.UNIT_MISMATCH.name, field="volume_tpp")
    if not command.reason.strip():
        yield Figure(code=Code.REASON_MISSING.name, field="reason")


def _first_difference(known: ProgrammeTerms, wanted: ProgrammeTerms) -> str:
    """The first term that differs; the programme's id where none does."""
    differing = (name for name in ProgrammeTerms.model_fields if getattr(known, name) != getattr(wanted, name))
    return next(differing, "programme_id")
