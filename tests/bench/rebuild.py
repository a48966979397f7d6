"""What a shard costs to take over, with rows and without, and what a long run costs in memory."""

import sys

from redis import Redis

from schemas.catalogue import LEDGER_COMMANDS, LEDGER_ENTRIES
from tests.bench import commands
from tests.bench.figures import Figure, figure
from tests.bench.place import Place

ID_BYTES = 379
"""What one remembered command id costs in memory; ids are kept for thirty days, by design."""


def rebuild(place: Place) -> list[Figure]:
    """Seconds from joining the group until state and rows are whole again."""
    entries, repeats = place.pick(100_000, 30_000), place.pick(3, 2)
    inbox, journal = place.fresh(LEDGER_COMMANDS, LEDGER_ENTRIES, partitions=1)
    place.fill(inbox, 0, commands.draws(entries))
    place.child("lane", inbox.name, journal.name, 0, entries)
    empty, kept, scans = [], [], []
    for _ in range(repeats):
        with Redis.from_url(place.redis.url) as client:
            client.flushall()
        empty.append(place.child("claim", inbox.name, journal.name))
        kept.append(place.child("claim", inbox.name, journal.name))
        scans.append(place.child("scan", inbox.name, journal.name))
    reference = ["plain consumer reads the journal"]
    return [
        figure("empty Redis: state and rows", "s", [run["rows"] for run in empty], "< 10 for 100,000", reference,
               f"{empty[0]['facts']:,.0f} entries"),
        figure("empty Redis: deciding again", "s", [run["claimed"] for run in empty], "", reference),
        figure("good Redis: deciding again", "s", [run["claimed"] for run in kept], "", reference),
        figure("plain consumer reads the journal", "s", [run["seconds"] for run in scans]),
    ]  # fmt: skip


def memory(place: Place) -> list[Figure]:
    """Resident memory of one process, and what of its growth is not the ids it must keep."""
    if sys.platform != "linux":
        return []
    total = place.pick(200_000, 50_000)
    marks = (total // 10, total // 2, total)
    inbox, journal = place.fresh(LEDGER_COMMANDS, LEDGER_ENTRIES, partitions=1)
    place.fill(inbox, 0, commands.draws(total))
    found = place.child("memory", inbox.name, journal.name, *marks)
    figures = [figure(f"after {mark:,}", "MiB", [found[str(mark)]]) for mark in marks]
    grown = found[str(total)] - found[str(marks[0])]
    ids = (total - marks[0]) * ID_BYTES / 2**20
    note = f"growth of {grown:.1f} MiB, of which {ids:.1f} MiB are {total - marks[0]:,} ids of {ID_BYTES} bytes"
    return [*figures, figure("growth without ids", "MiB", [grown - ids], "flat", note=note)]
