"""`python -m deploy.topics` creates what is missing of the catalogue's topics, says what differs, and ends.

Run once before the processes start. Exit code 1 when a topic that exists is not as the catalogue says: that is
for a person to mend (`greenlight topics plan`), never for a start script.
"""

import asyncio
import sys

from services.kit import topics
from services.kit.errors import GreenlightError
from services.kit.settings import KafkaSettings, broker, load


def main() -> int:
    """The command."""
    settings = load(KafkaSettings)
    profile = topics.ONE_BROKER if settings.profile == "one-broker" else topics.CLUSTER
    try:
        plan = asyncio.run(topics.apply(broker(settings, "greenlight-topics"), profile))
    except GreenlightError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    for difference in plan.differences:
        print(difference, file=sys.stderr)
    print(f"Created {len(plan.created)} topics, profile {profile.name}{profile.note and f': {profile.note}'}.")
    return 1 if plan.differences else 0


if __name__ == "__main__":
    sys.exit(main())
