"""What a process runs: a worker has a name, runs until cancelled, and says how it is."""

from collections.abc import Mapping
from typing import Protocol

Status = Mapping[str, object]
"""Plain JSON: what `/status` shows of a worker."""


class Worker(Protocol):
    """One long-running part of a process."""

    @property
    def name(self) -> str:
        """Unique in its process."""
        ...

    async def run(self) -> None:
        """Work until cancelled. Any exception ends the process."""
        ...

    def problems(self) -> tuple[str, ...]:
        """Why the process is not ready because of this worker; empty when all is well."""
        ...

    def stuck(self) -> tuple[str, ...]:
        """Why the process should be restarted because of this worker: work waits and nothing moves."""
        ...

    def status(self) -> Status:
        """What it does and where it stands."""
        ...
