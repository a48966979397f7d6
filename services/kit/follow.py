"""Following a journal in every process: facts folded into memory, by the published reader's rule."""

from collections.abc import Callable, Mapping

from schemas.base import Fact
from schemas.catalogue import Topic
from services.kit import envelope
from services.kit.backoff import Backoff
from services.kit.errors import BadMessage, Transient
from services.kit.transport.base import Record, Transport
from services.kit.worker import Status

LEARN_RECORDS = 64


async def rule_at(transport: Transport, topic: str, positions: Mapping[int, int]) -> envelope.OwnerRule:
    """The reader's rule for one who begins at these positions: the owner is learnt from the records before them."""
    rule = envelope.OwnerRule()
    for partition, stop in positions.items():
        first, _ = await transport.bounds(topic, partition)
        position = max(first, stop - LEARN_RECORDS)
        while page := await transport.read(topic, partition, position, stop, LEARN_RECORDS):
            position = page[-1].offset + 1
            for record in page:
                rule.admits(record)
    return rule


class Follower:
    """Gives every fact of a journal to `apply`: from its first record, or from the process's start on."""

    def __init__(
        self, name: str, transport: Transport, topic: Topic, apply: Callable[[Fact], None], from_start: bool
    ) -> None:
        self.name = name
        self._transport, self._topic, self._apply, self._from_start = transport, topic, apply, from_start
        self._rule = envelope.OwnerRule()
        self._positions: dict[int, int] = {}
        self._ends: dict[int, int] = {}

    async def run(self) -> None:
        """Follow until cancelled; after a failure from where it stopped."""
        backoff = Backoff(seconds_max=1.0)
        while True:
            try:
                await self._follow()
            except Transient:
                self._ends.clear()
            await backoff.wait()

    async def _follow(self) -> None:
        bounds = {p: await self._transport.bounds(self._topic.name, p) for p in range(self._topic.partitions)}
        if not self._positions:
            starts = {p: first if self._from_start else end for p, (first, end) in bounds.items()}
            self._rule = await rule_at(self._transport, self._topic.name, starts)
            self._positions = starts
        self._ends = {p: end for p, (_, end) in bounds.items()}
        await self._transport.tail(self._topic.name, dict(self._positions), self._take)

    async def _take(self, record: Record) -> None:
        self._positions[record.partition] = record.offset + 1
        if not self._rule.admits(record) or envelope.is_control(record):
            return
        try:
            fact, _ = envelope.decode(record, self._topic)
        except BadMessage:
            return
        assert isinstance(fact, Fact)
        self._apply(fact)

    def current(self) -> bool:
        """Whether everything that was in the journal when it connected has been folded."""
        return bool(self._ends) and all(self._positions[p] >= end for p, end in self._ends.items())

    def problems(self) -> tuple[str, ...]:
        """Not connected, or still reading what was there before."""
        return () if self.current() else (f"{self.name}: has not read {self._topic.name} yet",)

    def stuck(self) -> tuple[str, ...]:
        """It reconnects by itself."""
        return ()

    def status(self) -> Status:
        """Where it stands."""
        return {"positions": {str(p): offset for p, offset in sorted(self._positions.items())}}
