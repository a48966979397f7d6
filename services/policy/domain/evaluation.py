"""Decides about a company's case: its application, its group, what became of its approved lines.

What people do in a case that waits for them is in `officers.py` and `information.py`; it is handed on from here.
"""

import hashlib
from datetime import datetime

from schemas.base import Command, Fact, Received, derived_id
from schemas.casework import (
    CaseAct,
    CaseOpened,
    CaseTick,
    ClearFlag,
    CountersignDecision,
    GiveAdvice,
    IssueIntent,
    LeaveCase,
    PartnerCommand,
    ProposeDecision,
    ProvideInformation,
    RaiseFlag,
    RequestInformation,
    ReturnDecision,
    TakeCase,
    WithdrawAdvice,
    WithdrawApplication,
)
from schemas.decisions import CaseCode, CaseLine, RuleLaw
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
    CaseCommandRepeated,
    Evaluate,
    GroupRecorded,
    OutcomeLine,
    RecordGroup,
    RecordOutcome,
)
from services.policy.domain import information, officers, standing
from services.policy.domain.bundle import Bundle, Bundles
from services.policy.domain.cases import Awaiting, Cases, Company
from services.policy.domain.casework import Case
from services.policy.domain.causes import About, Approval, Cause, refused
from services.policy.domain.deadlines import deadline
from services.policy.domain.facts import InvalidFacts, freeze
from services.policy.domain.findings import LEDGER, system_finding
from services.policy.domain.ids import content_sha256
from services.policy.domain.kernel import KERNEL_VERSION, Evaluation, evaluate
from services.policy.domain.people import USUAL, People

WorkCommand = CaseAct | PartnerCommand | CaseTick
CaseCommand = Evaluate | RecordGroup | RecordOutcome | WorkCommand

TICKS_MAX = 500
"""Cases ticked at once; the others follow with the next tick."""


def decide(bundles: Bundles, state: Cases, command: Command, received: Received) -> tuple[Fact, ...]:
    """Facts of one case command.

    A tick that finds nothing due causes none and is not remembered. Refusals: those of `schemas.decisions.CaseCode`.
    """
    assert isinstance(command, CaseCommand)
    sha256 = content_sha256(_as_sent(command))
    cause = Cause(command_id=command.command_id, at=received.at, command_sha256=sha256, company_id=command.company_id)
    answer, outcome = state.ids.judge(command.command_id, sha256, received.at)
    if answer == "repeat":
        return (CaseCommandRepeated(**cause, outcome=outcome),)
    if answer == "reuse":
        return refused(cause, CaseCode.COMMAND_ID_REUSED)
    company = state.company(command.company_id)
    match command:
        case Evaluate():
            return _evaluate(bundles, company, command, cause)
        case RecordGroup():
            # Applications already evaluated stay as they are: the company applies again, or an officer decides.
            return (GroupRecorded(**cause, group_id=command.group_id, confirmed=command.confirmed),)
        case RecordOutcome():
            return _record_outcome(company, command, cause)
        case _:
            return _work(bundles, company, command, cause)


def due(state: Cases) -> datetime | None:
    """When time next does something in a case by itself."""
    return state.alarms[0].at if state.alarms else None


def tick(state: Cases, now: datetime) -> tuple[Command, ...]:
    """One tick per case that is due, at most TICKS_MAX at once, named after what it is due for."""
    ready = [alarm for alarm in state.alarms[:TICKS_MAX] if alarm.at <= now]
    return tuple(
        CaseTick(
            command_id=derived_id("case-tick", alarm.application_id, alarm.at.isoformat()),
            company_id=alarm.company_id,
            application_id=alarm.application_id,
        )
        for alarm in ready
    )


def _work(bundles: Bundles, company: Company, command: WorkCommand, cause: Cause) -> tuple[Fact, ...]:
    """What a person or time does in a case that is open."""
    case = company.cases.get(command.application_id)
    if case is None:
        return () if isinstance(command, CaseTick) else refused(cause, CaseCode.NO_OPEN_CASE)
    match command:
        case CaseTick():
            return information.pass_time(case, cause)
        case ProvideInformation():
            return information.answer(case, command, cause)
        case WithdrawApplication():
            return information.withdraw(case, command, cause)
        case CaseAct() if command.actor.role != "officer":
            return refused(cause, CaseCode.ROLE_INSUFFICIENT)
        case TakeCase() | LeaveCase() | GiveAdvice() | WithdrawAdvice() | RaiseFlag() | ClearFlag():
            return standing.act_on(case, command, cause)
        case ProposeDecision() | RequestInformation() | IssueIntent() if case.taken_by_another(
            command.actor.person_id, cause["at"]
        ):
            return refused(cause, CaseCode.CASE_TAKEN)
        case ProposeDecision():
            return officers.propose(case, command, cause, _people(bundles, case, cause["at"]))
        case CountersignDecision():
            return officers.countersign(company, case, command, cause)
        case ReturnDecision():
            return officers.send_back(case, command, cause)
        case RequestInformation():
            return information.ask(case, command, cause)
        case IssueIntent():
            return information.intend(case, command, cause)
    raise AssertionError(type(command).__name__)


def _taken(case: Case, command: CaseAct, cause: Cause) -> bool:
    return case.taken_by_another(command.actor.person_id, cause["at"])


def _people(bundles: Bundles, case: Case, at: datetime) -> People:
    bundle = bundles.of(case.programme_id, at)
    return bundle.policy.people if bundle else USUAL


