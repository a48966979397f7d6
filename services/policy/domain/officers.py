"""What officers do in a case: propose a decision, countersign it, send it back.

Four eyes are enforced here, on the lane's own state: the proposal's author is the person of the fact that proposed
it, the countersigner the person of this command, both named by their tokens; the signature is for one hash.
"""

from collections.abc import Sequence

from schemas.base import Fact
from schemas.casework import (
    ApplicationReturned,
    CountersignDecision,
    DecisionCountersigned,
    DecisionProposed,
    DecisionReturned,
    ProposeDecision,
    ReturnDecision,
)
from schemas.decisions import CaseCode, CaseLine, DecisionLine, SignedDecision
from schemas.policy import (
    ApplicationApproved,
    ApplicationApprovedInPart,
    ApplicationRefused,
    ApprovedLine,
)
from schemas.values import UNITS_MAX
from services.policy.domain.cases import Company
from services.policy.domain.casework import Case, Proposal
from services.policy.domain.causes import About, Approval, Cause, refused
from services.policy.domain.people import People
from services.policy.domain.reasons import Fault, explained, reasons_fault


def propose(case: Case, command: ProposeDecision, cause: Cause, people: People) -> tuple[Fact, ...]:
    """The proposal, or the first reason why it may not be made."""
    fault = _fault(case, command, people)
    if fault is not None:
        return refused(cause, *fault)
    lines = _lines(case, command)
    value = sum(line.authorised_value for line in lines)
    signed = SignedDecision(
        application_id=case.application_id,
        programme_id=case.programme_id,
        company_id=cause["company_id"],
        version=case.version + 1,
        outcome=command.outcome,
        lines=lines,
        reasons=command.reasons,
        proposed_by=command.actor.person_id,
    )
    return (
        DecisionProposed(
            **case.work(cause),
            actor=command.actor,
            reason=command.reason,
            outcome=command.outcome,
            lines=lines,
            reasons=command.reasons,
            authorised_units=sum(line.authorised_units for line in lines),
            authorised_value=value,
            grade_needed=people.grade_for(value),
            decision_sha256=signed.sha256,
        ),
    )


def countersign(company: Company, case: Case, command: CountersignDecision, cause: Cause) -> tuple[Fact, ...]:
    """The signature and what follows from it, or why this person may not give it."""
    proposal = case.proposal
    if proposal is None:
        return refused(cause, CaseCode.NO_PROPOSAL)
    if proposal.decision_sha256 != command.decision_sha256:
        return refused(cause, CaseCode.HASH_STALE, "/decision_sha256")
    if proposal.person_id == command.actor.person_id:
        return refused(cause, CaseCode.SAME_PERSON)
    if command.actor.grade < proposal.grade_needed:
        return refused(cause, CaseCode.GRADE_INSUFFICIENT)
    signed = DecisionCountersigned(
        **case.work(cause, edited=False),
        actor=command.actor,
        reason=command.reason,
        outcome=proposal.outcome,
        proposed_by=proposal.person_id,
        decision_sha256=proposal.decision_sha256,
    )
    return signed, _effect(company, case, proposal, cause)


def send_back(case: Case, command: ReturnDecision, cause: Cause) -> tuple[Fact, ...]:
    """The proposal no longer stands; its author, too, may take it back."""
    if case.proposal is None:
        return refused(cause, CaseCode.NO_PROPOSAL)
    if case.proposal.decision_sha256 != command.decision_sha256:
        return refused(cause, CaseCode.HASH_STALE, "/decision_sha256")
    return (
        DecisionReturned(
            **case.work(cause),
            actor=command.actor,
            reason=command.reason,
            proposed_by=case.proposal.person_id,
            decision_sha256=command.decision_sha256,
        ),
    )


def _fault(case: Case, command: ProposeDecision, people: People) -> Fault | None:
    """The first reason, in the order of CaseCode, to refuse the proposal."""
    if command.version != case.version:
        return CaseCode.VERSION_STALE, "/version"
    if case.flags:
        return CaseCode.CASE_FLAGGED, ""
    if case.request is not None:
        return CaseCode.INFORMATION_OPEN, ""
    if command.outcome == "refuse" and people.intent_before_refusal and not case.heard:
        return CaseCode.INTENT_NEEDED, "/outcome"
    approves = command.outcome in ("approve", "approve-in-part")
    return (_lines_fault(case, command) if approves else _no_lines_fault(command)) or _reasons_fault(case, command)


