"""Proofs, in this process: an export judged, a proof made, what signing costs; beside SHA-256 and JSON alone."""

import json
import time
from collections.abc import Callable
from hashlib import sha256

from schemas.audit import Trust, judge
from schemas.ledger import Draw
from schemas.tree import Tree, inclusion, leaf_hash
from services.ledger.proofs.fold import Fold
from tests.bench.figures import Figure, figure
from tests.bench.place import Place
from tests.unit.ledger.play import granted, line, opened
from tests.unit.ledger_proofs.keys import LEDGER, SALT_KEY

CHECKPOINT_ENTRIES = 5_000
BATCH_LINES = 1_000
PROOFS = 2_000
MUCH = 10**9


def run(place: Place) -> list[Figure]:
    """Draws of one posting each; batches of 1,000 lines for 100 companies."""
    count, repeats = place.pick(100_000, 20_000), place.pick(5, 3)
    entries, batches = draws(count), grants(place.pick(20, 5))
    notes = signed(entries)
    aside = Trust((LEDGER.verifier,))
    whole = Trust((LEDGER.verifier,), (), SALT_KEY)
    lines = (len(batches) - 1) * BATCH_LINES
    about = f"{count:,} entries of {sum(map(len, entries)) // count} bytes, {len(notes)} checkpoints"
    references = ["SHA-256 of the entries", "their JSON parsed"]
    tree = grown(count)
    return [
        figure("verify", "entries/s of CPU", rates(repeats, count, lambda: judged(entries, notes, aside)), "200,000",
               references, about),
        figure("verify with lines", "entries/s of CPU",
               rates(repeats, count, lambda: judged(entries, notes, whole)), "", references),
        figure("SHA-256 of the entries", "entries/s of CPU",
               rates(repeats, count, lambda: [sha256(entry).digest() for entry in entries])),
        figure("their JSON parsed", "entries/s of CPU",
               rates(repeats, count, lambda: [json.loads(entry) for entry in entries])),
        figure("inclusion proof", "ms of CPU",
               [1_000 / rate for rate in rates(repeats, PROOFS, lambda: proven(tree, count))], "1"),
        figure("signer, per draw", "us of CPU",
               [1e6 / rate for rate in rates(repeats, count, lambda: signed(entries))]),
        figure("signer, per line of a batch", "us of CPU",
               [1e6 / rate for rate in rates(repeats, lines, lambda: signed(batches))]),
    ]  # fmt: skip


def draws(count: int) -> list[bytes]:
    """A programme, a grant, and draws."""
    play = granted(units=MUCH, volume_units=MUCH, company_units=None)
    for _ in range(count - 2):
        play.ask(Draw, units=1)
    return play.published


def grants(count: int) -> list[bytes]:
    """A programme and full batches."""
    play = opened(volume_units=MUCH, company_units=None)
    for batch in range(count):
        play.grant(*(line(f"b{batch}:{n}", 10, 0, f"company-{n % 100}") for n in range(BATCH_LINES)))
    return play.published


def signed(entries: list[bytes]) -> list[str]:
    """The notes that a signer makes on its way through."""
    fold, notes = Fold("ledger.example/0", SALT_KEY), list[str]()
    for seq, entry in enumerate(entries, 1):
        fold.take(entry, seq, 0)
        if seq % CHECKPOINT_ENTRIES == 0 or seq == len(entries):
            notes.append(fold.sign(LEDGER).note)
            fold.settle()
    return notes


def judged(entries: list[bytes], notes: list[str], trust: Trust) -> None:
    """Raises ValueError unless all is well."""
    found = judge(entries, len(entries), notes, (), trust)
    if found.signed_to != len(entries):
        raise ValueError(found.why)


def grown(size: int) -> Tree:
    """A tree of numbers."""
    tree = Tree()
    for number in range(size):
        tree.append(leaf_hash(b"%d" % number))
    return tree


def proven(tree: Tree, size: int) -> None:
    """Proofs of leaves all over the tree."""
    for number in range(PROOFS):
        inclusion(number * 7_919 % size, size, tree.node)


def rates(repeats: int, count: int, work: Callable[[], object]) -> list[float]:
    """How many a second of CPU, repeat by repeat."""
    found: list[float] = []
    for _ in range(repeats):
        started = time.process_time()
        work()
        found.append(count / (time.process_time() - started))
    return found
