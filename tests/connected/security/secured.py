"""The whole system where nothing is open: Kafka speaks SASL over TLS only, Redis TLS only, with a user per service.

Everybody may do what the access lists and the example of users grant, and nothing else.
"""

import hashlib
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import redis

from deploy.local.kafka import Kafka
from deploy.local.process import free_port
from deploy.local.redis import Redis, Tls
from deploy.local.system import System
from deploy.stack import ROOT
from schemas.catalogue import SERVICES
from services.kit.transport.kafka import KafkaOptions
from tests.connected.certificates import Certificates, make_certificates
from tests.stacks import whole_system

USERS = ROOT / "deploy" / "redis" / "users.acl.example"
SCRAM_LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule required"
OPERATOR, BROKER, TOPICS, STRANGER = "operator", "broker", "topics", "stranger"


@dataclass(frozen=True)
class Secured:
    """A system with its authority's certificates and the password of everybody who has one."""

    system: System
    files: Certificates
    passwords: Mapping[str, str]
    settings: Mapping[str, Mapping[str, str]]

    def start(self) -> None:
        """Kafka, its access lists, everything else. Raises Missing, NotReady; nothing is left running then."""
        try:
            self.system.kafka.start()
            told = self.run(BROKER, "deploy.topics", "--access")
            assert told.returncode == 0, told.stderr
            self.system.start()
        except BaseException:  # reason: whatever went wrong, nothing is left running
            self.system.stop()
            raise

    def run(self, user: str, *command: str) -> subprocess.CompletedProcess[str]:
        """`python -m` a command as one user of Kafka."""
        variables = {
            "GREENLIGHT_KAFKA_BOOTSTRAP": self.system.kafka.bootstrap, "GREENLIGHT_PROFILE": "one-broker",
            **self.settings[user],
        }  # fmt: skip
        return subprocess.run(
            (sys.executable, "-m", *command), cwd=ROOT, capture_output=True, text=True, check=False,
            env={**os.environ, **variables},
        )  # fmt: skip

    def kafka_options(self, user: str) -> KafkaOptions:
        """How this user speaks to Kafka."""
        return KafkaOptions(
            self.system.kafka.bootstrap, security_protocol="SASL_SSL", ssl_context=self.files.client(),
            sasl_username=user, sasl_password=self.passwords[user], append_timeout_seconds=2.0,
        )  # fmt: skip


def users(passwords: Mapping[str, str]) -> str:
    """The file of users that `deploy/redis/README.md` makes of the example."""
    text = USERS.read_text(encoding="utf-8")
    for user, password in passwords.items():
        text = text.replace(f"#{user.upper()}_SHA256", f"#{hashlib.sha256(password.encode()).hexdigest()}")
    return text


def new_passwords() -> Mapping[str, str]:
    """One for everybody who needs one."""
    return {user: secrets.token_urlsafe(24) for user in (*SERVICES, OPERATOR, BROKER, TOPICS, STRANGER)}


def secured_system(folder: Path) -> Secured:
    """Everything in one folder, not yet started."""
    folder.mkdir(parents=True, exist_ok=True)
    files = make_certificates(folder)
    passwords = new_passwords()
    kafka, rows = _kafka(folder / "kafka", files, passwords), secured_redis(folder, files, passwords)
    settings = {user: _settings(user, passwords[user], files, rows) for user in (*SERVICES, BROKER, TOPICS)}
    return Secured(whole_system(folder, kafka=kafka, redis=rows, settings=settings), files, passwords, settings)


def _kafka(folder: Path, files: Certificates, passwords: Mapping[str, str]) -> Kafka:
    port, controller = free_port(), free_port()
    login = f'{SCRAM_LOGIN} username="{BROKER}" password="{passwords[BROKER]}";'
    return Kafka(
        folder,
        port=port,
        controller_port=controller,
        users={user: passwords[user] for user in (*SERVICES, BROKER, TOPICS, STRANGER)},
        properties={
            "listeners": f"SASL_SSL://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}",
            "inter.broker.listener.name": "SASL_SSL",
            "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": login,
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(files.keystore),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(files.authority),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "allow.everyone.if.no.acl.found": "false",
            # The controller's listener, on this machine alone, asks nobody who he is.
            "super.users": f"User:{BROKER};User:ANONYMOUS",
        },
    )


def secured_redis(folder: Path, files: Certificates, passwords: Mapping[str, str]) -> Redis:
    """A server with TLS and the users of the example, not yet started."""
    acl = folder / "users.acl"
    acl.write_text(users(passwords), encoding="utf-8")
    return Redis(folder / "redis", acl_file=acl, tls=Tls(files.certificate, files.key, files.authority))


def as_user(server: Redis, user: str, password: str, files: Certificates) -> redis.Redis:
    """A client of Redis."""
    return redis.Redis.from_url(
        server.url, username=user, password=password, decode_responses=True, ssl_ca_certs=str(files.authority)
    )


def _settings(user: str, password: str, files: Certificates, redis: Redis) -> Mapping[str, str]:
    """What one process is told beside the stack's own variables."""
    return {
        "GREENLIGHT_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "GREENLIGHT_KAFKA_CAFILE": str(files.authority),
        "GREENLIGHT_KAFKA_SASL_USERNAME": user,
        "GREENLIGHT_KAFKA_SASL_PASSWORD": password,
        "GREENLIGHT_REDIS_URL": f"{redis.url.replace('://', f'://{user}:{password}@')}/0",
        "GREENLIGHT_REDIS_CAFILE": str(files.authority),
    }
