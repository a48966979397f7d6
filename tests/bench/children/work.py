"""The work of one ledger command for references that are no lane: decode, decide, evolve, encode, chain; no I/O."""

from collections.abc import Sequence

from schemas.base import Command, Received
from services.kit import envelope
from services.kit.garbage import collect_seldom
from services.kit.transport.base import Outgoing, Record
from tests.bench.children import renamed


class Work:
    """One shard's ledger in memory."""

    def __init__(self, inbox: str, journal: str) -> None:
        self._lane = renamed.lane(inbox, journal)
        self._state = self._lane.initial(0)
        self._sequence = 0
        collect_seldom()  # as the lane has it

    def do(self, record: Record) -> Sequence[Outgoing]:
        """The facts of one record, ready to be sent."""
        command, around = envelope.decode(record, self._lane.inbox)
        assert isinstance(command, Command)
        at = envelope.utc(record.timestamp)
        facts = self._lane.decide(
            self._state, command, Received(record.offset, at, around.source, around.correlation_id)
        )
        out = []
        for fact in facts:
            self._state = self._lane.evolve(self._state, fact)
            self._sequence += 1
            out.append(
                envelope.fact_record(
                    fact,
                    self._lane.journal,
                    "/greenlight/ledger/ledger/0",
                    self._sequence,
                    b"0",
                    record.timestamp,
                    around.correlation_id,
                )
            )
        return out
