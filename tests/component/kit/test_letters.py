"""A record that is no valid command is kept as a dead letter, told as a fact, and never holds the lane up."""

import hashlib

import pytest

from schemas.catalogue import dead_letters as letters_topic
from schemas.intake import OperatorActed
from services.kit import dead_letters, envelope
from services.kit.controls import Replayer
from services.kit.dead_letters import DeadLetter
from services.kit.errors import Unknown
from services.kit.store import Store
from services.kit.transport.base import Headers, Outgoing
from services.kit.transport.memory import MemoryTransport
from tests.builders import build
from tests.component.kit.harness import (
    LOG,
    commands,
    facts,
    memory,
    owned,
    raw,
    running,
    settled,
    surroundings,
    tell,
    told,
    until,
)
from tests.component.kit.toy import COMMANDS, COUNTS, Faults, Repeated, command, toy_lane

SHARD = COMMANDS.partition("aster")
LETTERS = letters_topic("policy")
GOOD = envelope.command_record(command("aster", 0), "aster", "/test", "")


def changed(key: bytes | None = GOOD.key, value: bytes | None = GOOD.value, **headers: bytes | None) -> Outgoing:
    """The good record with another key, value or headers (`ce_id=None` takes one away)."""
    known: dict[str, bytes | None] = {**dict(GOOD.headers), **{k.replace("__", "-"): v for k, v in headers.items()}}
    return Outgoing(key, value, tuple((name, v) for name, v in known.items() if v is not None))


BAD: list[tuple[str, Outgoing, str]] = [
    ("not JSON", changed(value=b"{"), "Invalid JSON"),
    ("not UTF-8", changed(value=b'{"company_id":"\xff"}'), "Invalid JSON"),
    ("null", changed(value=None), "value: is null"),
    ("empty", changed(value=b""), "Invalid JSON"),
    ("wrong schema", changed(value=b'{"command_id":"aster-0"}'), "/company_id: Field required"),
    ("wrong kind", changed(value=b'{"command_id":"aster-0","company_id":7}'), "/company_id: Input should be"),
    ("keyless", changed(key=None), "key: differs from company_id"),
    ("another key", changed(key=b"birch"), "key: differs from company_id"),
    ("header and body disagree", changed(ce_id=b"aster-1"), "ce_id: differs from command_id"),
    ("no id", changed(ce_id=None), "ce_id: differs from command_id"),
    ("unknown type", changed(ce_type=b"policy.unheard-of.v1"), "ce_type: is no message of this topic"),
    ("no type", changed(ce_type=None), "ce_type: is no message of this topic"),
    ("type is not UTF-8", changed(ce_type=b"\xff"), "ce_type: is not UTF-8"),
    ("another version of CloudEvents", changed(ce_specversion=b"0.3"), "ce_specversion: is not 1.0"),
    ("react is no number", changed(react=b"counts/0:x"), "react: is not <journal>/<shard>:<sequence>"),
    ("oversized", changed(value=b" " * (envelope.VALUE_BYTES_MAX + 1)), "value: is longer than"),
    ("structured, a list", changed(value=b"[1]", content__type=b"application/cloudevents+json"), "structured"),
    ("structured, deep", changed(value=b"[" * 100_000, content__type=b"application/cloudevents+json"), "structured"),
    (
        "structured, a lone surrogate",
        changed(value=b'{"type":"policy.count.v1","data":"\\ud800"}', content__type=b"application/cloudevents+json"),
        "structured",
    ),
    (
        "structured, UTF-16",
        changed(value='{"data":1}'.encode("utf-16"), content__type=b"application/cloudevents"),
        "structured",
    ),
    ("a header without end", changed(ce_source=b"x" * 100_000), "ce_source: is longer than"),
]


async def letters(transport: MemoryTransport) -> list[DeadLetter]:
    return await dead_letters.letters(transport, LETTERS.name)


@pytest.mark.parametrize(("_", "record", "detail"), BAD, ids=[row[0] for row in BAD])
async def test_a_bad_record_is_kept_and_told_and_the_lane_goes_on(
    store: Store, _: str, record: Outgoing, detail: str
) -> None:
    transport = memory()
    await transport.send(COMMANDS.name, SHARD, [record])
    await tell(transport, [command("aster", 1)])
    async with running(toy_lane(), surroundings(transport, store)) as worker:
        await settled(transport, worker)
        assert worker._around.metrics.dead_letters.labels("policy", "toy", str(SHARD), "invalid")._value.get() == 1
    (letter,) = await letters(transport)
    assert detail in letter.detail
    assert (letter.reason, letter.where, letter.release) == ("invalid", f"/greenlight/policy/toy/{SHARD}", "test")
    assert (letter.topic, letter.partition, letter.offset) == (COMMANDS.name, SHARD, 0)
    assert Outgoing(letter.key, letter.value, letter.headers) == record
    first, second = await facts(transport, COUNTS)
    assert isinstance(first, Repeated)
    assert first.command_id == hashlib.sha256(record.value or b"").hexdigest()
    assert second.command_id == "aster-1"


