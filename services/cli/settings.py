"""What the command reads from its environment: the only place that does. Options on the command line go first."""

import sys
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.cli.edge import USAGE

PREFIX = "GREENLIGHT_"


class CliSettings(BaseSettings):
    """Where the edge is and who asks; variables are the fields in capitals after GREENLIGHT_."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    url: Annotated[str, Field(pattern=r"^https?://[^\s/]+", max_length=2_000)] = "http://127.0.0.1:8080"
    token: SecretStr = SecretStr("")
    cafile: Annotated[Path | None, Field(description="authorities to trust instead of the system's")] = None
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 30.0


class BrokerSettings(BaseSettings):
    """Where Kafka is, for `topics`; the same variables as the services'."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    kafka_bootstrap: Annotated[str, Field(min_length=3, description="host:port of brokers, comma separated")]
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_cafile: Path | None = None
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    kafka_sasl_username: str | None = None
    kafka_sasl_password: SecretStr | None = None
    profile: Literal["one-broker", "cluster"] = "cluster"


T = TypeVar("T", bound=BaseSettings)


def load(settings: type[T]) -> T:
    """The settings from the environment; on any fault say which variable and why, and exit with USAGE."""
    try:
        return settings()
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_context=False, include_input=False):
            name = PREFIX + "_".join(str(part) for part in fault["loc"]).upper()
            print(f"{name}: {fault['msg']}", file=sys.stderr)
        sys.exit(USAGE)
