"""A witness cosigns what continues the last checkpoint that it cosigned, and names why it does not cosign the rest."""

from dataclasses import replace

import pytest

from schemas.checkpoint import Checkpoint, CheckpointSigned, read_checkpoint
from schemas.note import Note, Signer, read_note
from schemas.witness import Refused, continued
from tests.unit.ledger_proofs.histories import ORIGIN, history
from tests.unit.ledger_proofs.keys import LEDGER, OTHER, WITNESS

FACTS = history().facts
ELSE = history(units=2).facts
LEDGERS = (LEDGER.verifier,)


def said(fact: CheckpointSigned) -> Checkpoint:
    return read_checkpoint(read_note(fact.note).text)


def saying(fact: CheckpointSigned, key: Signer = LEDGER, **changes: object) -> CheckpointSigned:
    """The same fact with another text, signed as if it were true."""
    text = str(replace(said(fact), **changes))  # type: ignore[arg-type]  # as the class checks
    return fact.model_copy(update={"note": str(Note(text, (key.sign(text),)))})


def test_each_checkpoint_continues_the_one_before_and_itself() -> None:
    last: Checkpoint | None = None
    for fact in FACTS:
        assert continued(last, fact, 2, LEDGERS) == read_note(fact.note)
        last = said(fact)
        assert continued(last, fact, 2, LEDGERS) == read_note(fact.note)


def test_a_witness_that_comes_late_begins_with_what_is_there() -> None:
    assert continued(None, FACTS[2], 2, LEDGERS) == read_note(FACTS[2].note)


def test_after_a_new_key_the_history_goes_on_for_a_witness_that_knows_both() -> None:
    fact = history(key=OTHER).facts[1]
    assert continued(said(FACTS[0]), fact, 2, (LEDGER.verifier, OTHER.verifier)) == read_note(fact.note)
    with pytest.raises(Refused, match="wrong key"):
        continued(said(FACTS[0]), fact, 2, LEDGERS)


@pytest.mark.parametrize(
    ("fact", "why"),
    [
        (FACTS[0], "rolled back: a checkpoint at 4 after the one at 7"),
        (ELSE[1], "forked: another checkpoint at 7"),
        (ELSE[2], "forked: the entries at 11 do not begin with those at 7"),
        (saying(FACTS[2], root=bytes(32)), "forked: the entries at 11"),
        (saying(FACTS[2], lines_root=bytes(32)), "forked: the lines at 11"),
        (saying(FACTS[1], chain="0" * 64), "forked: another checkpoint at 7"),
        (saying(FACTS[2], covers_to=6), "the inbox is covered to 6 at 11, and was to 6"),
        (saying(FACTS[2], salt_key_id="00000000"), "salted with another key"),
        (saying(FACTS[2], origin="ledger.example/3"), "of ledger.example/3, and partition 2"),
        (saying(FACTS[2], origin="other.example/2"), "of other.example/2, and partition 2"),
        (saying(FACTS[2], key=OTHER), "wrong key"),
        (saying(FACTS[2], key=WITNESS), "wrong key"),
        (history((4, 9, 11)).facts[2], "the proof to 11 begins at 9; 7 was cosigned"),
        (FACTS[2].model_copy(update={"entries_path": FACTS[1].entries_path}), "forked: the entries"),
        (FACTS[2].model_copy(update={"lines_path": ()}), "forked: the lines"),
        (FACTS[2].model_copy(update={"note": FACTS[2].note.replace("covers 10", "covers 11")}), "not over this text"),
        (FACTS[2].model_copy(update={"note": "nothing"}), "no signed note"),
    ],
)
def test_what_does_not_continue_the_last_is_refused(fact: CheckpointSigned, why: str) -> None:
    with pytest.raises(Refused, match=why):
        continued(said(FACTS[1]), fact, 2, LEDGERS)


def test_another_ledger_is_not_taken_for_this_one() -> None:
    named = replace(said(FACTS[1]), origin="former.example/2")
    assert named.origin != ORIGIN
    with pytest.raises(Refused, match="another ledger"):
        continued(named, FACTS[2], 2, LEDGERS)
