"""Kafka over TLS with a password: who is let in, and that every part of the transport uses it."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.local.kafka import Kafka
from deploy.local.process import free_port
from services.kit.errors import Unavailable
from services.kit.topics import ONE_BROKER, plan
from services.kit.transport.base import Outgoing
from services.kit.transport.kafka import KafkaOptions, KafkaTransport
from tests.conftest import create_topic
from tests.connected.certificates import make_certificates

pytestmark = [pytest.mark.connected, pytest.mark.usefixtures("refused_connections")]

PLAIN_LOGIN = "org.apache.kafka.common.security.plain.PlainLoginModule required"


class Ignore:
    """A listener that does nothing."""

    def assigned(self, partitions: frozenset[int]) -> None: ...

    def revoked(self, partitions: frozenset[int]) -> None: ...


@pytest.fixture
def secured(own_kafka: Callable[..., Kafka], tmp_path: Path) -> tuple[Kafka, KafkaOptions]:
    """A broker with a second listener that speaks TLS and asks for a password, and options that fit it."""
    files = make_certificates(tmp_path)
    plain, controller, tls = free_port(), free_port(), free_port()
    broker = own_kafka(
        port=plain,
        controller_port=controller,
        properties={
            "listeners": f"PLAINTEXT://127.0.0.1:{plain},CONTROLLER://127.0.0.1:{controller},SASL_SSL://127.0.0.1:{tls}",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(files.keystore),
            "sasl.enabled.mechanisms": "PLAIN",
            "listener.name.sasl_ssl.plain.sasl.jaas.config": f'{PLAIN_LOGIN} user_ledger="illustrative";',
        },
    )
    options = KafkaOptions(
        f"127.0.0.1:{tls}", security_protocol="SASL_SSL", ssl_context=files.client(), sasl_mechanism="PLAIN",
        sasl_username="ledger", sasl_password="illustrative",
    )  # fmt: skip
    return broker, options


async def test_appends_sends_reads_groups_and_topics_work_over_tls(secured: tuple[Kafka, KafkaOptions]) -> None:
    broker, options = secured
    topic = await create_topic(broker.bootstrap, 1)
    transport = KafkaTransport(options)
    await transport.start()
    await (await transport.appender(topic, 0)).append([Outgoing(None, b"a")])
    await transport.send(topic, 0, [Outgoing(None, b"b")])
    assert [r.value for r in await transport.read(topic, 0, 0, 2, 10)] == [b"a", b"b"]
    inbox = transport.inbox(topic, uuid.uuid4().hex, Ignore())
    await inbox.start()
    await inbox.commit({0: 2})
    await transport.stop()
    assert (await plan(options, ONE_BROKER)).missing


@pytest.mark.parametrize("wrong", ["password", "authority"])
async def test_a_wrong_password_and_an_unknown_authority_are_unavailable(
    secured: tuple[Kafka, KafkaOptions], tmp_path: Path, wrong: str
) -> None:
    _, options = secured
    (tmp_path / "other").mkdir()
    other = make_certificates(tmp_path / "other").client()
    bad = replace(options, sasl_password="no") if wrong == "password" else replace(options, ssl_context=other)
    with pytest.raises(Unavailable):
        await KafkaTransport(bad).start()


def test_the_password_is_not_in_the_text_of_the_options() -> None:
    assert "illustrative" not in repr(KafkaOptions("127.0.0.1:9092", sasl_password="illustrative"))
