"""Policy's settings."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from services.kit.settings import ProcessSettings, Wrong


class PolicySettings(ProcessSettings):
    """The bundle in force and whose approval it needs, beside those of every process."""

    policy_bundle: Annotated[Path, Field(description="folder of the bundle; it is refused whole if anything is wrong")]
    policy_officers: Annotated[
        Path | None, Field(description="file of officers' public keys: two of them must have approved the bundle")
    ] = None

    @model_validator(mode="after")
    def _approved(self) -> "PolicySettings":
        if self.profile == "cluster" and self.policy_officers is None:
            raise Wrong("policy_officers", "is required with PROFILE cluster: an unapproved bundle is for looks only")
        return self
