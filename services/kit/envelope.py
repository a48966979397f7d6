"""CloudEvents 1.0 on Kafka: binary mode written, binary and structured mode read.

The value is the payload's JSON. Beside the CloudEvents attributes a record may carry
`owner`   token of the owner that wrote it: the offset of its claim marker;
`meta`    on the last record of a step: what the runtime must know to go on (see `book.py`);
`react`   on a command caused by a fact: `<journal>/<shard>:<sequence>`, contiguous per inbox partition.
A reader ignores records whose owner is below the latest marker it has seen in that partition.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from pydantic import ValidationError

from schemas.base import Command, Fact, Message
from schemas.catalogue import Topic
from services.kit.errors import BadMessage
from services.kit.transport.base import UNREADABLE_NAME, Headers, Outgoing, Record

CLAIMED = "greenlight.shard-claimed.v1"
PROGRESSED = "greenlight.shard-progressed.v1"
CONTROL = frozenset((CLAIMED.encode(), PROGRESSED.encode()))
"""Types written by the runtime itself into a journal; every reader of facts skips them."""
VALUE_BYTES_MAX = 2 * 1024 * 1024
POINTER_CHARACTERS_MAX = 200
_JSON = b"application/json"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What surrounds a message. `react` is (source, sequence, owner) for a command caused by a fact."""

    id: str
    source: str
    type: str
    correlation_id: str
    causation_id: str
    react: tuple[str, int, int] | None = None


def utc(milliseconds: int) -> datetime:
    """Milliseconds since the epoch as an aware UTC time."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


@lru_cache(maxsize=4_096)
def _time(milliseconds: int) -> bytes:
    return utc(milliseconds).isoformat(timespec="milliseconds").replace("+00:00", "Z").encode()


@lru_cache(maxsize=4_096)
def _fixed(source: str, type_: str) -> Headers:
    return (
        ("ce_specversion", b"1.0"),
        ("ce_type", type_.encode()),
        ("ce_source", source.encode()),
        ("content-type", _JSON),
    )


@lru_cache(maxsize=256)
def _models(messages: tuple[type[Message], ...]) -> Mapping[str, type[Message]]:
    return {message.type: message for message in messages}


def encode(message: Message) -> bytes:
    """The payload's JSON, as published."""
    return message.__pydantic_serializer__.to_json(message)


def fact_record(
    fact: Fact, topic: Topic, source: str, sequence: int, owner: bytes, time: int, correlation: str
) -> Outgoing:
    """One fact as a record of its journal."""
    return Outgoing(
        getattr(fact, topic.key).encode(),
        encode(fact),
        (
            *_fixed(source, fact.type),
            ("ce_id", b"%d" % sequence),
            ("ce_time", _time(time)),
            ("ce_correlationid", correlation.encode()),
            ("ce_causationid", fact.command_id.encode()),
            ("owner", owner),
        ),
    )


def command_record(command: Command, key: str, source: str, correlation: str, causation: str = "") -> Outgoing:
    """One command as a record of its inbox."""
    return Outgoing(
        key.encode(),
        encode(command),
        (
            *_fixed(source, command.type),
            ("ce_id", command.command_id.encode()),
            ("ce_correlationid", (correlation or command.command_id).encode()),
            ("ce_causationid", causation.encode()),
        ),
    )


def control_record(type_: str, source: str, id_: str, owner: bytes, value: bytes, meta: bytes | None) -> Outgoing:
    """A record of the runtime's own in a journal: a claim marker, or progress without facts."""
    headers = (*_fixed(source, type_), ("ce_id", id_.encode()), ("owner", owner))
    return Outgoing(None, value, headers if meta is None else (*headers, ("meta", meta)))


def header(record: Record, name: str) -> bytes | None:
    """The value of the first header of that name."""
    for key, value in record.headers:
        if key == name:
            return value
    return None


def _text(headers: Mapping[str, bytes | None], name: str, length_max: int = 512) -> str:
    value = headers.get(name)
    if value is None:
        return ""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        raise BadMessage("is not UTF-8", name) from None
    if len(text) > length_max:
        raise BadMessage(f"is longer than {length_max} characters", name)
    return text


