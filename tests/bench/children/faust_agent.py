"""A Faust agent with the lane's work: decode, decide, encode, chain, one `send` for each fact."""

import os
import sys

import faust

from services.kit.transport.base import Record
from tests.bench.children.stopwatch import Stopwatch
from tests.bench.children.work import Work


def build(kafka: str, inbox: str, journal: str, watch: Stopwatch) -> faust.App:
    """An app whose agent tells and ends the process when all records are done."""
    app = faust.App(
        f"bench-{journal}", broker=f"kafka://{kafka}", web_enabled=False, topic_disable_leader=True, store="memory://",
        consumer_auto_offset_reset="earliest",
    )  # fmt: skip
    source = app.topic(inbox, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
    sink = app.topic(journal, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
    work = Work(inbox, journal)

    @app.agent(source)
    async def decide(stream: faust.StreamT[bytes]) -> None:
        done = 0
        async for event in stream.events():
            m = event.message
            record = Record(inbox, 0, m.offset, int(m.timestamp * 1_000), m.key, m.value, tuple(m.headers or ()))
            for fact in work.do(record):
                await sink.send(key=fact.key, value=fact.value, headers=list(fact.headers), partition=0)
            done += 1
            if watch.at(done):
                watch.say()
                os._exit(0)  # a measurement is all this process is for: nothing needs to be put in order

    return app


if __name__ == "__main__":
    kafka, _, inbox, journal, warm, total = sys.argv[1:7]
    app = build(kafka, inbox, journal, Stopwatch(int(warm), int(total)))
    faust.Worker(app, loglevel="error", redirect_stdouts=False).execute_from_commandline()
