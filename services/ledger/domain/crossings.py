"""When an account or a cap came near its limit, reached it, or was opened again: told beside the figures.

Of several thresholds passed in one entry the highest is told: from 10 to 100 per cent is `exhausted`, no more.
"""

from typing import Literal

from schemas.entries import Balance, CapUse, Crossing
from services.ledger.domain.balances import entitled

_Kind = Literal["reached", "exhausted", "reopened", "eased"]

THRESHOLDS = (80, 95, 100)
"""Per cent of the volume that is used: told when passed, in either direction."""


def account_crossing(before: Balance | None, after: Balance) -> Crossing | None:
    """What the entry did to an account's available units; None if no threshold lies between."""
    if before is None:
        return None
    old, new = before.available_units, after.available_units
    volumes = entitled(before), entitled(after)
    if 5 * new > volumes[1] and 5 * old > volumes[0]:
        return None  # far from the first threshold, as most are
    passed = _passed(_level(old, volumes[0]), _level(new, volumes[1]))
    if passed is None:
        return None
    kind, percent = passed
    return Crossing(
        kind=kind, company_id=after.company_id, percent=percent, old_units=old, new_units=new,
        volume_units=volumes[1],
    )  # fmt: skip


def cap_crossing(before: CapUse | None, after: CapUse) -> Crossing | None:
    """What the entry did to the unused units of a cap; None if no threshold lies between, or it counts no units."""
    volume = after.volume_units
    if volume is None or (before is not None and before.volume_units is None):
        return None
    new = volume - after.used_units
    old = volume if before is None else (before.volume_units or 0) - before.used_units
    if before is not None and 5 * new > volume and 5 * old > (before.volume_units or 0):
        return None  # far from the first threshold, as most are
    level = 0 if before is None else _level(old, before.volume_units or 0)
    passed = _passed(level, _level(new, volume))
    if passed is None:
        return None
    kind, percent = passed
    return Crossing(
        kind=kind, company_id=after.company_id, cap_id=after.cap_id, percent=percent, old_units=old, new_units=new,
        volume_units=volume,
    )  # fmt: skip


def _level(free: int, volume: int) -> int:
    """The highest threshold that is reached, 0 for none."""
    if free == 0:
        return THRESHOLDS[-1]
    used = (volume - free) * 100
    return max((percent for percent in THRESHOLDS[:-1] if used >= percent * volume), default=0)


def _passed(old: int, new: int) -> tuple[_Kind, int] | None:
    if old == new:
        return None
    if new > old:
        return ("exhausted" if new == THRESHOLDS[-1] else "reached"), new
    return ("reopened" if old == THRESHOLDS[-1] else "eased"), old
