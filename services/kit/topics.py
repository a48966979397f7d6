"""Topics as the catalogue wants them against topics as the brokers have them. Nothing is ever deleted or altered.

plan     what differs, as plain data
apply    create what is missing, and only that
verify   nothing differs, or Halted with every reason
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from schemas.catalogue import TOPICS, Topic
from services.kit.backoff import Backoff
from services.kit.errors import Halted, Unavailable
from services.kit.transport.kafka import KafkaOptions

TOPIC_ALREADY_EXISTS = 36
READY_SECONDS_MAX = 15.0
REQUEST_MS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Profile:
    """How many copies a cluster keeps; None is what the catalogue says. `note` is shown wherever topics are."""

    name: str
    replication: int | None = None
    min_insync: int | None = None
    note: str = ""


CLUSTER = Profile("cluster")
ONE_BROKER = Profile("one-broker", replication=1, min_insync=1, note="not durable on power loss")


@dataclass(frozen=True, slots=True)
class TopicState:
    """A topic as it is wanted, or as it was found: only the settings the catalogue names."""

    name: str
    partitions: int
    replication: int
    config: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as the catalogue says. `setting` is the config's name for the kind `config`, else empty."""

    topic: str
    kind: Literal["missing", "partitions", "replication", "config"]
    setting: str
    wanted: str
    found: str

    def __str__(self) -> str:
        what = f"{self.kind} {self.setting}".rstrip()
        return f"{self.topic}: {what}: wanted {self.wanted}, found {self.found or 'nothing'}"


@dataclass(frozen=True, slots=True)
class Plan:
    """The differences between catalogue and brokers. `created` names what `apply` has just made."""

    profile: Profile
    differences: tuple[Difference, ...]
    created: tuple[str, ...] = ()

    @property
    def missing(self) -> frozenset[str]:
        """Topics that `apply` creates."""
        return frozenset(d.topic for d in self.differences if d.kind == "missing")


def wanted(topics: Iterable[Topic], profile: Profile) -> tuple[TopicState, ...]:
    """The catalogue's topics as a cluster of this profile should have them."""
    return tuple(_wanted(topic, profile) for topic in topics)


def _wanted(topic: Topic, profile: Profile) -> TopicState:
    config = dict(topic.config)
    if profile.min_insync is not None:
        config["min.insync.replicas"] = str(profile.min_insync)
    return TopicState(topic.name, topic.partitions, profile.replication or topic.replication, config)


def compare(wants: Iterable[TopicState], found: Mapping[str, TopicState]) -> tuple[Difference, ...]:
    """Every difference, in the catalogue's order."""
    return tuple(difference for want in wants for difference in _compare(want, found.get(want.name)))


def _compare(want: TopicState, found: TopicState | None) -> list[Difference]:
    name = want.name
    if found is None:
        return [Difference(name, "missing", "", f"{want.partitions} partitions, {want.replication} copies", "")]
    numbers: tuple[tuple[Literal["partitions", "replication"], int, int], ...] = (
        ("partitions", want.partitions, found.partitions),
        ("replication", want.replication, found.replication),
    )
    differences = [Difference(name, kind, "", str(a), str(b)) for kind, a, b in numbers if a != b]
    for setting, value in want.config.items():
        if found.config.get(setting) != value:
            differences.append(Difference(name, "config", setting, value, found.config.get(setting, "")))
    return differences


async def plan(options: KafkaOptions, profile: Profile, topics: Sequence[Topic] = TOPICS) -> Plan:
    """What differs. Raises Unavailable."""
    async with _admin(options) as admin:
        return await _plan(admin, profile, topics)


async def apply(options: KafkaOptions, profile: Profile, topics: Sequence[Topic] = TOPICS) -> Plan:
    """Create what is missing and wait for its leaders; return what differs then. Raises Unavailable, Halted."""
    async with _admin(options) as admin:
        missing = (await _plan(admin, profile, topics)).missing
        created: tuple[str, ...] = ()
        if missing:
            created = await _create(admin, [want for want in wanted(topics, profile) if want.name in missing])
            await _await_leaders(admin, missing)
        return Plan(profile, (await _plan(admin, profile, topics)).differences, created)


async def verify(options: KafkaOptions, profile: Profile, topics: Sequence[Topic] = TOPICS) -> None:
    """Raises Halted with every difference, Unavailable."""
    found = await plan(options, profile, topics)
    if found.differences:
        raise Halted("; ".join(map(str, found.differences)))


@asynccontextmanager
async def _admin(options: KafkaOptions) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(request_timeout_ms=REQUEST_MS_MAX, **options.connection())
    try:
        await admin.start()
        yield admin
    except (KafkaError, TimeoutError) as error:
        raise Unavailable(f"Kafka at {options.bootstrap}: {error!r}") from error
    finally:
        await admin.close()


async def _plan(admin: AIOKafkaAdminClient, profile: Profile, topics: Sequence[Topic]) -> Plan:
    wants = wanted(topics, profile)
    return Plan(profile, compare(wants, await _found(admin, {want.name for want in wants})))


async def _found(admin: AIOKafkaAdminClient, names: set[str]) -> Mapping[str, TopicState]:
    described = [topic for topic in await admin.describe_topics() if topic["topic"] in names]
    configs = await _configs(admin, [topic["topic"] for topic in described])
    return {
        topic["topic"]: TopicState(
            topic["topic"],
            len(topic["partitions"]),
            min((len(partition["replicas"]) for partition in topic["partitions"]), default=0),
            configs.get(topic["topic"], {}),
        )
        for topic in described
    }


async def _configs(admin: AIOKafkaAdminClient, names: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
    if not names:
        return {}
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    return {
        resource["resource_name"]: {
            entry["config_names"]: entry["config_value"] for entry in resource["config_entries"]
        }
        for answer in answers
        for resource in answer.to_object()["resources"]
    }


async def _create(admin: AIOKafkaAdminClient, wants: Sequence[TopicState]) -> tuple[str, ...]:
    """Return the names that were not there; of two who apply at once, each topic is one's."""
    answer = await admin.create_topics(
        [NewTopic(w.name, w.partitions, w.replication, topic_configs=dict(w.config)) for w in wants]
    )
    errors = {name: (code, text or str(code)) for name, code, text in answer.topic_errors if code}
    refused = [f"{name}: {text}" for name, (code, text) in errors.items() if code != TOPIC_ALREADY_EXISTS]
    if refused:
        raise Halted("the broker refuses to create " + "; ".join(refused))
    return tuple(want.name for want in wants if want.name not in errors)


async def _await_leaders(admin: AIOKafkaAdminClient, names: frozenset[str]) -> None:
    backoff = Backoff()
    async with asyncio.timeout(READY_SECONDS_MAX):
        while True:
            led = {
                topic["topic"]
                for topic in await admin.describe_topics()
                if topic["partitions"] and all(partition["leader"] >= 0 for partition in topic["partitions"])
            }
            if names <= led:
                return
            await backoff.wait()
