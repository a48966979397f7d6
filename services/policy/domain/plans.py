"""What a release would do: shares by the programme's method, caps before and after. Pure, from what the ledger told.

A line is first held to what the caps of its company and its group leave it, in the order of application; then all
lines share what the programme's own caps leave. Value caps do not share: what breaks one is set aside at release.
"""

from collections.abc import Iterable, Sequence

from schemas.batchwork import BatchPlan, CapForecast, LineShare
from schemas.findings import Finding
from schemas.policy import BatchLine, CapLevel
from services.policy.domain.allocation import Ask, allocate
from services.policy.domain.batches import Batch, Programme, grant_line_id
from services.policy.domain.findings import OWN_LAW, Phrase, operand
from services.policy.domain.people import People
from services.policy.domain.sentences import sentence

ALLOCATION = "allocation.v1"
_SHARED = sentence(
    "可供 {supply_units}，需求 {demand_units}：按 {method} 分配，本行申请 {requested_units}，得 {allocated_units}。",
    "{supply_units} units were left for a demand of {demand_units}: shared out by {method}, this line asked for "
    "{requested_units} and got {allocated_units}.",
)
_SHARED_OUT = Phrase(ALLOCATION, "allocation", OWN_LAW, "SHARED_OUT", _SHARED)


def planned(programme: Programme, batch: Batch, people: People, group_units: int | None) -> BatchPlan:
    """The plan of a batch. `group_units`: what the bundle allows a company with its group; None: no limit."""
    limits = _limits(programme, batch, group_units)
    asks = {grant_line_id(line): _ask(line, limits[grant_line_id(line)], people) for line in batch.lines}
    supply = _supply(programme)
    shares = allocate(people.allocation, supply, asks.values())
    told = tuple([_share(line, asks[grant_line_id(line)], shares[grant_line_id(line)]) for line in batch.lines])
    return BatchPlan(
        method=people.allocation,
        supply_units=supply,
        demand_units=sum(ask.whole for ask in asks.values()),
        shares=told,
        caps=tuple([_forecast(known.level, told) for known in programme.caps.values()]),
        total_units=sum(share.allocated_units for share in told),
        total_value=sum(share.allocated_value for share in told),
    )


def left_over(batch: Batch, plan: BatchPlan) -> list[tuple[BatchLine, Finding]]:
    """What the plan does not give: units of each line that got less than it asked for, with why."""
    shares = {share.line_id: share for share in plan.shares}
    cut = []
    for line in batch.lines:
        share = shares[grant_line_id(line)]
        units, value = line.units - share.allocated_units, line.value - share.allocated_value
        if units:
            cut.append((line.model_copy(update={"units": units, "value": value}), _why(line, share, plan)))
    return cut


def _limits(programme: Programme, batch: Batch, group_units: int | None) -> dict[str, int]:
    """Units each line may have under the caps of its company and group, first come, first served."""
    rooms = _own_rooms(programme, batch, group_units)
    limits = {}
    for line in sorted(batch.lines, key=lambda line: Ask(grant_line_id(line), 0, at=line.applied_at).turn):
        names = (f"company:{line.company_id}", f"group:{programme.group_of(line.company_id)}")
        least = min([line.units, *[rooms[name] for name in names if name in rooms]])
        units = max(0, least) // line.step_units * line.step_units
        limits[grant_line_id(line)] = units
        for name in names:
            if name in rooms:
                rooms[name] -= units
    return limits


def _own_rooms(programme: Programme, batch: Batch, group_units: int | None) -> dict[str, int]:
    rooms: dict[str, int] = {}
    for known in programme.caps.values():
        level = known.level
        if level.company_id is not None and level.volume_units is not None:
            name = f"company:{level.company_id}"
            left = max(0, level.volume_units - level.used_units)
            rooms[name] = min(left, rooms.get(name, left))
    if group_units is not None:
        groups = {programme.group_of(line.company_id) for line in batch.lines}
        rooms |= {f"group:{group}": max(0, group_units - _used(programme, group)) for group in groups}
    return rooms


def _used(programme: Programme, group: str) -> int:
    """What the ledger has granted to the companies of a group."""
    levels = [known.level for known in programme.caps.values()]
    return sum(
        level.used_units for level in levels if level.company_id and programme.group_of(level.company_id) == group
    )


def _supply(programme: Programme) -> int | None:
    """What the programme's own caps leave, the least of them; None: none limits units."""
    levels = [known.level for known in programme.caps.values() if known.level.company_id is None]
    return min(
        (max(0, level.volume_units - level.used_units) for level in levels if level.volume_units is not None),
        default=None,
    )


def _ask(line: BatchLine, limit: int, people: People) -> Ask:
    return Ask(grant_line_id(line), limit, line.step_units, line.applied_at, people.score_of(line.use))


def _share(line: BatchLine, ask: Ask, units: int) -> LineShare:
    return LineShare(
        line_id=ask.key,
        application_id=line.application_id,
        company_id=line.company_id,
        requested_units=line.units,
        limit_units=ask.units,
        step_units=line.step_units,
        applied_at=line.applied_at,
        score=ask.score,
        allocated_units=units,
        allocated_value=line.value * units // line.units if line.units else 0,
    )


def _forecast(level: CapLevel, shares: Sequence[LineShare]) -> CapForecast:
    own = [share for share in shares if level.company_id in (None, share.company_id)]
    return CapForecast(
        cap_id=level.cap_id,
        company_id=level.company_id,
        volume_units=level.volume_units,
        used_units=level.used_units,
        after_units=level.used_units + _units(own),
        volume_value=level.volume_value,
        used_value=level.used_value,
        after_value=level.used_value + sum(share.allocated_value for share in own),
    )


def _units(shares: Iterable[LineShare]) -> int:
    return sum(share.allocated_units for share in shares)


def _why(line: BatchLine, share: LineShare, plan: BatchPlan) -> Finding:
    figures: dict[str, int | str] = {
        "supply_units": plan.demand_units if plan.supply_units is None else plan.supply_units,
        "demand_units": plan.demand_units,
        "method": plan.method,
        "requested_units": share.requested_units,
        "allocated_units": share.allocated_units,
    }
    told = tuple([operand(name, value) for name, value in figures.items()])
    return _SHARED_OUT.found("limit" if share.allocated_units else "reject", told, line.line_id)
