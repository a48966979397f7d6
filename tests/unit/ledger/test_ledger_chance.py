"""Long plays by chance, in which everything meets everything: what holds after each entry, and the fold of all."""

import json

import pytest

from schemas.entries import EntryRecorded
from schemas.proof import verify
from services.ledger.domain.codes import Code
from services.ledger.domain.ids import ID_HORIZON_DAYS
from services.ledger.domain.invariants import journal_breaks, state_breaks
from services.ledger.domain.rows import all_rows
from services.ledger.domain.state import Ledger
from tests.unit.ledger.chance import Chance
from tests.unit.ledger.play import Play, restored

SEEDS = (1, 4, 7, 11, 23, 42)
STEPS = 400


def written(state: Ledger) -> str:
    return json.dumps(all_rows(state), sort_keys=True)


def played(seed: int) -> Play:
    """A play of STEPS commands; nothing is broken after any of them."""
    by_chance = Chance(seed)
    by_chance.begin()
    for step in range(STEPS):
        entry = by_chance.step()
        broken = state_breaks(by_chance.play.state)
        assert not broken, f"seed {seed}, step {step}: {broken} after {entry}"
    return by_chance.play


@pytest.mark.parametrize("seed", SEEDS)
def test_everything_holds_after_every_command_and_folding_gives_the_same_bytes(seed: int) -> None:
    play = played(seed)
    folded = play.lane.initial(0)
    for published in play.published:
        folded = play.lane.evolve(folded, EntryRecorded.model_validate_json(published, strict=True))
    assert folded == restored(play) == play.state
    assert written(folded) == written(restored(play)) == written(play.state)
    assert verify(play.published).good
    first = play.entries[0].at
    assert journal_breaks([entry for entry in play.entries if (entry.at - first).days < ID_HORIZON_DAYS]) == ()


def test_a_restored_ledger_decides_as_the_one_it_was_restored_from() -> None:
    one, other = Chance(5), Chance(5)
    one.begin()
    other.begin()
    for step in range(STEPS):
        if step % 20 == 0:
            other.play.state = restored(other.play)
        assert one.step() == other.step()


def test_nearly_every_code_and_kind_of_command_is_reached() -> None:
    entries = [entry for seed in SEEDS[:3] for entry in played(seed).entries]
    assert len({entry.code for entry in entries}) >= len(Code) - 8
    assert len({entry.command for entry in entries if entry.code == "APPLIED"}) >= 21
