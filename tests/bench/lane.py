"""The lane with ledger draws against other ways to do the same work on one partition, one process each."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from schemas.catalogue import LEDGER_COMMANDS, LEDGER_ENTRIES
from services.kit.transport.base import Outgoing
from tests.bench import commands, quix
from tests.bench.figures import Figure, figure
from tests.bench.place import Place

WARM = 2_000
LOOPS = {"plain loop, send": "send", "plain loop, send_batch": "send_batch"}


@dataclass(frozen=True, slots=True)
class Way:
    """One way to do the work: a child's module and what it is told, the interpreter it needs, over so many records."""

    name: str
    module: str
    records: int
    told: tuple[str, ...] = ()
    python: str = sys.executable


def ways(place: Place) -> tuple[list[Way], str]:
    """The lane, its references, and what is to be said of those that are absent."""
    total, slow = place.pick(40_000, 16_000), place.pick(10_000, 6_000)
    found = [Way("lane", "lane", total)]
    found += [Way(name, "loop", total, (kind,)) for name, kind in LOOPS.items()]
    found.append(Way("Faust agent", "faust_agent", slow))
    try:
        found.append(Way("Quix Streams", "quix", total, python=quix.python()))
    except quix.CannotInstall as error:
        return found, f"Quix Streams is absent: {error}"
    return found, ""


def run(place: Place) -> list[Figure]:
    """Commands per second and CPU per command."""
    repeats = place.pick(5, 2)
    chosen, absent = ways(place)
    records = commands.draws(max(way.records for way in chosen))
    speeds: dict[str, list[float]] = {way.name: [] for way in chosen}
    costs: dict[str, list[float]] = {way.name: [] for way in chosen}
    for _ in range(repeats):
        for way in chosen:
            found = measure(place, records[: way.records], WARM, way.module, *way.told, python=way.python)
            speeds[way.name].append(found["records"] / found["seconds"])
            costs[way.name].append(found["cpu"] / found["records"] * 1e6)
    others = [name for name in speeds if name != "lane"]
    note = f"{commands.size(records[-1])} bytes a command with key and headers; facts and rows all out. {absent}"
    return [
        figure("lane", "commands/s", speeds["lane"], ">= 1.2 x plain loop, send", others, note.strip()),
        *(figure(name, "commands/s", speeds[name]) for name in others),
        figure("lane, CPU", "us/command", costs["lane"], "<= 75", [f"{name}, CPU" for name in others]),
        *(figure(f"{name}, CPU", "us/command", costs[name]) for name in others),
    ]


def measure(
    place: Place, records: Sequence[Outgoing], warm: int, module: str, *told: str, python: str = sys.executable
) -> dict[str, float]:
    """One run over a filled inbox of its own."""
    inbox, journal = place.fresh(LEDGER_COMMANDS, LEDGER_ENTRIES, partitions=1)
    place.fill(inbox, 0, records)
    return place.child(module, inbox.name, journal.name, warm, len(records), *told, python=python)
