"""`python -m services.policy worker` runs one process of policy, with the agent that keeps rolling statistics."""

from schemas.catalogue import DECISIONS
from services.kit.owned import Surroundings
from services.kit.serve import serve
from services.kit.settings import PREFIX, load, refuse
from services.kit.worker import Worker
from services.policy.bootstrap import workers
from services.policy.bundles import BundleRefused, load_bundles, read_officers
from services.policy.screening import ListRefused, read_list
from services.policy.settings import PolicySettings
from services.policy.statistics import Statistics

if __name__ == "__main__":
    settings = load(PolicySettings)
    variable = "POLICY_OFFICERS"
    try:
        officers = read_officers(settings.policy_officers) if settings.policy_officers else None
        variable = "POLICY_BUNDLE"
        bundles = load_bundles(settings.policy_bundle, officers)
        variable = "SCREENING_LIST"
        listed = read_list(settings.screening_list) if settings.screening_list else None
    except (BundleRefused, ListRefused) as refused:
        refuse(f"{PREFIX}{variable}: {refused}")

    def build(around: Surroundings) -> tuple[Worker, ...]:
        """The lanes, and the agent on which nothing depends."""
        for each in bundles.known:
            around.log.info("bundle", id=each.policy.id, version=each.policy.version, digest=each.digest)
        if listed is not None:
            around.log.info("screening list", entries=len(listed.entries), digest=listed.digest)
        return *workers(around, bundles, listed), Statistics(DECISIONS, around.metrics, around.log, around.transport)

    serve("policy", settings, build)
