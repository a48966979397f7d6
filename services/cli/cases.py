"""`cases queue|show|propose|...`: officers; `answer` and `withdraw`: the company itself."""

from enum import StrEnum
from typing import Annotated

import typer
from pydantic import AwareDatetime, BaseModel, JsonValue
from rich.console import RenderableType
from rich.text import Text

from schemas.casework import (
    AdviceGiven,
    CaseOpened,
    CaseTaken,
    DecisionProposed,
    FlagRaised,
    InformationProvided,
    InformationRequested,
    IntentIssued,
)
from schemas.findings import Finding
from services.cli.edge import USAGE, complaint, route
from services.cli.options import Json, Key, Programme, Reason, Tools, tools_of
from services.cli.screen import Column, cell, facts, page, read, step, table


class Outcome(StrEnum):
    """What a decision says."""

    APPROVE = "approve"
    APPROVE_IN_PART = "approve-in-part"
    REFUSE = "refuse"
    RETURN = "return"


class OpinionWord(StrEnum):
    """What an agency advises."""

    APPROVE = "approve"
    PROVISO = "proviso"
    REFUSE = "refuse"
    NO_VIEW = "no-view"


class FlagWord(StrEnum):
    """What has to be settled first."""

    SCREENING = "screening"
    SECURITY = "security"
    EXPORT_CONTROL = "export-control"
    DOCUMENTS = "documents"


class _Queued(BaseModel):
    application_id: str
    company_id: str
    state: str
    queues: tuple[str, ...]
    opened_at: AwareDatetime
    requested_units: int


class _Queue(BaseModel):
    waiting: int
    cases: tuple[_Queued, ...]


class _Work(BaseModel):
    version: int
    opened: CaseOpened
    proposal: DecisionProposed | None = None
    request: InformationRequested | None = None
    intent: IntentIssued | None = None
    information: tuple[InformationProvided, ...] = ()
    lease: CaseTaken | None = None
    advice: tuple[AdviceGiven, ...] = ()
    conflicting: bool = False
    flags: tuple[FlagRaised, ...] = ()
    escalated: bool = False


class _File(BaseModel):
    application_id: str
    company_id: str
    state: str
    findings: tuple[Finding, ...] = ()


class _Case(BaseModel):
    file: _File
    work: _Work


class _Step(BaseModel):
    application_id: str
    fact: str | None = None
    version: int | None = None
    decision_sha256: str | None = None


Application = Annotated[str, typer.Argument(help="The application's id.", metavar="APPLICATION")]
Flag = Annotated[FlagWord, typer.Argument(help="What has to be settled first.")]
Hash = Annotated[str, typer.Option("--hash", help="Hash of the decision, as `cases show` says.", metavar="SHA256")]


def queue(
    ctx: typer.Context,
    programme: Programme,
    code: Annotated[str | None, typer.Option("--code", help="Only cases with this code.", metavar="CODE")] = None,
    json: Json = False,
) -> None:
    """List a programme's open cases, the oldest first."""
    tools = tools_of(ctx)
    answer = tools.edge.get(route("v1", "officers", "queue", programme), code=code)
    found = read(_Queue, answer.document)
    columns = (
        Column("application", wide=True), Column("company"), Column("state"), Column("units", figure=True),
        Column("waits for", wide=True), Column("UTC"),
    )  # fmt: skip
    rows = [
        (one.application_id, one.company_id, one.state, one.requested_units, ", ".join(one.queues), one.opened_at)
        for one in found.cases
    ]
    tools.screen.show(answer.document, lambda: table(columns, rows, empty="No case waits."))


def show(ctx: typer.Context, application: Application, json: Json = False) -> None:
    """Show a case: what referred it, its lines, what is proposed or asked."""
    tools = tools_of(ctx)
    answer = tools.edge.get(route("v1", "officers", "cases", application))
    found = read(_Case, answer.document)
    tools.screen.show(answer.document, lambda: _drawn(found))


def propose(
    ctx: typer.Context,
    application: Application,
    outcome: Annotated[Outcome, typer.Option("--outcome", help="What is decided.")],
    version: Annotated[int, typer.Option("--version", help="Of the case as you have seen it.", min=1)],
    reason: Reason,
    line: Annotated[
        list[str] | None, typer.Option("--line", help="What a line gets, e.g. u1=600.", metavar="LINE=UNITS")
    ] = None,
    because: Annotated[
        list[str] | None,
        typer.Option("--because", help="A coded reason, with the rule it cites.", metavar="CODE[:RULE]"),
    ] = None,
    key: Key = None,
    json: Json = False,
) -> None:
    """Propose a decision; another officer countersigns its hash."""
    body: dict[str, JsonValue] = {
        "version": version,
        "outcome": outcome.value,
        "lines": [_line(each) for each in line or ()],
        "reasons": [_because(each) for each in because or ()],
        "reason": reason,
    }
    _act(tools_of(ctx), application, "proposals", body, key)


