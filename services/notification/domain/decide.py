"""What a notice command causes: exactly one fact, also when it is repeated or refused."""

import hashlib
from enum import StrEnum

from schemas.base import Command, Fact, Received
from schemas.notification import (
    NoticeCommandRefused,
    NoticeCommandRepeated,
    NoticeDelivered,
    NoticeFailed,
    NoticeQueued,
    Notify,
    RecipientRegistered,
    RecordDelivery,
    RegisterRecipient,
)
from services.notification.domain.notices import Templates, compose
from services.notification.domain.state import NoticesState

NoticeCommand = RegisterRecipient | Notify | RecordDelivery

CAUSE_CHARACTERS_MAX = 200


class Refusal(StrEnum):
    """Why a notice command is refused, in the order in which it is judged."""

    ID_REUSED = "ID_REUSED"
    """The id is known, with other content."""
    NOTICE_NOT_OPEN = "NOTICE_NOT_OPEN"
    """The notice is unknown, another recipient's, or has its outcome: the first report stands."""


def sha256_of(command: Command) -> str:
    """SHA-256 of the command's canonical JSON, lower-case hex."""
    return hashlib.sha256(command.model_dump_json().encode()).hexdigest()


def decide(templates: Templates, state: NoticesState, command: Command, received: Received) -> tuple[Fact, ...]:
    """The one fact of a command. Raises TypeError for another inbox's command: the runtime hands over none."""
    if not isinstance(command, NoticeCommand):
        raise TypeError(f"{type(command).__name__} is no command of this lane")
    sha256 = sha256_of(command)
    earlier = state.ids.get(command.command_id)
    if earlier is not None and earlier.sha256 == sha256:
        return (NoticeCommandRepeated(
            command_id=command.command_id, at=received.at, recipient_id=command.recipient_id),)  # fmt: skip
    if earlier is not None:
        return (_refused(command, received, sha256, Refusal.ID_REUSED),)
    match command:
        case RegisterRecipient():
            return (_registered(command, received, sha256),)
        case Notify():
            return (_queued(templates, state, command, received, sha256),)
        case RecordDelivery():
            return (_settled(state, command, received, sha256),)


def _registered(command: RegisterRecipient, received: Received, sha256: str) -> Fact:
    return RecipientRegistered(
        command_id=command.command_id,
        at=received.at,
        command_sha256=sha256,
        recipient_id=command.recipient_id,
        language=command.language,
    )


def _queued(templates: Templates, state: NoticesState, command: Notify, received: Received, sha256: str) -> Fact:
    written = compose(templates, command, state.recipients.get(command.recipient_id))
    return NoticeQueued(
        command_id=command.command_id,
        at=received.at,
        command_sha256=sha256,
        recipient_id=command.recipient_id,
        notice_id=command.command_id,
        template=command.template,
        template_version=templates.version,
        language=written.language,
        subject=written.subject,
        text=written.text,
        cause=(received.correlation_id or command.command_id)[:CAUSE_CHARACTERS_MAX],
        application_id=command.application_id,
    )


def _settled(state: NoticesState, command: RecordDelivery, received: Received, sha256: str) -> Fact:
    notice = state.open_notices.get(command.notice_id)
    if notice is None or notice.recipient_id != command.recipient_id:
        return _refused(command, received, sha256, Refusal.NOTICE_NOT_OPEN)
    if command.delivered:
        return NoticeDelivered(
            command_id=command.command_id,
            at=received.at,
            command_sha256=sha256,
            recipient_id=command.recipient_id,
            notice_id=command.notice_id,
            attempts=command.attempts,
            application_id=notice.application_id,
        )
    return NoticeFailed(
        command_id=command.command_id,
        at=received.at,
        command_sha256=sha256,
        recipient_id=command.recipient_id,
        notice_id=command.notice_id,
        attempts=command.attempts,
        error=command.error,
        application_id=notice.application_id,
    )


def _refused(command: NoticeCommand, received: Received, sha256: str, refusal: Refusal) -> Fact:
    return NoticeCommandRefused(
        command_id=command.command_id,
        at=received.at,
        command_sha256=sha256,
        recipient_id=command.recipient_id,
        code=refusal.value,
    )
