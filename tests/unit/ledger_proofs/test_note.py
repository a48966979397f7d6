"""Signed notes: read and written as others do, and nothing that was altered passes."""

import pytest

from schemas.note import (
    COSIGNS,
    SIGNS,
    BadNote,
    Note,
    Signature,
    Signer,
    read_note,
    read_signer,
    read_verifier,
    seconds_of,
    signed_by,
    signer,
)

LEDGER = signer("ledger.example", SIGNS, bytes(range(32)))
WITNESS = signer("witness.example/w1", COSIGNS, bytes(range(32, 64)))
TEXT = "ledger.example/0\n3\nrrbpuI/QVC0N2iVcvy8F0t3ytYYh1zTnnGkMVUhxZJ8=\n"

GO_VERIFIER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SIGNER = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
"""The example in the documentation of Go's `golang.org/x/mod/sumdb/note`: made by another implementation."""


def signed(*signatures: Signature, text: str = TEXT) -> Note:
    return Note(text, signatures)


def test_the_example_of_gos_implementation_verifies_and_is_made_again_byte_by_byte() -> None:
    note, key = read_note(GO_NOTE), read_verifier(GO_VERIFIER)
    assert signed_by(note, [key]) == (key,)
    again = read_signer(GO_SIGNER)
    assert str(Note(note.text, (again.sign(note.text),))) == GO_NOTE
    assert (str(again.verifier), again.secret) == (GO_VERIFIER, GO_SIGNER)


def test_a_note_is_read_as_it_was_written() -> None:
    note = signed(LEDGER.sign(TEXT), WITNESS.sign(TEXT, 1_700_000_000))
    assert read_note(str(note)) == note
    assert signed_by(note, [LEDGER.verifier, WITNESS.verifier]) == (LEDGER.verifier, WITNESS.verifier)
    assert seconds_of(note.signatures[1]) == 1_700_000_000


def test_a_text_with_empty_lines_is_parted_at_the_last() -> None:
    text = "one\n\ntwo\n"
    assert read_note(str(signed(LEDGER.sign(text), text=text))).text == text


def test_keys_are_read_as_they_were_written() -> None:
    for key in (LEDGER, WITNESS):
        assert read_signer(key.secret) == key
        assert read_verifier(str(key.verifier)) == key.verifier
        assert key.secret not in repr(key)


def test_a_signature_of_an_unknown_key_counts_for_nothing() -> None:
    other = signer("ledger.example", SIGNS, bytes(32))
    assert signed_by(signed(LEDGER.sign(TEXT)), [other.verifier]) == ()
    assert signed_by(signed(other.sign(TEXT), LEDGER.sign(TEXT)), [LEDGER.verifier]) == (LEDGER.verifier,)


@pytest.mark.parametrize("key", [LEDGER, WITNESS], ids=["ledger", "witness"])
def test_an_altered_text_or_time_is_refused(key: Signer) -> None:
    signature = key.sign(TEXT, 1_700_000_000)
    with pytest.raises(BadNote, match=key.name):
        signed_by(signed(signature, text=TEXT.replace("3", "4")), [key.verifier])
    first = bytes((signature.value[0] ^ 1,)) + signature.value[1:]
    with pytest.raises(BadNote, match=key.name):
        signed_by(signed(Signature(key.name, signature.key_id, first)), [key.verifier])


def test_a_witness_key_is_not_taken_for_a_signers_of_the_same_seed() -> None:
    plain = signer(WITNESS.name, SIGNS, WITNESS.seed)
    assert plain.verifier.key_id != WITNESS.verifier.key_id
    assert signed_by(signed(WITNESS.sign(TEXT)), [plain.verifier]) == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no signed note"),
        (TEXT, "no signed note"),
        (f"{TEXT}\n", "no signed note"),
        (f"{TEXT}\nnot a signature\n", "no signed note"),
        (f"{TEXT}\n\u2014 a+b aGVsbG8=\n", "no signed note"),
        (f"{TEXT}\n\u2014 ledger.example aGVs\n", "too short"),
        (f"{TEXT}\n\u2014 ledger.example aGVsbG8\n", "base64"),
        (f"{TEXT}\u0007\n\n\u2014 ledger.example aGVsbG8=\n", "control"),
        ("x" * 20_001, "longer"),
        (f"{TEXT}\n" + "\u2014 a aGVsbG8=\n" * 33, "more than 32"),
    ],
)
def test_what_is_no_note_is_refused(text: str, why: str) -> None:
    with pytest.raises(BadNote, match=why):
        read_note(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is no key"),
        (GO_VERIFIER[:-4], "base64|33 bytes"),
        (GO_VERIFIER.replace("c74f20a3", "c74f20a4"), "id does not fit"),
        (GO_VERIFIER.replace("+ARpc", "+CRpc"), "kind 9"),
        (GO_VERIFIER.replace("PeterNeumann", "Peter Neumann"), "is no key"),
    ],
)
def test_what_is_no_key_is_refused_and_never_repeated(text: str, why: str) -> None:
    with pytest.raises(BadNote, match=why):
        read_verifier(text)
    with pytest.raises(BadNote) as caught:
        read_signer(GO_SIGNER.replace("c74f20a3", "c74f20a4"))
    assert "AYEKFALV" not in str(caught.value)
    with pytest.raises(BadNote, match="PRIVATE"):
        read_signer(GO_VERIFIER)


@pytest.mark.parametrize(("name", "kind", "seed"), [("a b", 1, bytes(32)), ("", 1, bytes(32)), ("a", 2, bytes(32)),
                                                    ("a", 1, bytes(31))])  # fmt: skip
def test_a_key_that_no_note_could_carry_is_not_made(name: str, kind: int, seed: bytes) -> None:
    with pytest.raises(BadNote):
        signer(name, kind, seed)
