"""Which lines of a batch still fit under the caps the ledger last told: first come, first served, line by line."""

from dataclasses import dataclass

from schemas.findings import Finding
from schemas.policy import BatchLine, CapLevel, FailingLine
from services.policy.domain.batches import Batch, Programme
from services.policy.domain.bundle import ReleaseCaps
from services.policy.domain.findings import LEDGER, system_finding


@dataclass(slots=True)
class Room:
    """What is left under one cap; None = not limited."""

    cap_id: str
    units: int | None
    value: int | None

    def short(self, line: BatchLine) -> Finding | None:
        """Why the line does not fit; None if it does."""
        if self.units is not None and line.units > self.units:
            return self._finding(line, "units", line.units, self.units)
        if self.value is not None and line.value > self.value:
            return self._finding(line, "value", line.value, self.value)
        return None

    def take(self, line: BatchLine) -> None:
        """The line uses its part."""
        self.units = None if self.units is None else self.units - line.units
        self.value = None if self.value is None else self.value - line.value

    def _finding(self, line: BatchLine, measure: str, needed: int, available: int) -> Finding:
        return system_finding(
            "NO_LONGER_FITS", "reject", line.line_id, LEDGER,
            cap_id=self.cap_id, measure=measure, needed=needed, available=available,
        )  # fmt: skip


def not_fitting(programme: Programme, batch: Batch, caps: ReleaseCaps) -> list[tuple[BatchLine, Finding]]:
    """Lines of the batch that no longer fit, each with why; a line that does not fit uses nothing.

    `caps`: what the bundle allows a company together with its confirmed group.
    """
    rooms = _rooms(programme)
    groups = _group_rooms(programme, batch, caps)
    aside = []
    for line in batch.lines:
        group = groups.get(programme.group_of(line.company_id), ())
        over = (*rooms.get(None, ()), *rooms.get(line.company_id, ()), *group)
        short = next((found for room in over if (found := room.short(line))), None)
        if short is not None:
            aside.append((line, short))
            continue
        for room in over:
            room.take(line)
    return aside


def refused_line(line: BatchLine, failing: FailingLine) -> Finding:
    """Why the ledger did not grant a line, with the ledger's own figures."""
    return system_finding(
        "LEDGER_REFUSED", "reject", line.line_id, LEDGER,
        ledger_code=failing.code, cap_id=failing.cap_id or "-", needed=failing.needed, available=failing.available,
    )  # fmt: skip


def _rooms(programme: Programme) -> dict[str | None, list[Room]]:
    """Every cap the ledger has told, by company; None: the programme's own."""
    rooms: dict[str | None, list[Room]] = {}
    for told in programme.caps.values():
        rooms.setdefault(told.level.company_id, []).append(_room(told.level))
    return rooms


def _group_rooms(programme: Programme, batch: Batch, caps: ReleaseCaps) -> dict[str, tuple[Room, ...]]:
    """What the groups in the batch have left: the bundle's caps less what the ledger granted to their companies."""
    used: dict[str, tuple[int, int]] = {programme.group_of(line.company_id): (0, 0) for line in batch.lines}
    for told in programme.caps.values():
        company_id = told.level.company_id
        if company_id is not None and (group := programme.group_of(company_id)) in used:
            units, value = used[group]
            used[group] = (units + told.level.used_units, value + told.level.used_value)
    return {
        group: (Room(f"group:{group}", _left(caps.group_units, units), _left(caps.group_value, value)),)
        for group, (units, value) in used.items()
    }


def _left(cap: int | None, used: int) -> int | None:
    return None if cap is None else max(0, cap - used)


def _room(level: CapLevel) -> Room:
    return Room(level.cap_id, _left(level.volume_units, level.used_units), _left(level.volume_value, level.used_value))
