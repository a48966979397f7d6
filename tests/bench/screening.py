"""One name against a list of 100,000 invented entries; beside it, each stem of the list compared in turn."""

import time
from collections.abc import Callable, Sequence
from random import Random

from rapidfuzz import fuzz, process

from deploy.screening.generate import lines
from services.policy.domain.screening.entries import ScreeningList
from services.policy.domain.screening.ftm import read_entries
from services.policy.domain.screening.outcome import screen
from services.policy.screening import Index, Party
from tests.bench.figures import Figure, figure, percentile
from tests.bench.place import Place
from tests.unit.policy_screening.quality import WHOLE, labelled, quality

ENTRIES = 100_000
AIM = "under 20 ms"
OTHER_SEED = 99
OTHERS = "invented by another seed, none of them listed; against all entries"


def run(place: Place) -> list[Figure]:
    """Milliseconds of CPU for a name, as listed or misspelt; and what the labelled set gives."""
    listed = read_entries("".join(lines(ENTRIES)).encode())
    assert isinstance(listed, ScreeningList)
    started = time.process_time()
    index = Index(listed)
    built = time.process_time() - started
    names = [entry.names[0] for entry in listed.entries.values()]
    asked = _asked(names, place.pick(300, 60))
    screen(Party(names[0]), index)
    times = _cpu_ms(asked, lambda name: screen(Party(name, "CN"), index))
    whole = _cpu_ms(asked[:5], lambda name: process.extract(name, names, scorer=fuzz.WRatio, limit=5))
    return [
        figure("one name, all", "ms of CPU", times, AIM, ["every name by rapidfuzz WRatio"], f"{ENTRIES:,} entries"),
        figure("one name, p99", "ms of CPU", [percentile(times, 0.99)], AIM),
        figure("every name by rapidfuzz WRatio", "ms of CPU", whole),
        figure("index of the list", "s of CPU", [built]),
        figure("other names with a hit", "%", [_alarms(index, listed, place.pick(2_000, 200))], "", (), OTHERS),
        *_qualities(),
    ]


def _asked(names: Sequence[str], count: int) -> Sequence[str]:
    """Names of the list: as they are, with a letter left out, with two swapped; in turn."""
    rng = Random(5)
    asked = []
    for number in range(count):
        name = names[rng.randrange(len(names))]
        asked.append((name, name[:4] + name[5:], name[:3] + name[4:5] + name[3:4] + name[5:])[number % 3])
    return asked


def _alarms(index: Index, listed: ScreeningList, count: int) -> float:
    """Per cent of parties invented by another seed, none of them listed, that meet any entry."""
    other = read_entries("".join(lines(count, OTHER_SEED)).encode())
    assert isinstance(other, ScreeningList)
    known = {name for entry in listed.entries.values() for name in entry.names}
    names = [entry.names[0] for entry in other.entries.values() if entry.names[0] not in known]
    return 100 * sum(bool(screen(Party(name), index).hits) for name in names) / len(names)


def _cpu_ms(names: Sequence[str], work: Callable[[str], object]) -> list[float]:
    """Milliseconds of CPU for each."""
    times = []
    for name in names:
        started = time.process_time()
        work(name)
        times.append((time.process_time() - started) * 1_000)
    return times


def _qualities() -> list[Figure]:
    found = []
    for part, held_out in (("tuned on", False), ("held out", True)):
        one = quality(row for row in labelled() if row.held_out is held_out)
        about = f"{one.positives} variants, {one.negatives} other names"
        found.append(figure(f"recall, {part}", "% found", [one.recall * 100 / WHOLE], "at least 95", (), about))
        found.append(figure(f"false alarms, {part}", "%", [one.false_alarms * 100 / WHOLE], "at most 10"))
    return found
