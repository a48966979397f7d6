"""Records that are repeated, wrong, huge or senseless: each has its answer, and the lane goes on."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest

from deploy.local.process import CHECK_SECONDS
from deploy.local.redis import Redis
from services.kit.dead_letters import from_record
from services.kit.transport.base import Outgoing
from services.kit.transport.kafka import KafkaTransport
from tests.batches import with_unreadable_names, write
from tests.connected.faults.model import MARKER, published
from tests.connected.faults.place import WAIT_SECONDS, Place
from tests.connected.faults.stranger import (
    PARTITIONS,
    Message,
    business,
    define,
    draw,
    grant,
    message,
    programmes,
)

pytestmark = [pytest.mark.connected, pytest.mark.timeout(120)]

DETAIL = "the name of a header: is not UTF-8"
SEED = 20_260_130
NAME = programmes()[2]
GOOD = draw(NAME, "aster", 1)
GOOD_VALUE = GOOD.value or b""


def with_header(name: str, value: bytes) -> Message:
    return GOOD._replace(headers=[(n, value if n == name else v) for n, v in GOOD.headers])


BAD = {
    "null": Message(NAME.encode(), None, GOOD.headers),
    "empty": GOOD._replace(value=b""),
    "no headers": GOOD._replace(headers=[]),
    "random bytes": Message(NAME.encode(), bytes(range(256)), [("ce_type", b"\xff\xfe"), ("react", b"\xff")]),
    "not json": GOOD._replace(value=b"{"),
    "not utf-8": GOOD._replace(value=GOOD_VALUE.replace(b"aster", b"\xff\xfe")),
    "deep": GOOD._replace(value=b"[" * 100_000 + b"]" * 100_000),
    "a long integer": GOOD._replace(value=GOOD_VALUE.replace(b'"units": 1', b'"units": ' + b"9" * 5_000)),
    "a number as text": GOOD._replace(value=GOOD_VALUE.replace(b'"units": 1', b'"units": "1"')),
    "a float": GOOD._replace(value=GOOD_VALUE.replace(b'"units": 1', b'"units": 1.5')),
    "nan": GOOD._replace(value=GOOD_VALUE.replace(b'"units": 1', b'"units": NaN')),
    "a lone surrogate": GOOD._replace(value=GOOD_VALUE.replace(b"Illustrative", b"\\ud800")),
    "too large": GOOD._replace(value=GOOD_VALUE[:-1] + b'," ": "' + b"x" * 3_000_000 + b'"}'),
    "unknown type": with_header("ce_type", b"ledger.unheard-of.v1"),
    "a fact": with_header("ce_type", b"ledger.entry-recorded.v1"),
    "another id in its header": with_header("ce_id", b"another"),
    "another key": Message(programmes()[2].encode() + b"x", GOOD.value, GOOD.headers),
    "no key": Message(None, GOOD.value, GOOD.headers),
    "a field missing": message("draw", NAME, company_id="aster"),
    "a react that is none": GOOD._replace(headers=[*GOOD.headers, ("react", b"here:there")]),
    "structured and broken": GOOD._replace(headers=[("content-type", b"application/cloudevents+json")]),
}


async def test_each_bad_record_has_an_entry_and_a_dead_letter_and_the_next_is_handled(place: Place) -> None:
    await place.start()
    sent = [define(NAME, 1_000), grant(NAME, {"aster": 500})]
    for bad in BAD.values():
        sent += [bad, draw(NAME, "aster", 1)]
    where = programmes().index(NAME)
    await place.stranger.send(sent, where)
    bad_offsets = range(2, len(sent), 2)
    models = await place.check(len(sent), {where: bad_offsets})
    assert models[where].codes == {"APPLIED": 2 + len(BAD), "MALFORMED": len(BAD)}
    await place.stranger.until(lambda: len(place.stranger.all("ledger-dead-letters")) >= len(BAD))
    letters = [json.loads(r.headers["greenlight-dead-letter"]) for r in place.stranger.all("ledger-dead-letters")]
    assert sorted({letter["offset"] for letter in letters}) == list(bad_offsets)
    kept = {letter["offset"]: r for letter, r in zip(letters, place.stranger.all("ledger-dead-letters"), strict=True)}
    assert [kept[offset].value for offset in bad_offsets] == [bad.value for bad in BAD.values()]


async def test_a_header_whose_name_is_no_text_is_one_more_dead_letter(
    place: Place, kafka_transport: Callable[..., Awaitable[KafkaTransport]]
) -> None:
    """Read with our own reader: aiokafka's consumer, which the stranger uses, stops at such a record."""
    where, transport = programmes().index(NAME), await kafka_transport()
    inbox, journal, letters = (f"{place.prefix}ledger-{name}" for name in ("commands", "entries", "dead-letters"))
    key, value, headers = GOOD
    bad = with_unreadable_names([Outgoing(key, value, (*headers, ("some-name", b"x")))])

    async def decided(count: int) -> bool:
        _, end = await transport.bounds(journal, where)
        entries = await transport.read(journal, where, 0, end, 100)
        return sum(dict(r.headers)["ce_type"] == b"ledger.entry-recorded.v1" for r in entries) == count

    first = await place.start()
    await place.stranger.send([define(NAME, 1_000), grant(NAME, {"aster": 500}), GOOD], where)
    await write(place.bootstrap, inbox, where, bad)
    await write(place.bootstrap, inbox, where, bad)
    await eventually(lambda: decided(5))
    assert first.halted() == {}
    first.kill()
    second = await place.start()
    assert second.halted() == {}
    await place.stranger.send([draw(NAME, "aster", 1)], where)
    await eventually(lambda: decided(6))
    found = [from_record(r) for r in await transport.read(letters, 0, 0, 2, 2)]
    assert [(one.offset, one.detail, one.value) for one in found] == [(n, DETAIL, value) for n in (3, 4)]
    assert ("some-\\xff\\xfe-e", b"x") in found[0].headers


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while not await holds():
            await asyncio.sleep(CHECK_SECONDS)


