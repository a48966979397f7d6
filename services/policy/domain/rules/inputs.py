"""What a decision table may look at: named inputs with every value they can have, and the cells that pick some.

A cell is `*` (any), `a|b` (one of these words), or of a number `7`, `1000..`, `..999`, `1000..1999`, ends included.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import get_args

from schemas.values import SHARE_WHOLE, UNITS_MAX, Category
from services.policy.domain.rules.base import Measured, MeasuredLine
from services.policy.domain.rules.uses import USES

ANY = "*"
_NUMBER = re.compile(r"(\d{1,16})?(\.\.)?(\d{1,16})?", re.ASCII)
Picks = frozenset[int]
"""The parts of an input's values that a cell picks, by number."""


@dataclass(frozen=True, slots=True)
class Input:
    """A figure of the facts. `words`: all it can be; none: a number up to `most`. `per_line`: lines have their own."""

    read: Callable[[Measured, MeasuredLine], str | int]
    words: tuple[str, ...] = ()
    most: int = UNITS_MAX
    per_line: bool = False


INPUTS: Mapping[str, Input] = MappingProxyType(
    {
        "category": Input(lambda measured, _: measured.facts.category, get_args(get_args(Category)[0])),
        "use": Input(lambda _, line: line.fact.use, USES, per_line=True),
        "justified": Input(lambda _, line: "yes" if line.fact.justified else "no", ("yes", "no"), per_line=True),
        "requested_units": Input(lambda _, line: line.requested, per_line=True),
        "total_units": Input(lambda measured, _: measured.units),
        "total_value": Input(lambda measured, _: measured.value),
        "approved_units": Input(lambda measured, _: measured.facts.approved_units),
        "training_bp": Input(lambda measured, _: measured.facts.training, most=SHARE_WHOLE),
        "inference_bp": Input(lambda measured, _: measured.facts.inference, most=SHARE_WHOLE),
    }
)


@dataclass(frozen=True, slots=True)
class Parts:
    """An input's values cut into parts that no cell of a column tells apart."""

    words: tuple[str, ...]
    starts: tuple[int, ...]

    @property
    def count(self) -> int:
        """How many parts there are."""
        return len(self.words) or len(self.starts)

    def part(self, value: str | int) -> int:
        """The part a value lies in."""
        if isinstance(value, int):
            return bisect_right(self.starts, value) - 1
        return self.words.index(value)

    def picked(self, cell: str) -> Picks:
        """The parts a cell picks."""
        if cell == ANY:
            return frozenset(range(self.count))
        if self.words:
            return frozenset(self.words.index(word) for word in cell.split("|"))
        low, high = bounds(cell)
        last = self.part(UNITS_MAX if high is None else high)
        return frozenset(range(self.part(low), last + 1))

    def shown(self, part: int) -> str:
        """A part as a person reads it."""
        if self.words:
            return self.words[part]
        end = str(self.starts[part + 1] - 1) if part + 1 < len(self.starts) else ""
        return f"{self.starts[part]}..{end}"


def parts(known: Input, cells: Sequence[str]) -> Parts:
    """The parts into which the cells of a column cut its input. Raises ValueError, with why, on a cell that is none."""
    for cell in cells:
        _check(known, cell)
    if known.words:
        return Parts(known.words, ())
    starts = {0}
    for low, high in (bounds(cell) for cell in cells if cell != ANY):
        starts |= {low} if high is None or high >= known.most else {low, high + 1}
    return Parts((), tuple(sorted(starts)))


def bounds(cell: str) -> tuple[int, int | None]:
    """Both ends of a range, included; None: no upper end. Raises ValueError."""
    found = _NUMBER.fullmatch(cell)
    if found is None or (found[1] is None and found[3] is None) or (found[3] is not None and found[2] is None):
        raise ValueError(f"{cell!r} is no number and no range such as 1000..1999")
    low = int(found[1] or 0)
    if found[2] is None:
        return low, low
    return low, None if found[3] is None else int(found[3])


def _check(known: Input, cell: str) -> None:
    if cell == ANY:
        return
    if known.words:
        for word in cell.split("|"):
            if word not in known.words:
                raise ValueError(f"{word!r} is none of {', '.join(known.words)}")
        return
    low, high = bounds(cell)
    if low > known.most or (high is not None and (high < low or high > known.most)):
        raise ValueError(f"{cell!r} does not lie within 0..{known.most}")
