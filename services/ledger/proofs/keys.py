"""The two keys of the signer, from their files: one signs, the other salts lines. Both secret, both needed."""

from dataclasses import dataclass, field
from pathlib import Path

from schemas.lines import SALT_KEY_BYTES
from schemas.note import SIGNS, BadNote, Signer, read_signer

FILE_BYTES_MAX = 4_096


@dataclass(frozen=True, slots=True)
class Keys:
    """What the signer signs and salts with. The signer's name is the ledger's name in every origin."""

    signer: Signer
    salt_key: bytes = field(repr=False)


def read_signing_key(file: Path) -> Signer:
    """The key that signs. Raises ValueError that says why not, never with the content."""
    try:
        key = read_signer(_text(file))
    except BadNote as bad:
        raise ValueError(str(bad)) from None
    if key.kind != SIGNS:
        raise ValueError("is a witness's key; the ledger's own is of another kind")
    return key


def read_salt_key(file: Path) -> bytes:
    """The key that salts lines: 32 bytes in hex. Raises ValueError that says why not, never with the content."""
    text = _text(file)
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != SALT_KEY_BYTES:
        raise ValueError(f"holds no key of {SALT_KEY_BYTES} bytes in hex")
    return key


def _text(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return opened.read(FILE_BYTES_MAX).decode().strip()
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError("holds no text") from None
