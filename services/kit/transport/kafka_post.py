"""The batches of several partitions to a node in one request: a request costs more than what is in it.

While a request is under way the next ones gather, so a light load waits for nothing and a heavy one is few requests.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from services.kit.tasks import end
from services.kit.transport.kafka_wire import Batch, Wire, Written

REQUEST_BYTES_MAX = 4 * 1024 * 1024
"""A request takes no more once it has so many; a batch is smaller than that (`MESSAGE_BYTES_MAX`)."""
HOLD_SECONDS = 0.05
"""A request that takes longer, for one slow partition perhaps, holds up the others no more."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    batch: Batch
    answer: "asyncio.Future[Written]"


class Post:
    """One queue and one task per node."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._queues: dict[int, deque[_Waiting]] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._requests: set[asyncio.Task[None]] = set()

    async def produce(self, node: int, batch: Batch) -> Written:
        """What became of the batch. Raises NoAnswer."""
        waiting = _Waiting(batch, asyncio.get_running_loop().create_future())
        self._queues.setdefault(node, deque()).append(waiting)
        if node not in self._tasks or self._tasks[node].done():
            self._tasks[node] = asyncio.create_task(self._work(node))
        return await waiting.answer

    async def stop(self) -> None:
        """End what is under way."""
        await end((*self._tasks.values(), *self._requests))

    async def _work(self, node: int) -> None:
        queue = self._queues[node]
        while queue:
            await asyncio.sleep(0)  # whoever else is about to send joins
            if not (taken := _take(queue)):
                continue
            request = asyncio.create_task(self._request(node, taken))
            self._requests.add(request)
            request.add_done_callback(self._requests.discard)
            await asyncio.wait((request,), timeout=HOLD_SECONDS)

    async def _request(self, node: int, taken: Sequence[_Waiting]) -> None:
        try:
            answers = await self._wire.produce(node, [waiting.batch for waiting in taken])
        except Exception as error:  # reason: whatever it is belongs to the callers; this task has nobody to tell
            for waiting in taken:
                if not waiting.answer.done():
                    waiting.answer.set_exception(error)
            return
        for waiting, written in zip(taken, answers, strict=True):
            if not waiting.answer.done():
                waiting.answer.set_result(written)


def _take(queue: deque[_Waiting]) -> Sequence[_Waiting]:
    """From the front, what fits into one request: no partition twice, nothing that nobody waits for any more."""
    taken: list[_Waiting] = []
    held: set[tuple[str, int]] = set()
    size = 0
    while queue and size < REQUEST_BYTES_MAX:
        topic, partition, batch = queue[0].batch
        if (topic, partition) in held:
            break
        waiting = queue.popleft()
        if not waiting.answer.done():
            taken.append(waiting)
            held.add((topic, partition))
            size += len(batch)
    return taken
