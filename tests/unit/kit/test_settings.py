"""Settings fail closed: what is missing or wrong ends the process with 2, by name, and no secret's value is told."""

import base64
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from services.intake.settings import IntakeSettings
from services.kit.settings import PREFIX, ProcessSettings, kafka_options, load
from services.ledger.settings import LedgerSettings
from services.notification.settings import NotificationSettings
from services.policy.settings import PolicySettings
from tests.connected.certificates import make_certificates

SECRET = "hush-illustrative"
WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"illustrative" * 2).decode()
GOOD = {
    "KAFKA_BOOTSTRAP": "kafka-1.example:9093,kafka-2.example:9093",
    "REDIS_URL": f"rediss://ledger:{SECRET}@redis.example:6379/0",
    "INSTANCE": "ledger-1",
    "PAGES_PORT": "6121",
}
OWN: Mapping[type[ProcessSettings], Mapping[str, str]] = {
    IntakeSettings: {"BOOTSTRAP_TOKEN_SHA256": "0" * 64},
    PolicySettings: {"POLICY_BUNDLE": "/app/bundle", "POLICY_OFFICERS": "/app/officers.json"},
    LedgerSettings: {},
    NotificationSettings: {},
}
MISSING = [(settings, name) for settings, own in OWN.items() for name in (*GOOD, *own) if name != "POLICY_OFFICERS"]
SASL = {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_USERNAME": "ledger", "KAFKA_SASL_PASSWORD": SECRET}
HOOK = {"WEBHOOK_URL": "https://hook.example/in", "WEBHOOK_SECRET": WEBHOOK_SECRET}
WRONG = [
    (LedgerSettings, {"KAFKA_BOOTSTRAP": "kafka-1.example"}, "KAFKA_BOOTSTRAP"),
    (LedgerSettings, {"KAFKA_BOOTSTRAP": "kafka-1.example:9093;kafka-2.example:9093"}, "KAFKA_BOOTSTRAP"),
    (LedgerSettings, {"KAFKA_SECURITY_PROTOCOL": "TLS"}, "KAFKA_SECURITY_PROTOCOL"),
    (LedgerSettings, {"KAFKA_CAFILE": "/nowhere/ca.pem"}, "KAFKA_CAFILE"),
    (LedgerSettings, {"KAFKA_CAFILE": __file__}, "KAFKA_CAFILE"),
    (LedgerSettings, {"KAFKA_SASL_MECHANISM": "GSSAPI"}, "KAFKA_SASL_MECHANISM"),
    (LedgerSettings, {**SASL, "KAFKA_SASL_USERNAME": ""}, "KAFKA_SASL_USERNAME"),
    (LedgerSettings, {**SASL, "KAFKA_SASL_PASSWORD": ""}, "KAFKA_SASL_PASSWORD"),
    (LedgerSettings, {"REDIS_URL": f"http://ledger:{SECRET}@redis.example"}, "REDIS_URL"),
    (LedgerSettings, {"REDIS_URL": f"redis:ledger:{SECRET}"}, "REDIS_URL"),
    (LedgerSettings, {"REDIS_URL": f"redis://ledger:{SECRET}@redis.example:many"}, "REDIS_URL"),
    (LedgerSettings, {"REDIS_URL": f"redis://[{SECRET}"}, "REDIS_URL"),
    (LedgerSettings, {"REDIS_CAFILE": "/nowhere/ca.pem"}, "REDIS_CAFILE"),
    (LedgerSettings, {"REDIS_TIMEOUT_SECONDS": "0"}, "REDIS_TIMEOUT_SECONDS"),
    (LedgerSettings, {"REDIS_TIMEOUT_SECONDS": "NaN"}, "REDIS_TIMEOUT_SECONDS"),
    (LedgerSettings, {"INSTANCE": "Ledger 1"}, "INSTANCE"),
    (LedgerSettings, {"STATIC_MEMBERSHIP": "perhaps"}, "STATIC_MEMBERSHIP"),
    (LedgerSettings, {"SESSION_TIMEOUT_MS": "999"}, "SESSION_TIMEOUT_MS"),
    (LedgerSettings, {"BIND_HOST": "everywhere"}, "BIND_HOST"),
    (LedgerSettings, {"PAGES_PORT": "0"}, "PAGES_PORT"),
    (LedgerSettings, {"PAGES_PORT": "65536"}, "PAGES_PORT"),
    (LedgerSettings, {"LOG_LEVEL": "loud"}, "LOG_LEVEL"),
    (LedgerSettings, {"PROFILE": "two-brokers"}, "PROFILE"),
    (IntakeSettings, {"HTTP_PORT": "http"}, "HTTP_PORT"),
    (IntakeSettings, {"BOOTSTRAP_TOKEN_SHA256": SECRET}, "BOOTSTRAP_TOKEN_SHA256"),
    (PolicySettings, {"POLICY_OFFICERS": ""}, "POLICY_OFFICERS"),
    (NotificationSettings, {**HOOK, "WEBHOOK_URL": f"http://{SECRET}.example"}, "WEBHOOK_URL"),
    (NotificationSettings, {**HOOK, "WEBHOOK_URL": f"https://user:{SECRET}@hook.example"}, "WEBHOOK_URL"),
    (NotificationSettings, {**HOOK, "WEBHOOK_SECRET": ""}, "WEBHOOK_SECRET"),
    (NotificationSettings, {**HOOK, "WEBHOOK_SECRET": SECRET}, "WEBHOOK_SECRET"),
    (NotificationSettings, {**HOOK, "WEBHOOK_SECRET": f"{WEBHOOK_SECRET} whsec_{SECRET}"}, "WEBHOOK_SECRET"),
    (NotificationSettings, {**HOOK, "WEBHOOK_ALLOW_PRIVATE": "yes, please"}, "WEBHOOK_ALLOW_PRIVATE"),
]


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)


