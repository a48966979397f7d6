"""Which command ids the ledger knows, and for how long.

An id is known from its first entry until `ID_HORIZON_DAYS` days of shard time later; then later entries evict it,
a few each, so that no entry pays for a crowd. What is kept of it is one line of text, in memory as in its row:
`<sha256> <seq> <code> <command> <day>`, about 320 bytes in memory, all told; of a clearance also what it took,
`<programme> <company> <lot>:<units>:<value>:<kind>,...`, less what was corrected. An id that is evicted is a new
wish, unless it is a UUIDv7: that says itself when it was made, and is never run again.
"""

import re
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from schemas.entries import EntryRecorded, Part
from services.ledger.domain.codes import REPEATS, Code
from services.ledger.domain.lots import milliseconds

ID_HORIZON_DAYS = 30
EVICTIONS_MAX = 4
"""Most ids one entry evicts: more than the one it may add, so that the crowd shrinks."""

ID_FUTURE_MILLISECONDS_MAX = 24 * 60 * 60 * 1000
"""How far a client's clock may be ahead."""

UNREMEMBERED = REPEATS | {Code.MALFORMED.name, Code.ID_TOO_OLD.name}
"""Names of the codes whose entries leave no id behind."""

_CLEARANCES = ("draw", "record-late")
_TAKEN = ("drawn", "tolerated", "overused")
_KINDS = {"d": "drawn", "t": "tolerated", "o": "overused"}
_UUID7 = re.compile(r"([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_DAY_MILLISECONDS = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class First:
    """The first outcome of a command id. `day` is the proleptic ordinal of the entry's UTC date."""

    sha256: str
    seq: int
    code: str
    command: str
    day: int


@dataclass(frozen=True, slots=True)
class Clearance:
    """What a draw or a late record took and still counts for; no parts: it was taken back."""

    programme_id: str
    company_id: str
    parts: tuple[Part, ...]


def out_of_time(command_id: str, at: datetime) -> Code | None:
    """Why an id is too old or too new to be judged; None if it is neither, or does not say when it was made."""
    made = _UUID7.fullmatch(command_id)
    if made is None:
        return None
    age = milliseconds(at) - int(made[1] + made[2], 16)
    if age > ID_HORIZON_DAYS * _DAY_MILLISECONDS:
        return Code.ID_TOO_OLD
    return Code.ID_IN_FUTURE if age < -ID_FUTURE_MILLISECONDS_MAX else None


def remembered(entry: EntryRecorded) -> str | None:
    """The line kept of the entry's command id; None for a repeat, a malformed record or an id that is too old."""
    if entry.code in UNREMEMBERED:
        return None
    line = f"{entry.command_sha256} {entry.seq} {entry.code} {entry.command} {entry.at.toordinal()}"
    if entry.command not in _CLEARANCES or not entry.postings:
        return line
    took = ",".join([f"{p.lot}:{p.units}:{p.value}:{p.column[0]}" for p in entry.postings if p.column in _TAKEN])
    return f"{line} {entry.programme_id} {entry.balances[0].company_id} {took}"


def part_of(lot: int, units: int, value: int, kind: str) -> Part:
    """So much of a lot, and from where."""
    return Part.model_validate({"lot": lot, "units": units, "value": value, "kind": kind})


def corrected(line: str, remains: tuple[Part, ...]) -> str:
    """The line of a clearance once an entry has told what remains of it."""
    return " ".join([*line.split(" ")[:7], _parts_text(remains)])


def clearance(line: str) -> Clearance | None:
    """What a known clearance still counts for; None if the id is not one's."""
    fields = line.split(" ")
    if len(fields) < 8:
        return None
    parts = [part.split(":") for part in fields[7].split(",") if part]
    return Clearance(
        fields[5], fields[6], tuple([part_of(int(n), int(u), int(v), _KINDS[kind]) for n, u, v, kind in parts])
    )


def first(line: str) -> First:
    """The first outcome from its line. Raises ValueError."""
    sha256, seq, code, command, day = line.split(" ")[:5]
    return First(sha256, int(seq), code, command, int(day))


def row_of(sha256: str) -> str:
    """The row of an id, by the hash of its command: 256 rows, evenly filled."""
    return f"ids:{sha256[:2]}"


def evict(ids: OrderedDict[str, str], today: int) -> tuple[tuple[str, str], ...]:
    """Drop the oldest ids beyond the horizon, at most EVICTIONS_MAX; their rows and fields."""
    evicted: list[tuple[str, str]] = []
    while ids and len(evicted) < EVICTIONS_MAX:
        command_id, line = next(iter(ids.items()))
        if int(line.split(" ", 5)[4]) >= today - ID_HORIZON_DAYS:
            break
        del ids[command_id]
        evicted.append((row_of(line), command_id))
    return tuple(evicted)


def _parts_text(parts: Iterable[Part]) -> str:
    return ",".join([f"{part.lot}:{part.units}:{part.value}:{part.kind[0]}" for part in parts])
