"""The whole system where nothing is open: Kafka speaks SASL over TLS only, Redis TLS only, with a user per service."""

import hashlib
import secrets
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
from tests.connected.certificates import Certificates, make_certificates
from tests.stacks import whole_system

USERS = ROOT / "deploy" / "redis" / "users.acl.example"
SCRAM_LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule required"
OPERATOR, BROKER, TOPICS = "operator", "broker", "topics"


@dataclass(frozen=True)
class Secured:
    """A system with its authority's certificates and the password of everybody who has one."""

    system: System
    files: Certificates
    passwords: Mapping[str, str]
    settings: Mapping[str, Mapping[str, str]]


def users(passwords: Mapping[str, str]) -> str:
    """The file of users that `deploy/redis/README.md` makes of the example."""
    text = USERS.read_text(encoding="utf-8")
    for user, password in passwords.items():
        text = text.replace(f"#{user.upper()}_SHA256", f"#{hashlib.sha256(password.encode()).hexdigest()}")
    return text


def new_passwords() -> Mapping[str, str]:
    """One for everybody who needs one."""
    return {user: secrets.token_urlsafe(24) for user in (*SERVICES, OPERATOR, BROKER, TOPICS)}


def secured_system(folder: Path) -> Secured:
    """Everything in one folder, not yet started."""
    folder.mkdir(parents=True, exist_ok=True)
    files = make_certificates(folder)
    passwords = new_passwords()
    kafka, rows = _kafka(folder / "kafka", files, passwords), secured_redis(folder, files, passwords)
    settings = {user: _settings(user, passwords[user], files, rows) for user in (*SERVICES, TOPICS)}
    return Secured(whole_system(folder, kafka=kafka, redis=rows, settings=settings), files, passwords, settings)


def _kafka(folder: Path, files: Certificates, passwords: Mapping[str, str]) -> Kafka:
    port, controller = free_port(), free_port()
    login = f'{SCRAM_LOGIN} username="{BROKER}" password="{passwords[BROKER]}";'
    return Kafka(
        folder,
        port=port,
        controller_port=controller,
        users={user: passwords[user] for user in (*SERVICES, BROKER, TOPICS)},
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
