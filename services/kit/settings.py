"""What every process reads from its environment, once, at start. A wrong or missing value ends it, by name."""

import ipaddress
import ssl
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal, NoReturn, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.kit.transport.kafka import KafkaOptions

PREFIX = "GREENLIGHT_"
EXIT_WRONG_SETTINGS = 2
_BROKER = r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):\d+"
Port = Annotated[int, Field(ge=1, le=65_535)]


class Wrong(ValueError):
    """A setting is wrong, or missing, beside what others say. `why` never holds a secret."""

    def __init__(self, setting: str, why: str) -> None:
        super().__init__(why)
        self.setting = setting


def _address(text: str) -> str:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        raise ValueError("is not an IP address") from None
    return text


def _authorities(file: Path) -> Path:
    try:
        ssl.create_default_context(cafile=file)
    except OSError as error:
        raise ValueError(f"holds no authorities to trust: {error.strerror}") from None
    return file


def _redis_url(url: SecretStr) -> SecretStr:
    text = url.get_secret_value()
    try:
        parts = urlsplit(text)
        known = text.startswith(("redis://", "rediss://")) and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise ValueError("is not redis:// or rediss:// with a host")
    return url


Authorities = Annotated[Path, AfterValidator(_authorities)]
"""A PEM file with the certificates of those who may sign the other side's."""


class KafkaSettings(BaseSettings):
    """Where Kafka is and who asks; variables are the fields in capitals after GREENLIGHT_. Empty is not given."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="ignore")

    kafka_bootstrap: Annotated[
        str, Field(pattern=rf"^{_BROKER}(,\s*{_BROKER})*$", description="host:port of brokers, comma separated")
    ]
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_cafile: Authorities | None = None
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    kafka_sasl_username: str | None = None
    kafka_sasl_password: SecretStr | None = None
    profile: Literal["one-broker", "cluster"] = "cluster"

    @model_validator(mode="after")
    def _kafka_is_whole(self) -> "KafkaSettings":
        if self.kafka_security_protocol.startswith("SASL_"):
            for name in ("kafka_sasl_username", "kafka_sasl_password"):
                if getattr(self, name) is None:
                    raise Wrong(name, f"is required with {self.kafka_security_protocol}")
        return self


class ProcessSettings(KafkaSettings):
    """Settings of every service process."""

    redis_url: Annotated[
        SecretStr, AfterValidator(_redis_url), Field(description="redis:// or rediss://, with user and password if any")
    ]
    redis_cafile: Authorities | None = None
    redis_timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 2.0
    instance: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="name of this process")]
    static_membership: bool = True
    """A restart under the same INSTANCE gets its shards back at once; False: a planned leave hands them on at once."""
    session_timeout_ms: Annotated[int, Field(ge=1_000, le=300_000)] = 10_000
    bind_host: Annotated[str, AfterValidator(_address)] = "127.0.0.1"
    pages_port: Port
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @model_validator(mode="after")
    def _redis_is_whole(self) -> "ProcessSettings":
        if self.redis_cafile is not None and not self.redis_url.get_secret_value().startswith("rediss:"):
            raise Wrong("redis_cafile", f"needs rediss:// in {PREFIX}REDIS_URL")
        return self


T = TypeVar("T", bound=BaseSettings)


def load(settings: type[T]) -> T:
    """The settings from the environment; on any fault say which variable and why, and exit with 2."""
    try:
        return settings()
    except ValidationError as error:
        refuse(*faults(error))


def faults(error: ValidationError) -> Iterator[str]:
    """Every fault as `VARIABLE: why`, never with the value."""
    for fault in error.errors(include_url=False, include_input=False):
        cause = fault.get("ctx", {}).get("error")
        name = cause.setting if isinstance(cause, Wrong) else "_".join(str(part) for part in fault["loc"])
        yield f"{PREFIX}{name.upper()}: {cause or fault['msg']}"


def refuse(*reasons: str) -> NoReturn:
    """Say on standard error why this process does not start, and exit with 2."""
    print(*reasons, sep="\n", file=sys.stderr)
    sys.exit(EXIT_WRONG_SETTINGS)


def broker(settings: KafkaSettings, client_id: str) -> KafkaOptions:
    """The brokers' address and credentials; TLS trusts `kafka_cafile`, or the system's authorities."""
    secure = settings.kafka_security_protocol in ("SSL", "SASL_SSL")
    password = settings.kafka_sasl_password
    return KafkaOptions(
        bootstrap=settings.kafka_bootstrap,
        client_id=client_id,
        security_protocol=settings.kafka_security_protocol,
        ssl_context=ssl.create_default_context(cafile=settings.kafka_cafile) if secure else None,
        sasl_mechanism=settings.kafka_sasl_mechanism,
        sasl_username=settings.kafka_sasl_username,
        sasl_password=password.get_secret_value() if password else None,
    )


def kafka_options(settings: ProcessSettings) -> KafkaOptions:
    """What a service process says to Kafka: the broker's address, and who this member of its groups is."""
    return replace(
        broker(settings, f"greenlight-{settings.instance}"),
        group_instance_id=settings.instance if settings.static_membership else None,
        session_timeout_ms=settings.session_timeout_ms,
    )
