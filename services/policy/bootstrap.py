"""Policy's workers: evaluation and batching, over the bundles it was given; in a Faust host also its statistics."""

from schemas.catalogue import DECISIONS
from services.kit.lane import LaneWorker
from services.kit.owned import Surroundings
from services.kit.worker import Worker
from services.policy.domain.bundle import Bundles
from services.policy.lanes import batching_lane, evaluation_lane
from services.policy.statistics import Statistics


def workers(around: Surroundings, bundles: Bundles) -> tuple[Worker, ...]:
    """What a process of this service runs on any host."""
    return LaneWorker(evaluation_lane(bundles), around), LaneWorker(batching_lane(bundles), around)


def workers_with_statistics(around: Surroundings, bundles: Bundles) -> tuple[Worker, ...]:
    """What it runs in a Faust host: beside them the agent on which nothing depends."""
    return *workers(around, bundles), Statistics(DECISIONS, around.metrics, around.log)
