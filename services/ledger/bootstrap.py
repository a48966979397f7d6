"""The ledger's workers: its one lane, and the signer of its checkpoints."""

from services.kit.lane import LaneWorker
from services.kit.owned import Surroundings
from services.kit.worker import Worker
from services.ledger.lanes import ledger_lane
from services.ledger.proofs.keys import Keys
from services.ledger.proofs.signer import SignerWorker
from services.ledger.proofs.signing import Pace


def workers(around: Surroundings, keys: Keys | None = None, pace: Pace | None = None) -> tuple[Worker, ...]:
    """What a process of this service runs. Without keys nothing is signed, and `/status` says so."""
    return LaneWorker(ledger_lane(around.release), around), SignerWorker(around, keys, pace)
