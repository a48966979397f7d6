"""`verify` of files: an export or the proof of a line, judged without any server."""

import json as json_
from pathlib import Path

import typer
from pydantic import JsonValue, ValidationError
from rich.console import RenderableType
from rich.text import Text

from schemas.audit import Judged, LineProof, Trust, check_line, judge
from schemas.note import BadNote, Verifier
from services.cli.edge import REFUSED, USAGE, complaint
from services.cli.exports import BadExport, Export
from services.cli.given import open_given, read_salt, read_text, verifier
from services.cli.options import tools_of
from services.cli.screen import cell, facts, page, plain, step


def verify_files(
    ctx: typer.Context,
    target: Path,
    keys: list[str],
    witnesses: list[str],
    checkpoints: list[Path],
    salt_key: Path | None,
    unsigned: bool,
) -> None:
    """Judge an export or the proof of a line, with nothing but these files."""
    ledgers = tuple(verifier(key) for key in keys)
    if not ledgers and not unsigned:
        detail = "Without the ledger's verifier nobody's signature is checked."
        raise complaint(USAGE, "No key", detail, "Give --ledger-key VERIFIER, or --unsigned to check no signature.")
    if target.is_dir():
        secret = None if salt_key is None else read_salt(salt_key)
        trust = Trust(ledgers, tuple(verifier(key) for key in witnesses), secret)
        _verify_export(ctx, open_given(target), [read_text(file) for file in checkpoints], trust)
    else:
        _verify_line(ctx, target, ledgers)


def _verify_export(ctx: typer.Context, export: Export, outside: list[str], trust: Trust) -> None:
    try:
        judged = judge(export.entries(), export.manifest.entries, export.notes(), outside, trust)
    except BadExport as bad:
        raise complaint(REFUSED, "Not an export", str(bad), "Make it again: greenlight export") from None
    document: JsonValue = {
        "good": judged.why is None,
        "partition": export.manifest.partition,
        "seq": judged.head.seq,
        "chain": judged.head.chain,
        "covers_to": judged.head.covers_to,
        "checkpoints": judged.checkpoints,
        "signed_to": judged.signed_to if trust.ledgers else None,
        "witnessed_to": judged.witnessed_to if trust.witnesses else None,
        "lines_checked": trust.salt_key is not None,
        "bad_seq": judged.bad_seq,
        "why": judged.why,
    }
    tools_of(ctx).screen.show(document, lambda: _drawn(judged, trust))
    if judged.why is not None:
        raise typer.Exit(REFUSED)


def _drawn(judged: Judged, trust: Trust) -> RenderableType:
    signed = f"{judged.signed_to:,}" if trust.ledgers else "not checked: no key was given"
    rows: list[tuple[str, object]] = [
        ("good entries", judged.head.seq),
        ("chain head", judged.head.chain),
        ("inbox covered to", judged.head.covers_to),
        ("good checkpoints", judged.checkpoints),
        ("signed to entry", signed),
    ]
    if trust.witnesses:
        rows.append(("witnessed to entry", judged.witnessed_to))
    rows.append(("lines", "computed again" if trust.salt_key else "not computed: no salt key was given"))
    if judged.why is None:
        return page(Text("Whole: every entry and every checkpoint verified.", style="green"), facts(rows))
    where = "" if judged.bad_seq is None else f" at entry {cell(judged.bad_seq)}"
    told = step("Keep it as it is, ask for another export, and compare both with a witness's checkpoint.")
    return page(Text(f"Broken{where}: {plain(judged.why)}", style="bold red"), facts(rows), told)


def _verify_line(ctx: typer.Context, file: Path, ledgers: tuple[Verifier, ...]) -> None:
    if not ledgers:
        raise complaint(USAGE, "No key", "A line is proven by a signature.", "Give --ledger-key VERIFIER.")
    try:
        proof = LineProof.model_validate_json(read_text(file))
        said = check_line(proof, ledgers)
    except ValidationError:
        raise complaint(REFUSED, "Not a proof", f"{file} is no proof of a line.", "See: greenlight prove") from None
    except BadNote as bad:
        raise complaint(REFUSED, "Not proven", f"The proof {bad}", "Ask for another proof.") from None
    line = json_.loads(proof.line)
    rows = facts((("ledger", said.origin), ("signed at entry", said.size), ("line", json_.dumps(line, indent=2))))
    document: JsonValue = {"good": True, "origin": said.origin, "size": said.size, "line": line}
    tools_of(ctx).screen.show(document, lambda: page(Text("Proven: the ledger signed this line.", style="green"), rows))
