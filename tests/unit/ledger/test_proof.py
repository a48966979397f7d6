"""Anyone who has the published bytes can tell a whole journal from one that was altered, and where."""

import json
from collections.abc import Callable
from hashlib import sha256

import pytest

from schemas.ledger import Draw
from schemas.proof import GENESIS, Head, leaf, next_chain, split, verify
from tests.unit.ledger.play import granted, malformed

Journal = list[bytes]


@pytest.fixture
def journal() -> Journal:
    """Nine entries of a ledger: a programme, a grant, a malformed record, six draws."""
    play = granted()
    play.skip(2)
    play.send(malformed())
    for _ in range(6):
        play.ask(Draw, units=10)
    return play.published


def resealed(entry: bytes, **changes: object) -> bytes:
    """An entry altered by somebody who can compute a hash."""
    fields = {**json.loads(entry), **changes, "chain": ""}
    draft = json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode()
    chain = next_chain(bytes.fromhex(str(fields["previous"])), leaf(draft)).hex()
    return draft.replace(b',"chain":""}', f',"chain":"{chain}"}}'.encode())


def without(journal: Journal, seq: int) -> Journal:
    return [*journal[: seq - 1], *journal[seq:]]


def put(journal: Journal, seq: int, entry: bytes) -> Journal:
    return [*journal[: seq - 1], entry, *journal[seq:]]


def swapped(journal: Journal, seq: int) -> Journal:
    return [*journal[: seq - 1], journal[seq], journal[seq - 1], *journal[seq + 1 :]]


def test_a_whole_journal_is_good_and_ends_in_its_head(journal: Journal) -> None:
    verdict = verify(journal)
    assert (verdict.good, verdict.bad_seq, verdict.why) == (True, None, None)
    assert verdict.head == Head(9, split(journal[-1])[1], 10)


def test_an_empty_journal_is_good_and_stands_at_the_beginning() -> None:
    assert verify([]).head == Head(0, GENESIS, -1)


def test_a_later_part_is_good_after_the_head_before_it(journal: Journal) -> None:
    before = verify(journal[:5]).head
    assert verify(journal[5:], before) == verify(journal)
    assert verify(journal[5:]).bad_seq == 1


@pytest.mark.parametrize(
    ("harm", "seq", "why"),
    [
        (lambda j: put(j, 5, j[4].replace(b'"units":10,', b'"units":11,')), 5, "hash wrong"),
        (lambda j: put(j, 1, j[0].replace(b"H200", b"H300")), 1, "hash wrong"),
        (lambda j: put(j, 9, j[8][:-10] + b'00000000"}'), 9, "hash wrong"),
        (lambda j: put(j, 5, resealed(j[4], reason="another")), 6, "previous wrong"),
        (lambda j: put(j, 5, resealed(j[4], previous="0" * 64)), 5, "previous wrong"),
        (lambda j: put(j, 5, resealed(j[4], covers_from=5)), 5, "covers hole"),
        (lambda j: put(j, 5, resealed(j[4], covers_to=5)), 5, "covers hole"),
        (lambda j: without(j, 1), 1, "seq gap"),
        (lambda j: without(j, 5), 5, "seq gap"),
        (lambda j: swapped(j, 5), 5, "seq gap"),
        (lambda j: [*j[:5], *j[4:]], 6, "seq gap"),
        (lambda j: put(j, 5, b""), 5, "unreadable"),
        (lambda j: put(j, 5, b"{}"), 5, "unreadable"),
        (lambda j: put(j, 5, j[4][:-1]), 5, "unreadable"),
        (lambda j: put(j, 5, j[4] + b" "), 5, "unreadable"),
        (lambda j: put(j, 5, b'{"seq":null,"chain":"' + b"0" * 64 + b'"}'), 5, "unreadable"),
        (lambda j: put(j, 5, b"[" * 100_000 + b',"chain":""}'), 5, "unreadable"),
    ],
)
def test_the_first_bad_entry_is_named(journal: Journal, harm: Callable[[Journal], Journal], seq: int, why: str) -> None:
    verdict = verify(harm(journal))
    assert (verdict.good, verdict.bad_seq, verdict.why) == (False, seq, why)
    assert verdict.head == verify(journal[: seq - 1]).head or why == "previous wrong"


def test_a_dropped_last_entry_shows_in_the_head_alone(journal: Journal) -> None:
    assert verify(journal[:-1]).good
    assert verify(journal[:-1]).head != verify(journal).head


def test_the_chain_rule_is_the_published_one(journal: Journal) -> None:
    chain = bytes(32)
    for entry in journal:
        body, _, rest = entry.rpartition(b',"chain":"')
        chain = sha256(chain + sha256(body + b"}").digest()).digest()
        assert rest == f'{chain.hex()}"}}'.encode()
        assert leaf(entry) == sha256(body + b"}").digest()
        assert split(entry) == (body + b"}", chain.hex())
