"""`batch list|show|simulate|propose|countersign|return|release`: decisions released together."""

from typing import Annotated

import typer
from pydantic import AwareDatetime, BaseModel, JsonValue
from rich.console import RenderableType
from rich.text import Text

from schemas.base import Actor
from schemas.batchwork import BatchPlan
from schemas.findings import Finding
from schemas.policy import BatchLine, FailingLine
from services.cli.acts import act
from services.cli.edge import route
from services.cli.options import Json, Key, Programme, Reason, Tools, tools_of
from services.cli.screen import Column, cell, facts, page, read, table


class _Summary(BaseModel):
    batch_id: str
    state: str
    attempt: int
    at: AwareDatetime


class _List(BaseModel):
    batches: tuple[_Summary, ...]


class _Step(BaseModel):
    attempt: int
    at: AwareDatetime
    ledger_seq: int | None = None
    code: str | None = None
    cause: str | None = None
    total_units: int | None = None
    failing: tuple[FailingLine, ...] = ()


class _Aside(BaseModel):
    line: BatchLine
    finding: Finding | None = None


class _Work(BaseModel):
    fact: str | None = None
    batch_id: str | None = None
    batch_sha256: str | None = None
    plan: BatchPlan | None = None


class _Proposal(BaseModel):
    actor: Actor
    batch_sha256: str
    plan: BatchPlan


class _Batch(BaseModel):
    batch_id: str
    programme_id: str
    state: str
    attempt: int
    opened_at: AwareDatetime | None = None
    lines: tuple[BatchLine, ...]
    set_aside: tuple[_Aside, ...] = ()
    released: _Step | None = None
    refused: _Step | None = None
    posted: _Step | None = None
    closed: _Step | None = None
    proposal: _Proposal | None = None
    countersigned_by: str | None = None


Batch = Annotated[str, typer.Argument(help="The batch's id.", metavar="BATCH")]
Hash = Annotated[str, typer.Option("--hash", help="Hash of the batch, as its proposal says.", metavar="SHA256")]


def list_batches(ctx: typer.Context, programme: Programme, json: Json = False) -> None:
    """List a programme's batches; the one that moved last stands at the end."""
    tools = tools_of(ctx)
    answer = tools.edge.get(route("v1", "programmes", programme, "batches"))
    found = read(_List, answer.document)
    columns = (Column("batch", wide=True), Column("state"), Column("attempt", figure=True), Column("UTC", whole=True))
    rows = [(one.batch_id, one.state, one.attempt, one.at) for one in found.batches]
    tools.screen.show(answer.document, lambda: table(columns, rows, empty="No batch yet."))


def show_batch(
    ctx: typer.Context,
    batch: Batch,
    json: Json = False,
) -> None:
    """Show a batch: its lines, what was set aside and why, what the ledger said."""
    tools = tools_of(ctx)
    answer = tools.edge.get(route("v1", "batches", batch))
    found = read(_Batch, answer.document)
    tools.screen.show(answer.document, lambda: _drawn(found))


def release_batch(
    ctx: typer.Context, programme: Programme, reason: Reason, key: Key = None, json: Json = False
) -> None:
    """Release a programme's open batch now."""
    release = route("v1", "operator", "batches", programme, "release")
    act(tools_of(ctx), release, {}, reason, key, f"See: greenlight batch list {programme}")


def simulate_batch(
    ctx: typer.Context, programme: Programme, reason: Reason, key: Key = None, json: Json = False
) -> None:
    """Try the next batch: shares, and caps before and after; nothing is changed."""
    _officers(tools_of(ctx), programme, "simulations", {"reason": reason}, key)


def propose_batch(
    ctx: typer.Context, programme: Programme, batch: Batch, reason: Reason, key: Key = None, json: Json = False
) -> None:
    """Propose to release a batch; another officer countersigns its hash."""
    _officers(tools_of(ctx), programme, "proposals", {"batch_id": batch, "reason": reason}, key)


def countersign_batch(
    ctx: typer.Context,
    programme: Programme,
    batch: Batch,
    hash_: Hash,
    reason: Reason,
    key: Key = None,
    json: Json = False,
) -> None:
    """Countersign another officer's batch; it may be released then."""
    body: dict[str, JsonValue] = {"batch_id": batch, "batch_sha256": hash_, "reason": reason}
    _officers(tools_of(ctx), programme, "countersignatures", body, key)


