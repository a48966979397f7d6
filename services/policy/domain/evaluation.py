"""Decides about a company's case: its application, its group, what became of its approved lines."""

import hashlib
from datetime import datetime
from typing import TypedDict

from schemas.base import Command, Fact, Received, derived_id
from schemas.findings import EvaluatedLine, Facts, Finding
from schemas.policy import (
    ApplicationApproved,
    ApplicationApprovedInPart,
    ApplicationEvaluated,
    ApplicationReferred,
    ApplicationRefused,
    ApplicationSetAside,
    ApprovedLine,
    AuthorisationIssued,
    AuthorisedLine,
    CaseCommandRefused,
    CaseCommandRepeated,
    Evaluate,
    GroupRecorded,
    OutcomeLine,
    RecordGroup,
    RecordOutcome,
)
from services.policy.domain.bundle import Bundle, Bundles
from services.policy.domain.cases import Awaiting, Cases, Company
from services.policy.domain.facts import InvalidFacts, freeze
from services.policy.domain.findings import LEDGER, system_finding
from services.policy.domain.ids import content_sha256
from services.policy.domain.kernel import KERNEL_VERSION, Evaluation, evaluate

CaseCommand = Evaluate | RecordGroup | RecordOutcome


class Cause(TypedDict):
    """What every fact says of the command that caused it."""

    command_id: str
    at: datetime
    command_sha256: str
    company_id: str


class About(Cause):
    """The same, of an application."""

    application_id: str
    programme_id: str


class Approval(About):
    """What every approval says."""

    currency: str
    unit: str
    requested_units: int
    group_id: str | None
    lines: tuple[ApprovedLine, ...]


def decide(bundles: Bundles, state: Cases, command: Command, received: Received) -> tuple[Fact, ...]:
    """Facts of one case command.

    Refusals: COMMAND_ID_REUSED (other content under a known id), APPLICATION_PENDING (it already waits for the
    ledger), APPLICATION_NOT_FOUND and LINE_NOT_FOUND (an outcome for what does not wait).
    """
    assert isinstance(command, CaseCommand)
    sha256 = content_sha256(_as_sent(command))
    cause = Cause(command_id=command.command_id, at=received.at, command_sha256=sha256, company_id=command.company_id)
    answer, outcome = state.ids.judge(command.command_id, sha256, received.at)
    if answer == "repeat":
        return (CaseCommandRepeated(**cause, outcome=outcome),)
    if answer == "reuse":
        return (CaseCommandRefused(**cause, code="COMMAND_ID_REUSED"),)
    company = state.company(command.company_id)
    match command:
        case Evaluate():
            return _evaluate(bundles, company, command, cause)
        case RecordGroup():
            # Applications already evaluated stay as they are: the company applies again, or an officer decides.
            return (GroupRecorded(**cause, group_id=command.group_id, confirmed=command.confirmed),)
        case RecordOutcome():
            return _record_outcome(company, command, cause)


def _as_sent(command: CaseCommand) -> CaseCommand:
    """The command without what was gathered for it: another list is no other wish."""
    if isinstance(command, Evaluate) and command.screening is not None:
        return command.model_copy(update={"screening": None})
    return command


def _evaluate(bundles: Bundles, company: Company, command: Evaluate, cause: Cause) -> tuple[Fact, ...]:
    """What the policy found, and what follows from it."""
    application = command.application
    if application.application_id in company.awaiting:
        return (CaseCommandRefused(**cause, code="APPLICATION_PENDING"),)
    approved = company.approved.get(application.programme_id, 0)
    facts = freeze(command, approved, _group_confirmed(company, command))
    bundle = bundles.of(application.programme_id, command.submitted_at)
    found = evaluate(facts, bundle)
    about = About(**cause, application_id=application.application_id, programme_id=application.programme_id)
    return (_evaluated(about, facts, found, bundle), _consequence(about, facts, found, bundle))


def _group_confirmed(company: Company, command: Evaluate) -> bool:
    """The officer's word heard here stands above the copy in the application, which may be older."""
    if company.group is not None and company.group.group_id == command.profile.group_id:
        return company.group.confirmed
    return command.profile.group_confirmed


