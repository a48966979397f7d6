"""Reads a journal with a plain aiokafka consumer and does nothing with it."""

import asyncio
import json
import sys
import time

from aiokafka import AIOKafkaConsumer, TopicPartition


async def main(kafka: str, journal: str) -> None:
    """From the first record to the last."""
    here = TopicPartition(journal, 0)
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, max_partition_fetch_bytes=4 * 1024 * 1024)
    async with consumer:
        consumer.assign([here])
        stop = (await consumer.end_offsets([here]))[here]
        consumer.seek(here, 0)
        started, seen = time.perf_counter(), 0
        while await consumer.position(here) < stop:
            for records in (await consumer.getmany(here, timeout_ms=250)).values():
                seen += len(records)
        print(json.dumps({"records": seen, "seconds": time.perf_counter() - started}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[4]))
