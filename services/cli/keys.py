"""`keys ledger|witness`: makes the keys that checkpoints need, in files that only their owner can read."""

import os
import secrets
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from schemas.lines import SALT_KEY_BYTES
from schemas.note import COSIGNS, SEED_BYTES, SIGNS, BadNote, Verifier, signer
from services.cli.edge import REFUSED, USAGE, complaint
from services.cli.options import Json, tools_of
from services.cli.screen import facts, page, step

LEDGER_KEY, LEDGER_VERIFIER = "ledger.key", "ledger.vkey"
WITNESS_KEY, WITNESS_VERIFIER = "witness.key", "witness.vkey"
SALT_KEY = "salt.key"

Name = Annotated[
    str,
    typer.Argument(help="Name in every signature, like a host of yours; it never changes.", metavar="NAME"),
]
Folder = Annotated[Path, typer.Argument(help="Where the files go; made if it is not there.", metavar="FOLDER")]


def make_ledger_keys(name: str, folder: Path) -> Verifier:
    """The ledger's signing key, its salt key, and the verifier for others. Raises BadNote, FileExistsError."""
    key = signer(name, SIGNS, secrets.token_bytes(SEED_BYTES))
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / LEDGER_KEY, key.secret, 0o600)
    _write(folder / SALT_KEY, secrets.token_bytes(SALT_KEY_BYTES).hex(), 0o600)
    _write(folder / LEDGER_VERIFIER, str(key.verifier), 0o644)
    return key.verifier


def make_witness_key(name: str, folder: Path) -> Verifier:
    """A witness's key, and the verifier for others. Raises BadNote, FileExistsError."""
    key = signer(name, COSIGNS, secrets.token_bytes(SEED_BYTES))
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / WITNESS_KEY, key.secret, 0o600)
    _write(folder / WITNESS_VERIFIER, str(key.verifier), 0o644)
    return key.verifier


def ledger(ctx: typer.Context, name: Name, folder: Folder, json: Json = False) -> None:
    """Make the ledger's two keys, and the verifier that others check its checkpoints with."""
    _made(ctx, name, folder, (LEDGER_KEY, SALT_KEY, LEDGER_VERIFIER))


def witness(ctx: typer.Context, name: Name, folder: Folder, json: Json = False) -> None:
    """Make a witness's key, and the verifier that others check its cosignatures with."""
    _made(ctx, name, folder, (WITNESS_KEY, WITNESS_VERIFIER))


def _made(ctx: typer.Context, name: str, folder: Path, files: tuple[str, ...]) -> None:
    try:
        verifier = make_ledger_keys(name, folder) if LEDGER_KEY in files else make_witness_key(name, folder)
    except BadNote as bad:
        raise complaint(USAGE, "Not a key's name", str(bad), "Use a name like ledger.example") from None
    except FileExistsError as error:
        detail = f"{error.filename} is there already, and a key is never overwritten."
        raise complaint(REFUSED, "Exists", detail, "Name another folder.") from None
    except OSError as error:
        raise complaint(REFUSED, "Not written", f"{folder}: {error.strerror}", "Name another folder.") from None
    shown = facts((("verifier", str(verifier)), ("files", ", ".join(str(folder / file) for file in files))))
    told = step("Give the verifier to whoever shall check, by a way of its own; the .key files to nobody.")
    tools_of(ctx).screen.show(
        {"verifier": str(verifier), "files": [str(folder / file) for file in files]},
        lambda: page(Text("Made.", style="green"), shown, told),
    )


def _write(file: Path, text: str, mode: int) -> None:
    """A new file, never in place of another. Raises FileExistsError."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as opened:
        opened.write(text + "\n")
