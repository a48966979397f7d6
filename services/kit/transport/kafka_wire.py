"""What we say to a broker ourselves, request by request: bytes and numbers in and out, no decisions.

Built on the pinned aiokafka's `client`, `protocol` and `record`. A method returns what was asked, or raises
NoAnswer (the broker was not reached, or did not say what became of it) or Refused (it said no, with a code).
A broker works off one connection's requests one after the other, so a long fetch, or an append waiting for
replicas, would hold up the others: a request goes over a connection that waits for no answer.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import partial
from itertools import count
from typing import Literal, TypeVar

from aiokafka.client import AIOKafkaClient, CoordinationType
from aiokafka.errors import KafkaError, NodeNotReadyError
from aiokafka.protocol.api import Request, Response
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.metadata import MetadataRequest
from aiokafka.protocol.offset import OffsetRequest
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.protocol.transaction import InitProducerIdRequest
from aiokafka.structs import TopicPartition

from schemas.catalogue import MESSAGE_BYTES_MAX
from services.kit.backoff import Backoff
from services.kit.errors import Unavailable

T = TypeVar("T")
RETRY_SECONDS_MAX = 0.5
TRANSACTION_MS = 60_000
"""Said with a transactional id because the protocol asks for it; no transaction is ever begun."""
ALL_IN_SYNC = -1
EARLIEST, LATEST = -2, -1


@dataclass(frozen=True, slots=True)
class KafkaOptions:
    """Where the brokers are, who we are, and every limit in time and size."""

    bootstrap: str
    client_id: str = "greenlight"
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    ssl_context: ssl.SSLContext | None = None
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    sasl_username: str | None = None
    sasl_password: str | None = field(default=None, repr=False)
    group_instance_id: str | None = None
    """Static membership: a restart with the same id gets the same partitions without a rebalance."""
    session_timeout_ms: int = 6_000
    heartbeat_interval_ms: int = 500
    request_timeout_ms: int = 5_000
    append_timeout_seconds: float = 10.0
    """How long the same bytes are sent again before an append is Unknown."""
    send_timeout_seconds: float = 2.0
    read_timeout_seconds: float = 5.0
    commit_timeout_seconds: float = 5.0
    join_timeout_seconds: float = 30.0
    batch_bytes_max: int = MESSAGE_BYTES_MAX
    fetch_bytes_max: int = MESSAGE_BYTES_MAX
    fetch_wait_ms: int = 500
    tail_wait_ms: int = 2_500
    """How long a read outside groups waits for a record in one request: shorter than `request_timeout_ms`."""

    def connection(self) -> Mapping[str, object]:
        """Keyword arguments that every aiokafka client takes."""
        return {
            "bootstrap_servers": self.bootstrap,
            "client_id": self.client_id,
            "security_protocol": self.security_protocol,
            "ssl_context": self.ssl_context,
            "sasl_mechanism": self.sasl_mechanism,
            "sasl_plain_username": self.sasl_username,
            "sasl_plain_password": self.sasl_password,
        }


class Code(IntEnum):
    """The broker's error codes that are treated each in its own way."""

    OFFSET_OUT_OF_RANGE = 1
    CORRUPT_MESSAGE = 2
    UNKNOWN_TOPIC_OR_PARTITION = 3
    LEADER_NOT_AVAILABLE = 5
    NOT_LEADER_OR_FOLLOWER = 6
    REQUEST_TIMED_OUT = 7
    REPLICA_NOT_AVAILABLE = 9
    NETWORK_EXCEPTION = 13
    COORDINATOR_LOAD_IN_PROGRESS = 14
    COORDINATOR_NOT_AVAILABLE = 15
    NOT_COORDINATOR = 16
    NOT_ENOUGH_REPLICAS = 19
    NOT_ENOUGH_REPLICAS_AFTER_APPEND = 20
    INVALID_PRODUCER_EPOCH = 47
    INVALID_TXN_STATE = 48
    CONCURRENT_TRANSACTIONS = 51
    KAFKA_STORAGE_ERROR = 56
    FENCED_LEADER_EPOCH = 74
    UNKNOWN_LEADER_EPOCH = 75
    OFFSET_NOT_AVAILABLE = 78
    THROTTLING_QUOTA_EXCEEDED = 89
    PRODUCER_FENCED = 90


