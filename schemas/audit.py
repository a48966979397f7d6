"""Judging an exported journal partition against signed checkpoints, and one line against one checkpoint. Pure.

All that it takes are the published bytes, the signed notes, and keys that the judge has from elsewhere.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, pairwise

from schemas.base import Value
from schemas.checkpoint import Checkpoint, read_checkpoint
from schemas.lines import line_leaf, line_leaves, salt_key_id
from schemas.note import BadNote, Verifier, read_note, signed_by
from schemas.proof import Head, verify
from schemas.tree import Range, includes
from schemas.values import Sha256

PART_ENTRIES = 2_000


@dataclass(frozen=True, slots=True)
class Trust:
    """What the judge knows from elsewhere. A checkpoint is signed by one of `ledgers`; without any, none is checked.

    With `salt_key` the tree over lines is computed too.
    """

    ledgers: tuple[Verifier, ...] = ()
    witnesses: tuple[Verifier, ...] = ()
    salt_key: bytes | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """`head` is the last good entry's. `why` is None if all is well; `bad_seq` the first bad entry, if it is an entry.

    `signed_to`: entries under a good checkpoint; what follows is chained but not yet signed. `witnessed_to`: the same
    for checkpoints that every given witness has cosigned.
    """

    head: Head = field(default_factory=Head)
    checkpoints: int = 0
    signed_to: int = 0
    witnessed_to: int = 0
    bad_seq: int | None = None
    why: str | None = None


class LineProof(Value):
    """That a line stands in the ledger, for who may see it: the line, its salt, its way to a signed root."""

    note: str
    line: str
    salt: Sha256
    index: int
    path: tuple[Sha256, ...]


class _Bad(Exception):
    """The first thing that is wrong."""

    def __init__(self, why: str, seq: int | None = None) -> None:
        super().__init__(why)
        self.why, self.seq = why, seq


@dataclass(frozen=True, slots=True)
class _Signed:
    said: Checkpoint
    witnessed: bool


def judge(entries: Iterable[bytes], wanted: int, notes: Iterable[str], outside: Iterable[str], trust: Trust) -> Judged:
    """Judge a partition's entries from the first on, of which `wanted` are announced.

    `notes` are the checkpoints that came with them, in the order in which they were signed; `outside` those that
    the judge has from elsewhere, in any order: they must tell the same history, and not a longer one.
    """
    judging = _Judging(entries, trust)
    try:
        checkpoints = _in_order([_signed(note, trust) for note in notes])
        others = [_signed(note, trust) for note in outside]
        for checkpoint in _one_history([*checkpoints, *others]):
            judging.reach(checkpoint)
        judging.finish(wanted)
    except _Bad as bad:
        return replace(judging.judged, bad_seq=bad.seq, why=bad.why)
    except BadNote as bad:
        return replace(judging.judged, why=f"a checkpoint {bad}")
    return judging.judged


def check_line(proof: LineProof, ledgers: Sequence[Verifier]) -> Checkpoint:
    """The signed checkpoint under which the line stands. Raises BadNote that says why it does not."""
    note = read_note(proof.note)
    if not signed_by(note, ledgers):
        raise BadNote("is not signed with the ledger's key that was given")
    said = read_checkpoint(note.text)
    leaf = line_leaf(bytes.fromhex(proof.salt), proof.line.encode())
    if not includes(proof.index, said.lines_size, leaf, [bytes.fromhex(one) for one in proof.path], said.lines_root):
        raise BadNote("does not lead from the line to the signed root: the line, its salt or its path was altered")
    return said


def _signed(text: str, trust: Trust) -> _Signed:
    """A checkpoint whose signature is good."""
    note = read_note(text)
    said = read_checkpoint(note.text)
    names = set(signed_by(note, (*trust.ledgers, *trust.witnesses)))
    if trust.ledgers and names.isdisjoint(trust.ledgers):
        raise _Bad(f"wrong key: the checkpoint at {said.size} is not signed with the ledger's key that was given")
    return _Signed(said, bool(trust.witnesses) and names.issuperset(trust.witnesses))


def _in_order(checkpoints: Sequence[_Signed]) -> Sequence[_Signed]:
    """The same, if none goes back behind the one before it."""
    for before, after in pairwise(checkpoints):
        if after.said.size < before.said.size:
            raise _Bad(f"rolled back: the checkpoint at {after.said.size} comes after the one at {before.said.size}")
    return checkpoints


def _one_history(checkpoints: Sequence[_Signed]) -> Iterator[_Signed]:
    """By size. Two of one size must say the same, and all must be of one journal partition."""
    by_size: dict[int, _Signed] = {}
    for one in checkpoints:
        known = by_size.setdefault(one.said.size, one)
        if known.said != one.said and known.said.origin == one.said.origin:
            raise _Bad(f"forked: two different checkpoints at {one.said.size} are signed", one.said.size)
        by_size[one.said.size] = replace(known, witnessed=known.witnessed or one.witnessed)
    origins = sorted({one.said.origin for one in by_size.values()})
    if len(origins) > 1:
        raise _Bad(f"checkpoints of several journals: {', '.join(origins)}")
    return iter(sorted(by_size.values(), key=lambda one: one.said.size))


class _Judging:
    """How far it has come. Raises _Bad at the first thing that is wrong."""

    def __init__(self, entries: Iterable[bytes], trust: Trust) -> None:
        self._entries, self._trust = iter(entries), trust
        self._tree, self._lines = Range(), Range()
        self._origin = ""
        self.judged = Judged()

    def reach(self, checkpoint: _Signed) -> None:
        """Judge the entries up to a checkpoint, and it by them."""
        said, before = checkpoint.said, self.judged.signed_to
        self._origin = said.origin
        self._take(said.size - self.judged.head.seq)
        head = self.judged.head
        if head.seq < said.size:
            raise _Bad(f"truncated or rolled back: {said.size} entries were signed", head.seq + 1)
        if (self._tree.root(), head.chain, head.covers_to) != (said.root, said.chain, said.covers_to):
            raise _Bad(f"another history than the one signed at {said.size}: an entry from {before + 1} on", before + 1)
        self._check_lines(said, before)
        witnessed = said.size if checkpoint.witnessed else self.judged.witnessed_to
        self.judged = replace(
            self.judged, checkpoints=self.judged.checkpoints + 1, signed_to=said.size, witnessed_to=witnessed
        )

    def finish(self, wanted: int) -> None:
        """Judge what no checkpoint covers."""
        self._take(None)
        if self.judged.head.seq != wanted:
            raise _Bad(f"truncated: {wanted} entries are announced", self.judged.head.seq + 1)
        if self._trust.ledgers and wanted and not self.judged.signed_to:
            raise _Bad("unsigned: there is no checkpoint", 1)
        if self._trust.witnesses and not self.judged.witnessed_to:
            raise _Bad("unwitnessed: no checkpoint is cosigned by every given witness")

    def _take(self, count: int | None) -> None:
        left = count
        while part := list(islice(self._entries, PART_ENTRIES if left is None else min(left, PART_ENTRIES))):
            before = self.judged.head
            verdict = verify(part, before, self._tree)
            self.judged = replace(self.judged, head=verdict.head)
            if verdict.why is not None:
                bad = part[verdict.head.seq - before.seq]
                raise _Bad(self._named(verdict.why, bad, part), verdict.head.seq + 1)
            if self._trust.salt_key is not None and count is not None:
                self._grow_lines(part, before.seq, self._trust.salt_key)
            left = None if left is None else left - len(part)

    def _named(self, why: str, bad: bytes, part: Sequence[bytes]) -> str:
        """What has been done to the entry that should stand here."""
        wanted = self.judged.head.seq + 1
        if why == "hash wrong":
            return "altered: its bytes do not give its hash"
        if why == "previous wrong":
            return "altered before: it follows another entry than the one before it"
        if why == "covers hole":
            return "an inbox position without an entry, or with two"
        if why == "unreadable":
            return "truncated or unreadable: it is no whole entry"
        if _seq(bad) < wanted:
            return f"doubled: entry {_seq(bad)} stands here again"
        later = any(_seq(entry) == wanted for entry in (*part, *self._entries))
        return f"reordered: entry {_seq(bad)} stands here" if later else f"dropped: entry {_seq(bad)} stands here"

    def _grow_lines(self, part: Sequence[bytes], after: int, salt_key: bytes) -> None:
        for seq, entry in enumerate(part, after + 1):
            for leaf in line_leaves(salt_key, self._origin, seq, entry):
                self._lines.append(leaf)

    def _check_lines(self, said: Checkpoint, before: int) -> None:
        if self._trust.salt_key is None:
            return
        if salt_key_id(self._trust.salt_key) != said.salt_key_id:
            raise _Bad(f"wrong key: the lines at {said.size} were salted with another salt key")
        if (self._lines.size, self._lines.root()) != (said.lines_size, said.lines_root):
            raise _Bad(f"other lines than those signed at {said.size}: of an entry from {before + 1} on", before + 1)


def _seq(entry: bytes) -> int:
    """The seq that an entry claims; 0 if it cannot be read."""
    try:
        return int(json.loads(entry)["seq"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return 0
