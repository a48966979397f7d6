"""The book: what travels with every step comes back as it was, and no copy moves another."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit import book as books
from services.kit.book import Acknowledged, Book, fingerprint
from services.kit.transport.base import Record

NAMES = st.text(min_size=1, max_size=12)
NUMBERS = st.integers(0, 2**63)
COUNTERS = st.dictionaries(NAMES, NUMBERS, max_size=4)


@st.composite
def counters(draw: st.DrawFn) -> tuple[dict[str, int], Acknowledged]:
    """Counters, and those acknowledged so far: some as high, some lower, some not there yet."""
    sent = draw(COUNTERS)
    known = draw(st.sets(st.sampled_from(sorted(sent)))) if sent else set()
    lower = {name: draw(st.integers(0, sent[name])) for name in known}
    return sent, Acknowledged(draw(NUMBERS), draw(st.integers(-1, 2**63)), lower)


@st.composite
def made(draw: st.DrawFn) -> Book:
    sent, acknowledged = draw(counters())
    return Book(
        position=draw(NUMBERS), sequence=draw(NUMBERS), time=draw(NUMBERS), last=draw(NAMES),
        owner=draw(st.integers(-1, 2**63)), cluster=draw(st.text(max_size=8)), marker=draw(st.text(max_size=8)),
        sources=draw(st.dictionaries(NAMES, st.tuples(NUMBERS, NUMBERS), max_size=4)),
        sent=sent, acknowledged=acknowledged,
        parked=draw(st.dictionaries(NAMES, st.lists(NUMBERS, min_size=1, max_size=4), max_size=3)),
    )  # fmt: skip


@given(made())
def test_what_is_dumped_is_loaded(book: Book) -> None:
    assert books.load(book.dump()) == book
    assert books.load(book.dump().decode()) == book


@given(made())
def test_a_copy_moves_nothing_of_its_original(book: Book) -> None:
    before = book.dump()
    copy = book.copy()
    assert copy == book
    copy.position += 1
    copy.sources["x"] = (1, 1)
    copy.sent["x"] = 1
    copy.acknowledged.sent["x"] = 1
    for offsets in copy.parked.values():
        offsets.append(1)
    copy.parked["new"] = [1]
    assert book.dump() == before


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"7", b"null", b"{}", b'{"p":1}', Book().dump()[:-2]])
def test_anything_else_is_an_error_that_says_so(data: bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        books.load(data)


def test_the_book_stays_small_while_little_is_unacknowledged() -> None:
    sent = {f"case-commands/{n}": 1_000_000 for n in range(8)}
    quiet = Book(sent=sent, acknowledged=Acknowledged(5, 4, dict(sent)))
    assert len(quiet.dump()) < len(json.dumps(sent)) + 150


RECORD = Record("inbox", 0, 7, 1_700_000_000_000, b"key", b"value", (("h", b"1"),))
OTHERS = [
    Record("inbox", 0, 8, 1_700_000_000_000, b"key", b"value"),
    Record("inbox", 0, 7, 1_700_000_000_001, b"key", b"value"),
    Record("inbox", 0, 7, 1_700_000_000_000, b"kez", b"value"),
    Record("inbox", 0, 7, 1_700_000_000_000, b"key", b"valuf"),
]


def test_a_fingerprint_tells_a_record_from_another_at_its_place() -> None:
    assert len({fingerprint(record) for record in (RECORD, *OTHERS)}) == 5
    assert fingerprint(RECORD) == fingerprint(Record("inbox", 0, 7, 1_700_000_000_000, b"key", b"value"))


def test_a_record_without_key_or_value_has_a_fingerprint() -> None:
    assert fingerprint(Record("inbox", 0, 7, 0, None, None))
