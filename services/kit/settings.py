"""What every process reads from its environment, once, at start. A wrong or missing value ends it, by name."""

import ssl
import sys
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.kit.store import Store, connect
from services.kit.transport.kafka import KafkaOptions

PREFIX = "GREENLIGHT_"
Port = Annotated[int, Field(ge=1, le=65_535)]


class ProcessSettings(BaseSettings):
    """Settings of every service process; variables are the fields in capitals after GREENLIGHT_."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    kafka_bootstrap: Annotated[str, Field(min_length=3, description="host:port of brokers, comma separated")]
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_cafile: Path | None = None
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    kafka_sasl_username: str | None = None
    kafka_sasl_password: SecretStr | None = None
    redis_url: Annotated[SecretStr, Field(description="redis:// or rediss://, with user and password if any")]
    redis_cafile: Path | None = None
    redis_timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 2.0
    instance: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="name of this process")]
    static_membership: bool = True
    """A restart under the same INSTANCE gets its shards back at once; False: a planned leave hands them on at once."""
    session_timeout_ms: Annotated[int, Field(ge=1_000, le=300_000)] = 10_000
    bind_host: str = "127.0.0.1"
    pages_port: Port
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    profile: Literal["one-broker", "cluster"] = "cluster"


T = TypeVar("T", bound=BaseSettings)


def load(settings: type[T]) -> T:
    """The settings from the environment; on any fault say which variable and why, and exit with 2."""
    try:
        return settings()
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_context=False, include_input=False):
            name = PREFIX + "_".join(str(part) for part in fault["loc"]).upper()
            print(f"{name}: {fault['msg']}", file=sys.stderr)
        sys.exit(2)


def kafka_options(settings: ProcessSettings, group_instance: bool = True) -> KafkaOptions:
    """The broker's address and credentials; TLS trusts `kafka_cafile`, or the system's authorities."""
    secure = settings.kafka_security_protocol in ("SSL", "SASL_SSL")
    password = settings.kafka_sasl_password
    return KafkaOptions(
        bootstrap=settings.kafka_bootstrap,
        client_id=f"greenlight-{settings.instance}",
        security_protocol=settings.kafka_security_protocol,
        ssl_context=ssl.create_default_context(cafile=settings.kafka_cafile) if secure else None,
        sasl_mechanism=settings.kafka_sasl_mechanism,
        sasl_username=settings.kafka_sasl_username,
        sasl_password=password.get_secret_value() if password else None,
        group_instance_id=settings.instance if group_instance and settings.static_membership else None,
        session_timeout_ms=settings.session_timeout_ms,
    )


def store(settings: ProcessSettings) -> Store:
    """The rows in Redis."""
    cafile = str(settings.redis_cafile) if settings.redis_cafile else None
    return Store(connect(settings.redis_url.get_secret_value(), settings.redis_timeout_seconds, cafile))
