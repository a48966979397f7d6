"""What every transport promises, held against the one in memory and the one on Kafka."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

import pytest
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.structs import TopicPartition

from services.kit.errors import Fenced, Halted, StaleMember, Unknown
from services.kit.transport.base import Inbox, Outgoing, Record, Transport
from services.kit.transport.kafka import KafkaOptions, KafkaTransport
from services.kit.transport.memory import MemoryTransport
from tests.conftest import create_topic

PARTITIONS = 2
FAR = 2**62
GUARD_SECONDS = 30


@dataclass(frozen=True)
class Log:
    """A topic of two partitions, the transport to it, and another process's transport to it."""

    transport: Transport
    peer: Transport
    topic: str
    truncate: Callable[[int, int], Awaitable[None]]
    """Forget the records of a partition before an offset."""


@pytest.fixture(params=["memory", pytest.param("kafka", marks=pytest.mark.connected)])
async def log(request: pytest.FixtureRequest) -> AsyncIterator[Log]:
    if request.param == "memory":
        yield memory_log()
        return
    bootstrap = request.getfixturevalue("kafka").bootstrap
    topic = await create_topic(bootstrap, PARTITIONS)
    pair = [KafkaTransport(KafkaOptions(bootstrap)) for _ in range(2)]
    for transport in pair:
        await transport.start()

    async def truncate(partition: int, first: int) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        await admin.start()
        await admin.delete_records({TopicPartition(topic, partition): RecordsToDelete(first)})
        await admin.close()

    yield Log(pair[0], pair[1], topic, truncate)
    for transport in pair:
        await transport.stop()


def memory_log() -> Log:
    memory = MemoryTransport({"things": PARTITIONS})

    async def truncate(partition: int, first: int) -> None:
        memory.truncate("things", partition, first)

    return Log(memory, memory, "things", truncate)


class Witness:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.told: list[tuple[str, frozenset[int]]] = []

    def assigned(self, partitions: frozenset[int]) -> None:
        self.told.append(("assigned", partitions))

    def revoked(self, partitions: frozenset[int]) -> None:
        self.told.append(("revoked", partitions))


@pytest.fixture
async def inbox(log: Log) -> AsyncIterator[Inbox]:
    member = log.transport.inbox(log.topic, uuid.uuid4().hex, Witness())
    await member.start()
    yield member
    await member.stop()


def texts(*values: str) -> list[Outgoing]:
    return [Outgoing(b"key", value.encode()) for value in values]


def values(records: Sequence[Record]) -> list[str]:
    return [(record.value or b"").decode() for record in records]


async def everything(log: Log, partition: int = 0) -> Sequence[Record]:
    first, end = await log.transport.bounds(log.topic, partition)
    found: list[Record] = []
    while first + len(found) < end:
        found += await log.transport.read(log.topic, partition, first + len(found), end, 1_000)
    return found


async def take(member: Inbox, partition: int, count: int) -> list[Record]:
    found: list[Record] = []
    async with asyncio.timeout(GUARD_SECONDS):
        while len(found) < count:
            found += await member.poll(partition, 100, 0.2)
    return found


# --- append ---


async def test_an_append_returns_the_offset_of_its_first_record(log: Log) -> None:
    appender = await log.transport.appender(log.topic, 0)
    assert [await appender.append(texts("a", "b", "c")), await appender.append(texts("d"))] == [0, 3]
    assert [(r.offset, r.value) for r in await everything(log)] == [(0, b"a"), (1, b"b"), (2, b"c"), (3, b"d")]


async def test_a_thousand_records_are_one_append(log: Log) -> None:
    appender = await log.transport.appender(log.topic, 0)
    await appender.append([Outgoing(b"key", b"x" * 500) for _ in range(1_000)])
    assert await appender.append(texts("next")) == 1_000


