"""Grant batches of 1,000 lines through the whole lane: facts, rows of every account and cap, and the reacts."""

from tests.bench import commands
from tests.bench.figures import Figure, figure
from tests.bench.lane import measure
from tests.bench.place import Place

LINES = 1_000
WARM = 6


def run(place: Place) -> list[Figure]:
    """Lines per second, and CPU of the process per line; every line of a batch is another company's."""
    total, repeats = place.pick(150, 60), place.pick(5, 2)
    records = commands.batches(total, LINES)
    speeds: dict[str, list[float]] = {"lane": [], "plain loop, send": []}
    costs: dict[str, list[float]] = {"lane": [], "plain loop, send": []}
    for _ in range(repeats):
        for name, module, *told in (("lane", "lane"), ("plain loop, send", "loop", "send")):
            found = measure(place, records, WARM, module, *told)
            speeds[name].append(found["records"] * LINES / found["seconds"])
            costs[name].append(found["cpu"] / found["records"] / LINES * 1e6)
    plain, note = "plain loop, send", "writes no rows and sends no commands"
    return [
        figure("grant-batch of 1,000 lines", "lines/s", speeds["lane"], ">= 80,000", [plain]),
        figure(plain, "lines/s", speeds[plain], note=note),
        figure("grant-batch, CPU", "us/line", costs["lane"], "", [f"{plain}, CPU"]),
        figure(f"{plain}, CPU", "us/line", costs[plain]),
    ]
