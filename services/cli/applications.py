"""`submit` and `status`: an application from its file to its authorisation."""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from pydantic import AwareDatetime, BaseModel
from rich.console import RenderableType
from rich.text import Text

from schemas.findings import Finding
from schemas.money import money_text
from services.cli.edge import USAGE, complaint, route
from services.cli.options import Json, Key, tools_of
from services.cli.screen import Column, cell, facts, page, plain, read, step, table

FILE_BYTES_MAX = 1024 * 1024
"""The most that the edge accepts."""


_ASIDE = frozenset(("authorisation_id", "bundle_digest", "bundle_id", "currency", "kernel", "notice_id", "person_id"))
"""Figures of the timeline that are shown with --all only."""


class _Submitted(BaseModel):
    application_id: str
    state: str


class _Line(BaseModel):
    line_id: str
    use: str
    item: str
    unit: str
    requested_units: int
    recommended_units: int | None = None
    authorised_units: int | None = None
    authorised_value: int | None = None


class _Authorisation(BaseModel):
    authorisation_id: str
    batch_id: str
    ledger_seq: int
    unit: str


class _Step(BaseModel):
    id: str
    type: str
    at: AwareDatetime
    caused_by: str | None = None
    figures: dict[str, str | int]


class _Case(BaseModel):
    application_id: str
    company_id: str
    programme_id: str | None = None
    state: str
    code: str | None = None
    field: str | None = None
    submitted_at: AwareDatetime | None = None
    currency: str | None = None
    lines: tuple[_Line, ...] = ()
    authorisations: tuple[_Authorisation, ...] = ()
    findings: tuple[Finding, ...] = ()
    timeline: tuple[_Step, ...] = ()


def submit(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(help="JSON of the application; - reads standard input.", metavar="FILE")],
    key: Key = None,
    json: Json = False,
) -> None:
    """Submit an application. The same file is the same wish, unless --key says otherwise."""
    tools = tools_of(ctx)
    body = _content(file)
    answer = tools.edge.post("/v1/applications", body, key or f"file-{hashlib.sha256(body).hexdigest()}")
    submitted = read(_Submitted, answer.document)
    said = "Accepted, not answered yet" if answer.accepted_only else "Submitted"
    next_step = f"See: greenlight status {submitted.application_id}"
    tools.screen.show(
        answer.document,
        lambda: page(Text(f"{said}: {submitted.application_id}", style="green"), step(next_step)),
    )


def status(
    ctx: typer.Context,
    application: Annotated[str, typer.Argument(help="The application's id.", metavar="APPLICATION")],
    everything: Annotated[
        bool, typer.Option("--all", help="Also what passed, in both languages with its law, and every id.")
    ] = False,
    json: Json = False,
) -> None:
    """Show an application: lines, findings, timeline."""
    tools = tools_of(ctx)
    answer = tools.edge.get(route("v1", "applications", application))
    case = read(_Case, answer.document)
    tools.screen.show(answer.document, lambda: _drawn(case, everything))


def _content(file: str) -> bytes:
    try:
        body = sys.stdin.buffer.read(FILE_BYTES_MAX + 1) if file == "-" else Path(file).read_bytes()
    except OSError as error:
        detail = f"{file}: {error.strerror}."
        raise complaint(USAGE, "File not readable", detail, "Name a JSON file, or - for standard input.") from None
    if len(body) > FILE_BYTES_MAX:
        detail = f"{file} is larger than {FILE_BYTES_MAX} bytes."
        raise complaint(USAGE, "File too large", detail, "An application has at most 50 use lines; split it.")
    return body


def _drawn(case: _Case, everything: bool) -> RenderableType:
    refused = f"{case.code} at {case.field or '/'}" if case.code else None
    head = [
        ("application", case.application_id),
        ("company", case.company_id),
        ("programme", case.programme_id),
        ("state", case.state),
        ("not accepted", refused),
        ("submitted", case.submitted_at),
        *(("authorisation", f"{one.authorisation_id}, ledger entry {one.ledger_seq:,}") for one in case.authorisations),
        ("authorised", _authorised(case)),
    ]
    parts = [facts(pair for pair in head if pair[1] is not None), _lines(case)]
    if case.findings:
        parts.append(_findings(case.findings, everything))
    return page(*parts, _timeline(case, everything))


def _authorised(case: _Case) -> str | None:
    """The sum over the lines: units in the authorisations' unit, and their value."""
    if not case.authorisations:
        return None
    units = sum(one.authorised_units or 0 for one in case.lines)
    value = sum(one.authorised_value or 0 for one in case.lines)
    return f"{units:,} {case.authorisations[0].unit}, {money_text(value, case.currency or '')}"


def _lines(case: _Case) -> RenderableType:
    columns = (
        Column("line", wide=True),
        Column("use", whole=True),
        Column("item"),
        Column("requested", figure=True),
        Column("recommended", figure=True),
        Column("authorised", figure=True),
    )
    rows = [
        (
            one.line_id,
            one.use,
            one.item,
            f"{one.requested_units:,} {one.unit}",
            one.recommended_units,
            one.authorised_units,
        )
        for one in case.lines
    ]
    return table(columns, rows, "Lines", "No lines are known yet.")


def _findings(findings: tuple[Finding, ...], everything: bool) -> RenderableType:
    """What decided; what passed is counted, or shown with all there is to say."""
    shown = [one for one in findings if everything or one.effect != "pass"]
    columns = (Column("effect"), Column("rule"), Column("line"), Column("finding", wide=True))
    rows = [(one.effect, one.rule, one.line_id, _said(one, everything)) for one in shown]
    passed = f"Findings that passed: {len(findings) - len(shown)}; --all shows them."
    drawn = table(columns, rows, "Findings", passed)
    return page(drawn, Text(passed, style="dim")) if 0 < len(shown) < len(findings) else drawn


def _said(finding: Finding, everything: bool) -> str:
    text, change = finding.text, finding.change
    en = f"{text.en} {change.text.en}" if change else text.en
    zh = f"{text.zh}{change.text.zh}" if change else text.zh
    return f"{en} {zh} [{finding.code}; {finding.law}]" if everything else f"{en} [{finding.code}]"


def _timeline(case: _Case, everything: bool) -> RenderableType:
    number = {step.id: place for place, step in enumerate(case.timeline, 1)}
    columns = (
        Column("#", figure=True),
        Column("UTC", whole=True),
        Column("fact", whole=True),
        Column("after"),
        Column("figures", wide=True),
    )
    rows = [
        (
            number[step.id],
            step.at,
            step.type.split(".")[1] if step.type.count(".") == 2 else step.type,
            f"#{number[step.caused_by]}" if step.caused_by in number else None,
            ", ".join(_figures(step, case.currency or "", everything)),
        )
        for step in case.timeline
    ]
    return table(columns, rows, "Timeline", "No fact is known yet.")


def _figures(step: _Step, currency: str, everything: bool) -> Iterator[str]:
    """Figures with their names; money, which is in minor units, in its currency's notation."""
    for name, value in step.figures.items():
        if value == "" or (name in _ASIDE and not everything):
            continue
        money = isinstance(value, int) and name.endswith("_value")
        shown = money_text(int(value), str(step.figures.get("currency", currency))) if money else cell(value)
        yield f"{plain(name)} {shown}"
