"""The policy kernel alone, in this process: frozen facts and the sample bundle in, an evaluation with findings out.

Beside it two rule engines on the same rules (engines.py), which give a truth value where the kernel gives a finding.

Facts differ from evaluation to evaluation in units, shares and days, as applications do: a rule keeps findings for
figures that come again (`FOUND_MAX`), and must not be measured on one application.
"""

import time
from datetime import timedelta

from schemas.findings import Facts
from services.policy.bundles import load_bundle
from services.policy.domain.kernel import evaluate
from tests.bench.engines import by_cel, by_zen, context
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
    engines = {"cel-expr-python": by_cel(), "zen-engine": by_zen()}
    told = [context(facts) for facts in passing]
    speeds: dict[str, list[float]] = {"eligible": [], "with findings": [], "facts to JSON and back": []}
    speeds |= {name: [] for name in engines}
    for _ in range(repeats):
        for name, judge in engines.items():
            started = time.process_time()
            agreed = all([all(judge(each)) for each in told])
            speeds[name].append(DIFFERENT / (time.process_time() - started))
            assert agreed, f"{name} disagrees with the kernel"
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
    reference = ["cel-expr-python", "zen-engine"]
    return [
        figure("eligible", "evaluations/s of CPU", speeds["eligible"], "30,000", reference, outcomes),
        figure("with findings", "evaluations/s of CPU", speeds["with findings"], "30,000", reference),
        figure("cel-expr-python", "evaluations/s of CPU", speeds["cel-expr-python"]),
        figure("zen-engine", "evaluations/s of CPU", speeds["zen-engine"]),
        figure("facts to JSON and back", "rounds/s of CPU", speeds["facts to JSON and back"]),
    ]


def _facts(number: int, **changes: object) -> Facts:
    lines = tuple(samples.line(line_id=f"u{place}", units=1_000 + number * place) for place in range(1, LINES + 1))
    different = {"submitted_at": samples.AT + timedelta(hours=number), "training": 2_000 + number, "lines": lines}
    return samples.facts(**{**different, "inference": 6_000 + number, **changes})
