"""Proof that a journal of entries is whole and unaltered, from its published bytes alone. Pure.

    body  = the published bytes, cut before `,"chain":` and closed by `}`
    leaf  = SHA-256(body)                      chain = SHA-256(chain of the entry before || leaf)

The chain, the seq and the inbox positions covered are those of one journal partition. The ledger seals with
these functions; the command line and strangers verify with them. The same leaves, each hashed once more as a
leaf of `tree.py`, in order of seq, are the tree whose root a checkpoint signs.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal, Protocol

from schemas.tree import leaf_hash

GENESIS = 64 * "0"
"""Chain head before the first entry."""

_CHAIN = b',"chain":"'
_END = re.compile(rb'((?:[0-9a-f]{64})?)"\}')
_END_BYTES = len(_CHAIN) + len(GENESIS) + len(b'"}')
_START = re.compile(
    rb'\{"command_id":"[^"\\]*","at":"[^"\\]*","seq":([0-9]{1,18}),"programme_id":"[^"\\]*","command":"[^"\\]*",'
    rb'"command_sha256":"[^"\\]*","covers_from":([0-9]{1,18}),"covers_to":([0-9]{1,18}),'
)
"""How the ledger's entries begin: read without a JSON parser, which would take most of the time."""

Why = Literal["unreadable", "hash wrong", "seq gap", "previous wrong", "covers hole"]


@dataclass(frozen=True, slots=True)
class Head:
    """Where a journal stands: its last seq, its chain head, the last inbox position covered."""

    seq: int = 0
    chain: str = GENESIS
    covers_to: int = -1


@dataclass(frozen=True, slots=True)
class Verdict:
    """`head` is the last good entry's; `bad_seq` and `why` name the first bad one, None if all are good.

    `unreadable`: not an entry · `hash wrong`: altered · `seq gap`: dropped, doubled or reordered ·
    `previous wrong`: another history · `covers hole`: an inbox position without an entry, or with two.
    """

    head: Head
    bad_seq: int | None = None
    why: Why | None = None

    @property
    def good(self) -> bool:
        """Whether every entry verified."""
        return self.bad_seq is None


def split(entry: bytes) -> tuple[bytes, str]:
    """The body of an entry's published bytes, and its chain as hex. Raises ValueError."""
    at = entry.rfind(_CHAIN)
    end = _END.fullmatch(entry, at + len(_CHAIN)) if at >= 0 else None
    if end is None:
        raise ValueError("the last field is not a chain")
    return entry[:at] + b"}", end.group(1).decode()


def leaf(entry: bytes) -> bytes:
    """SHA-256 of the entry's body, 32 bytes. Raises ValueError."""
    return sha256(split(entry)[0]).digest()


def next_chain(previous: bytes, leaf: bytes) -> bytes:
    """The chain head after an entry, 32 bytes, from the head before it and its leaf."""
    return sha256(previous + leaf).digest()


class Grows(Protocol):
    """A tree that takes leaves."""

    def append(self, leaf: bytes) -> None:
        """Grow by one leaf."""
        ...


def verify(entries: Iterable[bytes], after: Head | None = None, tree: Grows | None = None) -> Verdict:
    """Check entries of one partition in journal order, from its beginning or `after` a head verified before.

    `tree` grows by the leaf of every good entry.
    """
    head = after or Head()
    seq, covers_to, chain = head.seq, head.covers_to, bytes.fromhex(head.chain)
    for entry in entries:
        start = _START.match(entry)
        leaf = sha256(entry[:-_END_BYTES] + b"}").digest()
        following = sha256(chain + leaf).digest()
        if (
            start is None
            or int(start[1]) != seq + 1
            or int(start[2]) != covers_to + 1
            or (covers := int(start[3])) <= covers_to
            or not entry.endswith(b',"previous":"%s","chain":"%s"}' % (_hex(chain), _hex(following)))
        ):
            head = Head(seq, chain.hex(), covers_to)
            slowly = _follow(head, entry)
            if not isinstance(slowly, Head):
                return Verdict(head, seq + 1, slowly)
            covers, following, leaf = slowly.covers_to, bytes.fromhex(slowly.chain), sha256(split(entry)[0]).digest()
        seq, covers_to, chain = seq + 1, covers, following
        if tree is not None:
            tree.append(leaf_hash(leaf))
    return Verdict(Head(seq, chain.hex(), covers_to))


def _hex(digest: bytes) -> bytes:
    return digest.hex().encode()


def _follow(head: Head, entry: bytes) -> Head | Why:
    """The head after the entry, or why it does not follow."""
    try:
        body, chain = split(entry)
        fields = json.loads(body)
        seq, previous = int(fields["seq"]), bytes.fromhex(fields["previous"])
        covers_from, covers_to = int(fields["covers_from"]), int(fields["covers_to"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return "unreadable"
    if next_chain(previous, sha256(body).digest()).hex() != chain:
        return "hash wrong"
    if seq != head.seq + 1:
        return "seq gap"
    if previous.hex() != head.chain:
        return "previous wrong"
    if covers_from != head.covers_to + 1 or covers_to < covers_from:
        return "covers hole"
    return Head(seq, chain, covers_to)
