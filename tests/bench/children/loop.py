"""A plain aiokafka loop with the lane's work: per poll `send` for each fact, or one `send_batch`; then commit."""

import asyncio
import sys
from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from services.kit.shard import STEP_RECORDS_MAX
from services.kit.transport.base import Outgoing, Record
from tests.bench.children.stopwatch import Stopwatch
from tests.bench.children.work import Work

BATCH_BYTES_MAX = 4 * 1024 * 1024


async def send(producer: AIOKafkaProducer, journal: str, facts: Sequence[Outgoing]) -> None:
    """One `send` for each fact, awaited together."""
    sent = [
        await producer.send(journal, fact.value, fact.key, partition=0, headers=list(fact.headers)) for fact in facts
    ]
    await asyncio.gather(*sent)


async def send_batch(producer: AIOKafkaProducer, journal: str, facts: Sequence[Outgoing]) -> None:
    """All facts in one batch, or as few as they fit into."""
    waiting, batch = [], producer.create_batch()
    for fact in facts:
        content = {"key": fact.key, "value": fact.value, "timestamp": None, "headers": list(fact.headers)}
        if batch.append(**content) is None:
            waiting.append(await producer.send_batch(batch, journal, partition=0))
            batch = producer.create_batch()
            batch.append(**content)
    waiting.append(await producer.send_batch(batch, journal, partition=0))
    await asyncio.gather(*waiting)


async def main(kafka: str, inbox: str, journal: str, warm: int, total: int, kind: str) -> None:
    """Poll, work, send, commit until `total` records are done."""
    watch, work = Stopwatch(warm, total), Work(inbox, journal)
    consumer = AIOKafkaConsumer(
        inbox, bootstrap_servers=kafka, group_id=f"loop-{journal}", enable_auto_commit=False,
        auto_offset_reset="earliest", max_partition_fetch_bytes=BATCH_BYTES_MAX,
    )  # fmt: skip
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka, enable_idempotence=True, acks="all", max_request_size=BATCH_BYTES_MAX,
        max_batch_size=16_384 if kind == "send" else BATCH_BYTES_MAX,
    )  # fmt: skip
    out = send if kind == "send" else send_batch
    async with consumer, producer:
        done = 0
        while not watch.at(done):
            polled = await consumer.getmany(timeout_ms=250, max_records=STEP_RECORDS_MAX)
            facts: list[Outgoing] = []
            for records in polled.values():
                done += len(records)
                for r in records:
                    facts += work.do(Record(inbox, 0, r.offset, r.timestamp, r.key, r.value, r.headers))
            if facts:
                await out(producer, journal, facts)
                await consumer.commit()
    watch.say()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], *sys.argv[3:5], *map(int, sys.argv[5:7]), sys.argv[7]))  # type: ignore[arg-type,call-arg]
