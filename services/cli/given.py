"""Files and keys that a person names on the command line. Whatever is wrong with them ends the command."""

from pathlib import Path
from typing import Annotated

import typer

from schemas.note import BadNote, Verifier, read_verifier
from services.cli.edge import REFUSED, USAGE, CliError, complaint
from services.cli.exports import BadExport, Export, open_export
from services.cli.screen import plain

TEXT_BYTES_MAX = 1024 * 1024

SaltKey = Annotated[
    Path | None, typer.Option("--salt-key", help="File of the ledger's salt key.", metavar="FILE", show_default=False)
]


def verifier(text: str) -> Verifier:
    """A verifier given as text, or as the file that holds it. Raises CliError."""
    try:
        file = Path(text)
        return read_verifier(read_text(file) if "+" not in text and file.is_file() else text)
    except BadNote as bad:
        raise complaint(USAGE, "Not a verifier", f"{plain(text)} {bad}", "See: greenlight keys --help") from None


def read_salt(file: Path) -> bytes:
    """The salt key in a file. Raises CliError."""
    try:
        return bytes.fromhex(read_text(file))
    except ValueError:
        raise complaint(
            USAGE, "Not a salt key", f"{file} holds no key in hex.", "Give the ledger's salt.key."
        ) from None


def open_given(folder: Path) -> Export:
    """The export in a folder. Raises CliError."""
    try:
        return open_export(folder)
    except BadExport as bad:
        raise complaint(REFUSED, "Not an export", str(bad), "Make one: greenlight export PROGRAMME FOLDER") from None


def read_text(file: Path) -> str:
    """A file's text. Raises CliError."""
    try:
        with file.open("rb") as opened:
            return opened.read(TEXT_BYTES_MAX).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(file, error) from None


def _unreadable(file: Path, error: Exception) -> CliError:
    why = error.strerror if isinstance(error, OSError) else "it holds no text"
    return complaint(USAGE, "Not readable", f"{file}: {why}", "Name another file.")
