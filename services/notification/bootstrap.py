"""Notification's workers: its lane, and the webhook's sender where one is configured."""

from dataclasses import replace

from prometheus_client import Counter

from schemas.base import Command, Fact
from schemas.notification import RecordDelivery
from services.kit.contract import Recorded, Sender
from services.kit.lane import LaneWorker
from services.kit.owned import Surroundings
from services.kit.sender import SenderWorker
from services.kit.worker import Worker
from services.notification.adapters.templates import load_templates
from services.notification.adapters.webhook import WebhookOptions, webhook_sender
from services.notification.lanes import notification_lane


def workers(around: Surroundings, webhook: WebhookOptions | None) -> tuple[Worker, ...]:
    """What a process of this service runs."""
    lane = LaneWorker(notification_lane(load_templates()), around)
    return (
        (lane,)
        if webhook is None
        else (lane, SenderWorker(_counted(webhook_sender(webhook), around.metrics.notices), around))
    )


def _counted(sender: Sender, notices: Counter) -> Sender:
    """The same sender; its outcomes are counted."""

    async def send(fact: Fact, where: Recorded) -> Command:
        command = await sender.send(fact, where)
        delivered = isinstance(command, RecordDelivery) and command.delivered
        notices.labels("delivered" if delivered else "failed").inc()
        return command

    return replace(sender, send=send)
