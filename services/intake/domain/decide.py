"""The intake lane's answer to each command: exactly one fact, also for repeats and refusals."""

from typing import Literal, cast

from schemas.base import Command, Fact, Received
from schemas.intake import (
    ApplicationSubmitted,
    CommandRefused,
    CommandRepeated,
    CompanyRegistered,
    ConfirmGroup,
    GroupConfirmed,
    Profile,
    RegisterCompany,
    SubmitApplication,
)
from services.intake.domain.application import application_id_of, first_fault
from services.intake.domain.memory import Answer, content_sha256
from services.intake.domain.refusals import Refusal
from services.intake.domain.state import IntakeState

Outcome = Literal["registered", "confirmed", "submitted", "refused"]
IntakeCommand = RegisterCompany | ConfirmGroup | SubmitApplication


def decide(state: IntakeState, command: Command, received: Received) -> tuple[Fact, ...]:
    """One fact: what was accepted, what was said before, or why not."""
    match command:
        case RegisterCompany() | ConfirmGroup() | SubmitApplication():
            return (_answer(state, command, received),)
    return ()


def _answer(state: IntakeState, command: IntakeCommand, received: Received) -> Fact:
    sha256 = content_sha256(command)
    known = state.memory.known(command.command_id)
    if known is not None:
        return _again(command, sha256, known, received)
    match command:
        case RegisterCompany():
            return _register(state, command, sha256, received)
        case ConfirmGroup():
            return _confirm(state, command, sha256, received)
        case SubmitApplication():
            return _submit(state, command, sha256, received)


def _again(command: IntakeCommand, sha256: str, known: Answer, received: Received) -> Fact:
    if known.sha256 != sha256:
        return _refused(command, sha256, received, Refusal.EXISTS_DIFFERENT, "")
    return CommandRepeated(
        command_id=command.command_id,
        at=received.at,
        company_id=command.company_id,
        outcome=cast(Outcome, known.outcome),
        code=known.code,
        field=known.field,
        application_id=known.application_id,
    )


def _refused(command: IntakeCommand, sha256: str, received: Received, code: Refusal, field: str) -> CommandRefused:
    submission = isinstance(command, SubmitApplication) and code is not Refusal.EXISTS_DIFFERENT
    return CommandRefused(
        command_id=command.command_id,
        at=received.at,
        command_sha256=sha256,
        company_id=command.company_id,
        code=code.value,
        field=field,
        application_id=application_id_of(command.command_id) if submission else None,
    )


def _register(state: IntakeState, command: RegisterCompany, sha256: str, received: Received) -> Fact:
    profile = _profile(command)
    known = state.companies.get(command.company_id)
    if known is None:
        return CompanyRegistered(
            command_id=command.command_id,
            at=received.at,
            command_sha256=sha256,
            company_id=command.company_id,
            profile=profile,
            actor=command.actor,
        )
    if known.model_copy(update={"group_confirmed": False}) != profile:
        return _refused(command, sha256, received, Refusal.COMPANY_EXISTS, "/company_id")
    return CommandRepeated(
        command_id=command.command_id, at=received.at, company_id=command.company_id, outcome="registered"
    )


def _profile(command: RegisterCompany) -> Profile:
    return Profile(
        company_id=command.company_id,
        legal_name=command.legal_name,
        registry_no=command.registry_no,
        country=command.country,
        category=command.category,
        language=command.language,
        group_id=command.group_id,
    )


def _confirm(state: IntakeState, command: ConfirmGroup, sha256: str, received: Received) -> Fact:
    profile = state.companies.get(command.company_id)
    if profile is None:
        return _refused(command, sha256, received, Refusal.COMPANY_NOT_FOUND, "/company_id")
    if profile.group_id != command.group_id:
        return _refused(command, sha256, received, Refusal.GROUP_NOT_CLAIMED, "/group_id")
    return GroupConfirmed(
        command_id=command.command_id,
        at=received.at,
        command_sha256=sha256,
        company_id=command.company_id,
        group_id=command.group_id,
        confirmed=command.confirmed,
        actor=command.actor,
        reason=command.reason,
    )


def _submit(state: IntakeState, command: SubmitApplication, sha256: str, received: Received) -> Fact:
    fault = first_fault(command, received.at)
    if fault is not None:
        return _refused(command, sha256, received, *fault)
    profile = state.companies.get(command.company_id)
    if profile is None:
        return _refused(command, sha256, received, Refusal.COMPANY_NOT_FOUND, "/company_id")
    return ApplicationSubmitted(
        command_id=command.command_id,
        at=received.at,
        command_sha256=sha256,
        company_id=command.company_id,
        application=command.application,
        profile=profile,
        actor=command.actor,
    )
