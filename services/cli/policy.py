"""`policy check|seal|sign`: a bundle's folder on this machine, before it goes anywhere. Nothing is sent."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import JsonValue
from rich.text import Text

from services.cli.edge import REFUSED, complaint
from services.cli.options import Json, tools_of
from services.cli.screen import facts, page, step
from services.policy.bundles import (
    BundleRefused,
    Manifest,
    Officers,
    approve,
    check,
    read_manifest,
    read_officers,
    seal,
)

APPROVALS = 2
Folder = Annotated[Path, typer.Argument(help="The bundle's folder.", metavar="FOLDER")]


def check_bundle(
    ctx: typer.Context,
    folder: Folder,
    officers: Annotated[
        Path | None,
        typer.Option("--officers", help="Officers' public keys: two of them must have approved it.", metavar="FILE"),
    ] = None,
    json: Json = False,
) -> None:
    """Say whether a bundle may be published: files, tables, sentences, cases, properties, approvals."""
    try:
        made = check(folder, _officers(officers))
        manifest = read_manifest(folder)
    except BundleRefused as refused:
        _refuse(refused)
    policy = made.policy
    document: dict[str, JsonValue] = {
        "id": policy.id, "version": policy.version, "digest": made.digest, "parent": manifest.parent,
        "rules": len(policy.rules), "approvals": [approval.person_id for approval in manifest.approvals],
        "approvals_verified": officers is not None,
    }  # fmt: skip
    said = "It holds together, and its approvals are genuine." if officers else "It holds together."
    following = "" if officers else "Its approvals were not looked at: --officers FILE"
    pairs = [(name, value) for name, value in document.items() if not isinstance(value, list)]
    tools_of(ctx).screen.show(document, lambda: page(Text(said, style="green"), facts(pairs), step(following)))


def seal_bundle(
    ctx: typer.Context,
    folder: Folder,
    author: Annotated[str, typer.Option("--author", help="Who wrote it; cannot approve it.", metavar="PERSON")],
    parent: Annotated[
        str | None, typer.Option("--parent", help="Digest of the bundle it replaces.", metavar="DIGEST")
    ] = None,
    json: Json = False,
) -> None:
    """Write the manifest of the files as they are; approvals given before are void."""
    try:
        sealed = seal(folder, author, parent)
    except BundleRefused as refused:
        _refuse(refused)
    _show(ctx, folder, sealed, f"greenlight policy check {folder}")


def sign_bundle(
    ctx: typer.Context,
    folder: Folder,
    person: Annotated[str, typer.Option("--person", help="The officer who approves.", metavar="PERSON")],
    key: Annotated[
        Path,
        typer.Option("--key", help="Private key: openssl genpkey -algorithm ed25519", metavar="FILE"),
    ],
    json: Json = False,
) -> None:
    """Approve a bundle that may be published, with an officer's Ed25519 key."""
    try:
        check(folder)
        approved = approve(folder, read_manifest(folder), person, _private_key(key), datetime.now(UTC))
    except BundleRefused as refused:
        _refuse(refused)
    missing = APPROVALS - len(approved.approvals)
    following = "Another officer has to approve it, too." if missing > 0 else "greenlight policy check --officers FILE"
    _show(ctx, folder, approved, following)


def _show(ctx: typer.Context, folder: Path, manifest: Manifest, following: str) -> None:
    persons: list[JsonValue] = [approval.person_id for approval in manifest.approvals]
    document: JsonValue = {
        "folder": str(folder),
        "digest": manifest.digest,
        "author": manifest.author,
        "approvals": persons,
    }
    pairs = [
        ("digest", manifest.digest),
        ("author", manifest.author),
        ("approved by", ", ".join(map(str, persons)) or "nobody"),
    ]
    tools_of(ctx).screen.show(document, lambda: page(facts(pairs), step(following)))


def _officers(file: Path | None) -> Officers | None:
    return None if file is None else read_officers(file)


def _private_key(file: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(file.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _no_key(file) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _no_key(file)
    return key


def _no_key(file: Path) -> Exception:
    detail = f"{file} holds no Ed25519 private key in PEM without a password."
    return complaint(REFUSED, "No key", detail, f"openssl genpkey -algorithm ed25519 -out {file}")


def _refuse(refused: BundleRefused) -> NoReturn:
    raise complaint(REFUSED, "The bundle is refused", str(refused), "Mend the place named above and check again.")
