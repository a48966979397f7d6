"""Who may do what on the brokers: every grant that the services need, and no more, derived from the catalogue."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from schemas.catalogue import SERVICES, TOPICS, Topic, writers

TOPICS_USER = "topics"
"""Who creates the topics and compares them with the catalogue: `python -m deploy.topics`, `greenlight topics`."""


class Resource(IntEnum):
    """What is guarded, by Kafka's number."""

    TOPIC = 2
    GROUP = 3
    TRANSACTIONAL_ID = 5


class Operation(IntEnum):
    """What may be done, by Kafka's number. READ and WRITE include DESCRIBE."""

    READ = 3
    WRITE = 4
    CREATE = 5
    DESCRIBE = 8
    DESCRIBE_CONFIGS = 10


class Pattern(IntEnum):
    """How the name of a grant is meant, by Kafka's number."""

    LITERAL = 3
    PREFIXED = 4


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """One thing that one user may do, from any address."""

    user: str
    resource: Resource
    name: str
    operation: Operation
    pattern: Pattern = Pattern.LITERAL

    def __str__(self) -> str:
        mark = "*" if self.pattern is Pattern.PREFIXED else ""
        what = self.resource.name.lower().replace("_", " ")
        return f"{self.user} may {self.operation.name.lower().replace('_', ' ')} {what} {self.name}{mark}"


def wanted(topics: Iterable[Topic] = TOPICS) -> tuple[Grant, ...]:
    """Every grant, in order. A user is named as its service."""
    every = tuple(topics)
    grants = [grant for topic in every for grant in _of_topic(topic)]
    grants += [grant for service in SERVICES for grant in _of_service(service)]
    return tuple(sorted(set(grants)))


def _of_topic(topic: Topic) -> Iterator[Grant]:
    for service in topic.readers:
        yield Grant(service, Resource.TOPIC, topic.name, Operation.READ)
    for service in writers(topic):
        yield Grant(service, Resource.TOPIC, topic.name, Operation.WRITE)
    if topic.kind == "journal":
        # Its owner reads it at a claim, and fences former owners by the transactional ids `<journal>-<partition>`.
        yield Grant(topic.owner, Resource.TOPIC, topic.name, Operation.READ)
        yield Grant(topic.owner, Resource.TRANSACTIONAL_ID, f"{topic.name}-", Operation.WRITE, Pattern.PREFIXED)
    for operation in (Operation.CREATE, Operation.DESCRIBE, Operation.DESCRIBE_CONFIGS):
        yield Grant(TOPICS_USER, Resource.TOPIC, topic.name, operation)


def _of_service(service: str) -> Iterator[Grant]:
    """Groups `<service>.<lane>`; and what a Faust agent of it needs: its app's group, and topics for its tables."""
    app = f"greenlight-{service}"
    yield Grant(service, Resource.GROUP, f"{service}.", Operation.READ, Pattern.PREFIXED)
    yield Grant(service, Resource.GROUP, app, Operation.READ)
    for operation in (Operation.CREATE, Operation.READ, Operation.WRITE):
        yield Grant(service, Resource.TOPIC, f"{app}-", operation, Pattern.PREFIXED)