def countersign(
    ctx: typer.Context, application: Application, hash_: Hash, reason: Reason, key: Key = None, json: Json = False
) -> None:
    """Countersign another officer's decision: it takes effect."""
    _act(tools_of(ctx), application, "countersignatures", {"decision_sha256": hash_, "reason": reason}, key)


def send_back(
    ctx: typer.Context, application: Application, hash_: Hash, reason: Reason, key: Key = None, json: Json = False
) -> None:
    """Send a proposed decision back, or take your own back."""
    _act(tools_of(ctx), application, "returns", {"decision_sha256": hash_, "reason": reason}, key)


def ask(
    ctx: typer.Context,
    application: Application,
    question: Annotated[list[str], typer.Option("--question", help="A question; may be given again.", metavar="TEXT")],
    due: Annotated[str, typer.Option("--due", help="Answer by, e.g. 2026-12-31T00:00:00Z.", metavar="TIME")],
    reason: Reason,
    key: Key = None,
    json: Json = False,
) -> None:
    """Ask the company for information; the clock stands until it answers."""
    body: dict[str, JsonValue] = {"questions": list(question), "due_at": due, "reason": reason}
    _act(tools_of(ctx), application, "information-requests", body, key)


def intend(
    ctx: typer.Context,
    application: Application,
    because: Annotated[list[str], typer.Option("--because", help="A coded reason.", metavar="CODE[:RULE]")],
    due: Annotated[str, typer.Option("--due", help="Reply by, e.g. 2026-12-31T00:00:00Z.", metavar="TIME")],
    reason: Reason,
    key: Key = None,
    json: Json = False,
) -> None:
    """Tell the company that a refusal is intended; it may reply."""
    body: dict[str, JsonValue] = {"reasons": [_because(each) for each in because], "due_at": due, "reason": reason}
    _act(tools_of(ctx), application, "intents", body, key)


def take(
    ctx: typer.Context,
    application: Application,
    reason: Reason,
    seconds: Annotated[int, typer.Option("--seconds", help="For how long.", min=60)] = 28_800,
    key: Key = None,
    json: Json = False,
) -> None:
    """Take a case for yourself; others leave it alone meanwhile."""
    _act(tools_of(ctx), application, "leases", {"lease_seconds": seconds, "reason": reason}, key)


def leave(ctx: typer.Context, application: Application, reason: Reason, key: Key = None, json: Json = False) -> None:
    """Give a case back that you have taken."""
    _act(tools_of(ctx), application, "lease-returns", {"reason": reason}, key)


def advise(
    ctx: typer.Context,
    application: Application,
    agency: Annotated[str, typer.Option("--agency", help="Whose opinion it is.", metavar="AGENCY")],
    opinion: Annotated[OpinionWord, typer.Option("--opinion", help="What it advises.")],
    text: Annotated[str, typer.Option("--text", help="What the agency says.", metavar="TEXT")],
    reason: Reason,
    key: Key = None,
    json: Json = False,
) -> None:
    """Record an agency's advice; a proposal that stands is void."""
    body: dict[str, JsonValue] = {"agency": agency, "opinion": opinion.value, "text": text, "reason": reason}
    _act(tools_of(ctx), application, "advice", body, key)


def flag(
    ctx: typer.Context, application: Application, flag: Flag, reason: Reason, key: Key = None, json: Json = False
) -> None:
    """Raise a flag: nothing is decided while it stands."""
    _act(tools_of(ctx), application, "flags", {"flag": flag.value, "reason": reason}, key)


def clear(
    ctx: typer.Context, application: Application, flag: Flag, reason: Reason, key: Key = None, json: Json = False
) -> None:
    """Clear a flag that another officer raised."""
    _act(tools_of(ctx), application, "flag-clearances", {"flag": flag.value, "reason": reason}, key)


