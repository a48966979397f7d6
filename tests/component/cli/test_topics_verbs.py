"""`greenlight topics`: what differs is shown, and decides the exit code. The broker's side is the kit's own test."""

import json
import socket

import pytest
from typer.testing import Result

from services.cli.edge import REFUSED, UNREACHABLE, USAGE
from services.kit import topics as kit_topics
from services.kit.errors import Halted, Unavailable
from services.kit.topics import ONE_BROKER, Difference, Plan, Profile
from services.kit.transport.kafka import KafkaOptions
from tests.component.cli.edges import Edge, greenlight

MISSING = Difference("notices", "missing", "", "8 partitions, 1 copies", "")
CHANGED = Difference("applications", "config", "retention.ms", "-1", "604800000")


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREENLIGHT_KAFKA_BOOTSTRAP", "kafka.example:9092")
    monkeypatch.setenv("GREENLIGHT_PROFILE", "one-broker")


def topics(monkeypatch: pytest.MonkeyPatch, answer: Plan | Exception, *arguments: str) -> Result:
    async def ask(options: KafkaOptions, profile: Profile) -> Plan:
        assert (options.bootstrap, profile) == ("kafka.example:9092", ONE_BROKER)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(kit_topics, "plan", ask)
    monkeypatch.setattr(kit_topics, "apply", ask)
    return greenlight(Edge({}), "topics", *arguments, width=80)


@pytest.mark.parametrize(
    ("verb", "plan", "exit_code", "words"),
    [
        ("plan", Plan(ONE_BROKER, ()), 0, "Nothing differs."),
        ("plan", Plan(ONE_BROKER, (MISSING,)), 0, "greenlight topics apply"),
        ("plan", Plan(ONE_BROKER, (CHANGED,)), 0, "never altered"),
        ("apply", Plan(ONE_BROKER, (), ("notices",)), 0, "Created: notices"),
        ("apply", Plan(ONE_BROKER, (CHANGED,)), REFUSED, "config retention.ms"),
        ("verify", Plan(ONE_BROKER, ()), 0, "not durable on power loss"),
        ("verify", Plan(ONE_BROKER, (MISSING,)), REFUSED, "8 partitions"),
    ],
)
def test_what_differs_is_shown_and_decides_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, verb: str, plan: Plan, exit_code: int, words: str
) -> None:
    result = topics(monkeypatch, plan, verb)
    assert result.exit_code == exit_code
    assert words in result.stdout


def test_json_holds_every_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    result = topics(monkeypatch, Plan(ONE_BROKER, (MISSING, CHANGED)), "verify", "--json")
    assert result.exit_code == REFUSED
    document = json.loads(result.stdout)
    assert document["profile"] == "one-broker"
    assert [one["topic"] for one in document["differences"]] == ["notices", "applications"]


@pytest.mark.parametrize(
    ("error", "exit_code", "words"),
    [
        (Unavailable("Kafka at kafka.example:9092: refused"), UNREACHABLE, "make up"),
        (Halted("the broker refuses to create notices"), REFUSED, "refuses to create"),
    ],
)
def test_a_broker_that_does_not_help_ends_the_command(
    monkeypatch: pytest.MonkeyPatch, error: Exception, exit_code: int, words: str
) -> None:
    result = topics(monkeypatch, error, "apply")
    assert result.exit_code == exit_code
    assert words in result.stderr


def test_a_missing_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GREENLIGHT_KAFKA_BOOTSTRAP")
    result = greenlight(Edge({}), "topics", "plan")
    assert result.exit_code == USAGE
    assert "GREENLIGHT_KAFKA_BOOTSTRAP" in result.stderr


def test_nobody_listening_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setenv("GREENLIGHT_KAFKA_BOOTSTRAP", f"127.0.0.1:{unused.getsockname()[1]}")
        result = greenlight(Edge({}), "topics", "plan")
    assert result.exit_code == UNREACHABLE
    assert "Kafka not reachable" in result.stderr
