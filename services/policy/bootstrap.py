"""Policy's workers: evaluation and batching, over the bundles it was given."""

from services.kit.lane import LaneWorker
from services.kit.owned import Surroundings
from services.kit.worker import Worker
from services.policy.domain.bundle import Bundles
from services.policy.lanes import batching_lane, evaluation_lane
from services.policy.screening import Index, ScreeningList
from services.policy.screening.gathering import Screener


def workers(around: Surroundings, bundles: Bundles, listed: ScreeningList | None = None) -> tuple[Worker, ...]:
    """What a process of this service runs. Without a list applicants are not screened, and the facts say so."""
    screener = Screener(Index(listed) if listed else None)
    return LaneWorker(evaluation_lane(bundles, screener.gather), around), LaneWorker(batching_lane(bundles), around)
