"""Quix Streams with the lane's work, in an environment of its own: decode, decide, encode, chain, produce."""

import logging
import os
import sys

from quixstreams import Application  # type: ignore[import-not-found] # in its own environment only

from services.kit.transport.base import Outgoing, Record
from tests.bench.children.stopwatch import Stopwatch
from tests.bench.children.work import Work


def main(kafka: str, inbox: str, journal: str, watch: Stopwatch) -> None:
    """Run until all records are done; then end the process."""
    app = Application(
        broker_address=kafka, consumer_group=f"quix-{journal}", auto_offset_reset="earliest", loglevel=logging.ERROR,
        auto_create_topics=False, producer_extra_config={"enable.idempotence": True, "acks": "all"},
    )  # fmt: skip
    source = app.topic(inbox, value_deserializer="bytes", key_deserializer="bytes")
    sink = app.topic(journal, value_serializer="bytes", key_serializer="bytes")
    work = Work(inbox, journal)
    done = 0

    def decide(value: bytes, key: bytes, timestamp: int, headers: list[tuple[str, bytes]]) -> Outgoing:
        nonlocal done
        (fact,) = work.do(Record(inbox, 0, done, timestamp, key, value, tuple(headers)))
        done += 1
        if watch.at(done):
            watch.say()
            os._exit(0)  # a measurement is all this process is for: nothing needs to be put in order
        return fact

    facts = app.dataframe(source).apply(decide, metadata=True)
    facts = facts.set_headers(lambda fact, *_: list(fact.headers)).apply(lambda fact: fact.value)
    facts.to_topic(sink)
    app.run()


if __name__ == "__main__":
    main(sys.argv[1], *sys.argv[3:5], Stopwatch(*map(int, sys.argv[5:7])))  # type: ignore[arg-type,call-arg]
