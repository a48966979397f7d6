"""The view `batches`: every batch of a programme, and each batch with its lines.

batches:<programme>   <batch>: state attempt at
batch:<id>            programme_id opened_at | line:<application>:<line>
                      aside:<application>:<line>:<code>
                      released refused posted closed: what the latest of each said
                      proposal signed simulation: what officers did with it, for the attempt it says
"""

from collections.abc import Mapping
from datetime import datetime

from schemas import batchwork, policy
from schemas.base import Fact
from schemas.catalogue import BATCHES
from schemas.policy import BatchLine
from services.intake.views.answers import BatchFile, BatchState, BatchStep, BatchSummary, LineSetAside
from services.kit.contract import Recorded, Rows, View

_LINE = "line:"
_ASIDE = "aside:"

Row = Mapping[str, str]
Stepped = policy.BatchReleased | policy.BatchRefused | policy.BatchPosted | policy.BatchClosed


def project(fact: Fact, _: Recorded) -> Rows:
    """What one fact of `batches` says of a batch."""
    match fact:
        case policy.BatchOpened():
            fields = {"programme_id": fact.programme_id, "opened_at": fact.at.isoformat()}
            return _rows(fact, fields, "open", 1)
        case policy.LinesAdded():
            added = {_name(_LINE, line): line.model_dump_json() for line in fact.lines}
            return {batch_key(fact.batch_id): {"programme_id": fact.programme_id, **added}}
        case policy.LinesSetAside():
            return {batch_key(fact.batch_id): {"programme_id": fact.programme_id, **_aside(fact)}}
        case batchwork.BatchPersonFact():
            return _worked(fact)
        case policy.BatchReleased():
            return _stepped(fact, "released")
        case policy.BatchRefused():
            return _stepped(fact, "refused")
        case policy.BatchPosted():
            return _stepped(fact, "posted")
        case policy.BatchClosed():
            return _stepped(fact, "closed")
    return {}


def batch_key(batch_id: str) -> str:
    """The row of a batch."""
    return f"batch:{batch_id}"


def batches_key(programme_id: str) -> str:
    """The row of a programme's batches."""
    return f"batches:{programme_id}"


def _name(prefix: str, line: BatchLine) -> str:
    return f"{prefix}{line.application_id}:{line.line_id}"


def _aside(fact: policy.LinesSetAside) -> dict[str, str]:
    findings = (*fact.findings, *[None] * len(fact.lines))
    return {
        f"{_name(_ASIDE, line)}:{finding.code if finding else ''}": LineSetAside(
            attempt=fact.attempt, line=line, finding=finding
        ).model_dump_json()
        for line, finding in zip(fact.lines, findings, strict=False)
    }


def _worked(fact: batchwork.BatchPersonFact) -> Rows:
    """What an officer did with the batch."""
    programme = {"programme_id": fact.programme_id}
    match fact:
        case batchwork.BatchSimulated():
            return {batch_key(fact.batch_id): {**programme, "simulation": fact.model_dump_json()}}
        case batchwork.BatchProposed():
            proposed: dict[str, str | None] = {**programme, "proposal": fact.model_dump_json(), "signed": None}
            return _listed(fact, proposed, "proposed")
        case batchwork.BatchCountersigned():
            return _listed(fact, {**programme, "signed": fact.actor.person_id}, "countersigned")
        case _:
            return _listed(fact, {**programme, "proposal": None, "signed": None}, "open")


def _listed(fact: batchwork.BatchPersonFact, fields: dict[str, str | None], state: BatchState) -> Rows:
    return {batch_key(fact.batch_id): fields, **_summary(fact, state, fact.attempt)}


def _stepped(fact: Stepped, state: BatchState) -> Rows:
    step = BatchStep(
        attempt=fact.attempt,
        at=fact.at,
        ledger_seq=getattr(fact, "ledger_seq", None),
        code=getattr(fact, "code", None),
        cause=getattr(fact, "cause", None),
        total_units=getattr(fact, "total_units", None),
        total_value=getattr(fact, "total_value", None),
        failing=getattr(fact, "failing", ()),
        caps=getattr(fact, "caps", ()),
    )
    return _rows(fact, {"programme_id": fact.programme_id, state: step.model_dump_json()}, state, fact.attempt)


def _rows(fact: Stepped | policy.BatchOpened, fields: dict[str, str], state: BatchState, attempt: int) -> Rows:
    return {batch_key(fact.batch_id): fields, **_summary(fact, state, attempt)}


def _summary(fact: Stepped | policy.BatchOpened | batchwork.BatchPersonFact, state: BatchState, attempt: int) -> Rows:
    summary = BatchSummary(
        batch_id=fact.batch_id, programme_id=fact.programme_id, state=state, attempt=attempt, at=fact.at
    )
    return {batches_key(fact.programme_id): {fact.batch_id: summary.model_dump_json()}}


def batch_list(row: Row) -> tuple[BatchSummary, ...]:
    """A programme's batches, the one that moved last at the end."""
    found = [BatchSummary.model_validate_json(value) for value in row.values()]
    return tuple(sorted(found, key=lambda one: (one.at, one.batch_id)))


def batch_file(batch_id: str, row: Row) -> BatchFile:
    """A batch with its lines and what became of them."""
    steps = {name: _step(row, name) for name in ("released", "refused", "posted", "closed")}
    opened_at = row.get("opened_at")
    proposal = _standing(row, steps["refused"])
    signed_by = row.get("signed") if proposal else None
    state = _state(steps, proposal is not None, signed_by is not None)
    latest = steps.get(state)
    return BatchFile(
        batch_id=batch_id,
        programme_id=row["programme_id"],
        state=state,
        attempt=latest.attempt if latest else 1,
        opened_at=datetime.fromisoformat(opened_at) if opened_at else None,
        lines=tuple(BatchLine.model_validate_json(row[name]) for name in sorted(row) if name.startswith(_LINE)),
        set_aside=tuple(LineSetAside.model_validate_json(row[name]) for name in sorted(row) if name.startswith(_ASIDE)),
        released=steps["released"],
        refused=steps["refused"],
        posted=steps["posted"],
        closed=steps["closed"],
        proposal=proposal,
        countersigned_by=signed_by,
        simulation=batchwork.BatchSimulated.model_validate_json(row["simulation"]) if "simulation" in row else None,
    )


def _standing(row: Row, refused: BatchStep | None) -> batchwork.BatchProposed | None:
    """The proposal, unless the ledger has refused its attempt since."""
    if "proposal" not in row:
        return None
    proposal = batchwork.BatchProposed.model_validate_json(row["proposal"])
    return None if refused and refused.attempt >= proposal.attempt else proposal


def _step(row: Row, name: str) -> BatchStep | None:
    return BatchStep.model_validate_json(row[name]) if name in row else None


def _state(steps: Mapping[str, BatchStep | None], proposed: bool, signed: bool) -> BatchState:
    if steps["posted"]:
        return "posted"
    if steps["closed"]:
        return "closed"
    released, refused = steps["released"], steps["refused"]
    over = released is None or (refused is not None and refused.attempt >= released.attempt)
    if over and proposed:
        return "countersigned" if signed else "proposed"
    if released is None:
        return "open"
    return "refused" if over else "released"


BATCH_LIST = View(name="batches", service="intake", topics=(BATCHES,), project=project)
