"""Real processes for the tests that need them: Kafka and the whole system once a session, Redis servers as asked for.

`KAFKA_BOOTSTRAP` names a broker to use instead. What is missing fails the run with `CI=true`; elsewhere
its tests are skipped, and pytest's summary says which and why.
"""

import gc
import os
import uuid
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import NoReturn, Protocol

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local.kafka import Kafka
from deploy.local.process import Missing
from deploy.local.redis import Redis
from services.kit.store import Store, connect
from services.kit.transport.kafka import KafkaOptions, KafkaTransport
from tests.stacks import Running, whole_system


class Broker(Protocol):
    """What most tests need to know of a Kafka."""

    @property
    def bootstrap(self) -> str: ...


class NamedBroker:
    """A broker that somebody else runs."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap


def absent(error: Missing) -> NoReturn:
    """A program is missing: fail in CI, skip elsewhere."""
    if os.environ.get("CI") == "true":
        pytest.fail(str(error), pytrace=False)
    pytest.skip(str(error))


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """One broker for the session. Do not stop it: tests that do start one of their own (`own_kafka`)."""
    named = os.environ.get("KAFKA_BOOTSTRAP")
    if named:
        yield NamedBroker(named)
        return
    broker = Kafka(tmp_path_factory.mktemp("kafka"))
    try:
        broker.start()
    except Missing as error:
        absent(error)
    yield broker
    broker.stop()


@pytest.fixture
def refused_connections() -> Iterator[None]:
    """For tests whose connections are refused: aiokafka drops those unclosed. Collected here, not in a later test."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture
def own_kafka(tmp_path: Path) -> Iterator[Callable[..., Kafka]]:
    """Start a broker of the test's own, to be killed, frozen and started again; takes the arguments of `Kafka`."""
    started: list[Kafka] = []

    def start(**options: object) -> Kafka:
        broker = Kafka(tmp_path / f"kafka-{len(started)}", **options)  # type: ignore[arg-type] # as Kafka checks
        started.append(broker)
        try:
            broker.start()
        except Missing as error:
            absent(error)
        return broker

    yield start
    for broker in started:
        broker.stop()


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[Callable[..., Redis]]:
    """Start a Redis server, ready and empty, gone after the test; takes the arguments of `Redis`."""
    started: list[Redis] = []

    def start(**options: object) -> Redis:
        server = Redis(tmp_path / f"redis-{len(started)}", **options)  # type: ignore[arg-type] # as Redis checks
        started.append(server)
        try:
            server.start()
        except Missing as error:
            absent(error)
        return server

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def kafka_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The whole system as `make up` starts it, once for the session. What a test stops of it, it starts again."""
    system = whole_system(tmp_path_factory.mktemp("system"))
    try:
        system.start()
    except Missing as error:
        absent(error)
    yield Running(system.url, system.redis, system)
    system.stop()


async def create_topic(bootstrap: str, partitions: int, name: str = "", config: Mapping[str, str] | None = None) -> str:
    """Create a topic stamped by the broker, of one copy; without a name, under a new one. Return its name."""
    name = name or f"t-{uuid.uuid4().hex[:12]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        settings = {"message.timestamp.type": "LogAppendTime", "max.message.bytes": "4194304", **(config or {})}
        response = await admin.create_topics([NewTopic(name, partitions, 1, topic_configs=settings)])
        assert [error[1] for error in response.topic_errors] == [0], response
    finally:
        await admin.close()
    return name


@pytest.fixture
def make_topic(kafka: Broker) -> Callable[..., Awaitable[str]]:
    """Create a topic of its own for a test: `await make_topic(partitions)` returns its name."""

    async def make(partitions: int = 1, config: Mapping[str, str] | None = None) -> str:
        return await create_topic(kafka.bootstrap, partitions, config=config)

    return make


@pytest.fixture
async def kafka_transport(kafka: Broker) -> AsyncIterator[Callable[..., Awaitable[KafkaTransport]]]:
    """Start transports on the session's broker, stopped after the test; takes the arguments of `KafkaOptions`."""
    started: list[KafkaTransport] = []

    async def start(**options: object) -> KafkaTransport:
        transport = KafkaTransport(KafkaOptions(**{"bootstrap": kafka.bootstrap, **options}))  # type: ignore[arg-type]
        started.append(transport)
        await transport.start()
        return transport

    yield start
    for transport in started:
        await transport.stop()


@pytest.fixture
def redis(redis_server: Callable[..., Redis]) -> Redis:
    """A Redis of the test's own, without a file."""
    return redis_server(appendonly=False)


@pytest.fixture
async def store(redis: Redis) -> AsyncIterator[Store]:
    """The rows in it."""
    made = Store(connect(redis.url, 0.5))
    yield made
    await made.stop()
