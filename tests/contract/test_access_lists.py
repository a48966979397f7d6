"""Who may write a topic is who does in the code; Kafka's access lists are made from it, and say no more."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.generate import access as generator
from deploy.generate.files import ROOT, stale
from schemas.catalogue import SERVICES, TOPICS, Topic, writers
from services.kit.access import TOPICS_USER, Grant, Operation, Pattern, Resource, wanted
from services.kit.errors import Halted
from services.kit.transport.kafka import KafkaOptions
from services.kit.transport.kafka_access import plan
from tests.conftest import Broker

EDGE = "http"
INBOXES = [topic for topic in TOPICS if topic.kind == "inbox"]
LINE = re.compile(
    r'kafka-acls\.sh "\$@" --add --allow-principal User:(?P<user>[a-z]+) (?P<operations>(--operation [A-Za-z]+ )+)'
    r"--(?P<resource>topic|group|transactional-id) (?P<name>\S+) --resource-pattern-type (?P<pattern>literal|prefixed)"
)


def senders(topic: Topic) -> set[str]:
    """Services whose code makes a command of this inbox, or whose edge names one: it makes them from forms."""
    names = {message.__name__ for message in topic.messages}
    return {
        service
        for service in SERVICES
        for path in (ROOT / "services" / service).rglob("*.py")
        if names & set(named(path, calls_only=EDGE not in path.parts))
    }


def named(path: Path, calls_only: bool) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        found = node.func if isinstance(node, ast.Call) else None if calls_only else node
        if isinstance(found, ast.Name):
            yield found.id
        elif isinstance(found, ast.Attribute):
            yield found.attr


@pytest.mark.parametrize("topic", INBOXES, ids=lambda topic: topic.name)
def test_the_catalogue_names_everybody_whose_code_sends_to_an_inbox_and_intake_who_replays(topic: Topic) -> None:
    assert set(writers(topic)) == senders(topic) | {"intake"}


@pytest.mark.parametrize("topic", [topic for topic in TOPICS if topic.kind != "inbox"], ids=lambda topic: topic.name)
def test_a_journal_and_dead_letters_are_written_by_their_owner_alone(topic: Topic) -> None:
    may = {grant.user for grant in wanted() if covers(grant, topic.name) and grant.operation is Operation.WRITE}
    assert may == {topic.owner}


def covers(grant: Grant, topic: str) -> bool:
    if grant.resource is not Resource.TOPIC:
        return False
    return topic.startswith(grant.name) if grant.pattern is Pattern.PREFIXED else topic == grant.name


def test_only_a_journals_owner_can_take_a_shard_over() -> None:
    grants = [grant for grant in wanted() if grant.resource is Resource.TRANSACTIONAL_ID]
    owners = {f"{topic.name}-": topic.owner for topic in TOPICS if topic.kind == "journal"}
    assert {grant.name: grant.user for grant in grants} == owners
    assert len(grants) == len(owners)


def test_the_user_who_makes_topics_reads_and_writes_none() -> None:
    operations = {grant.operation for grant in wanted() if grant.user == TOPICS_USER}
    assert operations == {Operation.CREATE, Operation.DESCRIBE, Operation.DESCRIBE_CONFIGS}


def test_the_commands_for_kafkas_own_tool_grant_the_same() -> None:
    lines = [line for line in generator.script().splitlines() if not line.startswith("#") and line != "set -eu"]
    found = [grant for line in lines for grant in parsed(line)]
    assert (set(found), len(found)) == (set(wanted()), len(wanted()))


def parsed(line: str) -> Iterator[Grant]:
    match = LINE.fullmatch(line)
    assert match is not None, line
    resource = Resource[match["resource"].upper().replace("-", "_")]
    for name in re.findall(r"--operation (\S+)", match["operations"]):
        operation = Operation[re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper()]
        yield Grant(match["user"], resource, match["name"], operation, Pattern[match["pattern"].upper()])


def test_the_lists_are_those_of_the_catalogue() -> None:
    files = {generator.TABLE: generator.table(), generator.SCRIPT: generator.script()}
    assert not stale(files), f"run `{generator.COMMAND}`"


@pytest.mark.connected
async def test_brokers_that_keep_no_access_lists_are_named_so(kafka: Broker) -> None:
    with pytest.raises(Halted, match="does not tell its access lists"):
        await plan(KafkaOptions(kafka.bootstrap), wanted())