async def test_each_partition_has_its_own_offsets(log: Log) -> None:
    for partition in range(PARTITIONS):
        appender = await log.transport.appender(log.topic, partition)
        assert await appender.append(texts("a")) == 0


async def test_a_newer_appender_fences_the_older(log: Log) -> None:
    old = await log.transport.appender(log.topic, 0)
    await old.append(texts("old"))
    new = await log.peer.appender(log.topic, 0)
    await new.append(texts("marker"))
    with pytest.raises(Fenced):
        await old.append(texts("late"))
    assert values(await everything(log)) == ["old", "marker"]


async def test_an_appender_that_never_wrote_is_fenced_as_well(log: Log) -> None:
    old = await log.transport.appender(log.topic, 0)
    new = await log.peer.appender(log.topic, 0)
    await new.append(texts("marker"))
    with pytest.raises(Fenced):
        await old.append(texts("late"))
    assert values(await everything(log)) == ["marker"]


async def test_a_fenced_appender_is_dead(log: Log) -> None:
    old = await log.transport.appender(log.topic, 0)
    new = await log.peer.appender(log.topic, 0)
    await new.append(texts("marker"))
    with pytest.raises(Fenced):
        await old.append(texts("late"))
    with pytest.raises(Unknown, match="dead"):
        await old.append(texts("later"))


async def test_fencing_one_partition_leaves_the_others_alone(log: Log) -> None:
    kept = await log.transport.appender(log.topic, 1)
    await (await log.peer.appender(log.topic, 0)).append(texts("marker"))
    assert await kept.append(texts("a")) == 0


# --- what a record keeps ---


@pytest.mark.parametrize("how", ["append", "send"])
async def test_key_value_and_headers_survive(log: Log, how: str) -> None:
    written = [
        Outgoing(b"k", b"v", (("ce_id", b"1"), ("ce_id", b"2"), ("empty", b""))),
        Outgoing(None, b""),
        Outgoing(b"", None),
        Outgoing("键".encode(), bytes(range(256)), (("头", b"\xff\x00"),)),
    ]
    if how == "append":
        await (await log.transport.appender(log.topic, 0)).append(written)
    else:
        await log.transport.send(log.topic, 0, written)
    assert [Outgoing(r.key, r.value, r.headers) for r in await everything(log)] == written


async def test_records_carry_topic_partition_and_the_logs_own_time(log: Log) -> None:
    before = time.time_ns() // 1_000_000
    await log.transport.send(log.topic, 1, texts("a"))
    await log.transport.send(log.topic, 1, texts("b"))
    a, b = await everything(log, 1)
    assert (a.topic, a.partition) == (log.topic, 1)
    assert before <= a.timestamp <= b.timestamp <= time.time_ns() // 1_000_000


# --- send ---


async def test_a_send_returns_the_offset_of_its_first_record(log: Log) -> None:
    assert await log.transport.send(log.topic, 0, texts("a", "b")) == 0
    assert await log.peer.send(log.topic, 0, texts("c")) == 2
    assert await log.transport.send(log.topic, 0, texts("d")) == 3
    assert values(await everything(log)) == ["a", "b", "c", "d"]


async def test_sends_at_once_keep_each_senders_order_and_tell_each_its_offset(log: Log) -> None:
    async def send_some(sender: int) -> None:
        for number in range(10):
            pair = [f"{sender}.{number}.0", f"{sender}.{number}.1"]
            offsets[sender].append(await log.transport.send(log.topic, 0, texts(*pair)))

    offsets: list[list[int]] = [[] for _ in range(8)]
    await asyncio.gather(*map(send_some, range(8)))
    found = values(await everything(log))
    for sender, starts in enumerate(offsets):
        assert starts == sorted(starts)
        told = [found[start : start + 2] for start in starts]
        assert told == [[f"{sender}.{number}.0", f"{sender}.{number}.1"] for number in range(10)]


