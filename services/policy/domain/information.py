"""What passes between officers and the company in a case: requests for information, answers, withdrawal, lapse."""

from datetime import datetime, timedelta

from schemas.base import Fact, derived_id
from schemas.casework import (
    ApplicationReturned,
    ApplicationWithdrawn,
    CaseEscalated,
    InformationProvided,
    InformationReminded,
    InformationRequested,
    IntentClosed,
    IntentIssued,
    IssueIntent,
    ProvideInformation,
    RequestInformation,
    RequestLapsed,
    WithdrawApplication,
)
from schemas.decisions import CaseCode, DecisionReason, Reason
from services.policy.domain.casework import Case, Request
from services.policy.domain.causes import Cause, refused
from services.policy.domain.deadlines import Pause, deadline
from services.policy.domain.reasons import explained, reasons_fault

ANSWER_DAYS_MAX = 366


def ask(case: Case, command: RequestInformation, cause: Cause) -> tuple[Fact, ...]:
    """The request. It voids a proposal: what was proposed did not know the answer."""
    if case.request is not None:
        return refused(cause, CaseCode.INFORMATION_OPEN)
    if not cause["at"] < command.due_at <= cause["at"] + timedelta(days=ANSWER_DAYS_MAX):
        return refused(cause, CaseCode.DUE_INVALID, "/due_at")
    return (
        InformationRequested(
            **case.work(cause),
            actor=command.actor,
            reason=command.reason,
            request_id=derived_id(cause["command_id"], "request"),
            questions=command.questions,
            due_at=command.due_at,
        ),
    )


def intend(case: Case, command: IssueIntent, cause: Cause) -> tuple[Fact, ...]:
    """The intent to refuse, with its reasons; the company may reply until the window ends."""
    if case.request is not None:
        return refused(cause, CaseCode.INFORMATION_OPEN)
    if not cause["at"] < command.due_at <= cause["at"] + timedelta(days=ANSWER_DAYS_MAX):
        return refused(cause, CaseCode.DUE_INVALID, "/due_at")
    fault = reasons_fault(case, command.reasons)
    if fault is not None:
        return refused(cause, *fault)
    return (
        IntentIssued(
            **case.work(cause),
            actor=command.actor,
            reason=command.reason,
            request_id=derived_id(cause["command_id"], "intent"),
            reasons=command.reasons,
            due_at=command.due_at,
            findings=explained(command.reasons, case.rules, "reject"),
        ),
    )


def answer(case: Case, command: ProvideInformation, cause: Cause) -> tuple[Fact, ...]:
    """The company's answer; one that comes after the due date counts as long as the request has not lapsed."""
    if case.request is None:
        return refused(cause, CaseCode.NO_INFORMATION_OPEN)
    return (
        InformationProvided(
            **case.work(cause),
            actor=command.actor,
            request_id=case.request.request_id,
            answers=command.answers,
            documents=command.documents,
            deadline_at=_deadline(case, case.request, cause["at"]),
        ),
    )


def _deadline(case: Case, request: Request, answered_at: datetime) -> datetime | None:
    """The deadline as it moves with the time for which the company was asked."""
    if case.service_level is None:
        return None
    pauses = [Pause(*known) for known in case.pauses]
    return deadline(case.service_level, case.opened_at, [*pauses, Pause(request.asked_at, answered_at)])


def withdraw(case: Case, command: WithdrawApplication, cause: Cause) -> tuple[Fact, ...]:
    """The application ends as its company wishes."""
    about = case.about(cause)
    return (ApplicationWithdrawn(**about, actor=command.actor, reason=command.reason),)


def pass_time(case: Case, cause: Cause) -> tuple[Fact, ...]:
    """What the time that has passed does: a reminder, a lapse and with it the end, an escalation. Or no fact."""
    request = case.request
    if case.due_at is None or cause["at"] < case.due_at:
        return ()
    if request is None:
        assert case.deadline_at is not None
        return (CaseEscalated(**case.work(cause, edited=False), deadline_at=case.deadline_at),)
    if request.intent:
        moved = _deadline(case, request, cause["at"])
        closed = IntentClosed(
            **case.work(cause), request_id=request.request_id, due_at=request.due_at, deadline_at=moved
        )
        return (closed,)
    if cause["at"] < request.due_at:
        return (
            InformationReminded(
                **case.work(cause, edited=False),
                request_id=request.request_id,
                questions=request.questions,
                due_at=request.due_at,
            ),
        )
    lapsed = RequestLapsed(**case.work(cause, edited=False), request_id=request.request_id, due_at=request.due_at)
    about = case.about(cause)
    missing = explained((DecisionReason(code=Reason.INFORMATION_MISSING),), case.rules, "reject")
    return lapsed, ApplicationReturned(**about, findings=missing)
