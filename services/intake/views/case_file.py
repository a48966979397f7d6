"""Reads the rows of the view `cases` back: what the facts, in whatever order they came, say together."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime

from pydantic import TypeAdapter

from schemas.casework import InformationRequested, IntentIssued
from schemas.findings import EvaluatedLine, Finding
from schemas.intake import Profile, UseLine
from schemas.policy import AuthorisationIssued
from services.intake.views.answers import (
    CaseAuthorisation,
    CaseFile,
    CaseLine,
    CaseState,
    CompanyFile,
    TimelineStep,
)
from services.intake.views.casework import INSIDE, stage_of
from services.intake.views.timeline import Step, steps

_FINDINGS = TypeAdapter(tuple[Finding, ...])
_USE_LINES = TypeAdapter(tuple[UseLine, ...])
_EVALUATED = TypeAdapter(tuple[EvaluatedLine, ...])
_LATEST_FIRST: tuple[CaseState, ...] = (
    "set-aside", "refused", "returned", "withdrawn", "approved", "approved-in-part"
)  # fmt: skip

Row = Mapping[str, str]


def case_file(application_id: str, row: Row, inside: bool = False) -> CaseFile | None:
    """The case file; None while the row holds nothing but notices.

    `inside`: as officers read it, with what is proposed and by whom; else as its company does.
    """
    if "company_id" not in row:
        return None
    submitted_at = row.get("submitted_at")
    issued = _issued(row)
    return CaseFile(
        application_id=application_id,
        company_id=row["company_id"],
        programme_id=row.get("programme_id"),
        state=_state(row, bool(issued), inside),
        **_refusal(row),
        submitted_at=datetime.fromisoformat(submitted_at) if submitted_at else None,
        currency=row.get("currency"),
        outcome=row.get("outcome"),
        lines=tuple(_lines(row, issued)),
        authorisations=tuple(_authorisation(one) for one in issued),
        findings=_findings(row),
        timeline=_timeline(row, inside),
    )


def company_file(company_id: str, row: Row) -> CompanyFile | None:
    """The company; None while it is not registered."""
    if "profile" not in row:
        return None
    profile = Profile.model_validate_json(row["profile"])
    group = json.loads(row.get("group", "{}"))
    if group and group["group_id"] == profile.group_id:
        profile = profile.model_copy(update={"group_confirmed": group["confirmed"]})
    registered_at = datetime.fromisoformat(row["registered_at"])
    return CompanyFile(company_id=company_id, registered_at=registered_at, profile=profile)


def _state(row: Row, issued: bool, inside: bool) -> CaseState:
    if issued:
        return "authorised"
    for state in _LATEST_FIRST:
        if state in row:
            return state
    stage = stage_of(row)
    if stage is not None:
        return "referred" if stage == "proposed" and not inside else stage
    if "outcome" in row:
        return "referred" if "referred" in row else "evaluated"
    return "not-accepted" if "not_accepted" in row and "submitted_at" not in row else "submitted"


def _refusal(row: Row) -> dict[str, str]:
    refusal: dict[str, str] = json.loads(row.get("not_accepted", "{}"))
    return refusal


def _issued(row: Row) -> tuple[AuthorisationIssued, ...]:
    found = [AuthorisationIssued.model_validate_json(row[name]) for name in row if name.startswith("authorised:")]
    return tuple(sorted(found, key=lambda one: (one.ledger_seq, one.authorisation_id)))


def _authorisation(issued: AuthorisationIssued) -> CaseAuthorisation:
    return CaseAuthorisation(
        authorisation_id=issued.authorisation_id,
        batch_id=issued.batch_id,
        attempt=issued.attempt,
        ledger_seq=issued.ledger_seq,
        currency=issued.currency,
        unit=issued.unit,
    )


def _lines(row: Row, issued: tuple[AuthorisationIssued, ...]) -> Iterator[CaseLine]:
    evaluated = {line.line_id: line for line in _EVALUATED.validate_json(row.get("recommended", "[]"))}
    for line in _USE_LINES.validate_json(row.get("requested", "[]")):
        known = evaluated.get(line.line_id)
        granted = [one for authorisation in issued for one in authorisation.lines if one.line_id == line.line_id]
        yield CaseLine(
            line_id=line.line_id,
            use=line.use,
            item=line.item,
            unit=line.unit,
            requested_units=line.units,
            requested_value=line.units * line.unit_value,
            requested_base_units=known.requested_units if known else None,
            recommended_units=known.recommended_units if known else None,
            recommended_value=known.recommended_value if known else None,
            authorised_units=sum(one.units for one in granted) if granted else None,
            authorised_value=sum(one.value for one in granted) if granted else None,
        )


def _findings(row: Row) -> tuple[Finding, ...]:
    """Every finding once, in the order of the facts that brought them."""
    found: dict[str, Finding] = {}
    for name in sorted(name for name in row if name.startswith("findings:")):
        for finding in _FINDINGS.validate_json(row[name]):
            found.setdefault(finding.model_dump_json(), finding)
    return tuple(found.values())


def _timeline(row: Row, inside: bool) -> tuple[TimelineStep, ...]:
    return tuple(
        TimelineStep(
            id=step.id,
            type=step.type,
            at=step.at,
            caused_by=step.caused_by,
            event=step.event,
            command_id=step.command_id,
            correlation_id=step.correlation_id,
            figures=_figures(step, inside),
        )
        for step in steps(row, hidden=frozenset() if inside else INSIDE)
    )


def _figures(step: Step, inside: bool) -> dict[str, str | int]:
    """A company reads the names of its own people, never an officer's."""
    ask = step.type in (InformationRequested.type, IntentIssued.type)
    return {name: value for name, value in step.figures.items() if inside or not (ask and name == "person_id")}