def return_batch(
    ctx: typer.Context,
    programme: Programme,
    batch: Batch,
    hash_: Hash,
    reason: Reason,
    key: Key = None,
    json: Json = False,
) -> None:
    """Send a proposed batch back; it takes lines again."""
    body: dict[str, JsonValue] = {"batch_id": batch, "batch_sha256": hash_, "reason": reason}
    _officers(tools_of(ctx), programme, "returns", body, key)


def _officers(tools: Tools, programme: str, part: str, body: dict[str, JsonValue], key: str | None) -> None:
    answer = tools.edge.post(route("v1", "officers", "batches", programme, part), body, key)
    done = read(_Work, answer.document)
    tools.screen.show(answer.document, lambda: _done(done))


def _done(done: _Work) -> RenderableType:
    pairs = [("batch", done.batch_id), ("hash", done.batch_sha256)]
    parts: list[RenderableType] = [
        Text(f"Recorded: {done.fact}" if done.fact else "Accepted", style="green"),
        facts(pair for pair in pairs if pair[1] is not None),
    ]
    return page(*parts, *(_planned(done.plan) if done.plan else ()))


def _planned(plan: BatchPlan) -> tuple[RenderableType, ...]:
    head = [
        ("method", plan.method),
        ("left", plan.supply_units),
        ("asked for", plan.demand_units),
        ("given", plan.total_units),
    ]
    columns = (Column("company"), Column("line", wide=True), Column("asked", figure=True), Column("gets", figure=True))
    rows = [(one.company_id, one.line_id, one.requested_units, one.allocated_units) for one in plan.shares]
    caps = (Column("cap", wide=True), Column("volume", figure=True), Column("used", figure=True),
            Column("after", figure=True))  # fmt: skip
    after = [(one.cap_id, one.volume_units, one.used_units, one.after_units) for one in plan.caps]
    return facts(head), table(columns, rows, "Shares", "No lines."), table(caps, after, "Caps")


def _drawn(batch: _Batch) -> RenderableType:
    head = [
        ("batch", batch.batch_id),
        ("programme", batch.programme_id),
        ("state", f"{batch.state}, attempt {batch.attempt}"),
        ("opened", batch.opened_at),
        *((name, _said(step)) for name, step in _steps(batch) if step is not None),
    ]
    parts = [facts([*head, *_signed(batch)]), _lines(batch.lines)]
    parts += _planned(batch.proposal.plan) if batch.proposal else ()
    if batch.refused is not None and batch.refused.failing:
        parts.append(_failing(batch.refused.failing))
    if batch.set_aside:
        parts.append(_aside(batch.set_aside))
    return page(*parts)


def _signed(batch: _Batch) -> list[tuple[str, object]]:
    """Who proposed and signed it; nothing where nobody did."""
    if batch.proposal is None:
        return []
    return [
        ("proposed by", batch.proposal.actor.person_id),
        ("hash", batch.proposal.batch_sha256),
        ("countersigned by", batch.countersigned_by),
    ]


def _steps(batch: _Batch) -> tuple[tuple[str, _Step | None], ...]:
    return (
        ("released", batch.released),
        ("refused", batch.refused),
        ("posted", batch.posted),
        ("closed", batch.closed),
    )


def _said(step: _Step) -> str:
    said = [f"{cell(step.at)} UTC, attempt {step.attempt}"]
    said += [f"by {step.cause}"] if step.cause else []
    said += [f"{step.total_units:,} units"] if step.total_units is not None else []
    said += [step.code] if step.code else []
    said += [f"ledger entry {step.ledger_seq:,}"] if step.ledger_seq is not None else []
    return ", ".join(said)


def _lines(lines: tuple[BatchLine, ...]) -> RenderableType:
    columns = (
        Column("company", wide=True),
        Column("application", wide=True),
        Column("line"),
        Column("use", whole=True),
        Column("units", figure=True),
    )
    rows = [(one.company_id, one.application_id, one.line_id, one.use, one.units) for one in lines]
    return table(columns, rows, "Lines", "No lines.")


def _failing(failing: tuple[FailingLine, ...]) -> RenderableType:
    columns = (
        Column("line", wide=True),
        Column("code"),
        Column("cap"),
        Column("needed", figure=True),
        Column("available", figure=True),
    )
    rows = [(one.line_id, one.code, one.cap_id, one.needed, one.available) for one in failing]
    return table(columns, rows, "Refused by the ledger")


def _aside(aside: tuple[_Aside, ...]) -> RenderableType:
    columns = (Column("company"), Column("line"), Column("units", figure=True), Column("finding", wide=True))
    rows = [
        (one.line.company_id, one.line.line_id, one.line.units, one.finding.text.en if one.finding else None)
        for one in aside
    ]
    return table(columns, rows, "Set aside")