async def test_a_letter_comes_before_its_fact_and_at_least_once(store: Store) -> None:
    transport, lost = memory(), [2]

    def fault(point: str, topic: str, _: int) -> None:
        if topic == LETTERS.name and point == "send-after" and lost[0]:
            lost[0] -= 1
            raise Unknown("reply lost")
        if topic == COUNTS.name and point == "append-before" and raw(transport, COMMANDS):
            assert raw(transport, LETTERS)

    transport.fault = fault
    async with running(toy_lane(), surroundings(transport, store)) as worker:
        await transport.send(COMMANDS.name, SHARD, [Outgoing(b"aster", b"{", GOOD.headers)])
        await until(lambda: owned(worker, SHARD).book.position == 1 if worker.shards[SHARD].owned else False)
    assert len(raw(transport, LETTERS)) == 3
    assert len(await letters(transport)) == 1
    assert len(await facts(transport, COUNTS)) == 1


async def test_a_record_too_large_to_be_kept_beside_its_reason_is_pointed_to_and_replayed_from_there(
    store: Store,
) -> None:
    transport = memory()
    huge = Outgoing(b"aster", b" " * (4 * 1024 * 1024 - 500), GOOD.headers)
    await transport.send(COMMANDS.name, SHARD, [huge])
    async with running(toy_lane(), surroundings(transport, store)) as worker:
        await settled(transport, worker)
    (record,) = raw(transport, LETTERS)
    assert sum(len(value) for _, value in record.headers) < 10_000
    (letter,) = await letters(transport)
    assert (letter.whole, letter.value, letter.sha256) == (False, None, hashlib.sha256(huge.value or b"").hexdigest())
    await dead_letters.replay(transport, letter)
    assert [(r.key, r.value, r.headers) for r in raw(transport, COMMANDS)] == [(huge.key, huge.value, huge.headers)] * 2


async def replayed(transport: MemoryTransport, target: str) -> None:
    replayer = Replayer(transport, LOG, lambda: True)
    replayer.apply(build(OperatorActed, verb="replay-dead-letter", target=target))
    await until(lambda: not replayer._tasks)


async def test_a_letter_replayed_has_the_same_id_and_the_business_rule_decides(store: Store) -> None:
    transport, wrong = memory(), Faults(raises={"aster"})
    extra: Headers = (("react", b"counts/9:1"), ("owner", b"0"), ("meta", b"{}"))
    await transport.send(COMMANDS.name, SHARD, [Outgoing(GOOD.key, GOOD.value, (*GOOD.headers, *extra))])
    lane = toy_lane(wrong)
    async with running(lane, surroundings(transport, store)) as worker:
        await until(lambda: "aster" in owned(worker, SHARD).book.parked)
        wrong.raises.clear()
        worker.retry_parked()
        await settled(transport, worker)
        letter = dead_letters.dead_letter(raw(transport, COMMANDS)[0], "breaker", "", "/here", "test")
        await dead_letters.write(transport, LETTERS.name, [letter])
        await replayed(transport, f"policy:{COMMANDS.name}/{SHARD}/0")
        await settled(transport, worker)
    again = raw(transport, COMMANDS)[1]
    assert (again.key, again.value) == (GOOD.key, GOOD.value)
    assert {name for name, _ in again.headers}.isdisjoint({"react", "owner", "meta"})
    assert [fact.type for fact in await facts(transport, COUNTS)] == ["policy.counted.v1", "policy.repeated.v1"]
    assert (await told(transport, COUNTS))["aster"] == ["aster-0", "aster-0"]


async def test_a_letter_older_than_the_list_is_found_and_a_strangers_record_is_passed_over(store: Store) -> None:
    transport = memory()
    await tell(transport, [command("aster", 0)])
    letter = dead_letters.dead_letter(raw(transport, COMMANDS)[0], "breaker", "", "/here", "test")
    await dead_letters.write(transport, LETTERS.name, [letter])
    stranger = [Outgoing(b"", b"", ()), Outgoing(None, None, ((dead_letters.HEADER, b"[]"),))]
    await transport.send(LETTERS.name, 0, stranger * dead_letters.LIST_MAX)
    assert await letters(transport) == []
    await replayed(transport, f"policy:{letter.id}")
    assert len(await commands(transport, COMMANDS)) == 2
    await replayed(transport, "policy:no/such/letter")
    assert len(await commands(transport, COMMANDS)) == 2
