"""Dead letters: a record that could not be handled, kept whole, with why and where; and its replay.

Written and acknowledged before the position moves, so at least once: the id `<topic>/<partition>/<offset>`
tells repeats. Replay sends the original key, bytes and headers again, without the sequence and the owner
and with its id, so that the business rules decide whether it is new. A record too large to be kept beside
its reason is only pointed to: it is read from where it came from.
"""

import base64
import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from services.kit.transport.base import Headers, Outgoing, Record, Transport

LIST_MAX = 1_000
LETTER_BYTES_MAX = 3 * 1024 * 1024
HEADER = "greenlight-dead-letter"
_STRIPPED = frozenset(("react", "owner", "meta"))


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One record that could not be handled. `sha256` is of its value; `detail` never holds content."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    reason: str
    detail: str
    where: str
    release: str
    sha256: str
    key: bytes | None
    value: bytes | None
    headers: Headers
    whole: bool = True
    """False: too large; key, value and headers are still where it came from."""

    @property
    def id(self) -> str:
        """The same for every copy of the same record's letter."""
        return f"{self.topic}/{self.partition}/{self.offset}"


def dead_letter(record: Record, reason: str, detail: str, where: str, release: str) -> DeadLetter:
    """The letter for a record."""
    digest = hashlib.sha256(record.value or b"").hexdigest()
    return DeadLetter(
        record.topic, record.partition, record.offset, record.timestamp, reason, detail, where, release, digest,
        record.key, record.value, record.headers,
    )  # fmt: skip


def to_record(letter: DeadLetter) -> Outgoing:
    """The letter as a record: the original bytes and key, why and where in headers of our own."""
    about = {
        "topic": letter.topic, "partition": letter.partition, "offset": letter.offset, "timestamp": letter.timestamp,
        "reason": letter.reason, "detail": letter.detail, "where": letter.where, "release": letter.release,
        "sha256": letter.sha256,
        "headers": [[name, base64.b64encode(value or b"").decode()] for name, value in letter.headers],
    }  # fmt: skip
    header = json.dumps(about).encode()
    if len(header) + len(letter.key or b"") + len(letter.value or b"") <= LETTER_BYTES_MAX:
        return Outgoing(letter.key, letter.value, ((HEADER, header),))
    return Outgoing(None, None, ((HEADER, json.dumps({**about, "headers": [], "whole": False}).encode()),))


def from_record(record: Record) -> DeadLetter:
    """The letter of a record of a dead-letter topic. Raises ValueError, KeyError, TypeError if it is none."""
    about = json.loads(dict(record.headers)[HEADER])
    headers = tuple((name, base64.b64decode(value)) for name, value in about["headers"])
    return DeadLetter(
        about["topic"], about["partition"], about["offset"], about["timestamp"], about["reason"], about["detail"],
        about["where"], about["release"], about["sha256"], record.key, record.value, headers,
        about.get("whole", True),
    )  # fmt: skip


async def write(transport: Transport, topic: str, letters: Sequence[DeadLetter]) -> None:
    """Write letters to partition 0 of a dead-letter topic, acknowledged. Raises Transient."""
    if letters:
        await transport.send(topic, 0, [to_record(letter) for letter in letters])


async def letters(transport: Transport, topic: str, letters_max: int = LIST_MAX) -> list[DeadLetter]:
    """The newest letters of a topic, each once, oldest first. Raises Transient."""
    return list({letter.id: letter async for letter in _read(transport, topic, letters_max)}.values())


async def find(transport: Transport, topic: str, id_: str) -> DeadLetter | None:
    """The letter of that id, however old; None if there is none. Raises Transient."""
    async for letter in _read(transport, topic, None):
        if letter.id == id_:
            return letter
    return None


async def _read(transport: Transport, topic: str, letters_max: int | None) -> AsyncIterator[DeadLetter]:
    first, end = await transport.bounds(topic, 0)
    position = first if letters_max is None else max(first, end - letters_max)
    while page := await transport.read(topic, 0, position, end, LIST_MAX):
        position = page[-1].offset + 1
        for record in page:
            try:
                yield from_record(record)
            except (ValueError, KeyError, TypeError):
                continue  # a stranger's record: no letter of ours


async def replay(transport: Transport, letter: DeadLetter) -> int:
    """Send the original record again to where it came from; return its new offset. Raises Transient, Halted."""
    original: DeadLetter | Record = letter
    if not letter.whole:
        original = (await transport.read(letter.topic, letter.partition, letter.offset, letter.offset + 1, 1))[0]
    headers = tuple((name, value) for name, value in original.headers if name not in _STRIPPED)
    return await transport.send(letter.topic, letter.partition, [Outgoing(original.key, original.value, headers)])
