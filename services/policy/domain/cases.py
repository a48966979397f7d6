"""State of the evaluation lane: what is needed to decide about the next application of a company, nothing else.

Per company: the officer's word on its group, units approved per programme (they count against the cap until
they are set aside), cases that wait for people, and approved applications that still wait for the ledger. Closed
ones leave the state.
"""

import json
from bisect import insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from pydantic import TypeAdapter

from schemas.base import Fact
from schemas.casework import ApplicationReturned, ApplicationWithdrawn, CaseOpened, CaseWorkFact
from schemas.policy import (
    ApplicationApproved,
    ApplicationRefused,
    ApplicationSetAside,
    ApprovedLine,
    AuthorisationIssued,
    AuthorisedLine,
    CaseCommandRefused,
    CaseCommandRepeated,
    CaseFact,
    GroupRecorded,
)
from services.policy.domain.casework import Case, opened
from services.policy.domain.ids import DONE, Ids, restore_ids

_LINES = TypeAdapter(tuple[ApprovedLine, ...])
Rows = dict[str, dict[str, str | None]]
Ended = ApplicationApproved | ApplicationRefused | ApplicationReturned | ApplicationWithdrawn
"""Facts with which a case leaves the officers' hands."""


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
    cases: dict[str, Case] = field(default_factory=dict)


class Alarm(NamedTuple):
    """When time next does something in a case by itself."""

    at: datetime
    company_id: str
    application_id: str


@dataclass(slots=True)
class Cases:
    """The state of one shard. `alarms` of its cases, earliest first."""

    shard: int
    companies: dict[str, Company] = field(default_factory=dict)
    ids: Ids = field(default_factory=Ids)
    alarms: list[Alarm] = field(default_factory=list)

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
        case CaseOpened():
            _keep_case(state, fact.company_id, fact.application_id, opened(fact))
        case CaseWorkFact():
            case = _kept(state, fact.company_id).cases[fact.application_id]
            _keep_case(state, fact.company_id, fact.application_id, case.after(fact))
        case ApplicationApproved():
            _keep_case(state, fact.company_id, fact.application_id, None)
            _approve(_kept(state, fact.company_id), fact)
        case ApplicationRefused() | ApplicationReturned() | ApplicationWithdrawn():
            _keep_case(state, fact.company_id, fact.application_id, None)
        case AuthorisationIssued():
            _settle(_kept(state, fact.company_id), fact.application_id, fact.lines)
        case ApplicationSetAside():
            company = _kept(state, fact.company_id)
            company.approved[fact.programme_id] -= sum(line.units for line in fact.lines)
            _settle(company, fact.application_id, fact.lines)
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
    if isinstance(fact, CaseWorkFact | Ended):
        row = changed.setdefault(_key(fact.company_id), {})
        case = state.company(fact.company_id).cases.get(fact.application_id)
        row[f"case:{fact.application_id}"] = case.model_dump_json() if case else None
    return changed


def all_rows(state: Cases) -> Rows:
    """The whole state as rows."""
    made = state.ids.all_rows()
    for company_id, company in state.companies.items():
        row = _group_row(company)
        row |= {f"approved:{programme_id}": str(units) for programme_id, units in company.approved.items()}
        row |= {f"application:{known}": _awaiting_text(awaiting) for known, awaiting in company.awaiting.items()}
        row |= {f"case:{known}": case.model_dump_json() for known, case in company.cases.items()}
        if row:
            made[_key(company_id)] = row
    return made


def restore(shard: int, kept: Mapping[str, Mapping[str, str]]) -> Cases:
    """The state from its rows."""
    state = Cases(shard, ids=restore_ids(kept))
    for key, fields in kept.items():
        if key.startswith("company:"):
            state.companies[key.removeprefix("company:")] = _company(fields)
    for company_id, company in state.companies.items():
        for case in company.cases.values():
            _set_alarm(state, company_id, None, case)
    return state


def _kept(state: Cases, company_id: str) -> Company:
    return state.companies.setdefault(company_id, Company())


def _keep_case(state: Cases, company_id: str, application_id: str, case: Case | None) -> None:
    """The case as it is now, with its alarm; None: it has ended, or never was one."""
    known = state.company(company_id).cases.get(application_id)
    _set_alarm(state, company_id, known, case)
    if case is not None:
        _kept(state, company_id).cases[application_id] = case
    elif known is not None:
        del state.companies[company_id].cases[application_id]
        if state.companies[company_id] == Company():
            del state.companies[company_id]


def _set_alarm(state: Cases, company_id: str, before: Case | None, after: Case | None) -> None:
    if before is not None and before.due_at is not None:
        state.alarms.remove(Alarm(before.due_at, company_id, before.application_id))
    if after is not None and after.due_at is not None:
        insort(state.alarms, Alarm(after.due_at, company_id, after.application_id))


def _approve(company: Company, fact: ApplicationApproved) -> None:
    units = sum(line.units for line in fact.lines)
    company.approved[fact.programme_id] = company.approved.get(fact.programme_id, 0) + units
    company.awaiting[fact.application_id] = Awaiting(fact.programme_id, fact.currency, fact.unit, fact.lines)


def _settle(company: Company, application_id: str, done: Sequence[ApprovedLine | AuthorisedLine]) -> None:
    """Take what is authorised or set aside off the lines that wait; the application leaves with its last unit."""
    awaiting, known = company.awaiting[application_id], {line.line_id: line for line in done}
    left = tuple([rest for line in awaiting.lines if (rest := _rest(line, known.get(line.line_id))) is not None])
    if left:
        company.awaiting[application_id] = Awaiting(awaiting.programme_id, awaiting.currency, awaiting.unit, left)
    else:
        del company.awaiting[application_id]


def _rest(line: ApprovedLine, done: ApprovedLine | AuthorisedLine | None) -> ApprovedLine | None:
    if done is None:
        return line
    units, value = line.units - done.units, line.value - done.value
    return line.model_copy(update={"units": units, "value": value}) if units else None


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
        elif kind == "case":
            company.cases[rest] = Case.model_validate_json(text)
        else:
            programme_id, currency, unit, lines = json.loads(text)
            company.awaiting[rest] = Awaiting(programme_id, currency, unit, _LINES.validate_json(lines))
    return company
