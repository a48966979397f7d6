"""What somebody with a password and a plain client tries on a broker. Raises what the broker answers."""

from collections.abc import Awaitable, Callable, Mapping

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import TopicAuthorizationFailedError
from aiokafka.structs import TopicPartition

Connection = Mapping[str, object]
Act = Callable[[Connection, str], Awaitable[None]]


async def write(connection: Connection, topic: str) -> None:
    """Write one record, as a command that a fact caused is marked."""
    producer = AIOKafkaProducer(**connection)
    try:
        await producer.start()
        await producer.send_and_wait(topic, b"{}", partition=0, headers=[("react", b"batches/0:1")])
    finally:
        await producer.stop()


async def read(connection: Connection, topic: str) -> None:
    """Read a topic from its first record."""
    consumer = AIOKafkaConsumer(auto_offset_reset="earliest", enable_auto_commit=False, **connection)
    try:
        await consumer.start()
        if topic not in await consumer.topics():
            raise TopicAuthorizationFailedError(f"the brokers do not even say that there is {topic}")
        consumer.assign([TopicPartition(topic, partition) for partition in range(4)])
        assert await consumer.getmany(timeout_ms=10_000)
    finally:
        await consumer.stop()


async def join(connection: Connection, group: str) -> None:
    """Ask where a group stands, as its members do."""
    consumer = AIOKafkaConsumer(group_id=group, enable_auto_commit=False, **connection)
    try:
        await consumer.start()
        consumer.assign([TopicPartition("ledger-commands", 0)])
        await consumer.committed(TopicPartition("ledger-commands", 0))
    finally:
        await consumer.stop()


async def claim(connection: Connection, transactional_id: str) -> None:
    """Take a shard away from its owner."""
    producer = AIOKafkaProducer(transactional_id=transactional_id, **connection)
    try:
        await producer.start()
    finally:
        await producer.stop()
