"""The policy kernel alone, in this process: frozen facts and the sample bundle in, an evaluation with findings out."""

import time

from schemas.findings import Facts
from services.policy.bundles import load_bundle
from services.policy.domain.kernel import evaluate
from tests.bench.figures import Figure, figure
from tests.bench.place import Place
from tests.unit.policy import samples

LINES = 2


def run(place: Place) -> list[Figure]:
    """Evaluations per second, of facts that pass and of facts that meet findings; beside them the facts' own JSON."""
    count, repeats = place.pick(20_000, 4_000), place.pick(7, 3)
    bundle = load_bundle(samples.SAMPLE)
    lines = tuple(samples.line(line_id=f"u{number}") for number in range(LINES))
    passing = samples.facts(lines=lines)
    failing = samples.facts(lines=lines, inference=0, category="military", approved_units=119_500)
    speeds: dict[str, list[float]] = {"eligible": [], "with findings": [], "facts to JSON and back": []}
    for _ in range(repeats):
        for name, facts in (("eligible", passing), ("with findings", failing)):
            started = time.process_time()
            for _ in range(count):
                evaluate(facts, bundle)
            speeds[name].append(count / (time.process_time() - started))
        started = time.process_time()
        for _ in range(count):
            Facts.model_validate_json(passing.model_dump_json())
        speeds["facts to JSON and back"].append(count / (time.process_time() - started))
    outcomes = f"{LINES} lines; outcomes {evaluate(passing, bundle).outcome}, {evaluate(failing, bundle).outcome}"
    reference = ["facts to JSON and back"]
    return [
        figure("eligible", "evaluations/s of CPU", speeds["eligible"], "", reference, outcomes),
        figure("with findings", "evaluations/s of CPU", speeds["with findings"], "", reference),
        figure("facts to JSON and back", "rounds/s of CPU", speeds["facts to JSON and back"]),
    ]
