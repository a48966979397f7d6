"""What a witness has cosigned, on disk: one file per partition, replaced whole or not at all."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from schemas.checkpoint import Checkpoint, read_checkpoint
from schemas.note import BadNote, Note, read_note


class BadState(ValueError):
    """What is stored cannot be gone on from. The text says why."""


class Last(BaseModel):
    """The last checkpoint that was cosigned, and the offset of its record."""

    model_config = ConfigDict(strict=True, frozen=True)

    offset: int
    note: str

    @property
    def checkpoint(self) -> Checkpoint:
        """What it says."""
        return read_checkpoint(read_note(self.note).text)


@dataclass(frozen=True, slots=True)
class Seen:
    """The folder of one witness.

    `partition-<n>.json` is what it goes on from; `partition-<n>.note` the cosigned note, for others;
    `partition-<n>.refused.note` what it refused, as evidence.
    """

    folder: Path

    def last(self, partition: int) -> Last | None:
        """What was cosigned last; None if nothing was. Raises BadState: a torn state is never taken for none."""
        file = self._file(partition, "json")
        try:
            last = Last.model_validate_json(file.read_bytes())
            _ = last.checkpoint
        except FileNotFoundError:
            return None
        except (ValidationError, BadNote, OSError) as error:
            raise BadState(f"{file} cannot be gone on from: {type(error).__name__}") from None
        return last

    def put(self, partition: int, offset: int, note: Note) -> None:
        """Store what is cosigned, and only then show it. Raises OSError."""
        last = Last(offset=offset, note=str(note))
        _replace(self._file(partition, "json"), last.model_dump_json())
        _replace(self._file(partition, "note"), last.note)

    def keep_refused(self, partition: int, note: str) -> Path:
        """Keep a refused checkpoint; beside what was cosigned it proves what the ledger did. Raises OSError."""
        file = self._file(partition, "refused.note")
        _replace(file, note)
        return file

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While no other witness uses the folder. Raises BadState, OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BadState(f"{self.folder} is in use by another witness") from None
            yield

    def _file(self, partition: int, suffix: str) -> Path:
        return self.folder / f"partition-{partition}.{suffix}"


def _replace(file: Path, text: str) -> None:
    """The new content whole or the old content whole, also after power is lost."""
    new = file.with_name(f"{file.name}.new")
    with new.open("w", encoding="utf-8") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
    new.replace(file)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
