"""The lane with ledger draws against other ways to do the same work on one partition, one process each."""

from collections.abc import Sequence

from schemas.catalogue import LEDGER_COMMANDS, LEDGER_ENTRIES
from services.kit.transport.base import Outgoing
from tests.bench import commands
from tests.bench.figures import Figure, figure
from tests.bench.place import Place

WARM = 2_000
REFERENCES = {
    "plain loop, send": ("loop", "send"),
    "plain loop, send_batch": ("loop", "send_batch"),
}


def run(place: Place) -> list[Figure]:
    """Commands per second and CPU per command."""
    total, repeats = place.pick(40_000, 16_000), place.pick(5, 2)
    records = commands.draws(total)
    kinds = {"lane": ("lane", ""), **REFERENCES}
    speeds: dict[str, list[float]] = {name: [] for name in kinds}
    costs: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(repeats):
        for name, (module, kind) in kinds.items():
            found = measure(place, records, WARM, module, kind)
            speeds[name].append(found["records"] / found["seconds"])
            costs[name].append(found["cpu"] / found["records"] * 1e6)
    note = f"{commands.size(records[-1])} bytes a command with key and headers; facts, rows and reacts all out"
    return [
        figure("lane", "commands/s", speeds["lane"], ">= 1.2 x plain loop, send", tuple(REFERENCES), note),
        *(figure(name, "commands/s", speeds[name]) for name in REFERENCES),
        figure("lane, CPU", "us/command", costs["lane"], "<= 75", [f"{name}, CPU" for name in REFERENCES]),
        *(figure(f"{name}, CPU", "us/command", costs[name]) for name in REFERENCES),
    ]


def measure(place: Place, records: Sequence[Outgoing], warm: int, module: str, *more: object) -> dict[str, float]:
    """One run over a filled inbox of its own."""
    inbox, journal = place.fresh(LEDGER_COMMANDS, LEDGER_ENTRIES, partitions=1)
    place.fill(inbox, 0, records)
    return place.child(module, inbox.name, journal.name, warm, len(records), *more)
