"""Which command ids the ledger knows, and for how long.

An id is known from its first entry until `ID_HORIZON_DAYS` days of shard time later; then later entries evict it,
a few each, so that no entry pays for a crowd. What is kept of it is one line of text, in memory as in its row:
`<sha256> <seq> <code> <command> <day>`, about 320 bytes in memory, all told. An id that is evicted is a new wish.
"""

from collections import OrderedDict
from dataclasses import dataclass

from schemas.ledger import EntryRecorded
from services.ledger.domain.codes import REPEATS, Code

ID_HORIZON_DAYS = 30
EVICTIONS_MAX = 4
"""Most ids one entry evicts: more than the one it may add, so that the crowd shrinks."""

_UNREMEMBERED = REPEATS | {Code.MALFORMED.name}


@dataclass(frozen=True, slots=True)
class First:
    """The first outcome of a command id. `day` is the proleptic ordinal of the entry's UTC date."""

    sha256: str
    seq: int
    code: str
    command: str
    day: int


def remembered(entry: EntryRecorded) -> str | None:
    """The line kept of the entry's command id; None for a repeat or a malformed record, whose id is nobody's."""
    if entry.code in _UNREMEMBERED:
        return None
    return f"{entry.command_sha256} {entry.seq} {entry.code} {entry.command} {entry.at.toordinal()}"


def first(line: str) -> First:
    """The first outcome from its line. Raises ValueError."""
    sha256, seq, code, command, day = line.split(" ")
    return First(sha256, int(seq), code, command, int(day))


def row_of(sha256: str) -> str:
    """The row of an id, by the hash of its command: 256 rows, evenly filled."""
    return f"ids:{sha256[:2]}"


def evict(ids: OrderedDict[str, str], today: int) -> tuple[tuple[str, str], ...]:
    """Drop the oldest ids beyond the horizon, at most EVICTIONS_MAX; their rows and fields."""
    evicted: list[tuple[str, str]] = []
    while ids and len(evicted) < EVICTIONS_MAX:
        command_id, line = next(iter(ids.items()))
        if int(line[line.rindex(" ") :]) >= today - ID_HORIZON_DAYS:
            break
        del ids[command_id]
        evicted.append((row_of(line), command_id))
    return tuple(evicted)
