"""Whatever was done to an exported history, the judge names the first bad entry, or the checkpoint, and what it is."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.audit import Judged, LineProof, Trust, check_line, judge
from schemas.checkpoint import read_checkpoint
from schemas.lines import line_leaf, lines, salt
from schemas.note import BadNote, Note, read_note
from schemas.proof import verify
from schemas.tree import Tree, inclusion
from tests.unit.ledger_proofs.histories import ORIGIN, cosigned, history
from tests.unit.ledger_proofs.keys import LEDGER, OTHER, SALT_KEY, WITNESS

TRUST = Trust((LEDGER.verifier,), (), SALT_KEY)
WHOLE = history()
LONGER = history((13,), draws=11)
ELSE = history(units=2)
Harm = Callable[[list[bytes]], list[bytes]]


def judged(
    entries: list[bytes], notes: list[str], outside: tuple[str, ...] = (), trust: Trust = TRUST, wanted: int = 11
) -> Judged:
    return judge(iter(entries), wanted, notes, outside, trust)


def put(entries: list[bytes], seq: int, entry: bytes) -> list[bytes]:
    return [*entries[: seq - 1], entry, *entries[seq:]]


def altered(entries: list[bytes], seq: int) -> list[bytes]:
    return put(entries, seq, entries[seq - 1].replace(b'"units":1,', b'"units":7,'))


def test_a_whole_history_is_good_up_to_its_last_checkpoint_and_its_end() -> None:
    found = judged(WHOLE.entries, WHOLE.notes)
    assert (found.why, found.bad_seq) == (None, None)
    assert (found.head.seq, found.checkpoints, found.signed_to, found.witnessed_to) == (11, 3, 11, 0)


def test_entries_are_read_by_their_published_form_and_not_by_a_json_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    def parsed(text: bytes) -> None:
        raise AssertionError("the ledger's own entries begin otherwise than `proof._START` says: verifying slows down")

    monkeypatch.setattr(json, "loads", parsed)
    assert verify(WHOLE.entries).good


def test_entries_after_the_last_checkpoint_are_chained_and_not_signed() -> None:
    found = judged(WHOLE.entries, WHOLE.notes[:2])
    assert (found.why, found.head.seq, found.signed_to) == (None, 11, 7)


def test_without_keys_the_tree_is_checked_and_the_signature_is_not() -> None:
    forged = [note.replace("\u2014 ledger.example ", "\u2014 nobody.example ") for note in WHOLE.notes]
    assert judged(WHOLE.entries, forged, trust=Trust()).why is None
    assert judged(altered(WHOLE.entries, 5), forged, trust=Trust()).bad_seq == 5


@pytest.mark.parametrize(
    ("harm", "seq", "why"),
    [
        (lambda e: altered(e, 6), 6, "altered: "),
        (lambda e: put(e, 3, e[2].replace(b"/units", b"/unitz")), 3, "altered: "),
        (lambda e: [*e[:4], *e[5:]], 5, "dropped: entry 6"),
        (lambda e: e[1:], 1, "dropped: entry 2"),
        (lambda e: [*e[:4], e[5], e[4], *e[6:]], 5, "reordered: entry 6"),
        (lambda e: [*e[:5], *e[4:]], 6, "doubled: entry 5"),
        (lambda e: [*e, e[-1]], 12, "doubled: entry 11"),
        (lambda e: e[:-1], 11, "truncated or rolled back: 11 entries were signed"),
        (lambda e: [], 1, "truncated or rolled back: 4 entries were signed"),
        (lambda e: put(e, 11, e[10][:-30]), 11, "truncated or unreadable"),
        (lambda e: put(e, 2, b""), 2, "truncated or unreadable"),
        (lambda e: [*e[:7], ELSE.entries[7], *e[8:]], 8, "altered before"),
        (lambda e: ELSE.entries, 1, "another history than the one signed at 4"),
        (lambda e: LONGER.entries, 12, "announced"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_the_first_bad_entry_is_named_and_what_was_done_to_it(harm: Harm, seq: int, why: str) -> None:
    found = judged(harm(WHOLE.entries), WHOLE.notes)
    assert found.why is not None
    assert why in found.why
    assert (found.bad_seq, found.head.seq) == (seq, seq - 1) or "another history" in why or "announced" in why
    assert found.signed_to <= found.head.seq


@pytest.mark.parametrize(
    ("notes", "outside", "seq", "why"),
    [
        ((), (), 1, "unsigned: there is no checkpoint"),
        ((WHOLE.notes[0], WHOLE.notes[2], WHOLE.notes[1]), (), None, "rolled back: the checkpoint at 7 comes after"),
        ((*WHOLE.notes, ELSE.notes[2]), (), 11, "forked: two different checkpoints at 11 are signed"),
        (WHOLE.notes, (ELSE.notes[1],), 7, "forked: two different checkpoints at 7 are signed"),
        (WHOLE.notes[:2], (ELSE.notes[2],), 8, "another history than the one signed at 11"),
        (WHOLE.notes, LONGER.notes, 12, "truncated or rolled back: 13 entries were signed"),
        (history(key=OTHER).notes, (), None, "wrong key: the checkpoint at 4 is not signed with the ledger's key"),
        (WHOLE.notes, (history(key=OTHER).notes[0],), None, "wrong key"),
        (history(salt=bytes(32)).notes, (), None, "wrong key: the lines at 4 were salted with another salt key"),
        (WHOLE.notes, ("a note of nobody",), None, "a checkpoint is no signed note"),
        ((WHOLE.notes[0].replace("covers 3", "covers 4"),), (), None, "the signature of ledger.example is not over"),
        (WHOLE.notes, tuple(note.replace(ORIGIN, "ledger.example/3") for note in WHOLE.notes), None, "not over"),
    ],
)
def test_a_bad_checkpoint_is_named(notes: list[str], outside: tuple[str, ...], seq: int | None, why: str) -> None:
    found = judged(WHOLE.entries, list(notes), outside)
    assert found.why is not None
    assert why in found.why
    assert found.bad_seq == seq


def test_checkpoints_of_two_journals_are_no_one_history() -> None:
    text = read_note(WHOLE.notes[0]).text.replace(ORIGIN, "ledger.example/3")
    other = str(Note(text, (LEDGER.sign(text),)))
    for place in ((other, *WHOLE.notes), (*WHOLE.notes[1:], other)):
        found = judged(WHOLE.entries, sorted(place, key=lambda note: read_checkpoint(read_note(note).text).size))
        assert found.why is not None
        assert "several journals" in found.why


def test_lines_that_were_signed_otherwise_are_found_with_the_salt_key_only() -> None:
    said = read_checkpoint(read_note(WHOLE.notes[0]).text)
    text = str(replace(said, lines_root=said.root))
    note = str(Note(text, (LEDGER.sign(text),)))
    found = judged(WHOLE.entries, [note])
    assert (found.bad_seq, (found.why or "").partition(":")[0]) == (1, "other lines than those signed at 4")
    assert judged(WHOLE.entries, [note], trust=Trust((LEDGER.verifier,))).why is None


def test_after_a_new_key_old_checkpoints_are_good_with_the_old_one() -> None:
    notes = [WHOLE.notes[0], *history(key=OTHER).notes[1:]]
    assert judged(WHOLE.entries, notes, trust=Trust((LEDGER.verifier, OTHER.verifier))).why is None
    assert "wrong key" in (judged(WHOLE.entries, notes).why or "")


def test_what_every_given_witness_has_cosigned_is_told() -> None:
    trust = replace(TRUST, witnesses=(WITNESS.verifier,))
    found = judged(WHOLE.entries, WHOLE.notes, trust=trust)
    assert (found.why, found.witnessed_to) == ("unwitnessed: no checkpoint is cosigned by every given witness", 0)
    seen = cosigned(WHOLE.notes[1], WITNESS)
    assert judged(WHOLE.entries, WHOLE.notes, (seen,), trust).witnessed_to == 7
    assert judged(WHOLE.entries, WHOLE.notes, (seen,)).witnessed_to == 0
    forged = seen.replace(seen[-20:-10], "A" * 10)
    assert "witness.example" in (judged(WHOLE.entries, WHOLE.notes, (forged,), trust).why or "")


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 11), st.integers(0, 5_000), st.integers(0, 255))
def test_no_byte_of_any_entry_can_be_another(seq: int, place: int, value: int) -> None:
    entry = bytearray(WHOLE.entries[seq - 1])
    if entry[place % len(entry)] == value:
        value ^= 1
    entry[place % len(entry)] = value
    found = judged(put(WHOLE.entries, seq, bytes(entry)), WHOLE.notes)
    assert (found.bad_seq, found.head.seq) == (seq, seq - 1)


def proof(line: int) -> LineProof:
    """Of a line of the grant, under the last checkpoint."""
    tree, index, text = Tree(), -1, b""
    for seq, entry in enumerate(WHOLE.entries, 1):
        for number, one in enumerate(lines(entry)):
            if (seq, number) == (2, line):
                index, text = tree.size, one
            tree.append(line_leaf(salt(SALT_KEY, ORIGIN, seq, number), one))
    path = tuple(one.hex() for one in inclusion(index, tree.size, tree.node))
    salted = salt(SALT_KEY, ORIGIN, 2, line).hex()
    return LineProof(note=WHOLE.notes[-1], line=text.decode(), salt=salted, index=index, path=path)


@pytest.mark.parametrize("line", [0, 1, 2])
def test_a_line_is_proven_by_itself_its_salt_and_a_signed_root(line: int) -> None:
    said = check_line(proof(line), (OTHER.verifier, LEDGER.verifier))
    assert (said.origin, said.size) == (ORIGIN, 11)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"line": proof(1).line}, "does not lead"),
        ({"line": proof(0).line.replace("300", "301")}, "does not lead"),
        ({"salt": proof(1).salt}, "does not lead"),
        ({"index": 1}, "does not lead"),
        ({"path": proof(1).path}, "does not lead"),
        ({"note": history(salt=bytes(32)).notes[-1]}, "does not lead"),
        ({"note": history(key=OTHER).notes[-1]}, "not signed with"),
        ({"note": WHOLE.notes[-1].replace("covers", "cover")}, "not over"),
    ],
)
def test_an_altered_proof_of_a_line_is_refused(changes: dict[str, object], why: str) -> None:
    with pytest.raises(BadNote, match=why):
        check_line(proof(0).model_copy(update=changes), (LEDGER.verifier,))
