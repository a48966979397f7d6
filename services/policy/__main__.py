"""`python -m services.policy worker` runs one process of policy, with the agent that keeps rolling statistics."""

from functools import partial

from services.kit.serve import serve
from services.kit.settings import load
from services.policy.bootstrap import workers_with_statistics
from services.policy.bundles import load_bundles
from services.policy.settings import PolicySettings

if __name__ == "__main__":
    settings = load(PolicySettings)
    serve("policy", settings, partial(workers_with_statistics, bundles=load_bundles((settings.policy_bundle,))))