async def test_every_record_delivered_twice_in_other_polls_gives_the_same_bytes(
    place: Place, redis_server: Callable[..., Redis]
) -> None:
    sent = business(SEED, 200, programmes())
    await place.start("--group=-quiet")
    await place.stranger.send(sent)
    await place.check(len(sent))
    other = {"ledger-entries-again": PARTITIONS}
    await place.create(other)
    await place.start(
        "--group=-again", "--journal=ledger-entries-again", f"--twice={SEED}", redis_url=redis_server().url
    )
    async with place.another() as stranger:
        await stranger.watch(other)

        def again() -> list[bytes | None]:
            return [r.value for p in range(PARTITIONS) for r in published(stranger.log["ledger-entries-again", p])]

        quiet = [r.value for p in range(PARTITIONS) for r in published(place.stranger.log["ledger-entries", p])]
        await stranger.until(lambda: len(again()) >= len(quiet))
        assert again() == quiet
        markers = [r for r in stranger.all("ledger-entries-again") if r.headers["ce_type"] == MARKER]
        assert len(markers) == PARTITIONS  # nothing had to be claimed again


async def test_the_last_unit_goes_to_one_of_many_who_race_for_it(place: Place) -> None:
    await place.start(name="one")
    await place.start(name="other")
    name, volume = programmes()[0], 10
    await place.stranger.send([define(name, volume)])
    crowd = [[grant(name, {f"company-{who}": 1}) for _ in range(6)] for who in range(8)]
    await asyncio.gather(*(place.stranger.send(wishes) for wishes in crowd))
    models = await place.check(1 + sum(map(len, crowd)))
    assert models[0].codes == {"APPLIED": 1 + volume, "EXCEEDS_PROGRAMME": 48 - volume}
    granted = _granted(models[0].rows())
    drawn = [draw(name, company, 1) for company, units in granted.items() for _ in range(units + 1)]
    await asyncio.gather(*(place.stranger.send([one]) for one in drawn))
    models = await place.check(1 + 48 + len(drawn))
    assert all(granted == used for granted, used in models[0].rows().values())


def _granted(rows: dict[str, tuple[int, int]]) -> dict[str, int]:
    """Granted units by company."""
    return {name.partition(":")[2]: granted for name, (granted, _) in rows.items()}
