"""A stranger on the log: a plain producer and a plain consumer, and commands as JSON. No code of the product."""

import json
import random
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.structs import TopicPartition

from tests.connected.faults.model import Raw

PARTITIONS = 4
TOPICS = {
    "ledger-commands": PARTITIONS, "ledger-entries": PARTITIONS, "batch-commands": PARTITIONS, "notice-commands": 8,
    "ledger-dead-letters": 1,
}  # fmt: skip
COMPANIES = ("aster", "birch", "cedar")


class Message(NamedTuple):
    """A record to be sent."""

    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


def message(kind: str, programme: str, command_id: str = "", **body: object) -> Message:
    """A command of the ledger as anybody may write it."""
    id_ = command_id or str(uuid.uuid4())
    value = json.dumps({"command_id": id_, "programme_id": programme, **body}).encode()
    headers = {"ce_specversion": "1.0", "ce_type": f"ledger.{kind}.v1", "ce_source": "/stranger", "ce_id": id_}
    return Message(programme.encode(), value, [(name, text.encode()) for name, text in headers.items()])


def define(programme: str, volume: int, company_volume: int | None = None, command_id: str = "") -> Message:
    return message(
        "define-programme", programme, command_id, actor={"person_id": "officer-wen", "role": "officer"},
        reason="Illustrative", name="Illustrative round", item="H200", unit="chip", currency="USD",
        volume_units=volume, company_units=company_volume,
    )  # fmt: skip


def grant(programme: str, lines: Mapping[str, int], command_id: str = "") -> Message:
    told = [{"line_id": f"l-{c}", "company_id": c, "units": units, "value": 0} for c, units in lines.items()]
    return message(
        "grant-batch", programme, command_id, batch_id=f"{programme}-b1", attempt=1, unit="chip", currency="USD",
        line_count=len(told), total_units=sum(lines.values()), lines=told,
    )  # fmt: skip


def draw(programme: str, company: str, units: int, command_id: str = "") -> Message:
    return message(
        "draw", programme, command_id, company_id=company, unit="chip", units=units, authority="Illustrative"
    )


def _partition(key: str, partitions: int) -> int:
    every = list(range(partitions))
    found: int = DefaultPartitioner()(key.encode(), every, every)
    return found


def names_of_partitions(partitions: int) -> list[str]:
    """One name for each partition, in their order."""
    names = [f"round-{number}" for number in range(32 * partitions)]
    return [next(n for n in names if _partition(n, partitions) == p) for p in range(partitions)]


def programmes() -> list[str]:
    """One programme for each partition, in the partitions' order."""
    return names_of_partitions(PARTITIONS)


def business(seed: int, count: int, names: Sequence[str]) -> list[Message]:
    """Programmes and a mix of grants and draws: refused ones, repeated ones, and known ids with other units."""
    chance = random.Random(seed)
    sent = [define(name, 600, 250, f"{seed}-define-{name}") for name in names]
    for number in range(count):
        name, company, units = chance.choice(names), chance.choice(COMPANIES), chance.randint(1, 9)
        match chance.randrange(10):
            case 0 if len(sent) > len(names):
                sent.append(chance.choice(sent))
            case 1 if number:
                sent.append(draw(name, company, units, f"{seed}-{chance.randrange(number)}"))
            case 2 | 3 | 4:
                lines = {one: chance.randint(1, 9) for one in chance.sample(COMPANIES, chance.randint(1, 3))}
                sent.append(grant(name, lines, f"{seed}-{number}"))
            case _:
                sent.append(draw(name, company, units, f"{seed}-{number}"))
    return sent


async def create_topics(bootstrap: str, topics: Mapping[str, int]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    config = {"message.timestamp.type": "LogAppendTime", "max.message.bytes": "4194304"}
    try:
        await admin.start()
        answer = await admin.create_topics([NewTopic(name, n, 1, topic_configs=config) for name, n in topics.items()])
        assert {error[1] for error in answer.topic_errors} == {0}, answer
    finally:
        await admin.close()


async def delete_topics(bootstrap: str, topics: Iterable[str]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        await admin.delete_topics(list(topics))
    finally:
        await admin.close()


class Stranger:
    """Sends to, and reads whole, topics whose names begin with `prefix`."""

    def __init__(self, bootstrap: str, prefix: str = "") -> None:
        self._bootstrap, self._prefix = bootstrap, prefix
        self._consumer: AIOKafkaConsumer | None = None
        self._producer: AIOKafkaProducer | None = None
        self.log: dict[tuple[str, int], list[Raw]] = defaultdict(list)

    async def __aenter__(self) -> Self:
        self._producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap, enable_idempotence=True, max_request_size=4 * 1024 * 1024, linger_ms=2
        )
        await self._producer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._consumer is not None:
            await self._consumer.stop()
        if self._producer is not None:
            await self._producer.stop()

    async def watch(self, topics: Mapping[str, int] = TOPICS) -> None:
        """Begin to read these topics from their first record."""
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap, enable_auto_commit=False, auto_offset_reset="earliest",
            fetch_max_wait_ms=50,
        )  # fmt: skip
        await self._consumer.start()
        self._consumer.assign(
            [TopicPartition(self._prefix + t, p) for t, count in topics.items() for p in range(count)]
        )

    async def send(
        self, messages: Iterable[Message], partition: int | None = None, topic: str = "ledger-commands"
    ) -> None:
        """Commands in order, as fast as the broker takes them; all acknowledged when it returns.

        Each goes where its key belongs, or all of them into one partition.
        """
        assert self._producer is not None
        waiting = [
            await self._producer.send(
                self._prefix + topic, one.value, key=one.key, partition=partition, headers=list(one.headers)
            )
            for one in messages
        ]
        for future in waiting:
            await future

    async def read(self) -> None:
        """What has come since."""
        assert self._consumer is not None
        try:
            found = await self._consumer.getmany(timeout_ms=100)
        except KafkaError:
            return
        for where, records in found.items():
            topic = where.topic.removeprefix(self._prefix)
            self.log[topic, where.partition] += [
                Raw(r.offset, r.key, r.value, {name: value or b"" for name, value in r.headers}) for r in records
            ]

    async def read_all(self) -> None:
        """Everything that is in the log now."""
        assert self._consumer is not None
        ends = await self._consumer.end_offsets(self._consumer.assignment())
        while any(len(self.log[w.topic.removeprefix(self._prefix), w.partition]) < end for w, end in ends.items()):
            await self.read()

    async def until(self, holds: Callable[[], bool], seconds: float = 40.0) -> None:
        """Read until the condition holds."""
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, "waited in vain"
            await self.read()

    def all(self, topic: str) -> list[Raw]:
        """Every record of a topic so far, partition by partition."""
        return [record for (name, _), records in sorted(self.log.items()) if name == topic for record in records]
