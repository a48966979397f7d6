"""What the host tells Faust: the same brokers, credentials and trust as the transport."""

import ssl
from typing import Literal

import pytest
from faust.auth import SASLCredentials, SSLCredentials

from services.kit.host import App, FaustOptions, faust_app
from services.kit.log import logger
from services.kit.metrics import Metrics
from services.kit.process import Identity, Process
from services.kit.transport.kafka import KafkaOptions


def app(kafka: KafkaOptions) -> App:
    process = Process(Identity("policy", "policy-1", "0.1.0"), [], Metrics())
    return faust_app(process, FaustOptions(kafka, "127.0.0.1", 6_111, logger("policy"), replication=3))


def test_the_brokers_and_where_the_pages_listen() -> None:
    conf = app(KafkaOptions("kafka-1.example:9093, kafka-2.example:9093")).conf
    assert [(url.host, url.port) for url in conf.broker] == [("kafka-1.example", 9093), ("kafka-2.example", 9093)]
    assert (conf.id, conf.web_bind, conf.web_port) == ("greenlight-policy", "127.0.0.1", 6_111)
    assert conf.topic_replication_factor == 3
    assert conf.broker_credentials is None


def test_tls_trusts_what_the_transport_trusts() -> None:
    trust = ssl.create_default_context()
    credentials = app(KafkaOptions("kafka.example:9093", security_protocol="SSL", ssl_context=trust))
    assert isinstance(credentials.conf.broker_credentials, SSLCredentials)
    assert credentials.conf.broker_credentials.context is trust


@pytest.mark.parametrize(("protocol", "trust"), [("SASL_PLAINTEXT", None), ("SASL_SSL", ssl.create_default_context())])
@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_sasl_uses_name_password_and_mechanism(
    protocol: Literal["SASL_PLAINTEXT", "SASL_SSL"],
    trust: ssl.SSLContext | None,
    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"],
) -> None:
    kafka = KafkaOptions(
        "kafka.example:9093", security_protocol=protocol, ssl_context=trust, sasl_mechanism=mechanism,
        sasl_username="policy", sasl_password="illustrative",
    )  # fmt: skip
    credentials = app(kafka).conf.broker_credentials
    assert isinstance(credentials, SASLCredentials)
    assert (credentials.protocol.value, credentials.mechanism.value) == (protocol, mechanism)
    assert (credentials.username, credentials.password) == ("policy", "illustrative")
    assert credentials.ssl_context is trust
