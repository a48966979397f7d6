"""A programme's batches as the batching lane knows them: those that wait, and the one the ledger is asked about.

A batch waits -> is released (in flight) -> is posted, or refused and waits again, first in the row, for its next
attempt. One batch of a programme is in flight at a time, so caps told by the ledger need no correction for others.
`Programme` is a value: `after` gives the next one, for `decide` to try and for `evolve` to keep.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from schemas.base import Value, derived_id
from schemas.batchwork import BatchCountersigned, BatchPlan, BatchProposed, BatchReturned
from schemas.policy import (
    BatchClosed,
    BatchFact,
    BatchLine,
    BatchOpened,
    BatchPosted,
    BatchRefused,
    BatchReleased,
    CapLevel,
    CapsNoted,
    LinesAdded,
    LinesSetAside,
)
from schemas.values import LINES_MAX, UNITS_MAX
from services.policy.domain.bundle import ReleaseCaps

_LINE_ID_CHARACTERS_MAX = 128
_BATCH_ID_CHARACTERS_MAX = 63


def grant_line_id(line: BatchLine) -> str:
    """A name for the line that is unique in its programme: line ids are unique only within an application."""
    joined = f"{line.application_id}:{line.line_id}"
    return joined if len(joined) <= _LINE_ID_CHARACTERS_MAX else derived_id(line.application_id, line.line_id)


def batch_id(programme_id: str, number: int) -> str:
    """The name of a programme's nth batch."""
    name = f"{programme_id}-b{number}"
    return name if len(name) <= _BATCH_ID_CHARACTERS_MAX else f"batch-{derived_id(programme_id, str(number))}"


class Proposal(Value):
    """A release that is proposed, and countersigned once `signed`."""

    person_id: str
    grade_needed: int
    plan: BatchPlan
    batch_sha256: str
    signed: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines released together. `attempt` is the one being made, or to be made next.

    `number` counts the programme's batches, `approvals` the applications whose lines were added.
    """

    batch_id: str
    number: int
    opened_at: datetime
    attempt: int = 1
    approvals: int = 0
    currency: str = ""
    unit: str = ""
    lines: tuple[BatchLine, ...] = ()
    proposal: Proposal | None = None

    def takes(self, currency: str, unit: str, lines: tuple[BatchLine, ...], caps: ReleaseCaps) -> bool:
        """Whether the lines may join: one unit and currency, within caps and one message's bounds.

        Never after a release, nor while a proposal stands: what is signed stays as it is.
        """
        if self.attempt > 1 or self.proposal or (self.currency, self.unit) != (currency, unit):
            return False
        together = (*self.lines, *lines)
        units, value = sum([line.units for line in together]), sum([line.value for line in together])
        most_units, most_value = caps.batch_units or UNITS_MAX, caps.batch_value or UNITS_MAX
        return len(together) <= LINES_MAX and units <= most_units and value <= most_value

    def joined(self, fact: LinesAdded) -> "Batch":
        """The batch with one more application's lines."""
        return replace(
            self,
            approvals=self.approvals + 1,
            currency=fact.currency,
            unit=fact.unit,
            lines=(*self.lines, *fact.lines),
        )

    def without(self, lines: tuple[BatchLine, ...]) -> "Batch":
        """The batch less what was set aside: whole lines, or units of a line."""
        gone = {grant_line_id(line): line for line in lines}
        kept = [rest for line in self.lines if (rest := _rest(line, gone.get(grant_line_id(line)))) is not None]
        return replace(self, lines=tuple(kept))


def _rest(line: BatchLine, gone: BatchLine | None) -> BatchLine | None:
    if gone is None:
        return line
    units, value = line.units - gone.units, line.value - gone.value
    return line.model_copy(update={"units": units, "value": value}) if units else None


class Told(NamedTuple):
    """A cap and the ledger entry that told it."""

    seq: int
    level: CapLevel


@dataclass(frozen=True, slots=True)
class Programme:
    """What is kept of one programme.

    `held`: the ledger refused a batch whole and named no line; a change frees it.
    `groups`: the confirmed group of a company, as its last approval said; a company without one is its own.
    """

    programme_id: str
    opened: int = 0
    held: bool = False
    caps: dict[str, Told] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    waiting: tuple[Batch, ...] = ()
    flight: Batch | None = None

    def after(self, fact: BatchFact) -> "Programme":
        """The programme after a fact."""
        match fact:
            case BatchOpened():
                opened = Batch(fact.batch_id, self.opened + 1, fact.at)
                return replace(self, opened=opened.number, waiting=(*self.waiting, opened))
            case LinesAdded():
                *others, last = self.waiting
                return replace(self, waiting=(*others, last.joined(fact)), groups=self._grouped(fact))
            case LinesSetAside():
                return replace(self, waiting=(self.waiting[0].without(fact.lines), *self.waiting[1:]))
            case BatchReleased():
                return replace(self, waiting=self.waiting[1:], flight=self.waiting[0], held=False)
            case BatchProposed() | BatchCountersigned() | BatchReturned():
                return replace(self, waiting=(_signed(self.waiting[0], fact), *self.waiting[1:]))
            case BatchClosed():
                return replace(self, waiting=self.waiting[1:])
            case BatchPosted():
                return replace(self._noted(fact.ledger_seq, fact.caps), flight=None)
            case BatchRefused():
                return self._refused(fact)
            case CapsNoted():
                return replace(self._noted(fact.seq, fact.caps), held=False)
            case _:
                return self

    @property
    def unfinished(self) -> tuple[Batch, ...]:
        """Every batch that is neither posted nor closed."""
        return (self.flight, *self.waiting) if self.flight else self.waiting

    def _refused(self, fact: BatchRefused) -> "Programme":
        assert self.flight is not None
        again = replace(self.flight, attempt=self.flight.attempt + 1, proposal=None)
        held = not fact.failing
        return replace(self._noted(fact.ledger_seq, fact.caps), flight=None, waiting=(again, *self.waiting), held=held)

    def _grouped(self, fact: LinesAdded) -> dict[str, str]:
        company_id = fact.lines[0].company_id
        others = {known: group for known, group in self.groups.items() if known != company_id}
        return others if fact.group_id is None else others | {company_id: fact.group_id}

    def group_of(self, company_id: str) -> str:
        """The group a company's units count for: its own name if it has none."""
        return self.groups.get(company_id, company_id)

    def _noted(self, seq: int, caps: tuple[CapLevel, ...]) -> "Programme":
        newer = {
            level.cap_id: Told(seq, level)
            for level in caps
            if level.cap_id not in self.caps or self.caps[level.cap_id].seq <= seq
        }
        return replace(self, caps=self.caps | newer)


def _signed(batch: Batch, fact: BatchProposed | BatchCountersigned | BatchReturned) -> Batch:
    match fact:
        case BatchProposed():
            made = Proposal(
                person_id=fact.actor.person_id,
                grade_needed=fact.grade_needed,
                plan=fact.plan,
                batch_sha256=fact.batch_sha256,
            )
            return replace(batch, proposal=made)
        case BatchCountersigned():
            assert batch.proposal is not None
            return replace(batch, proposal=batch.proposal.model_copy(update={"signed": True}))
        case BatchReturned():
            return replace(batch, proposal=None)
