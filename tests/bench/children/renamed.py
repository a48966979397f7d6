"""The ledger's lane on topics of the bench's own. Imports nothing that a stranger's environment lacks."""

from dataclasses import replace

from schemas.catalogue import LEDGER_COMMANDS, LEDGER_ENTRIES
from services.kit.contract import Lane
from services.ledger.domain.state import Ledger
from services.ledger.lanes import ledger_lane

RELEASE = "0.1.0"


def lane(inbox: str, journal: str, partitions: int = 1) -> Lane[Ledger]:
    """The ledger's lane between two topics of these names."""
    return replace(
        ledger_lane(RELEASE),
        inbox=replace(LEDGER_COMMANDS, name=inbox, partitions=partitions),
        journal=replace(LEDGER_ENTRIES, name=journal, partitions=partitions),
    )
