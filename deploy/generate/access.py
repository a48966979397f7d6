"""Kafka's access lists, from the catalogue: a table for people and commands for Kafka's own tool.

    python -m deploy.generate.access            write deploy/kafka/access.md and deploy/kafka/access.sh
    python -m deploy.generate.access --check    name what is stale

`python -m deploy.topics --access` grants the same over the network, without Kafka's tool.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from itertools import groupby

from deploy.generate.files import report, settle
from services.kit.access import Grant, Operation, Pattern, Resource, wanted

COMMAND = "python -m deploy.generate.access"
TABLE = "deploy/kafka/access.md"
SCRIPT = "deploy/kafka/access.sh"
_OPTIONS: Mapping[Resource, str] = {
    Resource.TOPIC: "--topic", Resource.GROUP: "--group", Resource.TRANSACTIONAL_ID: "--transactional-id",
}  # fmt: skip
_OPERATIONS: Mapping[Operation, str] = {
    Operation.READ: "Read", Operation.WRITE: "Write", Operation.CREATE: "Create", Operation.DESCRIBE: "Describe",
    Operation.DESCRIBE_CONFIGS: "DescribeConfigs",
}  # fmt: skip
_HEAD = f"""\
# Who may do what on Kafka

Made by `{COMMAND}` from `schemas/catalogue.py`. One user per service, named as the service;
`topics` creates the topics and compares them (`python -m deploy.topics`, `greenlight topics`). A star ends a name that
stands for all that begin so. To read or write includes to describe. Brokers must refuse what is not granted:

    authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
    allow.everyone.if.no.acl.found=false
    super.users=User:<whom the brokers themselves are>

Grant it as a super user, with `python -m deploy.topics --access` or with `access.sh` beside this page. Both only add,
and the first names what its users may do beyond this page. What lists cannot keep apart is in `SECURITY.md`.
`tests/connected/test_system_secure.py` runs the whole system under them: no less is needed, and the rest is refused.

"""


def _name(grant: Grant) -> str:
    return f"`{grant.name}{'*' if grant.pattern is Pattern.PREFIXED else ''}`"


def table() -> str:
    """The page: a section per user, a row per thing."""
    return _HEAD + "\n".join(_section(user, tuple(grants)) for user, grants in groupby(wanted(), lambda one: one.user))


def _section(user: str, grants: Sequence[Grant]) -> str:
    rows = [f"## {user}", "", "| what | name | may |", "|---|---|---|"]
    for (resource, name), found in groupby(grants, lambda one: (one.resource, _name(one))):
        may = ", ".join(one.operation.name.lower().replace("_", " ") for one in found)
        rows.append(f"| {resource.name.lower().replace('_', ' ')} | {name} | {may} |")
    return "\n".join(rows) + "\n"


def script() -> str:
    """A line for `kafka-acls.sh` per user and thing."""
    head = (
        "#!/bin/sh", f"# Made by `{COMMAND}` from schemas/catalogue.py. Usage, as a super user of Kafka:",
        "#   sh access.sh --bootstrap-server kafka.example:9093 --command-config admin.conf",
        "set -eu",
    )  # fmt: skip
    keyed = groupby(wanted(), lambda one: (one.user, one.resource, one.name, one.pattern))
    lines = (_line(user, resource, name, pattern, tuple(found)) for (user, resource, name, pattern), found in keyed)
    return "\n".join((*head, *lines)) + "\n"


def _line(user: str, resource: Resource, name: str, pattern: Pattern, grants: Sequence[Grant]) -> str:
    operations = " ".join(f"--operation {_OPERATIONS[grant.operation]}" for grant in grants)
    return (
        f'kafka-acls.sh "$@" --add --allow-principal User:{user} {operations} '
        f"{_OPTIONS[resource]} {name} --resource-pattern-type {pattern.name.lower()}"
    )


def main(given: Sequence[str] | None = None) -> int:
    """The command; 1 when a file is stale."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, name what is stale")
    return report(settle({TABLE: table(), SCRIPT: script()}, COMMAND, check=parser.parse_args(given).check))


if __name__ == "__main__":
    sys.exit(main())
