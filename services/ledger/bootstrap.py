"""The ledger's workers: its one lane."""

from services.kit.lane import LaneWorker
from services.kit.owned import Surroundings
from services.kit.worker import Worker
from services.ledger.lanes import ledger_lane


def workers(around: Surroundings) -> tuple[Worker, ...]:
    """What a process of this service runs."""
    return (LaneWorker(ledger_lane(around.release), around),)
