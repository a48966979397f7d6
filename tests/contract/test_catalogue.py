"""The catalogue: every topic owned and read, every message in one place, keyed and named by the house's rules."""

import re
from itertools import pairwise

import pytest
from pydantic import BaseModel

from schemas import catalogue
from schemas.base import Act, Command, Fact, Message
from schemas.catalogue import INBOX_OF, MESSAGES, SERVICES, TOPICS, Topic
from tests.builders import build

TYPE = re.compile(r"(?P<owner>[a-z]+)\.[a-z]+(-[a-z]+)*\.v[1-9][0-9]*")
every_topic = pytest.mark.parametrize("topic", TOPICS, ids=[topic.name for topic in TOPICS])
every_message = pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)


def subclasses(base: type[Message]) -> set[type[Message]]:
    return {found for child in base.__subclasses__() for found in (child, *subclasses(child))}


@every_topic
def test_a_topic_is_owned_and_read_by_services(topic: Topic) -> None:
    assert topic.owner in SERVICES
    assert topic.readers
    assert set(topic.readers) <= set(SERVICES)


@every_topic
def test_a_topic_is_named_in_kebab_case_and_declared_once(topic: Topic) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", topic.name)
    assert [other.name for other in TOPICS].count(topic.name) == 1


@every_topic
def test_a_topic_survives_the_loss_of_one_broker_and_forgets_nothing(topic: Topic) -> None:
    assert (topic.replication, topic.min_insync) == (3, 2)
    assert topic.config["unclean.leader.election.enable"] == "false"
    assert (topic.config["retention.ms"], topic.config["retention.bytes"]) == ("-1", "-1")
    assert topic.config["message.timestamp.type"] == "LogAppendTime"


@every_topic
def test_an_inbox_is_read_by_its_owner_alone_and_carries_commands_and_a_journal_carries_facts(topic: Topic) -> None:
    carried = {"inbox": Command, "journal": Fact, "dead-letters": Message}[topic.kind]
    assert all(issubclass(message, carried) for message in topic.messages)
    assert bool(topic.messages) == (topic.kind != "dead-letters")
    assert topic.kind != "inbox" or topic.readers == (topic.owner,)


@every_topic
def test_every_message_of_a_topic_has_the_topics_key_as_a_text_field(topic: Topic) -> None:
    for message in topic.messages:
        assert isinstance(getattr(build(message), topic.key), str)


@every_message
def test_a_type_names_its_owner_its_subject_and_its_major(message: type[Message]) -> None:
    match = TYPE.fullmatch(message.type)
    assert match is not None
    owners = [topic.owner for topic in TOPICS if message in topic.messages]
    assert owners == [match["owner"]]


@every_message
def test_a_message_is_frozen_and_so_is_all_it_holds(message: type[Message]) -> None:
    assert [held.__name__ for held in models(message) if not held.model_config.get("frozen")] == []


def models(model: type[BaseModel]) -> list[type[BaseModel]]:
    """The model and every model reachable through its fields."""
    found: list[type[BaseModel]] = []
    waiting: list[object] = [model]
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in found:
            found.append(kind)
            waiting.extend(field.annotation for field in kind.model_fields.values())
        waiting.extend(getattr(kind, "__args__", ()))
    return found


def test_no_two_messages_share_a_type_and_every_message_class_is_in_the_catalogue() -> None:
    declared = {message for message in subclasses(Message) if message.__module__.startswith("schemas.")}
    typed = {message for message in declared if "type" in vars(message)}
    assert sorted(message.__name__ for message in typed - set(MESSAGES.values())) == []
    assert len(MESSAGES) == sum(len(topic.messages) for topic in TOPICS)


def test_every_command_has_its_inbox() -> None:
    commands = {message.type for message in MESSAGES.values() if issubclass(message, Command)}
    assert set(INBOX_OF) == commands
    assert all(MESSAGES[type_] in INBOX_OF[type_].messages for type_ in commands)


def test_an_act_of_a_person_says_who_and_why() -> None:
    acts = [message for message in MESSAGES.values() if issubclass(message, Act)]
    assert acts
    assert all({"actor", "reason"} <= set(message.model_fields) for message in acts)


@pytest.mark.parametrize(
    ("owner", "inbox", "journal"),
    [
        (inbox.owner, inbox, journal)
        for inbox, journal in pairwise(topic for topic in TOPICS if topic.kind != "dead-letters")
        if inbox.kind == "inbox"
    ],
    ids=lambda value: value.name if isinstance(value, Topic) else value,
)
def test_a_lanes_inbox_and_journal_are_partitioned_alike(owner: str, inbox: Topic, journal: Topic) -> None:
    assert (journal.owner, journal.kind) == (owner, "journal")
    assert (inbox.key, inbox.partitions) == (journal.key, journal.partitions)


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_a_place_for_dead_letters(service: str) -> None:
    assert catalogue.dead_letters(service) in TOPICS
