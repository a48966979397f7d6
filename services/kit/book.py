"""What the runtime must know of a shard to go on: written with every step, never derived from code.

The book travels as JSON in the `meta` header of a step's last record, and with the rows in Redis.
"""

import hashlib
import json
from dataclasses import dataclass, field, replace

from services.kit.transport.base import Record


@dataclass(slots=True)
class Acknowledged:
    """Up to journal offset `offset` every fact's reacts are acknowledged; `sent` are the counters there."""

    offset: int = 0
    owner: int = -1
    sent: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Book:
    """State of the runtime in one shard, after a step.

    position  next inbox offset            sequence  facts written so far (the last fact's id)
    time      shard time, ms, never back   last      hash of the last inbox record read
    owner     token of the step's owner    cluster   the log it stands on
    marker    id of that owner's claim marker
    sources   per reacting shard: last sequence seen and its owner
    sent      per inbox partition (`topic/partition`): commands caused so far
    parked    per key: inbox offsets that wait for a person, in order
    """

    position: int = 0
    sequence: int = 0
    time: int = 0
    last: str = ""
    owner: int = -1
    cluster: str = ""
    marker: str = ""
    sources: dict[str, tuple[int, int]] = field(default_factory=dict)
    sent: dict[str, int] = field(default_factory=dict)
    acknowledged: Acknowledged = field(default_factory=Acknowledged)
    parked: dict[str, list[int]] = field(default_factory=dict)

    def dump(self) -> bytes:
        """As JSON, short keys: it is paid for with every step."""
        a = self.acknowledged
        lead = {k: v for k, v in a.sent.items() if self.sent.get(k) != v}
        missing = [k for k in self.sent if k not in a.sent]
        book: dict[str, object] = {
            "p": self.position, "s": self.sequence, "t": self.time, "l": self.last, "o": self.owner, "c": self.cluster,
            "m": self.marker, "i": self.sources, "r": self.sent, "a": [a.offset, a.owner, lead, missing],
        }  # fmt: skip
        if self.parked:
            book["k"] = self.parked
        return json.dumps(book, separators=(",", ":")).encode()

    def copy(self) -> "Book":
        """Independent of this one."""
        return replace(
            self,
            sources=dict(self.sources),
            sent=dict(self.sent),
            acknowledged=replace(self.acknowledged, sent=dict(self.acknowledged.sent)),
            parked={key: list(offsets) for key, offsets in self.parked.items()},
        )


def load(data: bytes | str) -> Book:
    """A book from its JSON. Raises ValueError, KeyError, TypeError on anything else."""
    raw = json.loads(data)
    offset, owner, lead, missing = raw["a"]
    sent = {key: count for key, count in raw["r"].items() if key not in missing} | lead
    return Book(
        position=raw["p"], sequence=raw["s"], time=raw["t"], last=raw["l"], owner=raw["o"], cluster=raw["c"],
        marker=raw["m"],
        sources={source: (entry[0], entry[1]) for source, entry in raw["i"].items()},
        sent=dict(raw["r"]),
        acknowledged=Acknowledged(offset, owner, sent),
        parked={key: list(offsets) for key, offsets in raw.get("k", {}).items()},
    )  # fmt: skip


def position_in(data: bytes) -> int:
    """The inbox position that a book's JSON tells. Raises ValueError, KeyError, TypeError on anything else."""
    return int(json.loads(data)["p"])


def fingerprint(record: Record) -> str:
    """A short hash of an inbox record: tells a recreated topic from the one the shard stands on."""
    digest = hashlib.blake2b(digest_size=8)
    digest.update(b"%d|%d|" % (record.offset, record.timestamp))
    digest.update(record.key or b"")
    digest.update(record.value or b"")
    return digest.hexdigest()
