"""Notification's workers: its lane, and the webhook's sender where one is configured."""

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
    return (lane,) if webhook is None else (lane, SenderWorker(webhook_sender(webhook), around))
