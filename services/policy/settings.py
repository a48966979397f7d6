"""Policy's settings."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from services.kit.settings import ProcessSettings


class PolicySettings(ProcessSettings):
    """The bundle in force, beside those of every process."""

    policy_bundle: Annotated[Path, Field(description="folder of the bundle; it is refused whole if anything is wrong")]
