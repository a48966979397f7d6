"""State of the batching lane, and its rows: programmes with caps and unfinished batches, and answered commands.

Rows: `programme:<id>` (counters), `caps:<id>` (a field per cap), `groups:<id>` (a field per company in a group),
`batch:<id>:<batch>` (its head, a field per line).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from schemas.base import Fact
from schemas.policy import (
    BatchClosed,
    BatchCommandRefused,
    BatchCommandRepeated,
    BatchFact,
    BatchLine,
    BatchPosted,
    BatchRefused,
    CapLevel,
    CapsNoted,
    LinesAdded,
    LinesSetAside,
)
from services.policy.domain.batches import Batch, Programme, Proposal, Told, grant_line_id
from services.policy.domain.ids import DONE, Ids, restore_ids

Rows = dict[str, dict[str, str | None]]
_HEAD = "batch"
_PROPOSAL = "proposal"


@dataclass(slots=True)
class Programmes:
    """The state of one shard."""

    shard: int
    programmes: dict[str, Programme] = field(default_factory=dict)
    ids: Ids = field(default_factory=Ids)

    def programme(self, programme_id: str) -> Programme:
        """What is kept of a programme; an empty one if nothing is."""
        return self.programmes.get(programme_id) or Programme(programme_id)


def evolve(state: Programmes, fact: Fact) -> Programmes:
    """The state after a fact."""
    assert isinstance(fact, BatchFact)
    if isinstance(fact, BatchCommandRepeated):
        return state
    outcome = fact.code if isinstance(fact, BatchCommandRefused) else DONE
    state.ids.remember(fact.command_id, fact.command_sha256, fact.at, outcome)
    if not isinstance(fact, BatchCommandRefused):
        state.programmes[fact.programme_id] = state.programme(fact.programme_id).after(fact)
    return state


def rows(state: Programmes, fact: Fact) -> Rows:
    """Rows a fact changed."""
    assert isinstance(fact, BatchFact)
    changed = state.ids.rows(fact.command_id)
    if isinstance(fact, BatchCommandRefused | BatchCommandRepeated):
        return changed
    programme = state.programme(fact.programme_id)
    changed[f"programme:{fact.programme_id}"] = _counters(programme)
    match fact:
        case LinesAdded():
            company_id = fact.lines[0].company_id
            changed[f"groups:{fact.programme_id}"] = {company_id: programme.groups.get(company_id)}
            changed |= _changed_batch(programme, fact)
        case CapsNoted():
            changed |= _caps_row(programme, fact.caps)
        case BatchPosted():
            changed |= _caps_row(programme, fact.caps)
            changed[_key(fact.programme_id, fact.batch_id)] = {_HEAD: None, _PROPOSAL: None, **_gone(fact.lines)}
        case BatchRefused():
            changed |= _caps_row(programme, fact.caps) | _changed_batch(programme, fact)
        case BatchClosed():
            changed[_key(fact.programme_id, fact.batch_id)] = {_HEAD: None, _PROPOSAL: None}
        case _:
            changed |= _changed_batch(programme, fact)
    return changed


def all_rows(state: Programmes) -> Rows:
    """The whole state as rows."""
    made = state.ids.all_rows()
    for programme_id, programme in state.programmes.items():
        made[f"programme:{programme_id}"] = _counters(programme)
        made |= _caps_row(programme, tuple([told.level for told in programme.caps.values()]))
        if programme.groups:
            made[f"groups:{programme_id}"] = {**programme.groups}
        for batch in programme.unfinished:
            row = _head(programme, batch) | _line_fields(batch.lines, 0)
            made[_key(programme_id, batch.batch_id)] = {name: text for name, text in row.items() if text is not None}
    return made


def restore(shard: int, kept: Mapping[str, Mapping[str, str]]) -> Programmes:
    """The state from its rows."""
    state = Programmes(shard, ids=restore_ids(kept))
    batches: dict[str, list[tuple[Batch, bool]]] = {}
    for key, fields in kept.items():
        kind, _, rest = key.partition(":")
        if kind == "batch":
            batches.setdefault(rest.partition(":")[0], []).append(_batch(rest.partition(":")[2], fields))
    for key, fields in kept.items():
        kind, _, programme_id = key.partition(":")
        if kind == "programme":
            caps = kept.get(f"caps:{programme_id}", {})
            groups = dict(kept.get(f"groups:{programme_id}", {}))
            known = _programme(programme_id, fields, caps, batches.get(programme_id, []))
            state.programmes[programme_id] = replace(known, groups=groups)
    return state


def _changed_batch(programme: Programme, fact: BatchFact) -> Rows:
    batch = next((batch for batch in programme.unfinished if batch.batch_id == getattr(fact, "batch_id", None)), None)
    if batch is None:
        return {}
    row = _head(programme, batch)
    if isinstance(fact, LinesAdded):
        row |= _line_fields(fact.lines, len(batch.lines) - len(fact.lines))
    if isinstance(fact, LinesSetAside):
        row |= _gone(fact.lines) | _line_fields(batch.lines, 0)
    return {_key(programme.programme_id, batch.batch_id): row}


def _key(programme_id: str, batch_id: str) -> str:
    return f"batch:{programme_id}:{batch_id}"


def _counters(programme: Programme) -> dict[str, str | None]:
    return {"opened": str(programme.opened), "held": str(int(programme.held))}


def _caps_row(programme: Programme, levels: tuple[CapLevel, ...]) -> Rows:
    told = [programme.caps[level.cap_id] for level in levels]
    row: dict[str, str | None] = {each.level.cap_id: f"{each.seq} {each.level.model_dump_json()}" for each in told}
    return {f"caps:{programme.programme_id}": row} if row else {}


def _head(programme: Programme, batch: Batch) -> dict[str, str | None]:
    flies = programme.flight is not None and programme.flight.batch_id == batch.batch_id
    opened_at = batch.opened_at.isoformat()
    head = [batch.number, opened_at, batch.attempt, batch.approvals, batch.currency, batch.unit, flies]
    proposal = batch.proposal.model_dump_json() if batch.proposal else None
    return {_HEAD: json.dumps(head), _PROPOSAL: proposal}


def _line_fields(lines: tuple[BatchLine, ...], first: int) -> dict[str, str | None]:
    """A field per line: its place, by which the order is restored, and the line."""
    return {grant_line_id(line): f"{place} {line.model_dump_json()}" for place, line in enumerate(lines, first)}


def _gone(lines: tuple[BatchLine, ...]) -> dict[str, str | None]:
    return dict.fromkeys([grant_line_id(line) for line in lines])


def _batch(batch_id: str, fields: Mapping[str, str]) -> tuple[Batch, bool]:
    number, opened_at, attempt, approvals, currency, unit, flies = json.loads(fields[_HEAD])
    placed = [text.partition(" ") for name, text in fields.items() if name not in (_HEAD, _PROPOSAL)]
    lines = tuple([BatchLine.model_validate_json(line) for _, _, line in sorted(placed, key=lambda at: int(at[0]))])
    at = datetime.fromisoformat(opened_at)
    proposal = Proposal.model_validate_json(fields[_PROPOSAL]) if _PROPOSAL in fields else None
    return Batch(batch_id, number, at, attempt, approvals, currency, unit, lines, proposal), flies


def _programme(
    programme_id: str, counters: Mapping[str, str], caps: Mapping[str, str], batches: list[tuple[Batch, bool]]
) -> Programme:
    ordered = sorted(batches, key=lambda known: known[0].number)
    told = {}
    for cap_id, text in caps.items():
        seq, _, level = text.partition(" ")
        told[cap_id] = Told(int(seq), CapLevel.model_validate_json(level))
    return Programme(
        programme_id,
        opened=int(counters["opened"]),
        held=counters["held"] == "1",
        caps=told,
        waiting=tuple([batch for batch, flies in ordered if not flies]),
        flight=next((batch for batch, flies in ordered if flies), None),
    )
