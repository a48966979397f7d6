"""State of the evaluation lane: what is needed to decide about the next application of a company, nothing else.

Per company: the officer's word on its group, units approved per programme (they count against the cap until
they are set aside), and approved applications that still wait for the ledger. Closed ones leave the state.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from pydantic import TypeAdapter

from schemas.base import Fact
from schemas.policy import (
    ApplicationApproved,
    ApplicationSetAside,
    ApprovedLine,
    AuthorisationIssued,
    CaseCommandRefused,
    CaseCommandRepeated,
    CaseFact,
    GroupRecorded,
)
from services.policy.domain.ids import DONE, Ids, restore_ids

_LINES = TypeAdapter(tuple[ApprovedLine, ...])
Rows = dict[str, dict[str, str | None]]


class Group(NamedTuple):
    """The officer's last word on a claim to a group."""

    group_id: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Awaiting:
    """An approved application: its lines that are neither authorised nor set aside yet."""

    programme_id: str
    currency: str
    unit: str
    lines: tuple[ApprovedLine, ...]


@dataclass(slots=True)
class Company:
    """What the lane keeps of one company. `approved` holds base units by programme."""

    group: Group | None = None
    approved: dict[str, int] = field(default_factory=dict)
    awaiting: dict[str, Awaiting] = field(default_factory=dict)


@dataclass(slots=True)
class Cases:
    """The state of one shard."""

    shard: int
    companies: dict[str, Company] = field(default_factory=dict)
    ids: Ids = field(default_factory=Ids)

    def company(self, company_id: str) -> Company:
        """What is kept of a company; an empty one if nothing is."""
        return self.companies.get(company_id) or Company()


def evolve(state: Cases, fact: Fact) -> Cases:
    """The state after a fact."""
    assert isinstance(fact, CaseFact)
    if isinstance(fact, CaseCommandRepeated):
        return state
    outcome = fact.code if isinstance(fact, CaseCommandRefused) else DONE
    state.ids.remember(fact.command_id, fact.command_sha256, fact.at, outcome)
    match fact:
        case GroupRecorded():
            _kept(state, fact.company_id).group = Group(fact.group_id, fact.confirmed)
        case ApplicationApproved():
            _approve(_kept(state, fact.company_id), fact)
        case AuthorisationIssued():
            _settle(_kept(state, fact.company_id), fact.application_id, {line.line_id for line in fact.lines})
        case ApplicationSetAside():
            company = _kept(state, fact.company_id)
            company.approved[fact.programme_id] -= sum(line.units for line in fact.lines)
            _settle(company, fact.application_id, {line.line_id for line in fact.lines})
        case _:
            pass
    return state


def rows(state: Cases, fact: Fact) -> Rows:
    """Rows a fact changed."""
    assert isinstance(fact, CaseFact)
    changed = state.ids.rows(fact.command_id)
    match fact:
        case GroupRecorded():
            changed[_key(fact.company_id)] = _group_row(state.company(fact.company_id))
        case ApplicationApproved() | AuthorisationIssued() | ApplicationSetAside():
            company = state.company(fact.company_id)
            awaiting = company.awaiting.get(fact.application_id)
            changed[_key(fact.company_id)] = {
                f"approved:{fact.programme_id}": str(company.approved[fact.programme_id]),
                f"application:{fact.application_id}": _awaiting_text(awaiting) if awaiting else None,
            }
        case _:
            pass
    return changed


def all_rows(state: Cases) -> Rows:
    """The whole state as rows."""
    made = state.ids.all_rows()
    for company_id, company in state.companies.items():
        row = _group_row(company)
        row |= {f"approved:{programme_id}": str(units) for programme_id, units in company.approved.items()}
        row |= {f"application:{known}": _awaiting_text(awaiting) for known, awaiting in company.awaiting.items()}
        made[_key(company_id)] = row
    return made


def restore(shard: int, kept: Mapping[str, Mapping[str, str]]) -> Cases:
    """The state from its rows."""
    state = Cases(shard, ids=restore_ids(kept))
    for key, fields in kept.items():
        if key.startswith("company:"):
            state.companies[key.removeprefix("company:")] = _company(fields)
    return state


def _kept(state: Cases, company_id: str) -> Company:
    return state.companies.setdefault(company_id, Company())


def _approve(company: Company, fact: ApplicationApproved) -> None:
    units = sum(line.units for line in fact.lines)
    company.approved[fact.programme_id] = company.approved.get(fact.programme_id, 0) + units
    company.awaiting[fact.application_id] = Awaiting(fact.programme_id, fact.currency, fact.unit, fact.lines)


def _settle(company: Company, application_id: str, line_ids: set[str]) -> None:
    awaiting = company.awaiting[application_id]
    left = tuple([line for line in awaiting.lines if line.line_id not in line_ids])
    if left:
        company.awaiting[application_id] = Awaiting(awaiting.programme_id, awaiting.currency, awaiting.unit, left)
    else:
        del company.awaiting[application_id]


def _key(company_id: str) -> str:
    return f"company:{company_id}"


def _group_row(company: Company) -> dict[str, str | None]:
    return {"group": json.dumps(company.group)} if company.group else {}


def _awaiting_text(awaiting: Awaiting) -> str:
    lines = _LINES.dump_json(awaiting.lines).decode()
    return json.dumps([awaiting.programme_id, awaiting.currency, awaiting.unit, lines])


def _company(fields: Mapping[str, str]) -> Company:
    company = Company()
    for name, text in fields.items():
        kind, _, rest = name.partition(":")
        if kind == "group":
            company.group = Group(*json.loads(text))
        elif kind == "approved":
            company.approved[rest] = int(text)
        else:
            programme_id, currency, unit, lines = json.loads(text)
            company.awaiting[rest] = Awaiting(programme_id, currency, unit, _LINES.validate_json(lines))
    return company
