"""Operators' acts that processes carry out themselves: rows written anew, parked records and dead letters tried again.

Such an act is a fact in the operators' journal; every process hears it and does what concerns what it runs.
Doing it twice does no harm.
"""

import asyncio
from collections.abc import Callable, Sequence

from structlog.typing import FilteringBoundLogger

from schemas.base import Fact
from schemas.intake import OperatorActed
from services.kit import dead_letters
from services.kit.errors import Halted, Transient
from services.kit.lane import LaneWorker
from services.kit.transport.base import Transport
from services.kit.view import ViewWorker
from services.kit.worker import Worker


class Controls:
    """Hears acts for the workers of a process. Target: `<service>` or `<service>/<worker>`."""

    def __init__(self, workers: Sequence[Worker]) -> None:
        self._workers = workers

    def apply(self, fact: Fact) -> None:
        """Carry one act out, if it is for a worker here."""
        if not isinstance(fact, OperatorActed) or fact.verb not in ("rebuild", "retry-parked"):
            return
        target = fact.target.replace("/", ".")
        for worker in self._workers:
            if worker.name != target and not worker.name.startswith(f"{target}."):
                continue
            if fact.verb == "rebuild" and isinstance(worker, LaneWorker | ViewWorker):
                worker.rebuild()
            if fact.verb == "retry-parked" and isinstance(worker, LaneWorker):
                worker.retry_parked()


class Replayer:
    """Sends dead letters again when an act asks for it. Target: `<service>:<topic>/<partition>/<offset>`.

    Every process hears the act; the one for which `mine` is true carries it out.
    """

    def __init__(self, transport: Transport, log: FilteringBoundLogger, mine: Callable[[], bool]) -> None:
        self._transport, self._log, self._mine = transport, log, mine
        self._tasks: set[asyncio.Task[None]] = set()

    def apply(self, fact: Fact) -> None:
        """Begin a replay, if the fact asks for one."""
        if isinstance(fact, OperatorActed) and fact.verb == "replay-dead-letter" and self._mine():
            task = asyncio.create_task(self._replay(fact.target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _replay(self, target: str) -> None:
        service, _, id_ = target.partition(":")
        try:
            letter = await dead_letters.find(self._transport, f"{service}-dead-letters", id_)
            if letter is None:
                self._log.error("replay-failed", letter=id_, reason="no such letter")
                return
            offset = await dead_letters.replay(self._transport, letter)
            self._log.info("replayed", letter=id_, offset=offset)
        except (Transient, Halted) as error:
            self._log.error("replay-failed", letter=id_, reason=str(error))
