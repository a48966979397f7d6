"""The ledger's settings: those of every process, and what checkpoints are signed with."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from services.kit.settings import ProcessSettings, Wrong
from services.ledger.proofs.keys import Keys, read_salt_key, read_signing_key
from services.ledger.proofs.signing import Pace


def _signing(file: Path) -> Path:
    read_signing_key(file)
    return file


def _salting(file: Path) -> Path:
    read_salt_key(file)
    return file


class LedgerSettings(ProcessSettings):
    """With neither key no checkpoints are signed; with one alone, or one that cannot be read, it does not start."""

    signing_key_file: Annotated[Path, AfterValidator(_signing)] | None = None
    salt_key_file: Annotated[Path, AfterValidator(_salting)] | None = None
    checkpoint_seconds: Annotated[float, Field(gt=0, le=3_600, description="between two checkpoints")] = 5.0
    checkpoint_entries: Annotated[int, Field(ge=1, le=100_000, description="after which one is signed anyhow")] = 10_000

    @model_validator(mode="after")
    def _keys_are_whole(self) -> "LedgerSettings":
        for name, other in (("signing_key_file", "salt_key_file"), ("salt_key_file", "signing_key_file")):
            if getattr(self, name) is None and getattr(self, other) is not None:
                raise Wrong(name, f"is required with {other.upper()}")
        return self

    def keys(self) -> Keys | None:
        """What to sign with; None: nothing is signed. Raises ValueError if a file has changed meanwhile."""
        if self.signing_key_file is None or self.salt_key_file is None:
            return None
        return Keys(read_signing_key(self.signing_key_file), read_salt_key(self.salt_key_file))

    def pace(self) -> Pace:
        """How often to sign."""
        return Pace(self.checkpoint_seconds, self.checkpoint_entries)
