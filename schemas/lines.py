r"""Lines: one posting of one entry, as a leaf of its own, so that a company proves its line and shows no other. Pure.

    salt = HMAC-SHA256(salt key, "<origin>\n<seq>\n<line>")      leaf = leaf hash of salt || line

The line's bytes are canonical JSON: keys sorted, no spaces, UTF-8, integers only. Without its salt a leaf tells
nothing, not even to who guesses the line. The tree over lines stands beside that over entries in each checkpoint.
"""

import hmac
import json
from collections.abc import Iterator, Mapping
from hashlib import sha256

from pydantic import JsonValue

from schemas.tree import leaf_hash

SALT_KEY_BYTES = 32
_SAID = ("programme_id", "at", "command", "command_id", "batch_id", "authority", "unit", "currency")


def salt(salt_key: bytes, origin: str, seq: int, line: int) -> bytes:
    """The salt of a line, 32 bytes; given to those who may see the line."""
    return hmac.digest(salt_key, f"{origin}\n{seq}\n{line}".encode(), "sha256")


def salt_key_id(salt_key: bytes) -> str:
    """Tells salt keys apart, in hex, without telling anything of the key."""
    return sha256(b"greenlight salt key\n" + salt_key).hexdigest()[:8]


def line_leaf(salt: bytes, line: bytes) -> bytes:
    """The leaf of a line in the tree over lines."""
    return leaf_hash(salt + line)


def canonical(document: Mapping[str, JsonValue]) -> bytes:
    """Canonical JSON of a document of texts and integers."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def lines(entry: bytes) -> Iterator[bytes]:
    """The lines of an entry's published bytes, in order: what it says, one posting, the balance after it."""
    if b'"postings":[]' in entry:
        return
    fields = json.loads(entry)
    said = {name: fields.get(name) for name in _SAID}
    balances = {balance["company_id"]: balance for balance in fields["balances"]}
    for line, posting in enumerate(fields["postings"]):
        balance = balances.get(posting["company_id"])
        yield canonical({**said, "seq": fields["seq"], "line": line, "posting": posting, "balance": balance})


def line_leaves(salt_key: bytes, origin: str, seq: int, entry: bytes) -> Iterator[bytes]:
    """The leaves of an entry in the tree over lines."""
    for number, line in enumerate(lines(entry)):
        yield line_leaf(salt(salt_key, origin, seq, number), line)
