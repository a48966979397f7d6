"""`python -m tests.unit.policy_screening.quality [--tuning]`: labelled variants found, and false alarms.

The rows of variants.tsv are split by a fixed hash: a query whose SHA-256 begins with a byte divisible by three is
*held out*. Words, thresholds and rules were tuned on the others alone; the held-out third was looked at afterwards.

recall: rows with an entry whose entry is among the hits. false alarms: rows without one that have any hit.
"""

import argparse
import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process, utils

from deploy.screening.generate import SAMPLE
from services.policy.screening import Index, Party, read_list, screen
from tests.unit.policy_screening.variants import FILE

WHOLE = 10_000
CUTOFFS = (80, 85, 90, 95)
"""Of the library that is shown beside ours."""


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled query; `expected` is the id of an entry, or None."""

    kind: str
    expected: str | None
    query: str

    @property
    def held_out(self) -> bool:
        """True for the third that nothing was tuned on."""
        return hashlib.sha256(self.query.encode()).digest()[0] % 3 == 0


@dataclass(frozen=True, slots=True)
class Quality:
    """Counts over some rows. Rates in basis points."""

    positives: int
    missed: tuple[Row, ...]
    negatives: int
    alarms: tuple[Row, ...]

    @property
    def recall(self) -> int:
        """Share of the entries that were found."""
        return (self.positives - len(self.missed)) * WHOLE // self.positives

    @property
    def false_alarms(self) -> int:
        """Share of the other parties that had a hit."""
        return len(self.alarms) * WHOLE // self.negatives


def labelled() -> Sequence[Row]:
    """Every row of the file."""
    lines = [line for line in FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    parts = [line.split("\t") for line in lines]
    return [Row(kind, None if expected == "-" else expected, query) for kind, expected, query in parts]


def quality(rows: Iterable[Row]) -> Quality:
    """The rows screened against the sample list."""
    index = Index(read_list(SAMPLE))
    return _counted(rows, lambda query: [one.hit.entry_id for one in screen(Party(query), index).hits])


def beside(rows: Iterable[Row], cutoff: int) -> Quality:
    """The same by a general library alone: every name of the list compared, its score at least `cutoff` of 100."""
    entries = read_list(SAMPLE).entries.values()
    names = {name: entry.entry_id for entry in entries for name in (*entry.names, *entry.aliases)}

    def hits(query: str) -> list[str]:
        found = process.extract(
            query, list(names), scorer=fuzz.WRatio, processor=utils.default_process, score_cutoff=cutoff, limit=None
        )
        return [names[name] for name, _, _ in found]

    return _counted(rows, hits)


def _counted(rows: Iterable[Row], hits_of: Callable[[str], Sequence[str]]) -> Quality:
    positives, negatives = 0, 0
    missed, alarms = [], []
    for row in rows:
        hits = hits_of(row.query)
        if row.expected is None:
            negatives += 1
            alarms += [row] if hits else []
        else:
            positives += 1
            missed += [] if row.expected in hits else [row]
    return Quality(positives, tuple(missed), negatives, tuple(alarms))


def told(part: str, found: Quality) -> str:
    """One line for a person."""
    return (
        f"{part}: recall {found.recall / 100:.1f} % of {found.positives} variants, "
        f"false alarms {found.false_alarms / 100:.1f} % of {found.negatives} other names"
    )


def main() -> None:
    """Print both parts, or with --tuning the tuning part alone and each of its rows that went wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.unit.policy_screening.quality")
    parser.add_argument("--tuning", action="store_true", help="the part to tune on alone, with what went wrong")
    rows = labelled()
    tuning = quality(row for row in rows if not row.held_out)
    if parser.parse_args().tuning:
        for what, wrong in (("missed", tuning.missed), ("alarm", tuning.alarms)):
            for row in wrong:
                print(what, row.kind, row.expected, row.query, sep="\t")
    else:
        held_out = [row for row in rows if row.held_out]
        print(told("held out", quality(held_out)))
        for cutoff in CUTOFFS:
            print(told(f"held out, by rapidfuzz WRatio from {cutoff} on", beside(held_out, cutoff)))
    print(told("tuned on", tuning))


if __name__ == "__main__":
    main()
