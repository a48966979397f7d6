"""Intake's two lanes: each message on the left, the pure function that answers it on the right.

lane `intake`: intake-commands -> applications
  register-company    decide._register   company-registered | command-repeated | command-refused
  confirm-group       decide._confirm    group-confirmed | ...
  submit-application  decide._submit     application-submitted | ...
causes
  company-registered     -> register-recipient, notify (company-registered)
  group-confirmed        -> record-group
  application-submitted  -> evaluate, notify (application-received)

lane `operating`: operator-commands -> operator-acts
  record-act          operating._acted   operator-acted | act-repeated | act-refused
  issue-token         operating._acted   operator-acted and token-issued | ...
  revoke-token        operating._acted   operator-acted and token-revoked | ...
causes
  operator-acted         -> the command its payload holds (`domain/acts.py`), for the verbs that have one
"""

from collections.abc import Mapping

from schemas.base import Command, Fact, derived_id
from schemas.catalogue import APPLICATIONS, INTAKE_COMMANDS, OPERATOR_ACTS, OPERATOR_COMMANDS
from schemas.intake import ApplicationSubmitted, CompanyRegistered, GroupConfirmed, OperatorActed
from schemas.notification import Notify, Parameter, RegisterRecipient, Template
from schemas.policy import Evaluate, RecordGroup
from services.intake.domain import acts, operating, state
from services.intake.domain.decide import decide
from services.intake.domain.evolve import evolve
from services.kit.contract import Lane


def intake_lane() -> Lane[state.IntakeState]:
    """Companies and applications, by company."""
    return Lane(
        name="intake",
        service="intake",
        inbox=INTAKE_COMMANDS,
        journal=APPLICATIONS,
        initial=state.initial,
        decide=decide,
        evolve=evolve,
        react=react,
        rows=state.rows,
        all_rows=state.all_rows,
        restore=state.restore,
    )


def operating_lane() -> Lane[operating.OperatingState]:
    """Operators' acts and tokens, in one order."""
    return Lane(
        name="operating",
        service="intake",
        inbox=OPERATOR_COMMANDS,
        journal=OPERATOR_ACTS,
        initial=operating.initial,
        decide=operating.decide,
        evolve=operating.evolve,
        react=react_to_act,
        rows=operating.rows,
        all_rows=operating.all_rows,
        restore=operating.restore,
    )


def react(fact: Fact) -> tuple[Command, ...]:
    """What a fact of `applications` causes."""
    match fact:
        case CompanyRegistered():
            return _recipient(fact), _registered(fact)
        case GroupConfirmed():
            return (_group(fact),)
        case ApplicationSubmitted():
            return _evaluate(fact), _received(fact)
    return ()


def react_to_act(fact: Fact) -> tuple[Command, ...]:
    """What a fact of `operator-acts` causes."""
    if isinstance(fact, OperatorActed) and fact.verb in acts.CAUSED:
        return (acts.caused(fact.command_id, fact.verb, fact.actor, fact.reason, fact.payload),)
    return ()


def _recipient(fact: CompanyRegistered) -> RegisterRecipient:
    return RegisterRecipient(
        command_id=derived_id(fact.command_id, "register-recipient"),
        recipient_id=fact.company_id,
        language=fact.profile.language,
    )


def _group(fact: GroupConfirmed) -> RecordGroup:
    return RecordGroup(
        command_id=derived_id(fact.command_id, "record-group"),
        company_id=fact.company_id,
        group_id=fact.group_id,
        confirmed=fact.confirmed,
    )


def _evaluate(fact: ApplicationSubmitted) -> Evaluate:
    return Evaluate(
        command_id=derived_id(fact.command_id, "evaluate"),
        company_id=fact.company_id,
        application=fact.application,
        profile=fact.profile,
        submitted_at=fact.at,
    )


def _notify(
    fact: CompanyRegistered | ApplicationSubmitted, template: Template, told: Mapping[str, str], about: str | None
) -> Notify:
    return Notify(
        command_id=derived_id(fact.command_id, "notify"),
        recipient_id=fact.company_id,
        template=template,
        parameters=tuple(Parameter(name=name, value=value) for name, value in told.items()),
        application_id=about,
    )


def _registered(fact: CompanyRegistered) -> Notify:
    return _notify(fact, "company-registered", {"company_id": fact.company_id}, None)


def _received(fact: ApplicationSubmitted) -> Notify:
    application = fact.application
    told = {"application_id": application.application_id, "programme_id": application.programme_id}
    return _notify(fact, "application-received", told, application.application_id)
