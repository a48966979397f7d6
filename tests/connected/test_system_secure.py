"""The whole system where nothing is open: SASL over TLS, users and access lists on Kafka; TLS and users on Redis."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)

from deploy.local.process import Missing
from deploy.local.system import ServiceProcess
from services.kit.access import Grant, Operation, Resource, wanted
from services.kit.errors import Unavailable
from services.kit.serve import store
from services.kit.settings import kafka_options, load
from services.kit.transport.kafka import KafkaTransport
from services.kit.transport.kafka_access import AccessPlan, apply, plan
from services.ledger.settings import LedgerSettings
from tests.conftest import absent
from tests.connected.certificates import make_certificates
from tests.connected.security.secured import BROKER, OPERATOR, TOPICS, Secured, as_user, secured_system
from tests.connected.security.stranger import Act, claim, join, read, write
from tests.stacks import Running, page, status, until
from tests.walk.journey import application, company, operator, programme, release, token

pytestmark = [pytest.mark.connected, pytest.mark.timeout(180), pytest.mark.usefixtures("refused_connections")]


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    made = secured_system(tmp_path_factory.mktemp("secured"))
    try:
        made.start()
    except Missing as error:
        absent(error)
    yield made
    made.system.stop()


def test_an_application_is_authorised_and_nobody_needed_more_than_the_example_grants(secured: Secured) -> None:
    system = secured.system
    with Running(system.url, system.redis, system).client() as client:
        desk = operator(client)
        programme(desk)
        partner = token(desk, "avocet")
        assert partner.post("/v1/companies", company("avocet")).status_code == 201
        path = partner.post("/v1/applications", application("avocet", 1_000)).headers["location"]
        partner.until(path, lambda file: file["state"] == "approved")
        release(desk)
        partner.until(path, lambda file: file["state"] == "authorised")
        assert desk.post("/v1/operator/rebuild", {"reason": "See that it may", "target": "intake"}).is_success
        partner.until(path, lambda file: "notification.notice-queued.v1" in str(file["timeline"]))
    # Faust's own connection: the agent has counted what its process wrote.
    until(lambda: authorised(secured) == 1)
    with closing(as_user(system.redis, OPERATOR, secured.passwords[OPERATOR], secured.files)) as one:
        assert [denied for denied in one.acl_log() if denied["reason"] != "auth"] == []
    assert [line for line in system.kafka.log_text().splitlines() if "Denied" in line] == []
    for process in system.services:
        told = process.log_text() + page(process, "/status").text + page(process, "/metrics").text
        assert [user for user, password in secured.passwords.items() if password in told] == []


def authorised(secured: Secured) -> int:
    """Applications that the agents of all instances have counted as authorised."""
    parts = [
        cast("dict[str, dict[str, dict[str, int]]]", status(process)["policy.statistics"])["totals"]
        for process in secured.system.services
        if process.process.service == "policy"
    ]
    return sum(part.get("authorised", {}).get("applications", 0) for part in parts)


def test_the_topics_command_uses_the_same_settings(secured: Secured) -> None:
    told = secured.run(TOPICS, "services.cli", "topics", "verify")
    assert (told.returncode, "Nothing differs." in told.stdout) == (0, True), told.stderr


async def test_the_brokers_grant_what_the_catalogue_names_and_say_what_is_beside_it(secured: Secured) -> None:
    options = secured.kafka_options(BROKER)
    assert await plan(options, wanted()) == AccessPlan((), ())
    beside = Grant("ledger", Resource.TOPIC, "elsewhere", Operation.READ)
    assert (await apply(options, (*wanted(), beside))).missing == (beside,)
    assert await plan(options, wanted()) == AccessPlan((), (beside,))


def test_only_a_super_user_grants(secured: Secured) -> None:
    told = secured.run(TOPICS, "deploy.topics", "--access")
    assert (told.returncode, "access lists" in told.stderr) == (1, True)
    assert "Principal = User:topics is Denied" in secured.system.kafka.log_text()


@pytest.mark.parametrize(
    ("user", "act", "name", "answer"),
    [
        ("stranger", write, "ledger-commands", TopicAuthorizationFailedError),
        ("stranger", write, "intake-commands", TopicAuthorizationFailedError),
        ("stranger", write, "ledger-entries", TopicAuthorizationFailedError),
        ("stranger", write, "ledger-dead-letters", TopicAuthorizationFailedError),
        ("stranger", read, "decisions", TopicAuthorizationFailedError),
        ("stranger", join, "ledger.ledger", GroupAuthorizationFailedError),
        ("stranger", claim, "ledger-entries-0", TransactionalIdAuthorizationFailed),
        ("intake", write, "ledger-entries", TopicAuthorizationFailedError),
        ("intake", write, "decisions", TopicAuthorizationFailedError),
        ("intake", claim, "ledger-entries-0", TransactionalIdAuthorizationFailed),
        ("notification", write, "ledger-commands", TopicAuthorizationFailedError),
        ("ledger", write, "case-commands", TopicAuthorizationFailedError),
        ("policy", write, "operator-acts", TopicAuthorizationFailedError),
        ("policy", read, "ledger-entries", TopicAuthorizationFailedError),
        ("policy", read, "ledger-commands", TopicAuthorizationFailedError),
        ("policy", join, "ledger.ledger", GroupAuthorizationFailedError),
        ("topics", write, "applications", TopicAuthorizationFailedError),
        ("ledger", read, "ledger-entries", None),
    ],
)
async def test_what_is_not_granted_is_refused(
    secured: Secured, user: str, act: Act, name: str, answer: type[KafkaError] | None
) -> None:
    if answer is None:
        await act(secured.kafka_options(user).connection(), name)
        return
    with pytest.raises(answer):
        await act(secured.kafka_options(user).connection(), name)


@pytest.mark.parametrize(
    ("variable", "value", "refused"),
    [
        ("GREENLIGHT_KAFKA_SASL_PASSWORD", "wrong", "kafka"),
        ("GREENLIGHT_KAFKA_SASL_USERNAME", "nobody", "kafka"),
        ("GREENLIGHT_KAFKA_CAFILE", "another authority", "kafka"),
        ("GREENLIGHT_KAFKA_CAFILE", "", "kafka"),
        ("GREENLIGHT_KAFKA_SECURITY_PROTOCOL", "SSL", "kafka"),
        ("GREENLIGHT_REDIS_URL", "wrong password", "redis"),
        ("GREENLIGHT_REDIS_URL", "no TLS", "redis"),
        ("GREENLIGHT_REDIS_CAFILE", "another authority", "redis"),
        ("GREENLIGHT_REDIS_CAFILE", "", "redis"),
        ("GREENLIGHT_LOG_LEVEL", "debug", ""),
    ],
)
async def test_a_wrong_credential_or_authority_is_refused(
    secured: Secured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, refused: str
) -> None:
    for name, told in wrong(secured, tmp_path, variable, value).items():
        monkeypatch.setenv(name, told)
    settings = load(LedgerSettings)
    transport, rows = KafkaTransport(kafka_options(settings)), store(settings)
    found = []
    for server, ask in (("kafka", transport.start), ("redis", rows.ping)):
        try:
            await ask()
        except Unavailable:
            found.append(server)
    await transport.stop()
    await rows.stop()
    assert found == [refused] * bool(refused)


def wrong(secured: Secured, folder: Path, variable: str, value: str) -> dict[str, str]:
    """The ledger's variables but for one."""
    process = next(process for process in secured.system.services if process.process.service == "ledger")
    told = {name: text for name, text in process.environment().items() if name.startswith("GREENLIGHT_")}
    url = told["GREENLIGHT_REDIS_URL"]
    special = {
        "another authority": str(make_certificates(folder).authority),
        "wrong password": url.replace(secured.passwords["ledger"], "wrong"),
        "no TLS": url.replace("rediss://", "redis://"),
    }
    told[variable] = special.get(value, value)
    if value == "no TLS":
        told["GREENLIGHT_REDIS_CAFILE"] = ""
    return told


def test_a_process_with_a_wrong_password_lives_unready_and_keeps_it_to_itself(secured: Secured, tmp_path: Path) -> None:
    policy = next(process for process in secured.system.services if process.name == "policy-2")
    assert policy.stop() == 0
    told = {**policy.environment(), "GREENLIGHT_KAFKA_SASL_PASSWORD": "a-wrong-one-of-its-own"}
    intruder = ServiceProcess(tmp_path, policy.process, told)
    intruder.begin()
    try:
        until(lambda: "kafka-unavailable" in intruder.log_text())
        assert page(intruder, "/livez").is_success
        verdict = page(intruder, "/readyz")
        assert (verdict.status_code, "Kafka does not answer" in verdict.text) == (503, True)
        assert "a-wrong-one-of-its-own" not in intruder.log_text() + verdict.text + page(intruder, "/status").text
    finally:
        assert intruder.stop() == 0
        policy.start()
