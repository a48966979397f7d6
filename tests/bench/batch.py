"""Grant batches of 1,000 lines through the whole lane: facts, rows of every account and cap, and the reacts."""

from tests.bench import commands
from tests.bench.figures import Figure, figure
from tests.bench.lane import measure
from tests.bench.place import Place

LINES = 1_000
COMPANIES = (100, 1_000)
WARM = 6
PLAIN = "plain loop, send"


def run(place: Place) -> list[Figure]:
    """Lines per second, and CPU of the process per line, by how many companies share a batch."""
    return [one for companies in COMPANIES for one in shared(place, companies)]


def shared(place: Place, companies: int) -> list[Figure]:
    """The figures of batches that so many companies share."""
    total, repeats = place.pick(150, 60), place.pick(4, 2)
    records = commands.batches(total, LINES, companies)
    ways = {"lane": ("lane",), PLAIN: ("loop", "send")}
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in ways}
    for _ in range(repeats):
        for name, (module, *told) in ways.items():
            runs[name].append(measure(place, records, WARM, module, *told))
    lines = {name: [run["records"] * LINES / run["seconds"] for run in found] for name, found in runs.items()}
    costs = {name: [run["cpu"] / run["records"] / LINES * 1e6 for run in found] for name, found in runs.items()}
    about = f", {companies:,} companies"
    return [
        figure("lane" + about, "lines/s", lines["lane"], ">= 80,000", [PLAIN + about]),
        figure(PLAIN + about, "lines/s", lines[PLAIN], note="writes no rows and sends no commands"),
        figure("lane, CPU" + about, "us/line", costs["lane"], "", [f"{PLAIN}, CPU{about}"]),
        figure(f"{PLAIN}, CPU{about}", "us/line", costs[PLAIN]),
    ]