def _evaluated(about: About, facts: Facts | InvalidFacts, found: Evaluation, bundle: Bundle | None) -> Fact:
    valid = None if isinstance(facts, InvalidFacts) else facts
    digest = hashlib.sha256(valid.model_dump_json().encode()).hexdigest() if valid else about["command_sha256"]
    return ApplicationEvaluated(
        **about,
        evaluation_id=derived_id(about["command_id"], "evaluation"),
        bundle_id=bundle.policy.id if bundle else None,
        bundle_version=bundle.policy.version if bundle else None,
        bundle_digest=bundle.digest if bundle else None,
        kernel=KERNEL_VERSION,
        facts=valid,
        facts_digest=digest,
        outcome=found.outcome,
        lines=found.lines,
        findings=found.findings,
    )


def _consequence(about: About, facts: Facts | InvalidFacts, found: Evaluation, bundle: Bundle | None) -> Fact:
    if found.outcome == "ineligible":
        return ApplicationRefused(**about, findings=found.deciding)
    if found.outcome == "refer" or bundle is None or isinstance(facts, InvalidFacts):
        return ApplicationReferred(**about, findings=found.deciding)
    if not bundle.policy.approve_eligible:
        return ApplicationReferred(**about, findings=(system_finding("OFFICER_DECIDES", "refer"),))
    return _approved(about, facts, found, bundle)


def _approved(about: About, facts: Facts, found: Evaluation, bundle: Bundle) -> Fact:
    """Approval of the lines that got units; a line that got none is explained by the finding that limited it."""
    approval = Approval(
        **about,
        currency=bundle.policy.currency,
        unit=bundle.policy.unit,
        requested_units=sum(line.requested_units or 0 for line in found.lines),
        group_id=facts.group_id,
        lines=tuple([_approved_line(line) for line in found.lines if line.recommended_units]),
    )
    if found.outcome == "eligible":
        return ApplicationApproved(**approval)
    return ApplicationApprovedInPart(**approval, findings=found.deciding)


def _approved_line(line: EvaluatedLine) -> ApprovedLine:
    return ApprovedLine(
        line_id=line.line_id,
        item=line.item,
        use=line.use,
        units=line.recommended_units,
        value=line.recommended_value,
    )


def _record_outcome(company: Company, command: RecordOutcome, cause: Cause) -> tuple[Fact, ...]:
    """An authorisation for the lines the ledger posted; the others are set aside and free the cap."""
    awaiting = company.awaiting.get(command.application_id)
    if awaiting is None or awaiting.programme_id != command.programme_id:
        return (CaseCommandRefused(**cause, code="APPLICATION_NOT_FOUND"),)
    known = {line.line_id: line for line in awaiting.lines}
    told = [line.line_id for line in command.lines]
    if len(set(told)) != len(told) or not set(told) <= known.keys():
        return (CaseCommandRefused(**cause, code="LINE_NOT_FOUND"),)
    about = About(**cause, application_id=command.application_id, programme_id=command.programme_id)
    posted = tuple([known[line.line_id] for line in command.lines if line.posted])
    aside = tuple([line for line in command.lines if not line.posted])
    facts = (_authorised(about, command, awaiting, posted),) if posted else ()
    if not aside:
        return facts
    return (*facts, _set_aside(about, command, aside, tuple([known[line.line_id] for line in aside])))


def _authorised(about: About, command: RecordOutcome, awaiting: Awaiting, lines: tuple[ApprovedLine, ...]) -> Fact:
    return AuthorisationIssued(
        **about,
        authorisation_id=f"auth-{derived_id(command.application_id, command.batch_id, str(command.attempt))}",
        batch_id=command.batch_id,
        attempt=command.attempt,
        ledger_seq=command.ledger_seq,
        currency=awaiting.currency,
        unit=awaiting.unit,
        lines=tuple([AuthorisedLine(**dict(line)) for line in lines]),
    )


def _set_aside(
    about: About, command: RecordOutcome, outcomes: tuple[OutcomeLine, ...], lines: tuple[ApprovedLine, ...]
) -> Fact:
    return ApplicationSetAside(
        **about,
        batch_id=command.batch_id,
        attempt=command.attempt,
        lines=lines,
        findings=tuple([outcome.finding or _unexplained(outcome) for outcome in outcomes]),
    )


def _unexplained(outcome: OutcomeLine) -> Finding:
    """A line set aside without a finding is still explained to its applicant, as far as it is known."""
    figures: dict[str, int | str] = {"ledger_code": "-", "cap_id": "-", "needed": outcome.units, "available": 0}
    return system_finding("LEDGER_REFUSED", "reject", outcome.line_id, LEDGER, **figures)
