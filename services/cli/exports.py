"""An export: a folder with one journal partition's entries and checkpoints, byte by byte as they were published.

export.json         what it is, how many entries, up to which offset of the journal
entries.jsonl       every entry's published bytes, one a line, from the first on
checkpoints.jsonl   every checkpoint's published bytes, one a line, in the order of signing
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pydantic import BaseModel, ConfigDict, ValidationError

from schemas.catalogue import MESSAGE_BYTES_MAX

MANIFEST, ENTRIES, CHECKPOINTS = "export.json", "entries.jsonl", "checkpoints.jsonl"
FORMAT = 1
LINE_BYTES_MAX = MESSAGE_BYTES_MAX + 1


class BadExport(ValueError):
    """A folder that is no export, or no whole one. The text says what is missing."""


class Manifest(BaseModel):
    """What an export holds. `end_offset`: offset of the journal behind the last record that was read."""

    model_config = ConfigDict(strict=True, frozen=True)

    format: int
    topic: str
    partition: int
    entries: int
    checkpoints: int
    end_offset: int


class _Noted(BaseModel):
    """Of a checkpoint's published bytes, what a verifier needs."""

    note: str


@dataclass(frozen=True, slots=True)
class Export:
    """An export that somebody has made."""

    folder: Path
    manifest: Manifest

    def entries(self) -> Iterator[bytes]:
        """Every entry's published bytes. Raises BadExport."""
        return _lines(self.folder / ENTRIES)

    def notes(self) -> Iterator[str]:
        """Every checkpoint's note. Raises BadExport, also when there are more or fewer than announced."""
        number = 0
        for number, line in enumerate(_lines(self.folder / CHECKPOINTS), 1):
            try:
                yield _Noted.model_validate_json(line).note
            except ValidationError:
                raise BadExport(f"{CHECKPOINTS} holds no checkpoint in line {number}") from None
        if number != self.manifest.checkpoints:
            raise BadExport(f"{CHECKPOINTS} holds {number} checkpoints of {self.manifest.checkpoints}")


def is_export(folder: Path) -> bool:
    """Whether there is an export in this folder, good or bad."""
    return (folder / MANIFEST).is_file()


def open_export(folder: Path) -> Export:
    """The export in a folder. Raises BadExport."""
    try:
        manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except OSError as error:
        raise BadExport(f"{folder / MANIFEST} cannot be read: {error.strerror}") from None
    except ValidationError:
        raise BadExport(f"{folder / MANIFEST} is no export's description") from None
    if manifest.format != FORMAT:
        raise BadExport(f"is of format {manifest.format}; known here is {FORMAT}")
    return Export(folder, manifest)


class Writing:
    """A new export under way. The description is written last, so that a torn export is none."""

    def __init__(self, folder: Path) -> None:
        """Raises FileExistsError if the folder holds an export, whole or torn."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._entries: BinaryIO = (folder / ENTRIES).open("xb")
        self._checkpoints: BinaryIO = (folder / CHECKPOINTS).open("xb")
        self.counts = [0, 0]

    def entry(self, value: bytes) -> None:
        """One entry's published bytes."""
        self._entries.write(value + b"\n")
        self.counts[0] += 1

    def checkpoint(self, value: bytes) -> None:
        """One checkpoint's published bytes."""
        self._checkpoints.write(value + b"\n")
        self.counts[1] += 1

    def close(self) -> None:
        """Close the files, as far as they are written."""
        self._entries.close()
        self._checkpoints.close()

    def finish(self, topic: str, partition: int, end_offset: int) -> Manifest:
        """Write the description."""
        self.close()
        entries, checkpoints = self.counts
        manifest = Manifest(
            format=FORMAT, topic=topic, partition=partition, entries=entries, checkpoints=checkpoints,
            end_offset=end_offset,
        )  # fmt: skip
        text = json.dumps(manifest.model_dump(), indent=2)
        (self._folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
        return manifest


def _lines(file: Path) -> Iterator[bytes]:
    try:
        with file.open("rb") as opened:
            while line := opened.readline(LINE_BYTES_MAX):
                if len(line) == LINE_BYTES_MAX:
                    raise BadExport(f"{file} holds a line of {LINE_BYTES_MAX} bytes or more")
                yield line.removesuffix(b"\n")
    except OSError as error:
        raise BadExport(f"{file} cannot be read: {error.strerror}") from None
