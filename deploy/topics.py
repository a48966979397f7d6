"""`python -m deploy.topics` creates what is missing of the catalogue's topics, says what differs, and ends.

Run once before the processes start. Exit code 1 when a topic that exists is not as the catalogue says: that is
for a person to mend (`greenlight topics plan`), never for a start script. With `--access`, as a user who may
change access lists, it first grants what deploy/kafka/access.md names; nothing that was granted is taken away.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from services.kit import topics
from services.kit.access import wanted
from services.kit.errors import GreenlightError
from services.kit.settings import KafkaSettings, broker, load
from services.kit.transport import kafka_access
from services.kit.transport.kafka import KafkaOptions


def main(given: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m deploy.topics", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--access", action="store_true", help="first grant what the services need of Kafka")
    arguments = parser.parse_args(given)
    settings = load(KafkaSettings)
    profile = topics.ONE_BROKER if settings.profile == "one-broker" else topics.CLUSTER
    options = broker(settings, "greenlight-topics")
    try:
        if arguments.access:
            _grant(options)
        plan = asyncio.run(topics.apply(options, profile))
    except GreenlightError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    for difference in plan.differences:
        print(difference, file=sys.stderr)
    print(f"Created {len(plan.created)} topics, profile {profile.name}{profile.note and f': {profile.note}'}.")
    return 1 if plan.differences else 0


def _grant(options: KafkaOptions) -> None:
    grants = wanted()
    plan = asyncio.run(kafka_access.apply(options, grants))
    for grant in plan.surplus:
        print(f"not in the catalogue: {grant}", file=sys.stderr)
    print(f"Granted {len(plan.missing)} of {len(grants)} things that the services may do.")


if __name__ == "__main__":
    sys.exit(main())
