"""The journal folded into what a checkpoint signs: chain head, tree over entries, tree over lines. Pure.

Nothing but entries that follow each other goes in, and the same entries give the same signed text, byte by byte:
two signers of one partition can sign one thing twice, but never two things of one size.
"""

import json
from datetime import datetime

from schemas.base import derived_id
from schemas.checkpoint import Checkpoint, CheckpointSigned, read_checkpoint
from schemas.lines import line_leaves, salt_key_id
from schemas.note import BadNote, Note, Signer, read_note
from schemas.proof import Head, verify
from schemas.tree import Growth, Range


class Fold:
    """Where the signer stands in one partition. `position` and `owner` are those behind the last entry."""

    def __init__(self, origin: str, salt_key: bytes) -> None:
        self.origin, self._salt_key = origin, salt_key
        self.head = Head()
        self.entries, self.lines = Growth(Range()), Growth(Range())
        self.position, self.owner = 0, -1
        self._last = b""

    @property
    def new(self) -> int:
        """Entries since the last checkpoint."""
        return self.head.seq - self.entries.since

    def take(self, entry: bytes, position: int, owner: int) -> None:
        """Fold an entry's published bytes; `position` is the offset behind it. Raises ValueError if it does not follow.

        The fold is of no use after it has raised.
        """
        verdict = verify((entry,), self.head, self.entries)
        if not verdict.good:
            raise ValueError(f"entry {verdict.bad_seq} does not follow the last: {verdict.why}")
        self.head = verdict.head
        for leaf in line_leaves(self._salt_key, self.origin, self.head.seq, entry):
            self.lines.append(leaf)
        self.position, self.owner, self._last = position, owner, entry

    def checkpoint(self) -> Checkpoint:
        """What there is to sign now."""
        entries, lines = self.entries.range, self.lines.range
        return Checkpoint(
            self.origin, entries.size, entries.root(), self.head.chain, self.head.covers_to, lines.size, lines.root(),
            salt_key_id(self._salt_key),
        )  # fmt: skip

    def sign(self, key: Signer) -> CheckpointSigned:
        """Sign how far it goes. There are entries since the last checkpoint."""
        text = str(self.checkpoint())
        return CheckpointSigned(
            command_id=derived_id("checkpoint", self.origin, str(self.head.seq)),
            at=datetime.fromisoformat(json.loads(self._last)["at"]),
            origin=self.origin,
            size=self.head.seq,
            note=str(Note(text, (key.sign(text),))),
            after_size=self.entries.since,
            after_lines=self.lines.since,
            entries_path=_hex(self.entries.proof()),
            lines_path=_hex(self.lines.proof()),
            entries_frontier=_hex(self.entries.range.hashes),
            lines_frontier=_hex(self.lines.range.hashes),
            position=self.position,
            owner=self.owner,
        )

    def settle(self) -> None:
        """What has been folded is signed and published: the next checkpoint begins here."""
        self.entries.settle()
        self.lines.settle()


def resumed(signed: CheckpointSigned, salt_key: bytes) -> Fold:
    """A fold that goes on from a checkpoint whose signature is our own. Raises BadNote if the rest does not fit it."""
    said = read_checkpoint(read_note(signed.note).text)
    fold = Fold(said.origin, salt_key)
    try:
        fold.entries = Growth(Range(said.size, _bytes(signed.entries_frontier)))
        fold.lines = Growth(Range(said.lines_size, _bytes(signed.lines_frontier)))
    except ValueError as error:
        raise BadNote(str(error)) from None
    fold.head = Head(said.size, said.chain, said.covers_to)
    fold.position, fold.owner = signed.position, signed.owner
    if fold.checkpoint() != said:
        raise BadNote("the stored hashes do not give the roots that were signed")
    return fold


def _hex(hashes: "tuple[bytes, ...] | list[bytes]") -> tuple[str, ...]:
    return tuple(one.hex() for one in hashes)


def _bytes(hashes: tuple[str, ...]) -> list[bytes]:
    return [bytes.fromhex(one) for one in hashes]
