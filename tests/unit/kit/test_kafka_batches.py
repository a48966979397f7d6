from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kit.transport.base import UNREADABLE_NAME, Outgoing
from services.kit.transport.kafka_names import readable, unpack_any_names
from services.kit.transport.kafka_reader import after_last_batch, unpack
from services.kit.transport.kafka_sender import split
from services.kit.transport.kafka_wire import Producer
from services.kit.transport.kafka_writer import build_batch
from tests.batches import with_unreadable_names

PRODUCER = Producer(7, 3)
maybe_bytes = st.none() | st.binary(max_size=300)
outgoing = st.builds(
    Outgoing,
    maybe_bytes,
    maybe_bytes,
    st.lists(st.tuples(st.text(max_size=10), st.binary(max_size=50)), max_size=4).map(tuple),
)
batches = st.lists(outgoing, min_size=1, max_size=30)


@given(batches)
def test_what_is_built_is_what_is_unpacked(records: Sequence[Outgoing]) -> None:
    data = build_batch(records, PRODUCER, 0, 1_000_000)
    found = list(unpack("things", 1, 0, data))
    assert [Outgoing(r.key, r.value, r.headers) for r in found] == list(records)
    assert [(r.topic, r.partition, r.offset) for r in found] == [("things", 1, i) for i in range(len(records))]
    assert after_last_batch(data) == len(records)


@given(batches)
@settings(max_examples=30)
def test_our_own_unpacking_gives_the_same(records: Sequence[Outgoing]) -> None:
    data = build_batch(records, PRODUCER, 0, 1_000_000)
    assert list(unpack_any_names("things", 1, 2, data * 2)) == list(unpack("things", 1, 2, data * 2))


@pytest.mark.parametrize("start", range(4))
def test_a_name_that_is_no_utf_8_marks_its_record_and_no_other(start: int) -> None:
    strange = (("a", b"1"), ("some-name", b"2"))
    data = with_unreadable_names(
        [Outgoing(b"k", b"0", strange[:1]), *[Outgoing(b"k", b"1", strange)] * 2, Outgoing(None, None)]
    )
    found = [(r.offset, r.value, r.headers) for r in readable(unpack, "things", 0, start, data)]
    named = (("a", b"1"), ("some-\\xff\\xfe-e", b"2"), (UNREADABLE_NAME, b""))
    assert found == [(0, b"0", strange[:1]), (1, b"1", named), (2, b"1", named), (3, None, ())][start:]


def test_a_batch_of_unreadable_names_is_still_checked() -> None:
    data = bytearray(with_unreadable_names([Outgoing(b"k", b"value", (("some-name", b""),))]))
    data[-3] ^= 1
    with pytest.raises(ValueError, match="checksum"):
        list(unpack_any_names("things", 0, 0, bytes(data)))


@given(batches, st.integers(min_value=900, max_value=4_000))
def test_runs_keep_the_order_and_each_fits_into_a_batch(records: Sequence[Outgoing], bytes_max: int) -> None:
    runs = list(split(records, bytes_max))
    assert [record for run in runs for record in run] == list(records)
    for run in runs:
        assert len(build_batch(run, PRODUCER, 0, bytes_max)) <= bytes_max


def test_records_that_fit_together_go_together() -> None:
    assert len(list(split([Outgoing(b"k", b"v" * 400)] * 1_000, 4 * 1024 * 1024))) == 1


@pytest.mark.parametrize("records", [[], [Outgoing(None, b"x" * 2_000)], [Outgoing(None, b"x" * 400)] * 3])
def test_nothing_and_too_much_are_no_batch(records: Sequence[Outgoing]) -> None:
    with pytest.raises(ValueError, match=r"at least one|1000 bytes"):
        build_batch(records, PRODUCER, 0, 1_000)


def test_a_broken_batch_is_not_read() -> None:
    data = bytearray(build_batch([Outgoing(b"k", b"value")], PRODUCER, 0, 1_000))
    data[-3] ^= 1
    with pytest.raises(ValueError, match="checksum"):
        list(unpack("things", 0, 0, bytes(data)))


def test_a_header_without_value_is_read_as_an_empty_one() -> None:
    data = build_batch([Outgoing(None, None, (("a", None),))], PRODUCER, 0, 1_000)  # type: ignore[arg-type]
    assert next(unpack("things", 0, 0, data)).headers == (("a", b""),)


def test_records_before_the_start_are_left_out() -> None:
    data = build_batch([Outgoing(None, bytes([n])) for n in range(5)], PRODUCER, 0, 1_000)
    assert [record.offset for record in unpack("things", 0, 3, data)] == [3, 4]