def _lines_fault(case: Case, command: ProposeDecision) -> Fault | None:
    if case.currency is None or not case.lines or _too_large(case.lines):
        return CaseCode.NOT_MEASURED, "/outcome"
    known = {line.line_id: line for line in case.lines}
    if sorted(line.line_id for line in command.lines) != sorted(known):
        return CaseCode.LINES_DIFFER, "/lines"
    for index, line in enumerate(command.lines):
        asked, pointer = known[line.line_id], f"/lines/{index}/authorised_units"
        if line.authorised_units > (asked.requested_units or 0):
            return CaseCode.UNITS_ABOVE_REQUEST, pointer
        if line.authorised_units % asked.step_units:
            return CaseCode.UNITS_NOT_WHOLE, pointer
    whole = all(line.authorised_units == known[line.line_id].requested_units for line in command.lines)
    some = any(line.authorised_units for line in command.lines)
    return None if some and whole == (command.outcome == "approve") else (CaseCode.OUTCOME_DIFFERS, "/outcome")


def _too_large(lines: Sequence[CaseLine]) -> bool:
    """Whether the request is beyond what is counted; a line that cannot be converted is too."""
    if any(line.requested_units is None for line in lines):
        return True
    asked = [(line.requested_units or 0, line) for line in lines]
    units = sum(units for units, _ in asked)
    value = sum(units // line.step_units * line.step_value for units, line in asked)
    return units > UNITS_MAX or value > UNITS_MAX


def _no_lines_fault(command: ProposeDecision) -> Fault | None:
    return (CaseCode.OUTCOME_DIFFERS, "/lines") if command.lines else None


def _reasons_fault(case: Case, command: ProposeDecision) -> Fault | None:
    if not command.reasons and command.outcome != "approve":
        return CaseCode.REASON_MISSING, "/reasons"
    return reasons_fault(case, command.reasons)


def _lines(case: Case, command: ProposeDecision) -> tuple[DecisionLine, ...]:
    """Every line of the case; a decision that authorises nothing says 0."""
    given = {line.line_id: line.authorised_units for line in command.lines}
    return tuple([_line(line, given.get(line.line_id, 0)) for line in case.lines])


def _line(line: CaseLine, units: int) -> DecisionLine:
    return DecisionLine(
        line_id=line.line_id,
        requested_units=line.requested_units or 0,
        recommended_units=line.recommended_units,
        authorised_units=units,
        authorised_value=units // line.step_units * line.step_value,
    )


def _effect(company: Company, case: Case, proposal: Proposal, cause: Cause) -> Fact:
    """What the signed decision says to everybody else: the same facts as an automatic one."""
    about = case.about(cause)
    match proposal.outcome:
        case "approve":
            return ApplicationApproved(**_approval(company, case, proposal, about))
        case "approve-in-part":
            findings = explained(proposal.reasons, case.rules, "limit")
            return ApplicationApprovedInPart(**_approval(company, case, proposal, about), findings=findings)
        case "refuse":
            return ApplicationRefused(**about, findings=explained(proposal.reasons, case.rules, "reject"))
        case _:
            return ApplicationReturned(**about, findings=explained(proposal.reasons, case.rules, "reject"))


def _approval(company: Company, case: Case, proposal: Proposal, about: About) -> Approval:
    assert case.currency is not None
    assert case.unit is not None
    known = {line.line_id: line for line in case.lines}
    return Approval(
        **about,
        currency=case.currency,
        unit=case.unit,
        requested_units=sum(line.requested_units for line in proposal.lines),
        group_id=_group(company, case),
        applied_at=case.submitted_at,
        lines=tuple([_approved(known[line.line_id], line) for line in proposal.lines if line.authorised_units]),
    )


def _approved(line: CaseLine, decided: DecisionLine) -> ApprovedLine:
    return ApprovedLine(
        line_id=line.line_id,
        item=line.item,
        use=line.use,
        units=decided.authorised_units,
        value=decided.authorised_value,
        step_units=line.step_units,
    )


def _group(company: Company, case: Case) -> str | None:
    """The group whose cap the units count against: an officer's last word stands above the case's copy."""
    confirmed = case.group_confirmed
    if company.group is not None and company.group.group_id == case.group_id:
        confirmed = company.group.confirmed
    return case.group_id if confirmed else None
