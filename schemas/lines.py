r"""Lines: one posting of one entry, as a leaf of its own, so that a company proves its line and shows no other. Pure.

    salt = HMAC-SHA256(salt key, "<origin>\n<seq>\n<line>")      leaf = leaf hash of salt || line

The line's bytes are canonical JSON: keys sorted, no spaces, UTF-8, integers only. Without its salt a leaf tells
nothing, not even to who guesses the line. The tree over lines stands beside that over entries in each checkpoint.
"""

import hmac
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256

from pydantic import JsonValue
from pydantic_core import from_json, to_json

from schemas.tree import leaf_hash

SALT_KEY_BYTES = 32
_BEFORE = ("at", "authority")
_BETWEEN = ("batch_id", "command", "command_id", "currency")
_BEHIND = ("programme_id", "seq", "unit")
"""What a line says of its entry: before its balance, before its number and posting, behind them."""


def salt(salt_key: bytes, origin: str, seq: int, line: int) -> bytes:
    """The salt of a line, 32 bytes; given to those who may see the line."""
    return hmac.digest(salt_key, f"{origin}\n{seq}\n{line}".encode(), "sha256")


def salt_key_id(salt_key: bytes) -> str:
    """Tells salt keys apart, in hex, without telling anything of the key."""
    return sha256(b"greenlight salt key\n" + salt_key).hexdigest()[:8]


def line_leaf(salt: bytes, line: bytes) -> bytes:
    """The leaf of a line in the tree over lines."""
    return leaf_hash(salt + line)


def lines(entry: bytes) -> Iterator[bytes]:
    """The lines of an entry's published bytes, in order: what it says, one posting, the balance after it."""
    if b'"postings":[]' in entry:
        return
    fields = from_json(entry)
    before, between, behind = (_members(fields, names) for names in (_BEFORE, _BETWEEN, _BEHIND))
    balances = {balance["company_id"]: _canonical(balance) for balance in fields["balances"]}
    for line, posting in enumerate(fields["postings"]):
        balance = balances.get(posting["company_id"], b"null")
        yield b'{%s,"balance":%s,%s,"line":%d,"posting":%s,%s}' % (
            before, balance, between, line, _canonical(posting), behind
        )  # fmt: skip


def _canonical(value: JsonValue) -> bytes:
    return to_json(_sorted(value))


def _sorted(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(one) for one in value] if isinstance(value, list) else value


def _members(fields: Mapping[str, JsonValue], names: Iterable[str]) -> bytes:
    return to_json({name: fields.get(name) for name in names})[1:-1]


def line_leaves(salt_key: bytes, origin: str, seq: int, entry: bytes) -> Iterator[bytes]:
    """The leaves of an entry in the tree over lines."""
    for number, line in enumerate(lines(entry)):
        yield line_leaf(salt(salt_key, origin, seq, number), line)