def answer(
    ctx: typer.Context,
    application: Application,
    text: Annotated[list[str], typer.Option("--text", help="An answer, in the order of questions.", metavar="TEXT")],
    key: Key = None,
    json: Json = False,
) -> None:
    """Answer an officer's questions, as the company."""
    _send(tools_of(ctx), route("v1", "applications", application, "information"), {"answers": list(text)}, key)


def withdraw(ctx: typer.Context, application: Application, key: Key = None, json: Json = False) -> None:
    """Withdraw an application, as the company."""
    _send(tools_of(ctx), route("v1", "applications", application, "withdrawal"), {}, key)


def _act(tools: Tools, application: str, part: str, body: dict[str, JsonValue], key: str | None) -> None:
    _send(tools, route("v1", "officers", "cases", application, part), body, key)


def _send(tools: Tools, path: str, body: dict[str, JsonValue], key: str | None) -> None:
    answer = tools.edge.post(path, body, key)
    done = read(_Step, answer.document)
    tools.screen.show(answer.document, lambda: _done(done))


def _done(done: _Step) -> RenderableType:
    pairs = [("version", done.version), ("hash", done.decision_sha256)]
    return page(
        Text(f"Recorded: {done.fact}" if done.fact else "Accepted", style="green"),
        facts(pair for pair in pairs if pair[1] is not None),
        step(f"See: greenlight status {done.application_id}"),
    )


def _line(text: str) -> JsonValue:
    line_id, _, units = text.rpartition("=")
    if not line_id or not units.isascii() or not units.isdigit():
        raise complaint(USAGE, "Wrong usage", f"--line {text} is not LINE=UNITS.", "For example: --line u1=600")
    return {"line_id": line_id, "authorised_units": int(units)}


def _because(text: str) -> JsonValue:
    code, _, rule = text.partition(":")
    return {"code": code, "rule": rule or None}


def _drawn(case: _Case) -> RenderableType:
    file, work = case.file, case.work
    head = [
        ("application", file.application_id),
        ("company", file.company_id),
        ("state", file.state),
        ("version", work.version),
        ("waits for", ", ".join(work.opened.queues)),
    ]
    parts = [facts([*head, *_noted(work)]), _lines(work)]
    parts += [_findings(file.findings)]
    parts += [_proposed(work.proposal)] if work.proposal else []
    parts += (
        [facts([("asked until", work.request.due_at), ("by", work.request.actor.person_id)])] if work.request else []
    )
    parts += [facts((f"answer {n}", text) for one in work.information for n, text in enumerate(one.answers, 1))]
    return page(*parts)


def _noted(work: _Work) -> list[tuple[str, object]]:
    """What stands beside the decision."""
    noted: list[tuple[str, object]] = []
    if work.lease is not None:
        noted.append(("taken by", f"{work.lease.actor.person_id}, until {cell(work.lease.until)} UTC"))
    noted += [("refusal intended", f"reply by {cell(work.intent.due_at)} UTC")] if work.intent else []
    noted += [("flag", one.flag) for one in work.flags]
    noted += [(f"advice of {one.agency}", f"{one.opinion}: {one.text}") for one in work.advice]
    noted += [("advice", "conflicting")] if work.conflicting else []
    return noted + ([("deadline", "missed")] if work.escalated else [])


def _asked(request: InformationRequested) -> RenderableType:
    return facts([("asked until", request.due_at), ("by", request.actor.person_id)])


def _lines(work: _Work) -> RenderableType:
    decided = {line.line_id: line.authorised_units for line in work.proposal.lines} if work.proposal else {}
    columns = (
        Column("line", wide=True), Column("use", whole=True), Column("requested", figure=True),
        Column("recommended", figure=True), Column("proposed", figure=True),
    )  # fmt: skip
    rows = [
        (line.line_id, line.use, line.requested_units, line.recommended_units, decided.get(line.line_id))
        for line in work.opened.lines
    ]
    return table(columns, rows, "Lines", "No line could be read.")


def _findings(findings: tuple[Finding, ...]) -> RenderableType:
    columns = (Column("rule"), Column("effect", whole=True), Column("code"), Column("finding", wide=True))
    rows = [(one.rule, one.effect, one.code, one.text.en) for one in findings if one.effect != "pass"]
    return table(columns, rows, "Findings", "No rule objects.")


def _proposed(proposal: DecisionProposed) -> RenderableType:
    return facts(
        [
            ("proposed", f"{proposal.outcome}, {proposal.authorised_units:,} units"),
            ("by", proposal.actor.person_id),
            ("grade needed", proposal.grade_needed),
            ("hash", proposal.decision_sha256),
        ]
    )
