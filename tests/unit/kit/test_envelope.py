"""The envelope: CloudEvents 1.0 on Kafka, binary written, both modes read, and nothing believed without a check."""

import base64
import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.catalogue import APPLICATIONS, BATCH_COMMANDS
from schemas.intake import CompanyRegistered
from schemas.policy import BatchTick
from services.kit import envelope
from services.kit.errors import BadMessage
from services.kit.transport.base import Headers, Outgoing, Record
from tests.builders import build

TICK = BatchTick(command_id="t-1", programme_id="h200-2026")
SOURCE = "/greenlight/policy/cases/3"


def record(made: Outgoing, offset: int = 7) -> Record:
    return Record(BATCH_COMMANDS.name, 1, offset, 1_700_000_000_000, made.key, made.value, made.headers)


def sent() -> Outgoing:
    return envelope.command_record(TICK, TICK.programme_id, SOURCE, "corr", "cause")


def structured(event: object, key: bytes = b"h200-2026", headers: Headers = ()) -> Record:
    known = (("content-type", b"application/cloudevents+json; charset=UTF-8"), *headers)
    return record(Outgoing(key, json.dumps(event).encode(), known))


EVENT = {
    "specversion": "1.0", "id": "t-1", "source": SOURCE, "type": BatchTick.type, "time": "2026-03-02T09:30:00Z",
    "correlationid": "corr", "causationid": "cause", "datacontenttype": "application/json",
    "data": {"command_id": "t-1", "programme_id": "h200-2026"},
}  # fmt: skip


def test_a_command_comes_back_as_it_was_sent() -> None:
    message, around = envelope.decode(record(sent()), BATCH_COMMANDS)
    assert message == TICK
    assert around == envelope.Envelope("t-1", SOURCE, BatchTick.type, "corr", "cause", None)


def test_a_fact_carries_sequence_time_owner_and_cause() -> None:
    fact = build(CompanyRegistered)
    made = envelope.fact_record(fact, APPLICATIONS, "/greenlight/intake/cases/0", 42, b"17", 1_700_000_000_123, "corr")
    assert dict(made.headers) == {
        "ce_specversion": b"1.0", "ce_type": fact.type.encode(), "ce_source": b"/greenlight/intake/cases/0",
        "content-type": b"application/json", "ce_id": b"42", "ce_time": b"2023-11-14T22:13:20.123Z",
        "ce_correlationid": b"corr", "ce_causationid": fact.command_id.encode(), "owner": b"17",
    }  # fmt: skip
    assert made.key == fact.company_id.encode()
    message, _ = envelope.decode(record(made), APPLICATIONS)
    assert message == fact


def test_the_official_sdk_reads_what_we_write() -> None:
    kafka = pytest.importorskip("cloudevents.core.bindings.kafka")
    formats = pytest.importorskip("cloudevents.core.formats.json")
    made = sent()
    message = kafka.KafkaMessage(headers=dict(made.headers), key=made.key, value=made.value)
    event = kafka.from_binary(message, formats.JSONFormat())
    assert (event.get_id(), event.get_source(), event.get_type()) == ("t-1", SOURCE, BatchTick.type)
    assert event.get_data() == {"command_id": "t-1", "programme_id": "h200-2026"}
    assert event.get_extension("correlationid") == "corr"


@pytest.mark.parametrize("mode", ["binary", "structured"])
def test_we_read_what_the_official_sdk_writes(mode: str) -> None:
    kafka = pytest.importorskip("cloudevents.core.bindings.kafka")
    formats = pytest.importorskip("cloudevents.core.formats.json")
    events = pytest.importorskip("cloudevents.core.v1.event")
    attributes = {
        "id": "t-1", "source": SOURCE, "type": BatchTick.type, "specversion": "1.0", "correlationid": "corr",
        "time": datetime(2026, 3, 2, 9, 30, tzinfo=UTC), "datacontenttype": "application/json",
    }  # fmt: skip
    event = events.CloudEvent(attributes=attributes, data=EVENT["data"])
    write = kafka.to_binary if mode == "binary" else kafka.to_structured
    made = write(event, formats.JSONFormat(), key_mapper=lambda _: b"h200-2026")
    key = made.key if isinstance(made.key, bytes) else str(made.key).encode()
    message, around = envelope.decode(record(Outgoing(key, made.value, tuple(made.headers.items()))), BATCH_COMMANDS)
    assert message == TICK
    assert (around.id, around.source, around.correlation_id) == ("t-1", SOURCE, "corr")


def test_structured_mode_is_read() -> None:
    message, around = envelope.decode(structured(EVENT), BATCH_COMMANDS)
    assert message == TICK
    assert around == envelope.Envelope("t-1", SOURCE, BatchTick.type, "corr", "cause", None)


