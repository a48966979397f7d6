"""Signed notes: text that somebody has signed, in the form of C2SP signed-note and tlog-cosignature. Pure.

A note is its text, an empty line, and signature lines `- <name> <base64 of key id and signature>` (with an em dash).
Keys are Ed25519, as text in the form of Go's `sumdb/note`:

    verifier  <name>+<hex key id>+<base64 of kind and public key>      given to others, out of band
    signer    PRIVATE+KEY+<name>+<hex key id>+<base64 of kind and seed>     kept secret

Kind 1 signs the text; kind 4 is a witness's, which signs the text and when it saw it.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SIGNS = 1
COSIGNS = 4
SEED_BYTES = 32
SIGNATURES_MAX = 32
NOTE_CHARACTERS_MAX = 20_000
_KINDS = (SIGNS, COSIGNS)
_ID_BYTES = 4
_TIME_BYTES = 8
_PRIVATE = "PRIVATE+KEY+"
_NAME = re.compile(r"[^\s+]{1,200}")
_LINE = re.compile(r"\u2014 ([^\s+]+) ([A-Za-z0-9+/]+={0,2})\n")


class BadNote(ValueError):
    """Not a note, not a key, or not signed as it must be. The text says what is wrong, never a secret."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: whose, by which key, and its bytes behind the key's id."""

    name: str
    key_id: bytes
    value: bytes

    def __str__(self) -> str:
        return f"\u2014 {self.name} {base64.b64encode(self.key_id + self.value).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text, with its final newline, and who says to have signed it."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return f"{self.text}\n{''.join(map(str, self.signatures))}"


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key that somebody trusts."""

    name: str
    kind: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """Tells keys of one name apart."""
        return sha256(self.name.encode() + b"\n" + bytes((self.kind,)) + self.public).digest()[:_ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(bytes((self.kind,)) + self.public).decode()}"

    def verifies(self, text: str, signature: Signature) -> bool:
        """Whether the signature is this key's over the text."""
        signed, value = text.encode(), signature.value
        if self.kind == COSIGNS:
            signed, value = _seen(text, int.from_bytes(value[:_TIME_BYTES])), value[_TIME_BYTES:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(value, signed)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """A secret key."""

    name: str
    kind: int
    seed: bytes

    @property
    def verifier(self) -> Verifier:
        """Its public half."""
        return Verifier(self.name, self.kind, self._key.public_key().public_bytes_raw())

    @property
    def secret(self) -> str:
        """As text, for the file it is kept in."""
        packed = base64.b64encode(bytes((self.kind,)) + self.seed).decode()
        return f"{_PRIVATE}{self.name}+{self.verifier.key_id.hex()}+{packed}"

    def sign(self, text: str, seconds: int = 0) -> Signature:
        """Sign a text; a witness also says when, in seconds since the epoch."""
        if self.kind == SIGNS:
            return Signature(self.name, self.verifier.key_id, self._key.sign(text.encode()))
        value = seconds.to_bytes(_TIME_BYTES) + self._key.sign(_seen(text, seconds))
        return Signature(self.name, self.verifier.key_id, value)

    @property
    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    def __repr__(self) -> str:
        return f"Signer({self.name!r})"


def signer(name: str, kind: int, seed: bytes) -> Signer:
    """A key from 32 random bytes. Raises BadNote for a name that no signature line can carry."""
    if not _NAME.fullmatch(name):
        raise BadNote("a key's name has no spaces and no plus, and 1 to 200 characters")
    if kind not in _KINDS or len(seed) != SEED_BYTES:
        raise BadNote("is no key of a kind that is known here")
    return Signer(name, kind, seed)


def read_signer(text: str) -> Signer:
    """A secret key from its text. Raises BadNote."""
    if not text.startswith(_PRIVATE):
        raise BadNote("is no signer's key: it begins with PRIVATE+KEY+")
    name, key_id, kind, seed = _key_parts(text.removeprefix(_PRIVATE))
    found = signer(name, kind, seed)
    if found.verifier.key_id != key_id:
        raise BadNote("is a key whose id does not fit: part of it is missing or altered")
    return found


def read_verifier(text: str) -> Verifier:
    """A public key from its text. Raises BadNote."""
    name, key_id, kind, public = _key_parts(text)
    found = Verifier(name, kind, public)
    if found.key_id != key_id:
        raise BadNote("is a key whose id does not fit: part of it is missing or altered")
    return found


def read_note(text: str) -> Note:
    """The parts of a note. Raises BadNote."""
    if len(text) > NOTE_CHARACTERS_MAX:
        raise BadNote(f"is longer than {NOTE_CHARACTERS_MAX} characters")
    if any(character < " " and character != "\n" for character in text):
        raise BadNote("holds a control character")
    body, empty, lines = text.rpartition("\n\n")
    found = tuple(_LINE.finditer(lines))
    if not empty or not found or "".join(match.group() for match in found) != lines:
        raise BadNote("is no signed note: text, an empty line, signature lines")
    if len(found) > SIGNATURES_MAX:
        raise BadNote(f"has more than {SIGNATURES_MAX} signatures")
    return Note(body + "\n", tuple(_signature(*match.groups()) for match in found))


def signed_by(note: Note, trusted: Iterable[Verifier]) -> tuple[Verifier, ...]:
    """Which of these keys have signed. Raises BadNote where one is named and its signature is not its own."""
    keys = {(key.name, key.key_id): key for key in trusted}
    found: dict[Verifier, None] = {}
    for signature in note.signatures:
        key = keys.get((signature.name, signature.key_id))
        if key is None:
            continue
        if not key.verifies(note.text, signature):
            raise BadNote(f"the signature of {key.name} is not over this text")
        found[key] = None
    return tuple(found)


def seconds_of(signature: Signature) -> int:
    """When a witness signed, in seconds since the epoch."""
    return int.from_bytes(signature.value[:_TIME_BYTES])


def _seen(text: str, seconds: int) -> bytes:
    """What a witness signs."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _signature(name: str, packed: str) -> Signature:
    value = _unpacked(packed)
    if len(value) <= _ID_BYTES:
        raise BadNote("has a signature that is too short")
    return Signature(name, value[:_ID_BYTES], value[_ID_BYTES:])


def _key_parts(text: str) -> tuple[str, bytes, int, bytes]:
    """Name, key id, kind and key of a key's text."""
    name, _, rest = text.strip().partition("+")
    key_id, _, packed = rest.partition("+")
    key = _unpacked(packed)
    if not _NAME.fullmatch(name) or not re.fullmatch(r"[0-9a-f]{8}", key_id) or len(key) != 1 + SEED_BYTES:
        raise BadNote("is no key: <name>+<hex id>+<base64 of 33 bytes>")
    if key[0] not in _KINDS:
        raise BadNote(f"is a key of kind {key[0]}; known here are {SIGNS} and {COSIGNS}")
    return name, bytes.fromhex(key_id), key[0], key[1:]


def _unpacked(packed: str) -> bytes:
    try:
        return base64.b64decode(packed, validate=True)
    except binascii.Error:
        raise BadNote("holds text that is not base64") from None