FENCING = frozenset({Code.INVALID_PRODUCER_EPOCH, Code.INVALID_TXN_STATE, Code.PRODUCER_FENCED})
PASSING = frozenset(Code) - FENCING - {Code.OFFSET_OUT_OF_RANGE}
"""Worth asking again with the same bytes: the broker, or another one, may answer otherwise soon."""


class NoAnswer(Exception):
    """Not reached, or no word of what became of it."""


class NotReached(NoAnswer):
    """Not reached: nothing was sent."""


class Refused(Exception):
    """The broker answered with an error code."""

    def __init__(self, code: int, what: str) -> None:
        name = Code(code).name if code in set(Code) else f"error code {code}"
        super().__init__(f"{what}: {name}")
        self.code = code


Batch = tuple[str, int, bytes]
"""Topic, partition, and the bytes of one record batch."""
Written = int | Refused
"""What became of a batch: its first offset, or the refusal."""


@dataclass(frozen=True, slots=True)
class Producer:
    """A producer's identity as the broker gave it; every batch of it carries both numbers."""

    id: int
    epoch: int


class Wire:
    """One aiokafka client, and the few requests we make of it."""

    def __init__(self, options: KafkaOptions) -> None:
        self.options = options
        self._client: AIOKafkaClient | None = None
        self._busy: dict[int, set[int]] = {}

    async def open(self) -> None:
        """Connect to any of the bootstrap addresses. Raises Unavailable."""
        if self._client is not None:
            return
        client = AIOKafkaClient(request_timeout_ms=self.options.request_timeout_ms, **self.options.connection())
        try:
            await client.bootstrap()
        except KafkaError as error:
            await client.close()
            raise Unavailable(f"Kafka at {self.options.bootstrap}: {error!r}") from error
        self._client = client

    async def close(self) -> None:
        """Disconnect."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    @property
    def client(self) -> AIOKafkaClient:
        """The client while it is open. Raises Unavailable."""
        if self._client is None:
            raise Unavailable("the Kafka transport is not started")
        return self._client

    async def persist(self, what: str, attempt: Callable[[], Awaitable[T]], timeout_seconds: float) -> T:
        """Try until there is an answer, with fresh metadata each time.

        Raises Refused when the code will not pass, Unavailable when the time is over.
        """
        last: Exception = NoAnswer("no answer")
        backoff = Backoff(RETRY_SECONDS_MAX)
        try:
            async with asyncio.timeout(timeout_seconds):
                while True:
                    try:
                        return await attempt()
                    except (NoAnswer, Refused) as error:
                        if isinstance(error, Refused) and error.code not in PASSING:
                            raise
                        last = error
                    await self.client.force_metadata_update()
                    await backoff.wait()
        except TimeoutError as error:
            raise Unavailable(f"{what}: gave up after {timeout_seconds:g} s: {last}") from error

    async def leader(self, topic: str, partition: int) -> int:
        """The node that leads a partition. Raises NotReached."""
        node: int | None = self.client.cluster.leader_for_partition(TopicPartition(topic, partition))
        if node is None or node == -1:
            await self.client.add_topic(topic)
            raise NotReached(f"{topic}/{partition} has no known leader")
        return node

    async def produce(self, node: int, batches: Sequence[Batch]) -> Sequence[Written]:
        """Write one record batch to each of some partitions, acknowledged by all in-sync replicas.

        What became of each, in their order: its first offset, or why it was refused. No partition twice.
        """
        topics: dict[str, list[tuple[int, bytes]]] = {}
        for topic, partition, batch in batches:
            topics.setdefault(topic, []).append((partition, batch))
        request = ProduceRequest(None, ALL_IN_SYNC, self.options.request_timeout_ms, list(topics.items()))
        response = await self._ask(node, request)
        said = {(topic, answer[0]): answer[1:3] for topic, answers in response.topics for answer in answers}
        return [_written(topic, partition, *said[topic, partition]) for topic, partition, _ in batches]

    async def fetch(self, topic: str, partition: int, offset: int, bytes_max: int) -> bytes:
        """Record batches from the one that holds `offset`; empty if none came within `tail_wait_ms`."""
        node = await self.leader(topic, partition)
        wanted = [(topic, [(partition, offset, bytes_max)])]
        request = FetchRequest(self.options.tail_wait_ms, 1, bytes_max, 0, wanted)
        response = await self._ask(node, request)
        answer = response.topics[0][1][0]
        _check(answer[1], f"read of {topic}/{partition} at {offset}")
        return answer[-1] or b""

    async def offsets(self, topic: str, partitions: Sequence[int], which: int) -> Mapping[int, int]:
        """The offset of EARLIEST or LATEST (the one after the last record) of each partition."""
        by_node: dict[int, list[tuple[int, int]]] = {}
        for partition in partitions:
            by_node.setdefault(await self.leader(topic, partition), []).append((partition, which))
        found: dict[int, int] = {}
        for node, asked in by_node.items():
            response = await self._ask(node, OffsetRequest(-1, 0, [(topic, asked)]))
            for partition, code, _, offset in response.topics[0][1]:
                _check(code, f"offset of {topic}/{partition}")
                found[partition] = int(offset)
        return found

    async def metadata(self, topics: Sequence[str]) -> tuple[str, Mapping[str, int]]:
        """The cluster's id, and the partition count of those topics that exist."""
        node = self.client.get_random_node()
        if node is None:
            raise NoAnswer("no known broker")
        response = await self._ask(node, MetadataRequest(list(topics), allow_auto_topic_creation=False))
        counts: dict[str, int] = {}
        for code, name, _, partitions in response.topics:
            if code != Code.UNKNOWN_TOPIC_OR_PARTITION:
                _check(code, f"metadata of {name}")
                counts[name] = len(partitions)
        return str(response.cluster_id), counts

    async def identity(self, transactional_id: str | None) -> Producer:
        """A producer's identity: with a transactional id its epoch is raised, without one it is a new id."""
        if transactional_id is None:
            node = self.client.get_random_node()
        else:
            node = await self._coordinator(transactional_id)
        if node is None:
            raise NoAnswer("no known broker")
        response = await self._ask(node, InitProducerIdRequest(transactional_id, TRANSACTION_MS))
        if response.error_code in FENCING:
            # Two claim at once and the other one was quicker: asking again makes us the newer.
            raise NoAnswer(f"producer id of {transactional_id}: another claim is under way")
        _check(response.error_code, f"producer id of {transactional_id}")
        return Producer(response.producer_id, response.producer_epoch)

    async def _coordinator(self, transactional_id: str) -> int:
        try:
            return int(await self.client.coordinator_lookup(CoordinationType.TRANSACTION, transactional_id))
        except KafkaError as error:
            raise NoAnswer(f"coordinator of {transactional_id}: {error!r}") from error

    async def _ask(self, node: int, request: Request) -> Response:
        """Over the first connection that is free: it is free again when its answer is there, or will not come."""
        busy = self._busy.setdefault(node, set())
        connection = next(number for number in count() if number not in busy)
        busy.add(connection)
        asking = asyncio.ensure_future(self.client.send(node, request, group=connection))
        asking.add_done_callback(partial(_free, busy, connection))
        try:
            return await asyncio.shield(asking)
        except NodeNotReadyError as error:
            raise NotReached(f"no connection to node {node}") from error
        except KafkaError as error:
            raise NoAnswer(f"{type(request).__name__} to node {node}: {error!r}") from error


def _free(busy: set[int], connection: int, asked: "asyncio.Future[Response]") -> None:
    busy.discard(connection)
    if not asked.cancelled():
        asked.exception()  # whoever asked may be gone


def _check(code: int, what: str) -> None:
    if code:
        raise Refused(code, what)


def _written(topic: str, partition: int, code: int, offset: int) -> Written:
    return Refused(code, f"write to {topic}/{partition}") if code else int(offset)