def tell(monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(PREFIX + name, value)


def refused(settings: type[ProcessSettings], capsys: pytest.CaptureFixture[str]) -> str:
    """What is said on standard error when these settings end the process."""
    with pytest.raises(SystemExit) as ended:
        load(settings)
    assert ended.value.code == 2
    told = capsys.readouterr()
    assert told.out == ""
    return told.err


@pytest.mark.parametrize("settings", OWN)
def test_good_settings_are_taken(monkeypatch: pytest.MonkeyPatch, settings: type[ProcessSettings]) -> None:
    tell(monkeypatch, {**GOOD, **OWN[settings]})
    assert load(settings).pages_port == 6121


def test_one_broker_takes_a_bundle_that_nobody_approved(monkeypatch: pytest.MonkeyPatch) -> None:
    tell(monkeypatch, {**GOOD, **OWN[PolicySettings], "POLICY_OFFICERS": "", "PROFILE": "one-broker"})
    assert load(PolicySettings).policy_officers is None


@pytest.mark.parametrize(("settings", "name"), MISSING)
@pytest.mark.parametrize("empty", [False, True])
def test_a_missing_or_empty_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], settings: type[ProcessSettings], name: str,
    empty: bool,
) -> None:  # fmt: skip
    variables = {**GOOD, **OWN[settings]}
    del variables[name]
    tell(monkeypatch, {**variables, name: ""} if empty else variables)
    assert refused(settings, capsys) == f"{PREFIX}{name}: Field required\n"


@pytest.mark.parametrize(("settings", "variables", "name"), WRONG)
def test_a_wrong_variable_is_named_and_no_secret_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], settings: type[ProcessSettings],
    variables: Mapping[str, str], name: str,
) -> None:  # fmt: skip
    tell(monkeypatch, {**GOOD, **OWN[settings], **variables})
    told = refused(settings, capsys)
    assert told.startswith(f"{PREFIX}{name}: ")
    assert told.count("\n") == 1
    assert SECRET not in told
    assert WEBHOOK_SECRET not in told


def test_authorities_for_a_redis_without_tls_are_a_contradiction(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    authority = str(make_certificates(tmp_path).authority)
    tell(monkeypatch, {**GOOD, "REDIS_URL": "redis://redis.example:6379/0", "REDIS_CAFILE": authority})
    assert refused(LedgerSettings, capsys).startswith("GREENLIGHT_REDIS_CAFILE: needs rediss://")


def test_every_fault_is_told_at_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    tell(monkeypatch, {**GOOD, "PAGES_PORT": "0", "INSTANCE": "", "LOG_LEVEL": "loud"})
    names = [line.partition(":")[0] for line in refused(LedgerSettings, capsys).splitlines()]
    assert sorted(names) == ["GREENLIGHT_INSTANCE", "GREENLIGHT_LOG_LEVEL", "GREENLIGHT_PAGES_PORT"]


def test_credentials_reach_kafka_and_are_not_in_the_settings_text(monkeypatch: pytest.MonkeyPatch) -> None:
    tell(monkeypatch, {**GOOD, **SASL})
    settings = load(LedgerSettings)
    options = kafka_options(settings)
    assert (options.security_protocol, options.sasl_username, options.sasl_password) == ("SASL_SSL", "ledger", SECRET)
    assert options.ssl_context is not None
    assert SECRET not in f"{settings!r}{settings}{options!r}"
