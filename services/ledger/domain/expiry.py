"""Time passes: holds that are due expire first, then lots, so that what a hold releases expires in the same entry.

When something is due the lane's owner sends itself a tick; what is due is looked up in a heap, earliest first.
"""

from collections.abc import Iterator
from datetime import datetime
from heapq import heappop, heappush

from schemas.base import Command, derived_id
from schemas.entries import Figure
from schemas.ledger import LedgerTick
from services.ledger.domain.codes import Code
from services.ledger.domain.entries import Decision, refused
from services.ledger.domain.lots import expiry, has_free, milliseconds, moment
from services.ledger.domain.moves import Moves
from services.ledger.domain.state import Due, Ledger, Programme

DUE_MAX = 500
"""Lots, and lots of holds, after which an entry lets no more expire; the rest is due still."""


def pass_time(state: Ledger, command: LedgerTick, at: datetime) -> Decision:
    """Let expire what is due. Nothing expires in a frozen programme."""
    programme = state.programmes.get(command.programme_id)
    if programme is None:
        return refused(Figure(code=Code.PROGRAMME_NOT_FOUND.name, field="programme_id"))
    if "frozen" in programme.bars:
        return refused(Figure(code=Code.LEDGER_FROZEN.name, field="programme_id"))
    moves, at_ms = Moves(programme), milliseconds(at)
    due = tuple(_due(programme, at_ms))
    holds = [hold_id for _, kind, hold_id in due if kind == "hold"]
    lots = {int(number) for _, kind, number in due if kind == "lot"}
    for hold_id in holds:
        hold = programme.holds[hold_id]
        moves.close(hold, "expired", at)
        lots |= {part.lot for part in hold.parts}
    for number in sorted(lots):
        lot = moves.peek(number)
        if lot.free_units and lot.expires_ms <= at_ms:
            moves.take(moves.lot(number), "expired", lot.free_units)
    return moves.told(Code.APPLIED)


def due(state: Ledger) -> datetime | None:
    """When the first hold or lot of a programme that is not frozen expires."""
    times = [each.dues[0][0] for each in state.programmes.values() if each.dues and "frozen" not in each.bars]
    return moment(min(times)) if times else None


def ticks(state: Ledger, at: datetime) -> tuple[Command, ...]:
    """One tick for each programme in which something is due. After an entry it is another tick: there may be more."""
    at_ms = milliseconds(at)
    return tuple(
        LedgerTick(command_id=derived_id("ledger-tick", programme_id, str(state.seq)), programme_id=programme_id)
        for programme_id, programme in state.programmes.items()
        if programme.dues and programme.dues[0][0] <= at_ms and "frozen" not in programme.bars
    )


def expect(programme: Programme, at_ms: int, kind: str, name: str) -> None:
    """Note that something expires; once, however often it is held and released before."""
    item = at_ms, kind, name
    if item not in programme.awaited:
        programme.awaited.add(item)
        heappush(programme.dues, item)


def trim(programme: Programme) -> None:
    """Take off the top of the heap what is no longer due: used up, voided, extended."""
    while programme.dues and not _stands(programme, programme.dues[0]):
        programme.awaited.discard(heappop(programme.dues))


def _stands(programme: Programme, item: Due) -> bool:
    at_ms, kind, name = item
    if kind == "lot":
        text = programme.lots.get(int(name))
        return text is not None and has_free(text) and expiry(text) == at_ms
    hold = programme.holds.get(name)
    return hold is not None and hold.state == "open" and milliseconds(hold.expires_at) == at_ms


def _due(programme: Programme, at_ms: int) -> Iterator[Due]:
    """What is due, earliest first, up to DUE_MAX: a walk down the heap that looks at little more than it gives."""
    heap, lots = programme.dues, 0
    front: list[tuple[Due, int]] = []
    seen: set[Due] = set()
    if heap:
        front.append((heap[0], 0))
    while front and lots < DUE_MAX:
        item, index = heappop(front)
        if item[0] > at_ms:
            return
        for child in (2 * index + 1, 2 * index + 2):
            if child < len(heap):
                heappush(front, (heap[child], child))
        if item not in seen and _stands(programme, item):
            seen.add(item)
            lots += len(programme.holds[item[2]].parts) if item[1] == "hold" else 1
            yield item
