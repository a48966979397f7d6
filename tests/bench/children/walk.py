"""Applications over HTTP at a steady rate, and batches: how long until the whole system shows what became of them.

One application in ten is watched, by asking for its case file every ten milliseconds; the others are load.
"""

import asyncio
import json
import sys
import time
import uuid
from collections.abc import Sequence

import aiohttp

from schemas.catalogue import BATCHES
from schemas.policy import BatchReleased
from services.kit import envelope
from services.kit.transport.base import Record
from services.kit.transport.kafka import KafkaOptions, KafkaTransport
from tests.bench import world
from tests.bench.figures import percentile

WATCHED = 10
WARM = ((0.4, 0.2), (1.0, 0.5))
"""Before the measured ones, as shares of their rate and number: a fresh broker compiles itself for half a minute."""
LOOK_SECONDS = 0.01
WAIT_SECONDS = 30.0
COMPANIES = 32
PAUSE_SECONDS = 0.3
"""Between two batches, for the last one to be over."""
BATCH_APPLICATIONS = 6
"""The sample bundle releases a batch when so many applications wait in it."""


class Walk:
    """The client."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session, self._url, self._run = session, url, uuid.uuid4().hex

    async def apply(self, number: int, units: int = 1) -> str:
        """Submit; the path of its case file."""
        body = world.application(world.company_id(number % COMPANIES), units)
        headers = {"Idempotency-Key": f"{self._run}-{number}"}
        async with self._session.post(f"{self._url}/v1/applications", json=body, headers=headers) as answer:
            answer.raise_for_status()
            return str((await answer.json())["status_url"])

    async def get(self, path: str) -> dict[str, object]:
        """A document; empty while there is none."""
        async with self._session.get(self._url + path) as answer:
            found: dict[str, object] = await answer.json() if answer.status == 200 else {}
            return found

    async def evaluated(self, number: int, due: float) -> float:
        """Submit when due; seconds until the evaluation can be read."""
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        path = await self.apply(number)
        if number % WATCHED:
            return 0.0
        async with asyncio.timeout(WAIT_SECONDS):
            while not (await self.get(path)).get("outcome"):
                await asyncio.sleep(LOOK_SECONDS)
        return time.perf_counter() - due

    async def granted(self) -> int:
        """Units granted in the programme so far."""
        ledger = await self.get(f"/v1/programmes/{world.PROGRAMME}/ledger")
        totals = ledger.get("totals")
        return int(totals["granted_units"]) if isinstance(totals, dict) else 0


async def at_rate(walk: Walk, rate: float, count: int) -> Sequence[float]:
    """Seconds of the watched ones."""
    start = time.perf_counter() + 0.2
    tasks = [asyncio.create_task(walk.evaluated(number, start + number / rate)) for number in range(count)]
    return [seconds for seconds in await asyncio.gather(*tasks) if seconds]


async def batches(walk: Walk, kafka: str, count: int) -> Sequence[float]:
    """Seconds from a batch's release, as the broker stamped it, until the ledger shows its units."""
    released: asyncio.Queue[tuple[int, int]] = asyncio.Queue()
    total = 0

    async def note(record: Record) -> None:
        nonlocal total
        if envelope.header(record, "ce_type") == BatchReleased.type.encode():
            total += json.loads(record.value or b"")["total_units"]
            released.put_nowait((record.timestamp, total))

    transport = KafkaTransport(KafkaOptions(kafka))
    await transport.start()
    tail = asyncio.create_task(transport.tail(BATCHES.name, {BATCHES.partition(world.PROGRAMME): 0}, note))
    found = []
    for round_ in range(count):
        await asyncio.sleep(PAUSE_SECONDS)
        while not released.empty():
            released.get_nowait()
        for number in range(BATCH_APPLICATIONS):
            await walk.apply(1_000_000 + round_ * BATCH_APPLICATIONS + number)
        async with asyncio.timeout(WAIT_SECONDS):
            at, units = await released.get()
            while await walk.granted() < units:
                await asyncio.sleep(LOOK_SECONDS)
        found.append(time.time() - at / 1_000)
    tail.cancel()
    await asyncio.gather(tail, return_exceptions=True)
    await transport.stop()
    return found


async def main(kafka: str, url: str, rate: float, count: int, rounds: int) -> None:
    """Warm up, then both."""
    headers = {"Authorization": f"Bearer {world.TOKEN}"}
    # The edge closes a connection that idles for five seconds: ours are given up before.
    connector = aiohttp.TCPConnector(limit=200, keepalive_timeout=2)
    async with aiohttp.ClientSession(headers=headers, connector=connector) as session:
        for share, warming in WARM:
            await at_rate(Walk(session, url), rate * share, int(count * warming))
        walk = Walk(session, url)
        seconds = await at_rate(walk, rate, count)
        released = await batches(walk, kafka, rounds)
    answer: dict[str, float] = {"watched": len(seconds), "batches": len(released)}
    answer["applications"] = count + sum(int(count * warming) for _, warming in WARM) + rounds * BATCH_APPLICATIONS
    for name, values in (("evaluated", seconds), ("granted", released)):
        answer |= {f"{name}_p50": percentile(values, 0.5), f"{name}_p99": percentile(values, 0.99)}
    print(json.dumps(answer))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[3], float(sys.argv[4]), *map(int, sys.argv[5:7])))
