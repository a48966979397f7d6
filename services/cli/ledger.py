"""`ledger` and `verify`: what a programme's accounts hold, and whether the journal behind them is whole."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import AwareDatetime, BaseModel, JsonValue
from rich.console import RenderableType
from rich.text import Text

from schemas.ledger import Balance, CapUse
from schemas.money import amount_text
from services.cli.edge import REFUSED, USAGE, complaint, route
from services.cli.given import SaltKey
from services.cli.offline import verify_files
from services.cli.options import Json, Key, Programme, tools_of
from services.cli.screen import Column, cell, facts, page, plain, read, step, table

_PERCENT = 100


class _Head(BaseModel):
    seq: int
    chain: str


class _Totals(BaseModel):
    granted_units: int
    granted_value: int
    drawn_units: int
    revoked_units: int
    revoked_value: int
    held_units: int = 0
    overused_units: int = 0
    available_units: int


class _Ledger(BaseModel):
    programme_id: str
    name: str
    item: str
    unit: str
    currency: str
    seq: int
    at: AwareDatetime
    head: _Head
    totals: _Totals
    caps: tuple[CapUse, ...]
    accounts: tuple[Balance, ...]


class _Verified(BaseModel):
    partition: int
    good: bool
    seq: int
    chain: str
    bad_seq: int | None = None
    why: str | None = None


def ledger(
    ctx: typer.Context,
    programme: Programme,
    company: Annotated[
        str | None, typer.Option("--company", help="Only this company's account and caps.", metavar="COMPANY")
    ] = None,
    as_of: Annotated[
        int | None, typer.Option("--as-of", min=0, help="As it was after this journal entry.", metavar="SEQ")
    ] = None,
    json: Json = False,
) -> None:
    """Show a programme's caps and accounts, now or as of an entry."""
    tools = tools_of(ctx)
    document = _of_company(
        tools.edge.get(route("v1", "programmes", programme, "ledger"), as_of=as_of).document, company
    )
    found = read(_Ledger, document)
    if company is not None and not found.accounts:
        detail = f"{company} has no account in {programme}."
        raise complaint(REFUSED, "Not found", detail, f"Its accounts: greenlight ledger {programme}")
    tools.screen.show(document, lambda: _drawn(found, with_totals=company is None))


def verify(
    ctx: typer.Context,
    target: Annotated[
        str, typer.Argument(help="A programme's id, an export's folder, or a proof's file.", metavar="TARGET")
    ],
    reason: Annotated[
        str | None,
        typer.Option(
            "--reason", help="Why, in a sentence: asks the edge about a programme.", metavar="TEXT", show_default=False
        ),
    ] = None,
    key: Key = None,
    ledger_key: Annotated[
        list[str] | None,
        typer.Option("--ledger-key", help="The ledger's verifier, or its file; of files.", metavar="VERIFIER"),
    ] = None,
    witness: Annotated[
        list[str] | None, typer.Option("--witness", help="A witness's verifier; of files.", metavar="VERIFIER")
    ] = None,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option("--checkpoint", help="A checkpoint from elsewhere, e.g. a witness's; of files.", metavar="FILE"),
    ] = None,
    salt_key: SaltKey = None,
    unsigned: Annotated[bool, typer.Option("--unsigned", help="Check no signature; of files.")] = False,
    json: Json = False,
) -> None:
    """Verify a journal on the edge, or files offline. Exit code 1: broken."""
    if reason is not None:
        _verify_on_edge(ctx, target, reason, key)
    elif Path(target).exists():
        verify_files(ctx, Path(target), ledger_key or [], witness or [], checkpoint or [], salt_key, unsigned)
    else:
        detail = f"There is no file or folder {plain(target)}."
        raise complaint(USAGE, "Not found", detail, "To ask the edge about a programme give --reason.")


def _verify_on_edge(ctx: typer.Context, programme: str, reason: str, key: str | None) -> None:
    tools = tools_of(ctx)
    body: dict[str, JsonValue] = {"programme_id": programme, "reason": reason}
    answer = tools.edge.post("/v1/operator/verify", body, key)
    verdict = read(_Verified, answer.document)
    tools.screen.show(answer.document, lambda: _verdict(verdict))
    if not verdict.good:
        raise typer.Exit(REFUSED)


def _of_company(document: JsonValue, company: str | None) -> JsonValue:
    """The ledger with one company's account and caps, beside the programme's own caps."""
    if company is None or not isinstance(document, dict):
        return document
    shown: dict[str, JsonValue] = dict(document)
    for name, also in (("accounts", None), ("caps", "programme")):
        parts = document.get(name)
        if isinstance(parts, list):
            wanted = (company,) if also is None else (company, None)
            shown[name] = [one for one in parts if isinstance(one, dict) and one.get("company_id") in wanted]
    return shown


def _drawn(found: _Ledger, with_totals: bool) -> RenderableType:
    head = facts(
        (
            ("programme", f"{found.programme_id}: {found.name}"),
            ("counted in", f"{found.unit} of {found.item}, values in {found.currency}"),
            ("as of entry", f"{found.seq:,}, {cell(found.at)} UTC"),
            ("chain head", f"{found.head.chain} (entry {found.head.seq:,})"),
        )
    )
    return page(head, _caps(found), _accounts(found, with_totals))


def _caps(found: _Ledger) -> RenderableType:
    columns = (
        Column("cap", wide=True),
        Column("company"),
        Column("used", figure=True),
        Column("volume", figure=True),
        Column("used %", figure=True),
    )
    rows = [(one.cap_id, one.company_id, one.used_units, one.volume_units, _share(one)) for one in found.caps]
    return table(columns, rows, "Caps", "No caps.")


def _share(cap: CapUse) -> str | None:
    """Per cent of the volume, whole, rounded down: 100 means nothing is left."""
    return str(cap.used_units * _PERCENT // cap.volume_units) if cap.volume_units else None


def _accounts(found: _Ledger, with_totals: bool) -> RenderableType:
    columns = (
        Column("company", wide=True),
        Column("granted", figure=True),
        Column("drawn", figure=True),
        Column("revoked", figure=True),
        Column("held", figure=True),
        Column("over-used", figure=True),
        Column("available", figure=True),
        Column(f"value {found.currency}", figure=True),
    )
    rows = [_row(one.company_id, one, found.currency) for one in found.accounts]
    if with_totals and rows:
        rows.append(_row("total", found.totals, found.currency))
    return table(columns, rows, "Accounts", "No units have been granted yet.")


def _row(name: str, one: Balance | _Totals, currency: str) -> tuple[object, ...]:
    value = amount_text(one.granted_value - one.revoked_value, currency)
    figures = one.granted_units, one.drawn_units, one.revoked_units, one.held_units, one.overused_units
    return name, *figures, one.available_units, value


def _verdict(verdict: _Verified) -> RenderableType:
    place = facts((("partition", str(verdict.partition)), ("entry", verdict.seq), ("chain head", verdict.chain)))
    if verdict.good:
        return page(Text("Whole: every entry verified.", style="green"), place)
    text = f"Broken at entry {cell(verdict.bad_seq)}: {verdict.why}. The last good entry:"
    next_step = step("Stop the ledger, keep its journal as it is: deploy/runbooks/lane-stuck.md")
    return page(Text(text, style="bold red"), place, next_step)
