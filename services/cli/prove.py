"""`prove`: one line's way to a signed root, for its company, without showing any other."""

import json as json_
from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue
from rich.text import Text

from schemas.audit import LineProof
from schemas.checkpoint import read_checkpoint
from schemas.lines import line_leaf, lines, salt, salt_key_id
from schemas.note import BadNote, read_note
from schemas.tree import Tree, inclusion
from services.cli.edge import REFUSED, complaint
from services.cli.exports import BadExport, Export
from services.cli.given import open_given, read_salt
from services.cli.options import Json, tools_of
from services.cli.screen import facts, page, plain, step


def prove(
    ctx: typer.Context,
    line: Annotated[str, typer.Argument(help="SEQ/LINE, or the id of a line: its grant.", metavar="LINE")],
    folder: Annotated[Path, typer.Option("--export", help="An export that holds it.", metavar="FOLDER")],
    salt_key: Annotated[Path, typer.Option("--salt-key", help="File of the ledger's salt key.", metavar="FILE")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the proof goes.", metavar="FILE")],
    json: Json = False,
) -> None:
    """Prove one line of an export, and show no other."""
    proof = _proof(open_given(folder), read_salt(salt_key), line)
    try:
        with output.open("x", encoding="utf-8") as opened:
            opened.write(proof.model_dump_json(indent=2) + "\n")
    except OSError as error:
        raise complaint(REFUSED, "Not written", f"{output}: {error.strerror}", "Name a new file.") from None
    said = read_checkpoint(read_note(proof.note).text)
    shown = facts((("ledger", said.origin), ("signed at entry", said.size), ("proof", str(output))))
    told = step(f"Its reader checks it with: greenlight verify {output} --ledger-key VERIFIER")
    document: JsonValue = {"proof": str(output), "origin": said.origin, "size": said.size}
    tools_of(ctx).screen.show(document, lambda: page(Text("Proven.", style="green"), shown, told))


def _proof(export: Export, salt_key: bytes, wanted: str) -> LineProof:
    """Raises CliError."""
    try:
        *_, note = ("", *export.notes())
        said = read_checkpoint(read_note(note).text)
        if said.salt_key_id != salt_key_id(salt_key):
            raise complaint(REFUSED, "Wrong key", "The lines were salted with another key.", "Give that --salt-key.")
        tree, found = Tree(), list[tuple[int, str, str]]()
        for seq, entry in zip(range(1, said.size + 1), export.entries(), strict=False):
            for number, one in enumerate(lines(entry)):
                salted = salt(salt_key, said.origin, seq, number)
                if wanted == f"{seq}/{number}" or wanted == _granted(one):
                    found.append((tree.size, one.decode(), salted.hex()))
                tree.append(line_leaf(salted, one))
    except (BadExport, BadNote, ValueError, KeyError, TypeError) as bad:
        detail = f"{plain(str(bad))}."
        raise complaint(REFUSED, "Not a good export", detail, "See: greenlight verify") from None
    _check(found, wanted, (tree.size, tree.root()) == (said.lines_size, said.lines_root))
    index, text, salted_hex = found[0]
    path = tuple(one.hex() for one in inclusion(index, tree.size, tree.node))
    return LineProof(note=note, line=text, salt=salted_hex, index=index, path=path)


def _granted(line: bytes) -> str | None:
    """The id of the line that this posting grants; draws and others name it too, but are not it."""
    posting = json_.loads(line)["posting"]
    return posting.get("line_id") if posting["column"] == "granted" else None


def _check(found: list[tuple[int, str, str]], wanted: str, whole: bool) -> None:
    """Raises CliError unless there is one line, in lines that are as they were signed."""
    if not whole:
        detail = "Its lines are not those that were signed."
        raise complaint(REFUSED, "Not a good export", detail, "See: greenlight verify")
    if not found:
        detail = f"No line {plain(wanted)} under the last checkpoint of this export."
        raise complaint(REFUSED, "Not found", detail, "Export again, after the next checkpoint.")
    if len(found) > 1:
        several = ", ".join(f"{json_.loads(text)['seq']}/{json_.loads(text)['line']}" for _, text, _ in found[:10])
        raise complaint(REFUSED, "Several", f"{plain(wanted)} stands in {several}.", "Name one as SEQ/LINE.")
