"""A checkpoint: what the ledger signs of one journal partition, so that it can never tell two histories. Pure.

Its text is a C2SP tlog-checkpoint: origin, number of entries, root over their leaves; then lines of our own:

    chain <hex>                     chain head after the last of them
    covers <position>               last inbox position they cover
    lines <size> <root> <key id>    the tree over lines (see lines.py), and which salt key it was made with
"""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from schemas.base import Fact
from schemas.note import NOTE_CHARACTERS_MAX, BadNote
from schemas.values import Seq, Sha256

_TEXT = re.compile(
    r"(?P<origin>[^\s+]{1,250})\n(?P<size>0|[1-9]\d{0,15})\n(?P<root>[A-Za-z0-9+/]{43}=)\n"
    r"chain (?P<chain>[0-9a-f]{64})\ncovers (?P<covers>-1|0|[1-9]\d{0,18})\n"
    r"lines (?P<lines>0|[1-9]\d{0,15}) (?P<lines_root>[A-Za-z0-9+/]{43}=) (?P<salt_key>[0-9a-f]{8})\n"
)

Origin = Annotated[
    str,
    StringConstraints(pattern=r"^[^\s+]{1,250}$"),
    Field(description="Which journal partition: the ledger's name as its key has it, a slash, the partition."),
]
Frontier = Annotated[
    tuple[Sha256, ...],
    Field(max_length=64, description="Hashes of the largest subtrees that never change, from the left."),
]
Path = Annotated[tuple[Sha256, ...], Field(max_length=128, description="An RFC 6962 consistency proof.")]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What is signed. Hashes are 32 bytes, `chain` is hex as in the entries."""

    origin: str
    size: int
    root: bytes
    chain: str
    covers_to: int
    lines_size: int
    lines_root: bytes
    salt_key_id: str

    def __str__(self) -> str:
        root, lines_root = (base64.b64encode(one).decode() for one in (self.root, self.lines_root))
        return (
            f"{self.origin}\n{self.size}\n{root}\nchain {self.chain}\ncovers {self.covers_to}\n"
            f"lines {self.lines_size} {lines_root} {self.salt_key_id}\n"
        )


def read_checkpoint(text: str) -> Checkpoint:
    """The checkpoint of a note's text. Raises BadNote."""
    found = _TEXT.fullmatch(text)
    if found is None:
        raise BadNote("is no checkpoint of a ledger")
    try:
        root, lines_root = (base64.b64decode(found[name], validate=True) for name in ("root", "lines_root"))
    except binascii.Error:
        raise BadNote("holds a root that is not base64") from None
    return Checkpoint(
        found["origin"], int(found["size"]), root, found["chain"], int(found["covers"]), int(found["lines"]),
        lines_root, found["salt_key"],
    )  # fmt: skip


def origin_of(name: str, partition: int) -> str:
    """The origin of a journal partition of the ledger whose key has this name."""
    return f"{name}/{partition}"


class CheckpointSigned(Fact):
    """The ledger has signed how far a journal partition goes. The same entries always give the same note.

    Readers believe the note alone, after checking its signature; the rest lets the signer go on, and lets a
    witness that stands at `after_size` follow without reading an entry.
    """

    type: ClassVar[str] = "ledger.checkpoint-signed.v1"
    origin: Origin
    size: Seq
    note: Annotated[str, Field(max_length=NOTE_CHARACTERS_MAX, description="The signed note, as C2SP writes it.")]
    after_size: Annotated[int, Field(ge=0, description="Entries of the checkpoint before; 0: there is none.")]
    after_lines: Annotated[int, Field(ge=0, description="Lines of the checkpoint before.")]
    entries_path: Annotated[Path, Field(description="That its entries are the beginning of these.")]
    lines_path: Annotated[Path, Field(description="That its lines are the beginning of these.")]
    entries_frontier: Frontier
    lines_frontier: Frontier
    position: Annotated[int, Field(ge=0, description="Offset in the journal behind the last entry.")]
    owner: Annotated[int, Field(ge=-1, description="Token of the last entry's owner: what a reader ignores follows.")]
