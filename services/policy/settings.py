"""Policy's settings."""

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator
from pydantic_settings import NoDecode

from services.kit.settings import ProcessSettings, Wrong


def _folders(text: object) -> object:
    return tuple(Path(part.strip()) for part in text.split(",")) if isinstance(text, str) else text


class PolicySettings(ProcessSettings):
    """The bundles in force and whose approval they need, beside those of every process."""

    policy_bundle: Annotated[
        tuple[Path, ...],
        NoDecode,
        BeforeValidator(_folders),
        Field(description="folders of bundles, comma separated; all are refused if anything is wrong with one"),
    ]
    policy_officers: Annotated[
        Path | None, Field(description="file of officers' public keys: two of them must have approved each bundle")
    ] = None

    screening_list: Annotated[
        Path | None, Field(description="list of parties, FollowTheMoney JSON lines; refused whole if a line is odd")
    ] = None

    @model_validator(mode="after")
    def _approved(self) -> "PolicySettings":
        if self.profile == "cluster" and self.policy_officers is None:
            raise Wrong("policy_officers", "is required with PROFILE cluster: an unapproved bundle is for looks only")
        return self
