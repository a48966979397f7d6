"""What a witness checks before it cosigns: a checkpoint may only continue the last one that it cosigned. Pure."""

from collections.abc import Sequence

from schemas.checkpoint import Checkpoint, CheckpointSigned, read_checkpoint
from schemas.note import BadNote, Note, Verifier, read_note, signed_by
from schemas.tree import consistent


class Refused(ValueError):
    """Not to be cosigned, ever: the text says what the ledger did, or what is wrong with what it published."""


def continued(last: Checkpoint | None, signed: CheckpointSigned, partition: int, ledgers: Sequence[Verifier]) -> Note:
    """The note to cosign, if it continues `last`; without a last one, any that the ledger has signed. Raises Refused.

    The same checkpoint again continues itself.
    """
    try:
        note = read_note(signed.note)
        said = read_checkpoint(note.text)
        keys = signed_by(note, ledgers)
    except BadNote as bad:
        raise Refused(f"a checkpoint {bad}") from None
    if not keys:
        raise Refused(f"wrong key: the checkpoint at {said.size} is not signed with a key that was given")
    if said.origin not in {f"{key.name}/{partition}" for key in keys}:
        raise Refused(f"the checkpoint at {said.size} is of {said.origin}, and partition {partition} was asked for")
    if last is not None and last != said:
        _check(last, said, signed)
    return note


def _check(last: Checkpoint, said: Checkpoint, signed: CheckpointSigned) -> None:
    if said.origin != last.origin:
        raise Refused(f"another ledger: {said.origin}, where {last.origin} was")
    if said.size < last.size:
        raise Refused(f"rolled back: a checkpoint at {said.size} after the one at {last.size}")
    if said.size == last.size:
        raise Refused(f"forked: another checkpoint at {said.size} than the one that was cosigned")
    if said.salt_key_id != last.salt_key_id:
        raise Refused(f"the lines at {said.size} are salted with another key than those at {last.size}")
    if (signed.after_size, signed.after_lines) != (last.size, last.lines_size):
        raise Refused(f"the proof to {said.size} begins at {signed.after_size}; {last.size} was cosigned")
    if not consistent(last.size, said.size, _hashes(signed.entries_path), last.root, said.root):
        raise Refused(f"forked: the entries at {said.size} do not begin with those at {last.size}")
    if last.covers_to >= said.covers_to:
        raise Refused(f"the inbox is covered to {said.covers_to} at {said.size}, and was to {last.covers_to}")
    lines = (last.lines_size, said.lines_size, _hashes(signed.lines_path), last.lines_root, said.lines_root)
    if last.lines_size and not consistent(*lines):
        raise Refused(f"forked: the lines at {said.size} do not begin with those at {last.size}")


def _hashes(path: Sequence[str]) -> list[bytes]:
    return [bytes.fromhex(one) for one in path]
