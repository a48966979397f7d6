"""What officers note on a case beside its decision: who has it, what agencies advise, which flags stand."""

from datetime import timedelta

from schemas.base import Fact
from schemas.casework import (
    AdviceGiven,
    AdviceWithdrawn,
    CaseLeft,
    CaseTaken,
    ClearFlag,
    FlagCleared,
    FlagRaised,
    GiveAdvice,
    LeaveCase,
    RaiseFlag,
    TakeCase,
    WithdrawAdvice,
)
from schemas.decisions import CaseCode
from services.policy.domain.casework import Case
from services.policy.domain.causes import Cause, refused

Note = TakeCase | LeaveCase | GiveAdvice | WithdrawAdvice | RaiseFlag | ClearFlag


def act_on(case: Case, command: Note, cause: Cause) -> tuple[Fact, ...]:
    """The one fact of a note, or of its refusal. A decision stands on advice and flags: they void a proposal."""
    match command:
        case TakeCase():
            return _take(case, command, cause)
        case LeaveCase():
            return _leave(case, command, cause)
        case GiveAdvice():
            return (
                AdviceGiven(
                    **case.work(cause),
                    actor=command.actor,
                    reason=command.reason,
                    agency=command.agency,
                    opinion=command.opinion,
                    text=command.text,
                ),
            )
        case WithdrawAdvice():
            return _withdraw(case, command, cause)
        case RaiseFlag():
            return _raise(case, command, cause)
        case ClearFlag():
            return _clear(case, command, cause)


def _take(case: Case, command: TakeCase, cause: Cause) -> tuple[Fact, ...]:
    if case.taken_by_another(command.actor.person_id, cause["at"]):
        return refused(cause, CaseCode.CASE_TAKEN)
    until = cause["at"] + timedelta(seconds=command.lease_seconds)
    noted = case.work(cause, edited=False)
    return (CaseTaken(**noted, actor=command.actor, reason=command.reason, until=until),)


def _leave(case: Case, command: LeaveCase, cause: Cause) -> tuple[Fact, ...]:
    if case.lease is None or case.lease.person_id != command.actor.person_id:
        return refused(cause, CaseCode.CASE_NOT_TAKEN)
    return (CaseLeft(**case.work(cause, edited=False), actor=command.actor, reason=command.reason),)


def _withdraw(case: Case, command: WithdrawAdvice, cause: Cause) -> tuple[Fact, ...]:
    if command.agency not in case.advice:
        return refused(cause, CaseCode.NO_ADVICE, "/agency")
    return (AdviceWithdrawn(**case.work(cause), actor=command.actor, reason=command.reason, agency=command.agency),)


def _raise(case: Case, command: RaiseFlag, cause: Cause) -> tuple[Fact, ...]:
    if command.flag in dict(case.flags):
        return refused(cause, CaseCode.FLAG_STANDS, "/flag")
    return (FlagRaised(**case.work(cause), actor=command.actor, reason=command.reason, flag=command.flag),)


def _clear(case: Case, command: ClearFlag, cause: Cause) -> tuple[Fact, ...]:
    """Another person clears a flag: else one officer could set aside what he noted himself."""
    raised_by = dict(case.flags).get(command.flag)
    if raised_by is None:
        return refused(cause, CaseCode.NO_FLAG, "/flag")
    if raised_by == command.actor.person_id:
        return refused(cause, CaseCode.SAME_PERSON)
    return (FlagCleared(**case.work(cause), actor=command.actor, reason=command.reason, flag=command.flag),)
