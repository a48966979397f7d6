"""Sends draws at a steady rate and tells how long each took to be readable: its fact in the journal, its row in Redis.

Times count from when a command was due, not from when it was sent: a late sender hides nothing. With the same
topic for both, it measures what a record alone takes through Kafka.
"""

import asyncio
import json
import sys
import time
from collections import deque

from redis.asyncio import Redis

from services.kit import envelope
from services.kit.store import META, prefix
from services.kit.transport.base import Record
from services.kit.transport.kafka import KafkaOptions, KafkaTransport
from tests.bench import commands
from tests.bench.figures import percentile

LOOK_SECONDS = 0.001
WAIT_SECONDS = 20.0


class Pace:
    """One run: what is due when, and what has been seen."""

    def __init__(self, count: int, rate: float) -> None:
        self.records = [commands.record(commands.draw(number)) for number in range(count)]
        self.ids = {commands.draw(number).command_id.encode(): number for number in range(count)}
        self.start = time.perf_counter() + 0.2
        self.rate = rate
        self.facts: list[float] = []
        self.rows: list[float] = []
        self._no_row: deque[tuple[int, float]] = deque()

    def due(self, number: int) -> float:
        """When this one is to be sent."""
        return self.start + number / self.rate

    async def take(self, record: Record) -> None:
        """A record of the journal, or of the inbox itself."""
        for name in ("ce_causationid", "ce_id"):
            number = self.ids.pop(envelope.header(record, name) or b"", None)
            if number is not None:
                self.facts.append(time.perf_counter() - self.due(number))
                self._no_row.append((record.offset + 1, self.due(number)))

    async def look(self, redis: str, journal: str) -> None:
        """Watch how far the shard's rows have come."""
        at = prefix("ledger", journal, 0) + META
        async with Redis.from_url(redis, decode_responses=True) as client:
            while True:
                position = int(await client.hget(at, "position") or 0)
                while self._no_row and self._no_row[0][0] <= position:
                    self.rows.append(time.perf_counter() - self._no_row.popleft()[1])
                await asyncio.sleep(LOOK_SECONDS)


async def main(kafka: str, redis: str, inbox: str, journal: str, rate: float, count: int) -> None:
    """Send, watch, tell."""
    plain = inbox == journal
    transport = KafkaTransport(KafkaOptions(kafka))
    await transport.start()
    _, end = await transport.bounds(journal, 0)
    pace = Pace(count, rate)
    tasks: list[asyncio.Task[None] | asyncio.Task[int]] = [
        asyncio.create_task(transport.tail(journal, {0: end}, pace.take))
    ]
    if not plain:
        tasks.append(asyncio.create_task(pace.look(redis, journal)))
    for number, record in enumerate(pace.records):
        await asyncio.sleep(max(0.0, pace.due(number) - time.perf_counter()))
        tasks.append(asyncio.create_task(transport.send(inbox, 0, [record])))
    async with asyncio.timeout(WAIT_SECONDS):
        while len(pace.facts) < count or not (plain or len(pace.rows) >= count):
            await asyncio.sleep(LOOK_SECONDS)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await transport.stop()
    rows = pace.rows or [0.0]
    print(
        json.dumps(
            {
                "p50": percentile(pace.facts, 0.5),
                "p99": percentile(pace.facts, 0.99),
                "row_p50": percentile(rows, 0.5),
                "row_p99": percentile(rows, 0.99),
            }
        )
    )


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5], float(sys.argv[5]), int(sys.argv[6])))  # type: ignore[arg-type,call-arg]
