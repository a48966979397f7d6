"""What every fact of a batch says of the command that caused it."""

from datetime import datetime
from typing import TypedDict


class BatchCause(TypedDict):
    """The command, the shard's time, the content, the programme."""

    command_id: str
    at: datetime
    command_sha256: str
    programme_id: str
