"""What the command reads from its environment: the only place that does. Options on the command line go first."""

from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.kit.settings import PREFIX, Authorities


class CliSettings(BaseSettings):
    """Where the edge is and who asks; variables are the fields in capitals after GREENLIGHT_. Empty is not given."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="ignore")

    url: Annotated[str, Field(pattern=r"^https?://[^\s/]+", max_length=2_000)] = "http://127.0.0.1:8080"
    token: SecretStr = SecretStr("")
    cafile: Annotated[Authorities | None, Field(description="authorities to trust instead of the system's")] = None
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 30.0
