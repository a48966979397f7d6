"""Policy's workers: evaluation and batching, over the bundles it was given."""

from services.kit.lane import LaneWorker
from services.kit.owned import Surroundings
from services.kit.worker import Worker
from services.policy.domain.bundle import Bundles
from services.policy.lanes import batching_lane, evaluation_lane


def workers(around: Surroundings, bundles: Bundles) -> tuple[Worker, ...]:
    """What a process of this service runs."""
    return LaneWorker(evaluation_lane(bundles), around), LaneWorker(batching_lane(bundles), around)