def test_structured_mode_with_its_data_in_base64_is_read() -> None:
    data = base64.b64encode(json.dumps(EVENT["data"]).encode()).decode()
    event = {**{name: value for name, value in EVENT.items() if name != "data"}, "data_base64": data}
    assert envelope.decode(structured(event), BATCH_COMMANDS)[0] == TICK


def test_attributes_of_the_event_count_not_headers_of_the_same_name() -> None:
    headers = (("ce_id", b"other"), ("ce_source", b"/other"))
    _, around = envelope.decode(structured(EVENT, headers=headers), BATCH_COMMANDS)
    assert (around.id, around.source) == ("t-1", SOURCE)


BAD_EVENTS: list[tuple[str, object]] = [
    ("a list", [EVENT]),
    ("a number", 7),
    ("null", None),
    ("no data", {name: value for name, value in EVENT.items() if name != "data"}),
    ("data of another type", {**EVENT, "data": "text"}),
    ("data is null", {**EVENT, "data": None}),
    ("base64 is none", {**EVENT, "data_base64": "?"}),
    ("base64 is no text", {**EVENT, "data_base64": 7}),
    ("another id", {**EVENT, "id": "t-2"}),
    ("id is null", {**EVENT, "id": None}),
    ("another version", {**EVENT, "specversion": "0.3"}),
    ("unknown type", {**EVENT, "type": "policy.unheard-of.v1"}),
    ("a lone surrogate in an attribute", {**EVENT, "source": "\ud800"}),
    ("a lone surrogate in the data", {**EVENT, "data": {"command_id": "\ud800", "programme_id": "h200-2026"}}),
    ("an endless attribute", {**EVENT, "source": "x" * 1_000}),
]


@pytest.mark.parametrize(("_", "event"), BAD_EVENTS, ids=[row[0] for row in BAD_EVENTS])
def test_a_malformed_structured_event_is_a_bad_message(_: str, event: object) -> None:
    with pytest.raises(BadMessage):
        envelope.decode(structured(event), BATCH_COMMANDS)


@given(
    st.one_of(st.none(), st.binary(max_size=40)),
    st.one_of(st.none(), st.binary(max_size=60), st.just(sent().value)),
    st.lists(
        st.tuples(
            st.sampled_from(["ce_id", "ce_type", "ce_source", "content-type", "react", "owner", "ce_specversion", "x"]),
            st.one_of(
                st.binary(max_size=20),
                st.sampled_from([b"application/cloudevents", b"1.0", BatchTick.type.encode(), b"a/0:1", b"t-1"]),
            ),
        ),
        max_size=8,
    ),
)
def test_any_bytes_are_a_message_or_a_bad_message(
    key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes]]
) -> None:
    with suppress(BadMessage):
        message, _ = envelope.decode(record(Outgoing(key, value, tuple(headers))), BATCH_COMMANDS)
        assert message == TICK


JSON_TEXTS = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["data", "id", "type", "data_base64"]), inner)
    ),
    max_leaves=8,
)


@given(JSON_TEXTS)
def test_any_json_in_structured_mode_is_a_message_or_a_bad_message(event: object) -> None:
    with pytest.raises(BadMessage):
        envelope.decode(structured(event), BATCH_COMMANDS)


REACTS: list[tuple[bytes, bytes | None, tuple[str, int, int]]] = [
    (b"decisions/3:17", b"5", ("decisions/3", 17, 5)),
    (b"decisions/3:17", None, ("decisions/3", 17, 0)),
    (b"a:b/3:1", b"0", ("a:b/3", 1, 0)),
]


@pytest.mark.parametrize(("react", "owner", "expected"), REACTS)
def test_the_react_header_names_source_sequence_and_owner(
    react: bytes, owner: bytes | None, expected: tuple[str, int, int]
) -> None:
    assert envelope.react_of({"react": react, "owner": owner}) == expected


@pytest.mark.parametrize("react", [b"", b"decisions/3", b"decisions/3:x", b"\xff:1", b"a/1:" + b"9" * 5_000])
def test_a_malformed_react_header_is_a_bad_message(react: bytes) -> None:
    with pytest.raises(BadMessage):
        envelope.react_of({"react": react, "owner": b"1"})


def test_a_bad_message_names_the_field_and_never_its_content() -> None:
    secret = "x" * 200 + "secret"
    made = Outgoing(b"h200-2026", json.dumps({"command_id": [secret], "programme_id": secret}).encode(), sent().headers)
    with pytest.raises(BadMessage) as caught:
        envelope.decode(record(made), BATCH_COMMANDS)
    assert caught.value.field == "/command_id"
    assert "secret" not in str(caught.value)