async def test_a_send_is_not_fenced(log: Log) -> None:
    await (await log.transport.appender(log.topic, 0)).append(texts("owner"))
    await log.peer.send(log.topic, 0, texts("anybody"))
    assert values(await everything(log)) == ["owner", "anybody"]


# --- bounds and read ---


async def test_bounds_are_the_first_offset_kept_and_the_one_after_the_last(log: Log) -> None:
    assert await log.transport.bounds(log.topic, 0) == (0, 0)
    await log.transport.send(log.topic, 0, texts("a", "b", "c"))
    assert await log.transport.bounds(log.topic, 0) == (0, 3)
    await log.truncate(0, 2)
    assert await log.transport.bounds(log.topic, 0) == (2, 3)


READS = [
    # start, stop, records_max, values
    (0, 5, 100, ["a", "b", "c", "d", "e"]),
    (1, 5, 100, ["b", "c", "d", "e"]),
    (0, 3, 100, ["a", "b", "c"]),
    (0, 5, 2, ["a", "b"]),
    (3, 4, 1, ["d"]),
    (4, FAR, 100, ["e"]),
    (2, 2, 100, []),
    (5, 5, 100, []),
]


@pytest.mark.parametrize(("start", "stop", "records_max", "expected"), READS)
async def test_a_read_gives_what_lies_between_start_and_stop(
    log: Log, start: int, stop: int, records_max: int, expected: list[str]
) -> None:
    await (await log.transport.appender(log.topic, 0)).append(texts("a", "b", "c", "d", "e"))
    assert values(await log.peer.read(log.topic, 0, start, stop, records_max)) == expected


async def test_a_read_at_the_end_waits_for_the_next_record(log: Log) -> None:
    await log.transport.send(log.topic, 0, texts("a"))
    waiting = asyncio.create_task(log.peer.read(log.topic, 0, 1, FAR, 10))
    done, _ = await asyncio.wait([waiting], timeout=0.7)
    assert not done
    await log.transport.send(log.topic, 0, texts("b"))
    async with asyncio.timeout(GUARD_SECONDS):
        assert values(await waiting) == ["b"]


async def test_a_read_before_the_first_record_kept_is_halted(log: Log) -> None:
    await log.transport.send(log.topic, 0, texts("a", "b", "c"))
    await log.truncate(0, 2)
    with pytest.raises(Halted):
        await log.transport.read(log.topic, 0, 1, 3, 10)


# --- tail ---


async def test_a_tail_hands_over_what_is_there_and_what_comes_in_order(log: Log) -> None:
    async def handle(record: Record) -> None:
        seen[record.partition].append((record.value or b"").decode())
        changed.set()

    seen: list[list[str]] = [[], []]
    changed = asyncio.Event()
    await log.transport.send(log.topic, 0, texts("a", "b"))
    await log.transport.send(log.topic, 1, texts("x", "y"))
    tail = asyncio.create_task(log.peer.tail(log.topic, {0: 0, 1: 1}, handle))
    await log.transport.send(log.topic, 0, texts("c"))
    await log.transport.send(log.topic, 1, texts("z"))
    async with asyncio.timeout(GUARD_SECONDS):
        while seen != [["a", "b", "c"], ["y", "z"]]:
            await changed.wait()
            changed.clear()
    tail.cancel()
    assert isinstance((await asyncio.gather(tail, return_exceptions=True))[0], asyncio.CancelledError)


async def test_a_tail_from_before_the_first_record_kept_is_halted(log: Log) -> None:
    async def handle(record: Record) -> None:
        raise AssertionError(record)

    await log.transport.send(log.topic, 0, texts("a", "b", "c"))
    await log.truncate(0, 2)
    async with asyncio.timeout(GUARD_SECONDS):
        with pytest.raises(Halted):
            await log.transport.tail(log.topic, {0: 0, 1: 0}, handle)


