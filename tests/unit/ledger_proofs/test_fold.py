"""The signer's fold: the same entries give the same signed text, from any start, and nothing else is signed."""

import pytest

from schemas.checkpoint import CheckpointSigned, read_checkpoint
from schemas.ledger import Draw
from schemas.note import BadNote, read_note, signed_by
from schemas.proof import verify
from schemas.tree import Range, consistent
from services.ledger.proofs.fold import Fold, resumed
from tests.unit.ledger.play import granted
from tests.unit.ledger_proofs.keys import LEDGER, OTHER, SALT_KEY

ORIGIN = "ledger.example/2"


@pytest.fixture(scope="module")
def journal() -> list[bytes]:
    """Twelve entries: a programme, a grant, ten draws."""
    play = granted()
    for _ in range(10):
        play.ask(Draw, units=1)
    return play.published


def folded(entries: list[bytes], salt_key: bytes = SALT_KEY) -> Fold:
    fold = Fold(ORIGIN, salt_key)
    for offset, entry in enumerate(entries):
        fold.take(entry, offset + 1, 0)
    return fold


def said(fact: CheckpointSigned) -> tuple[str, tuple[str, ...]]:
    note = read_note(fact.note)
    return note.text, tuple(key.name for key in signed_by(note, [LEDGER.verifier]))


def test_a_checkpoint_says_what_the_verifier_computes(journal: list[bytes]) -> None:
    tree = Range()
    head = verify(journal, tree=tree).head
    fact = folded(journal).sign(LEDGER)
    text, names = said(fact)
    found = read_checkpoint(text)
    assert names == ("ledger.example",)
    assert (found.origin, found.size, found.root) == (ORIGIN, 12, tree.root())
    assert (found.chain, found.covers_to) == (head.chain, head.covers_to)
    assert found.lines_size == 11
    assert (fact.size, fact.position, fact.after_size) == (12, 12, 0)


@pytest.mark.parametrize("cut", range(1, 12))
def test_going_on_from_a_checkpoint_signs_what_folding_from_nothing_signs(journal: list[bytes], cut: int) -> None:
    first = folded(journal[:cut]).sign(LEDGER)
    fold = resumed(first, SALT_KEY)
    for offset, entry in enumerate(journal[cut:], cut):
        fold.take(entry, offset + 1, 0)
    second = fold.sign(LEDGER)
    assert second.note == folded(journal).sign(LEDGER).note
    old, new = read_checkpoint(said(first)[0]), read_checkpoint(said(second)[0])
    paths = [[bytes.fromhex(one) for one in path] for path in (second.entries_path, second.lines_path)]
    assert consistent(old.size, new.size, paths[0], old.root, new.root)
    assert old.lines_size == 0 or consistent(old.lines_size, new.lines_size, paths[1], old.lines_root, new.lines_root)
    assert (second.after_size, second.after_lines) == (old.size, old.lines_size)


def test_settling_begins_the_next_proof_at_the_checkpoint(journal: list[bytes]) -> None:
    fold = folded(journal[:7])
    assert fold.new == 7
    fold.settle()
    assert fold.new == 0
    fold.take(journal[7], 8, 0)
    assert (fold.new, fold.sign(LEDGER).after_size) == (1, 7)


@pytest.mark.parametrize(
    ("place", "why"), [(0, "seq gap"), (3, "seq gap"), (5, "seq gap"), (None, "hash wrong")], ids=str
)
def test_an_entry_that_does_not_follow_is_not_folded(journal: list[bytes], place: int | None, why: str) -> None:
    fold = folded(journal[:4])
    entry = journal[4].replace(b'"units":1,', b'"units":2,') if place is None else journal[place]
    with pytest.raises(ValueError, match=f"entry 5 .*{why}"):
        fold.take(entry, 9, 0)


def test_another_salt_key_gives_other_lines_and_the_same_entries(journal: list[bytes]) -> None:
    one, other = folded(journal).checkpoint(), folded(journal, bytes(32)).checkpoint()
    assert (one.root, one.lines_size) == (other.root, other.lines_size)
    assert one.lines_root != other.lines_root
    assert one.salt_key_id != other.salt_key_id


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"entries_frontier": ()}, "frontier"),
        ({"entries_frontier": ("00" * 32, "11" * 32)}, "roots"),
        ({"lines_frontier": ("00" * 32, "11" * 32, "22" * 32)}, "roots"),
        ({"note": "nothing"}, "signed note"),
    ],
)
def test_stored_hashes_that_do_not_fit_the_signed_roots_are_refused(
    journal: list[bytes], changes: dict[str, object], why: str
) -> None:
    fact = folded(journal).sign(LEDGER)
    with pytest.raises(BadNote, match=why):
        resumed(fact.model_copy(update=changes), SALT_KEY)


def test_another_key_signs_the_same_text(journal: list[bytes]) -> None:
    one, other = folded(journal).sign(LEDGER), folded(journal).sign(OTHER)
    assert read_note(one.note).text == read_note(other.note).text
    assert signed_by(read_note(other.note), [LEDGER.verifier]) == ()
