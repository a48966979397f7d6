"""Shares of a supply that does not suffice. Pure: the same asks and supply give the same shares, in any order.

Every share is whole steps (an application that counts in modules of 8 gets whole modules) and at most what is asked.
With steps of 1 the shares add up to the supply, or to the demand if that is less; with larger steps what is left is
less than the smallest step of anybody who could still take one.

pro_rata is the largest-remainder rule: everybody gets the whole steps of the exact quota, what is left goes one step
each to the largest fractions. It keeps within a step of the quota; who asks for more never gets less; but, as is known
of this rule, a larger supply may cost a line one unit.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

from schemas.batchwork import Method

_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Ask:
    """What one line asks for: `units` up to its own limit, in steps of `step`. `at` None: after all others."""

    key: str
    units: int
    step: int = 1
    at: datetime | None = None
    score: int = 0

    @property
    def turn(self) -> tuple[datetime, str]:
        """Its place among equals: by time, then by name."""
        return self.at or _LAST, self.key

    @property
    def whole(self) -> int:
        """What it asks for, in whole steps."""
        return self.units // self.step * self.step


def allocate(method: Method, supply: int | None, asks: Iterable[Ask]) -> dict[str, int]:
    """The share of each ask by its key. `supply` None: there is enough for all."""
    wanted = sorted(asks, key=lambda ask: ask.turn)
    demand = sum(ask.whole for ask in wanted)
    if supply is None or demand <= supply:
        return {ask.key: ask.whole for ask in wanted}
    return _RULES[method](max(0, supply), demand, wanted)


def _first_come(supply: int, _: int, asks: Sequence[Ask]) -> dict[str, int]:
    shares = {}
    for ask in asks:
        shares[ask.key] = min(ask.whole, supply // ask.step * ask.step)
        supply -= shares[ask.key]
    return shares


def _priority(supply: int, demand: int, asks: Sequence[Ask]) -> dict[str, int]:
    return _first_come(supply, demand, sorted(asks, key=lambda ask: (-ask.score, ask.turn)))


def _pro_rata(supply: int, demand: int, asks: Sequence[Ask]) -> dict[str, int]:
    quotas = {ask.key: Fraction(ask.whole * supply, demand * ask.step) for ask in asks}
    shares = {ask.key: int(quotas[ask.key]) * ask.step for ask in asks}
    left = supply - sum(shares.values())
    order = sorted(asks, key=lambda ask: (int(quotas[ask.key]) - quotas[ask.key], ask.turn))
    while True:
        before = left
        for ask in order:
            if ask.step <= left and shares[ask.key] < ask.whole:
                shares[ask.key] += ask.step
                left -= ask.step
        if left == before:
            return shares


_RULES: dict[Method, Callable[[int, int, Sequence[Ask]], dict[str, int]]] = {
    "fcfs": _first_come,
    "priority": _priority,
    "pro_rata": _pro_rata,
}