async def test_a_handlers_error_ends_the_tail(log: Log) -> None:
    async def handle(record: Record) -> None:
        raise Unknown("the store said nothing")

    await log.transport.send(log.topic, 0, texts("a"))
    async with asyncio.timeout(GUARD_SECONDS):
        with pytest.raises(Unknown, match="store"):
            await log.transport.tail(log.topic, {0: 0, 1: 0}, handle)


# --- inbox ---


async def test_a_lone_member_is_assigned_everything_and_told_when_it_leaves(log: Log) -> None:
    witness = Witness()
    member = log.transport.inbox(log.topic, uuid.uuid4().hex, witness)
    await member.start()
    assert member.assigned() == {0, 1}
    await member.stop()
    assert member.assigned() == frozenset()
    assert witness.told == [("assigned", frozenset({0, 1})), ("revoked", frozenset({0, 1}))]


async def test_nothing_is_delivered_before_resume(log: Log, inbox: Inbox) -> None:
    await log.peer.send(log.topic, 0, texts("a"))
    assert [list(await inbox.poll(0, 10, 0.3)) for _ in range(3)] == [[], [], []]


async def test_resume_delivers_from_its_position_on(log: Log, inbox: Inbox) -> None:
    await log.peer.send(log.topic, 0, texts("a", "b", "c"))
    await log.peer.send(log.topic, 1, texts("other"))
    inbox.resume(0, 1)
    found = await take(inbox, 0, 2)
    await log.peer.send(log.topic, 0, texts("d"))
    found += await take(inbox, 0, 1)
    assert [(r.partition, r.offset, r.value) for r in found] == [(0, 1, b"b"), (0, 2, b"c"), (0, 3, b"d")]


async def test_a_poll_gives_at_most_records_max(log: Log, inbox: Inbox) -> None:
    await log.peer.send(log.topic, 0, texts("a", "b", "c"))
    inbox.resume(0, 0)
    polled: list[list[str]] = []
    async with asyncio.timeout(GUARD_SECONDS):
        while sum(map(len, polled)) < 3:
            polled.append(values(await inbox.poll(0, 2, 0.2)))
    assert [found for found in polled if found] == [["a", "b"], ["c"]]


async def test_a_paused_partition_is_silent_and_resumes_where_it_is_told(log: Log, inbox: Inbox) -> None:
    await log.peer.send(log.topic, 0, texts("a", "b"))
    inbox.resume(0, 0)
    await take(inbox, 0, 2)
    inbox.pause(0)
    await log.peer.send(log.topic, 0, texts("c"))
    assert list(await inbox.poll(0, 10, 0.3)) == []
    inbox.resume(0, 1)
    assert values(await take(inbox, 0, 2)) == ["b", "c"]


@pytest.mark.parametrize("position", [0, 9], ids=["before the first record kept", "beyond the last"])
async def test_a_position_outside_the_log_is_halted(log: Log, inbox: Inbox, position: int) -> None:
    await log.peer.send(log.topic, 0, texts("a", "b", "c"))
    await log.truncate(0, 2)
    inbox.resume(0, position)
    async with asyncio.timeout(GUARD_SECONDS):
        with pytest.raises(Halted):
            await take(inbox, 0, 1)


async def test_a_member_commits_what_it_holds(log: Log, inbox: Inbox) -> None:
    await log.peer.send(log.topic, 0, texts("a"))
    await inbox.commit({0: 1, 1: 0})


async def test_a_member_that_left_is_stale(log: Log, inbox: Inbox) -> None:
    await inbox.stop()
    with pytest.raises(StaleMember):
        await inbox.commit({0: 0})


# --- the log itself ---


async def test_everybody_sees_the_same_cluster(log: Log) -> None:
    assert await log.transport.cluster() == await log.peer.cluster() != ""


async def test_a_topic_has_its_partitions_and_an_unknown_one_none(log: Log) -> None:
    assert [await log.transport.partitions(name) for name in (log.topic, "no-such-topic")] == [PARTITIONS, 0]
