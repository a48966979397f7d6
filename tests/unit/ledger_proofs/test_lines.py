"""Lines: a company's own posting can be shown alone, and tells nothing of the others."""

import json
from hashlib import sha256

import pytest

from schemas.ledger import Draw
from schemas.lines import line_leaf, line_leaves, lines, salt, salt_key_id
from tests.builders import RIVAL
from tests.unit.ledger.play import granted, line, opened

KEY = bytes(range(32))
ORIGIN = "ledger.example/2"


@pytest.fixture
def grant() -> bytes:
    """The published bytes of a granted batch of three lines for two companies."""
    play = opened()
    play.grant(line("u1", 300), line("u2", 200, company_id=RIVAL), line("u3", 100))
    return play.published[1]


def test_every_posting_of_an_entry_is_a_line_with_the_balance_after_it(grant: bytes) -> None:
    entry = json.loads(grant)
    found = [json.loads(line) for line in lines(grant)]
    assert [one["posting"] for one in found] == entry["postings"]
    assert [one["line"] for one in found] == [0, 1, 2]
    assert {one["seq"] for one in found} == {2}
    for one in found:
        assert one["balance"]["company_id"] == one["posting"]["company_id"]
        assert one["balance"] in entry["balances"]


def test_a_line_names_no_other_company(grant: bytes) -> None:
    companies = {posting["company_id"] for posting in json.loads(grant)["postings"]}
    assert len(companies) == 2
    for one in lines(grant):
        others = companies - {json.loads(one)["posting"]["company_id"]}
        assert not any(other.encode() in one for other in others)


def test_a_line_is_canonical_and_a_refused_command_has_none(grant: bytes) -> None:
    for one in lines(grant):
        again = json.dumps(json.loads(one), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        assert one == again.encode()
    play = granted()
    play.ask(Draw, units=10**6)
    assert play.last.code == "EXCEEDS_AVAILABLE"
    assert list(lines(play.published[-1])) == []


def test_a_salt_belongs_to_one_line_of_one_partition_and_one_key() -> None:
    salts = {
        salt(key, origin, seq, number)
        for key in (KEY, bytes(32))
        for origin in (ORIGIN, "ledger.example/3")
        for seq in (1, 2, 11)
        for number in (0, 1, 11)
    }
    assert len(salts) == 36
    assert {len(one) for one in salts} == {32}
    assert len({salt_key_id(KEY), salt_key_id(bytes(32))}) == 2


def test_the_leaf_of_a_line_is_the_published_one(grant: bytes) -> None:
    leaves = list(line_leaves(KEY, ORIGIN, 2, grant))
    wanted = [sha256(b"\x00" + salt(KEY, ORIGIN, 2, number) + one).digest() for number, one in enumerate(lines(grant))]
    assert leaves == wanted
    assert line_leaf(b"salt", b"line") == sha256(b"\x00saltline").digest()
