"""Small histories: entries of a ledger and what was signed of them. Illustrative."""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.checkpoint import CheckpointSigned
from schemas.ledger import Draw
from schemas.note import Note, Signer, read_note
from services.ledger.proofs.fold import Fold
from tests.builders import RIVAL
from tests.unit.ledger.play import Play, line, malformed, opened
from tests.unit.ledger_proofs.keys import LEDGER, SALT_KEY

ORIGIN = "ledger.example/2"


@dataclass(frozen=True)
class History:
    """Entries, and the checkpoints signed at some of them."""

    entries: list[bytes]
    facts: list[CheckpointSigned]

    @property
    def notes(self) -> list[str]:
        return [fact.note for fact in self.facts]


def entries(draws: int = 8, units: int = 1) -> list[bytes]:
    """A programme, a grant of three lines for two companies, a malformed record, and draws."""
    play: Play = opened()
    play.grant(line("u1", 300), line("u2", 200, company_id=RIVAL), line("u3", 100))
    play.send(malformed())
    for _ in range(draws):
        play.ask(Draw, units=units)
    return play.published


def history(
    signed_at: Sequence[int] = (4, 7, 11), draws: int = 8, units: int = 1, key: Signer = LEDGER, salt: bytes = SALT_KEY
) -> History:
    """Entries with a checkpoint after each of these."""
    published, fold, facts = entries(draws, units), Fold(ORIGIN, salt), list[CheckpointSigned]()
    for seq, entry in enumerate(published, 1):
        fold.take(entry, seq, 0)
        if seq in signed_at:
            facts.append(fold.sign(key))
            fold.settle()
    return History(published, facts)


def cosigned(note: str, witness: Signer, seconds: int = 1_700_000_000) -> str:
    """The same with a witness's signature."""
    read = read_note(note)
    return str(Note(read.text, (*read.signatures, witness.sign(read.text, seconds))))
