"""The tree of caps: which caps count a lot, and what is left under them while a command is tried.

    programme                    counts everything
      company:<id>               all units of a company; made by default when the first are granted
      group:<id>                 all units of its companies, whose caps stand under it
      <any scope> under any cap  of what that cap counts, the lots of this scope granted after it was made

So the use of companies sums up to their group and the programme; the other caps count parts. A lot is counted by
the same caps for as long as they stand: by the company's, those above it, and the parts of these that it matches.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from schemas.entries import CapUse
from schemas.ledger import PROGRAMME_CAP, company_cap
from schemas.values import UNITS_MAX
from services.ledger.domain.balances import make_cap
from services.ledger.domain.state import Programme


def new_cap(
    cap_id: str, scope: str, parent_id: str | None, volumes: tuple[int | None, int | None, int | None],
    company_id: str | None = None, since: int | None = None,
) -> CapUse:  # fmt: skip
    """An unused cap; `volumes` are its limits of units, value and TPP."""
    units, value, tpp = volumes
    return make_cap(
        {"cap_id": cap_id, "company_id": company_id, "volume_units": units, "used_units": 0, "volume_value": value,
         "used_value": 0, "parent_id": parent_id, "scope": scope, "since": since, "volume_tpp": tpp, "used_tpp": 0}
    )  # fmt: skip


def cap_of(programme: Programme, company_id: str, parent: CapUse | None = None) -> CapUse:
    """The cap of a company. One that has none gets the programme's default, never above what it stands under."""
    known = programme.company_caps.get(company_id)
    if known is not None:
        return programme.caps[known]
    above = parent or programme.total
    default = programme.terms.company_units
    volume = default if default is None or above.volume_units is None else min(default, above.volume_units)
    cap_id = company_cap(company_id)
    return new_cap(cap_id, cap_id, above.cap_id, (volume, None, None), company_id)


def counting(programme: Programme, company_id: str, scopes: tuple[str, ...], lot: int) -> list[CapUse]:
    """Every cap that counts such a lot: the company's first, the programme's last of those that count everything."""
    cap: CapUse | None = cap_of(programme, company_id)
    found: list[CapUse] = []
    while cap is not None:
        found.append(cap)
        cap = None if cap.parent_id is None else programme.caps[cap.parent_id]
    if programme.parts:
        for each in found:  # grows while it is walked
            found.extend(_matching(programme, each.cap_id, scopes, lot))
    return found


def _matching(programme: Programme, cap_id: str, scopes: tuple[str, ...], lot: int) -> Iterator[CapUse]:
    parts = programme.parts.get(cap_id, {})
    for scope in scopes:
        if scope in parts and (programme.caps[parts[scope]].since or 0) < lot:
            yield programme.caps[parts[scope]]


def children(programme: Programme, cap_id: str) -> list[CapUse]:
    """The caps right under a cap. Looks at every cap: for the rare commands that change one."""
    return [cap for cap in programme.caps.values() if cap.parent_id == cap_id]


def limits(cap: CapUse) -> tuple[tuple[str, int | None, int], ...]:
    """For each measure its name, volume and use."""
    return (
        ("units", cap.volume_units, cap.used_units),
        ("value", cap.volume_value, cap.used_value),
        ("tpp", cap.volume_tpp, cap.used_tpp),
    )


def is_total(cap: CapUse) -> bool:
    """Whether it is the programme's own."""
    return cap.cap_id == PROGRAMME_CAP


@dataclass(slots=True)
class Room:
    """What is left under a cap while a command is tried on it, and what the command took. The cap itself stays."""

    cap: CapUse
    free_units: int
    free_value: int
    free_tpp: int
    units: int = 0
    value: int = 0
    tpp: int = 0

    def take(self, units: int, value: int, tpp: int) -> None:
        """Let what fits take its room; negative: give it back."""
        self.free_units -= units
        self.free_value -= value
        self.free_tpp -= tpp
        self.units += units
        self.value += value
        self.tpp += tpp

    def short(self, units: int, value: int, tpp: int) -> tuple[str, int, int] | None:
        """The measure that does not fit under this cap's limits, what it needs and what is there; None: all fit."""
        taken = self.units, self.value, self.tpp
        for (measure, volume, used), needed, before in zip(limits(self.cap), (units, value, tpp), taken, strict=True):
            if volume is not None and used + before + needed > volume:
                return measure, needed, volume - used - before
        return None


def room_under(cap: CapUse) -> Room:
    """The room under a cap's limits; where it has none, as far as the ledger can record."""
    units, value, tpp = cap.volume_units, cap.volume_value, cap.volume_tpp
    return Room(
        cap,
        (UNITS_MAX if units is None else units) - cap.used_units,
        (UNITS_MAX if value is None else value) - cap.used_value,
        (UNITS_MAX if tpp is None else tpp) - cap.used_tpp,
    )
