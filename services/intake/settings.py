"""Intake's settings."""

from typing import Annotated

from pydantic import Field

from services.kit.settings import Port, ProcessSettings


class IntakeSettings(ProcessSettings):
    """The edge's address and the first operator's token, beside those of every process."""

    http_port: Port = 8080
    pages: Annotated[str, Field(description="base URLs of every process's pages, comma separated")] = ""
    bootstrap_token_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the first token")]
