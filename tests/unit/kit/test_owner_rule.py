"""The reader's half of the fence: which records of a journal count, by the published rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit import envelope
from services.kit.envelope import OwnerRule
from services.kit.transport.base import Record

SOURCE = "/greenlight/policy/toy/0"


def marker(offset: int, partition: int = 0) -> Record:
    made = envelope.control_record(envelope.CLAIMED, SOURCE, "m", b"-1", b"{}", None)
    return Record("counts", partition, offset, 0, made.key, made.value, made.headers)


def fact(offset: int, owner: int | None, partition: int = 0) -> Record:
    headers = (("ce_type", b"policy.counted.v1"), *((("owner", b"%d" % owner),) if owner is not None else ()))
    return Record("counts", partition, offset, 0, b"aster", b"{}", headers)


def progress(offset: int, owner: int) -> Record:
    made = envelope.control_record(envelope.PROGRESSED, SOURCE, "p", b"%d" % owner, b"{}", b"{}")
    return Record("counts", 0, offset, 0, made.key, made.value, made.headers)


JOURNALS: list[tuple[str, list[Record], list[int]]] = [
    ("one owner", [marker(0), fact(1, 0), fact(2, 0)], [1, 2]),
    ("a takeover", [marker(0), fact(1, 0), marker(2), fact(3, 2)], [1, 3]),
    ("a late append", [marker(0), fact(1, 0), marker(2), fact(3, 0), fact(4, 2)], [1, 4]),
    ("late progress", [marker(0), marker(1), progress(2, 0), progress(3, 1)], [3]),
    ("a late append before the new owner's first", [marker(0), marker(1), fact(2, 0), fact(3, 1)], [3]),
    ("no owner at all", [marker(0), fact(1, None), fact(2, 0)], [2]),
    ("a reader that begins in the middle", [fact(9, 5), marker(10), fact(11, 5), fact(12, 10)], [9, 12]),
    ("two takeovers", [marker(0), marker(1), marker(2), fact(3, 1), fact(4, 2), fact(5, 0)], [4]),
    ("partitions apart", [marker(5, 0), fact(1, 0, 1), fact(6, 0, 0), fact(7, 5, 0)], [1, 7]),
]


@pytest.mark.parametrize(("_", "records", "expected"), JOURNALS, ids=[row[0] for row in JOURNALS])
def test_what_counts(_: str, records: list[Record], expected: list[int]) -> None:
    rule = OwnerRule()
    assert [record.offset for record in records if rule.admits(record)] == expected


@pytest.mark.parametrize(("_", "records", "expected"), JOURNALS, ids=[row[0] for row in JOURNALS])
def test_a_rule_that_is_carried_on_decides_as_one_that_was_never_interrupted(
    _: str, records: list[Record], expected: list[int]
) -> None:
    found, latest = [], dict[int, int]()
    for record in records:
        rule = OwnerRule(latest)
        if rule.admits(record):
            found.append(record.offset)
        latest = rule.latest
    assert found == expected


@given(st.lists(st.one_of(st.none(), st.integers(0, 20)), max_size=30))
def test_once_a_marker_is_seen_only_its_owners_records_count(journal: list[int | None]) -> None:
    rule, latest = OwnerRule(), -1
    for offset, owner in enumerate(journal):
        if owner is None:
            assert not rule.admits(marker(offset))
            latest = offset
        elif owner < offset and latest >= 0:
            assert rule.admits(fact(offset, min(owner, latest))) == (owner >= latest)
