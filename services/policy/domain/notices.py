"""What a fact of a case causes: approved lines join a batch, and the applicant hears each result once.

Evaluated is not told by itself: the referral, refusal or approval that follows it in the same step is.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from schemas.base import Command, Fact, derived_id
from schemas.casework import (
    ApplicationReturned,
    ApplicationWithdrawn,
    InformationReminded,
    InformationRequested,
    IntentIssued,
)
from schemas.findings import Finding, Texts
from schemas.notification import Notify, Parameter, Template
from schemas.policy import (
    AddLines,
    ApplicationApproved,
    ApplicationApprovedInPart,
    ApplicationReferred,
    ApplicationRefused,
    ApplicationSetAside,
    ApprovedLine,
    AuthorisationIssued,
    AuthorisedLine,
    BatchLine,
)

Told = (
    ApplicationReferred
    | ApplicationRefused
    | ApplicationApproved
    | ApplicationSetAside
    | ApplicationReturned
    | ApplicationWithdrawn
    | AuthorisationIssued
    | InformationRequested
    | InformationReminded
    | IntentIssued
)
"""Facts that the applicant hears of."""


def react(fact: Fact) -> tuple[Command, ...]:
    """Commands for the batching lane and for notification."""
    match fact:
        case ApplicationReferred():
            return (_notify(fact, "application-referred", {}, fact.findings),)
        case ApplicationRefused():
            return (_notify(fact, "application-refused", {}, fact.findings),)
        case ApplicationApprovedInPart():
            return (_add_lines(fact), _notify(fact, "application-approved-in-part", _approved(fact), fact.findings))
        case ApplicationApproved():
            return (_add_lines(fact), _notify(fact, "application-approved", _approved(fact)))
        case AuthorisationIssued():
            return (_notify(fact, "authorisation-issued", _authorised(fact)),)
        case ApplicationSetAside():
            return (_notify(fact, "application-set-aside", {"batch_id": fact.batch_id}, fact.findings),)
        case ApplicationReturned():
            return (_notify(fact, "application-returned", {}, fact.findings),)
        case ApplicationWithdrawn():
            return (_notify(fact, "application-withdrawn", {}),)
        case InformationRequested():
            return (_asked(fact, "information-requested"),)
        case IntentIssued():
            return (_notify(fact, "intent-to-refuse", _by(fact.due_at), fact.findings),)
        case InformationReminded():
            return (_asked(fact, "information-reminded"),)
        case _:
            return ()


def _asked(fact: InformationRequested | InformationReminded, template: Template) -> Notify:
    """The questions as the officer wrote them, whatever the language of the notice."""
    asked = _notify(fact, template, _by(fact.due_at))
    return asked.model_copy(update={"reasons": tuple([Texts(zh=each, en=each) for each in fact.questions])})


def _by(due_at: datetime) -> dict[str, str]:
    return {"due_at": f"{due_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"}


def _add_lines(fact: ApplicationApproved) -> AddLines:
    return AddLines(
        command_id=derived_id(fact.command_id, "add-lines"),
        programme_id=fact.programme_id,
        currency=fact.currency,
        unit=fact.unit,
        group_id=fact.group_id,
        lines=tuple(
            [
                BatchLine(
                    **dict(line),
                    application_id=fact.application_id,
                    company_id=fact.company_id,
                    applied_at=fact.applied_at,
                )
                for line in fact.lines
            ]
        ),
    )


def _approved(fact: ApplicationApproved) -> dict[str, str]:
    return _amount(fact.lines, fact.unit, fact.currency)


def _authorised(fact: AuthorisationIssued) -> dict[str, str]:
    return {
        "authorisation_id": fact.authorisation_id,
        "batch_id": fact.batch_id,
        "ledger_seq": str(fact.ledger_seq),
        **_amount(fact.lines, fact.unit, fact.currency),
    }


def _amount(lines: Iterable[ApprovedLine | AuthorisedLine], unit: str, currency: str) -> dict[str, str]:
    known = list(lines)
    return {
        "units": str(sum(line.units for line in known)),
        "unit": unit,
        "value": str(sum(line.value for line in known)),
        "currency": currency,
    }


def _notify(
    fact: Told,
    template: Template,
    figures: dict[str, str],
    findings: tuple[Finding, ...] = (),
) -> Notify:
    named = {"application_id": fact.application_id, "programme_id": fact.programme_id, **figures}
    return Notify(
        command_id=derived_id(fact.command_id, "notify", fact.type),
        recipient_id=fact.company_id,
        application_id=fact.application_id,
        template=template,
        parameters=tuple([Parameter(name=name, value=value) for name, value in named.items()]),
        reasons=tuple(dict.fromkeys(text for finding in findings for text in _explained(finding))),
    )


def _explained(finding: Finding) -> tuple[Texts, ...]:
    """What was found, and what would change it where the applicant can."""
    return (finding.text,) if finding.change is None else (finding.text, finding.change.text)