def _as_sent(command: CaseCommand) -> CaseCommand:
    """The command without what was gathered for it: another list is no other wish."""
    if isinstance(command, Evaluate) and command.screening is not None:
        return command.model_copy(update={"screening": None})
    return command


def _evaluate(bundles: Bundles, company: Company, command: Evaluate, cause: Cause) -> tuple[Fact, ...]:
    """What the policy found, and what follows from it."""
    application = command.application
    if application.application_id in company.awaiting or application.application_id in company.cases:
        return refused(cause, CaseCode.APPLICATION_PENDING)
    approved = company.approved.get(application.programme_id, 0)
    facts = freeze(command, approved, _group_confirmed(company, command))
    bundle = bundles.of(application.programme_id, command.submitted_at)
    found = evaluate(facts, bundle)
    about = About(**cause, application_id=application.application_id, programme_id=application.programme_id)
    consequence = _consequence(about, facts, found, bundle)
    told = (_evaluated(about, facts, found, bundle), consequence)
    if isinstance(consequence, ApplicationReferred):
        return (*told, _opened(about, command, facts, found, bundle, consequence.findings))
    return told


def _opened(
    about: About,
    command: Evaluate,
    facts: Facts | InvalidFacts,
    found: Evaluation,
    bundle: Bundle | None,
    why: tuple[Finding, ...],
) -> Fact:
    """The case that officers decide: in a queue for every code that referred it."""
    known = None if isinstance(facts, InvalidFacts) else facts
    level = bundle.policy.people.level if bundle else None
    steps = _steps(bundle, known)
    measured = known is not None and bundle is not None and known.currency == bundle.policy.currency
    return CaseOpened(
        **about,
        version=1,
        queues=tuple(dict.fromkeys(finding.code for finding in why)),
        currency=bundle.policy.currency if bundle and measured else None,
        unit=bundle.policy.unit if bundle and measured else None,
        group_id=known.group_id if known else None,
        group_confirmed=known.group_confirmed if known else False,
        submitted_at=command.submitted_at,
        lines=tuple([_case_line(line, steps.get(line.line_id, 1)) for line in found.lines]),
        rules=tuple({each.rule: RuleLaw(rule=each.rule, law=each.law) for each in found.findings}.values()),
        service_level=level,
        deadline_at=deadline(level, about["at"]) if level else None,
    )


def _case_line(line: EvaluatedLine, step_units: int) -> CaseLine:
    return CaseLine(
        line_id=line.line_id,
        item=line.item,
        use=line.use,
        requested_units=line.requested_units,
        recommended_units=line.recommended_units,
        step_units=step_units,
        step_value=line.unit_value,
    )


def _steps(bundle: Bundle | None, facts: Facts | None) -> dict[str, int]:
    """Base units of one unit as the application counts each line; lines of which that cannot be known are left out."""
    if bundle is None or facts is None:
        return {}
    return {line.line_id: bundle.coefficients[line.unit] for line in facts.lines if line.unit in bundle.coefficients}


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
    steps = _steps(bundle, facts)
    approval = Approval(
        **about,
        currency=bundle.policy.currency,
        unit=bundle.policy.unit,
        requested_units=sum(line.requested_units or 0 for line in found.lines),
        group_id=facts.group_id,
        applied_at=facts.submitted_at,
        lines=tuple([_approved_line(line, steps[line.line_id]) for line in found.lines if line.recommended_units]),
    )
    if found.outcome == "eligible":
        return ApplicationApproved(**approval)
    return ApplicationApprovedInPart(**approval, findings=found.deciding)


def _approved_line(line: EvaluatedLine, step_units: int) -> ApprovedLine:
    return ApprovedLine(
        line_id=line.line_id,
        item=line.item,
        use=line.use,
        units=line.recommended_units,
        value=line.recommended_value,
        step_units=step_units,
    )


def _record_outcome(company: Company, command: RecordOutcome, cause: Cause) -> tuple[Fact, ...]:
    """An authorisation for what the ledger posted; what was set aside, of a line or all of it, frees the cap."""
    awaiting = company.awaiting.get(command.application_id)
    if awaiting is None or awaiting.programme_id != command.programme_id:
        return refused(cause, CaseCode.APPLICATION_NOT_FOUND)
    known = {line.line_id: line for line in awaiting.lines}
    told = [line.line_id for line in command.lines]
    if len(set(told)) != len(told) or not set(told) <= known.keys():
        return refused(cause, CaseCode.LINE_NOT_FOUND)
    if any(line.units > known[line.line_id].units or line.value > known[line.line_id].value for line in command.lines):
        return refused(cause, CaseCode.LINE_NOT_FOUND)
    about = About(**cause, application_id=command.application_id, programme_id=command.programme_id)
    posted = tuple([_part(known[line.line_id], line) for line in command.lines if line.posted])
    aside = tuple([line for line in command.lines if not line.posted])
    facts = (_authorised(about, command, awaiting, posted),) if posted else ()
    if not aside:
        return facts
    return (*facts, _set_aside(about, command, aside, tuple([_part(known[line.line_id], line) for line in aside])))


def _part(line: ApprovedLine, outcome: OutcomeLine) -> ApprovedLine:
    """What the outcome speaks of: all of the line, or a part where units were shared out."""
    return line.model_copy(update={"units": outcome.units, "value": outcome.value})


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
