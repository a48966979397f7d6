"""What a fact of a batch causes: the ledger is asked, and each application hears what became of its lines."""

from schemas.base import Command, Fact, derived_id
from schemas.entries import LotTerms
from schemas.findings import Finding
from schemas.ledger import GrantBatch, GrantLine
from schemas.policy import BatchLine, BatchPosted, BatchReleased, LinesSetAside, OutcomeLine, RecordOutcome
from services.policy.domain.batches import grant_line_id


def react(fact: Fact) -> tuple[Command, ...]:
    """Commands for the ledger and the evaluation lane; at most one per line."""
    match fact:
        case BatchReleased():
            return (_grant(fact),)
        case BatchPosted():
            return _outcomes(fact, fact.ledger_seq, dict.fromkeys(map(grant_line_id, fact.lines)))
        case LinesSetAside():
            pairs = zip(fact.lines, fact.findings, strict=True)
            return _outcomes(fact, 0, {grant_line_id(line): finding for line, finding in pairs})
        case _:
            return ()


def _grant(fact: BatchReleased) -> GrantBatch:
    lines = [
        GrantLine(
            line_id=grant_line_id(line),
            company_id=line.company_id,
            units=line.units,
            value=line.value,
            terms=LotTerms(item=line.item, use=line.use),
        )
        for line in fact.lines
    ]
    return GrantBatch(
        command_id=derived_id(fact.command_id, "grant-batch", fact.batch_id, str(fact.attempt)),
        programme_id=fact.programme_id,
        batch_id=fact.batch_id,
        attempt=fact.attempt,
        unit=fact.unit,
        currency=fact.currency,
        line_count=len(lines),
        total_units=fact.total_units,
        lines=tuple(lines),
    )


def _outcomes(
    fact: BatchPosted | LinesSetAside, ledger_seq: int, findings: dict[str, Finding | None] | dict[str, Finding]
) -> tuple[RecordOutcome, ...]:
    """One per application, with its lines of this outcome only.

    One command may set lines of an application aside twice, by its plan and by the caps: the finder tells them apart.
    """
    finder = fact.findings[0].kind if isinstance(fact, LinesSetAside) and fact.findings else ""
    by_application: dict[str, list[BatchLine]] = {}
    for line in fact.lines:
        by_application.setdefault(line.application_id, []).append(line)
    return tuple(
        RecordOutcome(
            command_id=derived_id(fact.command_id, fact.type, fact.batch_id, str(fact.attempt), application_id, finder),
            company_id=lines[0].company_id,
            application_id=application_id,
            programme_id=fact.programme_id,
            batch_id=fact.batch_id,
            attempt=fact.attempt,
            ledger_seq=ledger_seq,
            lines=tuple([_outcome(line, findings[grant_line_id(line)]) for line in lines]),
        )
        for application_id, lines in by_application.items()
    )


def _outcome(line: BatchLine, finding: Finding | None) -> OutcomeLine:
    return OutcomeLine(
        line_id=line.line_id, units=line.units, value=line.value, posted=finding is None, finding=finding
    )
