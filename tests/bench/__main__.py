"""`python -m tests.bench [name ...] [--short]`: measures what the project claims, on its own Kafka and Redis.

Every figure is printed with its repeats' range and its ratio to references measured in the same run, and kept in
.run/bench/<date>.json. Nothing is asserted: a figure is read by a person, beside the machine it was measured on.
"""

import argparse
import shutil
import sys
from collections.abc import Callable, Mapping
from datetime import datetime

from rich.console import Console

from deploy.local.process import Missing, NotReady
from tests.bench import batch, failover, intake, kernel, lane, latency, proofs, rebuild, screening
from tests.bench.figures import Figure, show, write
from tests.bench.place import RUN, ChildFailed, Place, machine, place

BENCHES: Mapping[str, Callable[[Place], list[Figure]]] = {
    "lane": lane.run,
    "batch": batch.run,
    "intake": intake.run,
    "latency": latency.ledger,
    "walk": latency.walk,
    "failover": failover.run,
    "rebuild": rebuild.rebuild,
    "memory": rebuild.memory,
    "kernel": kernel.run,
    "screening": screening.run,
    "proofs": proofs.run,
}


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="name", help=f"one of: {', '.join(BENCHES)}; all if none is given")
    parser.add_argument("--short", action="store_true", help="fewer repeats and records")
    given = parser.parse_args()
    if unknown := set(given.names) - set(BENCHES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    console = Console(width=max(120, Console().width))
    about = machine()
    console.print("  ".join(f"{name} {value}" for name, value in about.items()), highlight=False)
    found: dict[str, list[Figure]] = {}
    failed = False
    try:
        for name in given.names or BENCHES:
            with place(given.short) as where:
                try:
                    found[name] = BENCHES[name](where)
                    show(console, name, found[name])
                except (ChildFailed, NotReady) as error:
                    failed = True
                    console.print(f"{name}: {error}", style="red")
                    continue
            shutil.rmtree(where.folder)
    except Missing as error:
        print(error, file=sys.stderr)
        return 1
    file = RUN / f"{datetime.now():%Y%m%d-%H%M%S}.json"
    write(file, about, found)
    console.print(f"Kept in .run/bench/{file.name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
