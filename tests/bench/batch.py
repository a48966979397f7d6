"""Grant batches of 1,000 lines through the whole lane: facts, rows of every account and cap, and the reacts."""

from tests.bench import commands
from tests.bench.figures import Figure, figure
from tests.bench.lane import measure
from tests.bench.place import Place

LINES = 1_000
WARM = 6


def run(place: Place) -> list[Figure]:
    """Lines per second."""
    total, repeats = place.pick(150, 60), place.pick(5, 2)
    records = commands.batches(total, LINES)
    speeds: dict[str, list[float]] = {"lane": [], "plain loop": []}
    for _ in range(repeats):
        for name, module, *told in (("lane", "lane"), ("plain loop", "loop", "send")):
            found = measure(place, records, WARM, module, *told)
            speeds[name].append(found["records"] * LINES / found["seconds"])
    return [
        figure("grant-batch of 1,000 lines", "lines/s", speeds["lane"], ">= 80,000", ["plain loop, send"]),
        figure("plain loop, send", "lines/s", speeds["plain loop"], note="writes no rows and no reacts"),
    ]
