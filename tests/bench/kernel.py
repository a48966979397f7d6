"""The policy kernel alone, in this process: frozen facts and the sample bundle in, an evaluation with findings out.

Facts differ from evaluation to evaluation in units, shares and days, as applications do: a rule keeps findings for
figures that come again (`FOUND_MAX`), and must not be measured on one application.
"""

import time
from datetime import timedelta

from schemas.findings import Facts
from services.policy.bundles import load_bundle
from services.policy.domain.kernel import evaluate
from tests.bench.figures import Figure, figure
from tests.bench.place import Place
from tests.unit.policy import samples

LINES = 2
DIFFERENT = 1_000


def run(place: Place) -> list[Figure]:
    """Evaluations per second, of facts that pass and of facts that meet findings; beside them the facts' own JSON."""
    count, repeats = place.pick(20, 4), place.pick(7, 3)
    bundle = load_bundle(samples.SAMPLE)
    passing = [_facts(number) for number in range(DIFFERENT)]
    failing = [
        _facts(number, inference=number, category="military", approved_units=119_500) for number in range(DIFFERENT)
    ]
    speeds: dict[str, list[float]] = {"eligible": [], "with findings": [], "facts to JSON and back": []}
    for _ in range(repeats):
        for name, known in (("eligible", passing), ("with findings", failing)):
            started = time.process_time()
            for _ in range(count):
                for facts in known:
                    evaluate(facts, bundle)
            speeds[name].append(count * DIFFERENT / (time.process_time() - started))
        started = time.process_time()
        for facts in passing * count:
            Facts.model_validate_json(facts.model_dump_json())
        speeds["facts to JSON and back"].append(count * DIFFERENT / (time.process_time() - started))
    found = [evaluate(known[0], bundle) for known in (passing, failing)]
    outcomes = f"{LINES} lines; " + ", ".join(f"{len(each.findings)} findings, {each.outcome}" for each in found)
    reference = ["facts to JSON and back"]
    return [
        figure("eligible", "evaluations/s of CPU", speeds["eligible"], "", reference, outcomes),
        figure("with findings", "evaluations/s of CPU", speeds["with findings"], "", reference),
        figure("facts to JSON and back", "rounds/s of CPU", speeds["facts to JSON and back"]),
    ]


def _facts(number: int, **changes: object) -> Facts:
    lines = tuple(samples.line(line_id=f"u{place}", units=1_000 + number * place) for place in range(1, LINES + 1))
    different = {"submitted_at": samples.AT + timedelta(hours=number), "training": 2_000 + number, "lines": lines}
    return samples.facts(**{**different, "inference": 6_000 + number, **changes})
