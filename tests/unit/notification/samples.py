"""Sample commands of the notification lane. Every name is invented and illustrative."""

from datetime import UTC, datetime

from schemas.base import Command, Fact, Received
from schemas.notification import Notify, Parameter, RecordDelivery, RegisterRecipient
from schemas.values import Language
from services.notification.domain.decide import decide
from services.notification.domain.evolve import evolve
from services.notification.domain.notices import Templates
from services.notification.domain.state import NoticesState

AT = datetime(2026, 1, 28, 9, 0, tzinfo=UTC)
COMPANY = "northwind-compute"


def register(command_id: str = "register-1", language: Language = "en", recipient_id: str = COMPANY) -> Command:
    return RegisterRecipient(command_id=command_id, recipient_id=recipient_id, language=language)


def notify(command_id: str = "notice-1", application_id: str = "app-7", recipient_id: str = COMPANY) -> Command:
    return Notify(
        command_id=command_id,
        recipient_id=recipient_id,
        template="application-received",
        parameters=(Parameter(name="application_id", value=application_id),),
        application_id=application_id,
    )


def delivery(
    command_id: str = "delivery-1", notice_id: str = "notice-1", delivered: bool = True, recipient_id: str = COMPANY
) -> Command:
    return RecordDelivery(
        command_id=command_id,
        recipient_id=recipient_id,
        notice_id=notice_id,
        attempts=2,
        delivered=delivered,
        error=None if delivered else "http-503",
    )


def play(
    templates: Templates, state: NoticesState, commands: tuple[Command, ...], at: datetime = AT
) -> tuple[Fact, ...]:
    """Decide and evolve each command in turn; the facts in order."""
    facts: list[Fact] = []
    for position, command in enumerate(commands):
        for fact in decide(templates, state, command, Received(position, at, correlation_id="cause-1")):
            evolve(state, fact)
            facts.append(fact)
    return tuple(facts)
