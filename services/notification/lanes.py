"""The notification lane: `notice-commands` -> `notices`, by recipient.

    RegisterRecipient -> RecipientRegistered                  domain/decide.py
    Notify            -> NoticeQueued, in its language        domain/notices.py
    RecordDelivery    -> NoticeDelivered | NoticeFailed       domain/decide.py
    any of them again -> NoticeCommandRepeated | NoticeCommandRefused

A notice's id is the id of the `Notify` that asked for it. Nothing reacts: the sender (`adapters/webhook.py`) reads
`NoticeQueued` from the journal and reports with `RecordDelivery`. With no sender, notices stay queued.
"""

from functools import partial

from schemas.base import Command, Fact
from schemas.catalogue import NOTICE_COMMANDS, NOTICES
from services.kit.contract import Lane
from services.notification.domain.decide import decide
from services.notification.domain.evolve import evolve
from services.notification.domain.notices import Templates
from services.notification.domain.state import NoticesState, all_rows, initial, restore, rows


def causes_nothing(_: Fact) -> tuple[Command, ...]:
    """`react` of a lane whose facts cause no command."""
    return ()


def notification_lane(templates: Templates) -> Lane[NoticesState]:
    """The lane that writes notices with these templates."""
    return Lane(
        name="notices",
        service="notification",
        inbox=NOTICE_COMMANDS,
        journal=NOTICES,
        initial=initial,
        decide=partial(decide, templates),
        evolve=evolve,
        react=causes_nothing,
        rows=rows,
        all_rows=all_rows,
        restore=restore,
    )