def react_of(headers: Mapping[str, bytes | None]) -> tuple[str, int, int] | None:
    """The react header, parsed. Raises BadMessage."""
    value = headers.get("react")
    if value is None:
        return None
    try:
        source, _, sequence = value.decode().rpartition(":")
        return source, int(sequence), int(headers.get("owner") or b"0")
    except (ValueError, UnicodeDecodeError):
        raise BadMessage("is not <journal>/<shard>:<sequence>", "react") from None


def _pointer(error: ValidationError) -> BadMessage:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    pointer = "/" + "/".join(str(part) for part in first["loc"])
    return BadMessage(first["msg"], pointer[:POINTER_CHARACTERS_MAX])


def _structured(value: bytes) -> tuple[dict[str, bytes | None], bytes]:
    """Attributes as headers and the data, of a structured-mode event. Raises BadMessage."""
    try:
        event = json.loads(value.decode())
        encoded = event.pop("data_base64", None)
        data = None if encoded is not None else event.pop("data")
        body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
        if encoded is not None:
            body = base64.b64decode(encoded, validate=True)
        return {f"ce_{name}": str(v).encode() for name, v in event.items() if v is not None}, body
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BadMessage("is no structured CloudEvent", "value") from None


def decode(record: Record, topic: Topic) -> tuple[Message, Envelope]:
    """The message of a record of this topic and what surrounds it. Raises BadMessage naming header or field."""
    headers: dict[str, bytes | None] = dict(record.headers)
    value = record.value
    if UNREADABLE_NAME in headers:
        raise BadMessage("is not UTF-8", "the name of a header")
    if value is None:
        raise BadMessage("is null", "value")
    if len(value) > VALUE_BYTES_MAX:
        raise BadMessage(f"is longer than {VALUE_BYTES_MAX} bytes", "value")
    if (headers.get("content-type") or b"").startswith(b"application/cloudevents"):
        attributes, value = _structured(value)
        headers = {**headers, **attributes}
    if headers.get("ce_specversion", b"1.0") != b"1.0":
        raise BadMessage("is not 1.0", "ce_specversion")
    type_ = _text(headers, "ce_type")
    model = _models(topic.messages).get(type_)
    if model is None:
        raise BadMessage("is no message of this topic", "ce_type")
    try:
        message: Message = model.__pydantic_validator__.validate_json(value)
    except ValidationError as error:
        raise _pointer(error) from None
    _agree(record, message, headers, topic)
    return message, Envelope(
        _text(headers, "ce_id"),
        _text(headers, "ce_source"),
        type_,
        _text(headers, "ce_correlationid"),
        _text(headers, "ce_causationid"),
        react_of(headers),
    )


def _agree(record: Record, message: Message, headers: Mapping[str, bytes | None], topic: Topic) -> None:
    """Header, key and body must say the same. Raises BadMessage."""
    if record.key != getattr(message, topic.key).encode():
        raise BadMessage(f"differs from {topic.key}", "key")
    if isinstance(message, Command) and headers.get("ce_id") != message.command_id.encode():
        raise BadMessage("differs from command_id", "ce_id")


class OwnerRule:
    """The reader's half of the fence: per partition, records of an owner below the latest marker are ignored."""

    def __init__(self, latest: Mapping[int, int] | None = None) -> None:
        self.latest: dict[int, int] = dict(latest or {})

    def admits(self, record: Record) -> bool:
        """True for a fact or progress record of the latest owner; markers move the rule and are not admitted."""
        owner = header(record, "owner")
        latest = self.latest.get(record.partition, -1)
        if header(record, "ce_type") == CLAIMED.encode():
            self.latest[record.partition] = max(latest, record.offset)
            return False
        token = int(owner) if owner and owner.isdigit() else -1
        if token < latest:
            return False
        self.latest[record.partition] = token
        return True


def is_control(record: Record) -> bool:
    """True for the runtime's own records, which carry no fact."""
    return header(record, "ce_type") in CONTROL
