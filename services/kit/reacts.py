"""Commands caused by facts, on their way to other inboxes: in order, one batch per partition at a time.

A batch is sent again until it is acknowledged; its numbers let the reader drop what it has seen. A later
batch is never sent before an earlier one is acknowledged, so a reader never meets a hole.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from services.kit.backoff import Backoff
from services.kit.book import Acknowledged
from services.kit.errors import Transient
from services.kit.step import React
from services.kit.transport.base import Outgoing, Transport

STEPS_MAX = 64


@dataclass(frozen=True, slots=True)
class Caused:
    """The reacts of one step: the journal offset after it, its owner, the counters after it."""

    offset: int
    owner: int
    sent: dict[str, int]
    reacts: Sequence[React]


class Reacts:
    """The sender of one shard's reacts."""

    def __init__(self, transport: Transport, acknowledged: Acknowledged) -> None:
        self._transport = transport
        self._waiting: deque[Caused] = deque()
        self._changed = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self.acknowledged = acknowledged
        self.unacknowledged = 0

    def put(self, caused: Caused) -> None:
        """Send these after all that came before."""
        if not caused.reacts and not self._waiting:
            self.acknowledged = Acknowledged(caused.offset, caused.owner, caused.sent)
            return
        self._waiting.append(caused)
        self.unacknowledged += len(caused.reacts)
        if len(self._waiting) >= STEPS_MAX:
            self._room.clear()
        self._changed.set()

    def has_room(self) -> bool:
        """Whether fewer than STEPS_MAX steps wait."""
        return self._room.is_set()

    async def room(self) -> None:
        """Wait until fewer than STEPS_MAX steps wait."""
        await self._room.wait()

    async def run(self) -> None:
        """Send for ever."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            while self._waiting:
                steps = tuple(self._waiting)
                await self._send([react for step in steps for react in step.reacts])
                for _ in steps:
                    self._waiting.popleft()
                last = steps[-1]
                self.acknowledged = Acknowledged(last.offset, last.owner, last.sent)
                self.unacknowledged -= sum(len(step.reacts) for step in steps)
                self._room.set()

    async def _send(self, reacts: Sequence[React]) -> None:
        batches: dict[tuple[str, int], list[Outgoing]] = {}
        for react in reacts:
            batches.setdefault((react.topic, react.partition), []).append(react.record)
        async with asyncio.TaskGroup() as group:
            for (topic, partition), records in batches.items():
                group.create_task(self._insist(topic, partition, records))

    async def _insist(self, topic: str, partition: int, records: Sequence[Outgoing]) -> None:
        backoff = Backoff()
        while True:
            try:
                await self._transport.send(topic, partition, records)
                return
            except Transient:
                await backoff.wait()
