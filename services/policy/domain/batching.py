"""Decides about a programme's batches: approved lines gather, are checked against the caps, and go to the ledger.

Nothing is lost and nothing stuck: a line ends posted or set aside with a finding.
- Released by count (as many applications wait as the bundle says, or a batch is full), by time, or by a person,
  as soon as no other batch of the programme is in flight. Where the bundle says that people release, only by a
  person, and only what two officers have signed (`proposing.py`); each attempt is signed anew.
- While the ledger has told no cap of the programme, lines wait; the entry that defines it sets them going.
- Refused with failing lines: those are set aside and the rest is released again at once, as the next attempt.
- Refused without a failing line (the programme is unknown, closed, or counts in another unit): the batch waits
  until the ledger tells a change of the programme, or a person releases it.
"""

from datetime import datetime, timedelta
from typing import Literal

from schemas.base import Command, Fact, Received, derived_id
from schemas.batchwork import BatchCode
from schemas.findings import Finding
from schemas.policy import (
    AddLines,
    BatchClosed,
    BatchCommandRefused,
    BatchCommandRepeated,
    BatchFact,
    BatchLine,
    BatchOpened,
    BatchPosted,
    BatchRefused,
    BatchReleased,
    BatchTick,
    CapsNoted,
    LinesAdded,
    LinesSetAside,
    RecordEntry,
    ReleaseBatch,
)
from services.policy.domain.batch_causes import BatchCause
from services.policy.domain.batches import Batch, Programme, batch_id, grant_line_id
from services.policy.domain.bundle import Bundle, Bundles, ReleaseCaps
from services.policy.domain.ids import content_sha256
from services.policy.domain.people import USUAL
from services.policy.domain.plans import left_over
from services.policy.domain.programmes import Programmes
from services.policy.domain.proposing import OfficersCommand, act_on
from services.policy.domain.room import not_fitting, refused_line

BatchCommand = AddLines | RecordEntry | ReleaseBatch | BatchTick | OfficersCommand
ReleaseCause = Literal["count", "time", "person", "next-attempt"]
IDENTITY_CODES = frozenset({"EXISTS", "EXISTS_DIFFERENT", "ID_TOO_OLD", "ID_IN_FUTURE"})
"""Answers of the ledger about a command's id: they never say what became of the batch."""


def decide(bundles: Bundles, state: Programmes, command: Command, received: Received) -> tuple[Fact, ...]:
    """Facts of one batch command. A tick that finds nothing due causes none and is not remembered.

    Refusals: those of `schemas.batchwork.BatchCode`.
    """
    assert isinstance(command, BatchCommand)
    sha256 = content_sha256(command)
    cause = BatchCause(
        command_id=command.command_id, at=received.at, command_sha256=sha256, programme_id=command.programme_id
    )
    answer, outcome = state.ids.judge(command.command_id, sha256, received.at)
    if answer == "repeat":
        return (BatchCommandRepeated(**cause, outcome=outcome),)
    if answer == "reuse":
        return (BatchCommandRefused(**cause, code=BatchCode.COMMAND_ID_REUSED),)
    step = Step(bundles, state.programme(command.programme_id), cause)
    match command:
        case AddLines():
            step.add(command)
        case RecordEntry():
            step.record(command)
        case ReleaseBatch():
            step.release_by_person()
        case BatchTick():
            step.release_if_ready()
        case _:
            step.act(command)
    return tuple(step.facts)


def due(bundles: Bundles, state: Programmes) -> datetime | None:
    """When a batch next releases itself by time; a time that has passed: at once."""
    times = (due_at(bundles, programme) for programme in state.programmes.values() if programme.waiting)
    return min((at for at in times if at is not None), default=None)


def tick(bundles: Bundles, state: Programmes, now: datetime) -> tuple[Command, ...]:
    """One tick per programme that is due, named after the batch and attempt it is for."""
    return tuple(
        BatchTick(command_id=_tick_id(programme), programme_id=programme.programme_id)
        for programme in state.programmes.values()
        if (at := due_at(bundles, programme)) is not None and at <= now
    )


def due_at(bundles: Bundles, programme: Programme) -> datetime | None:
    """When the first waiting batch may go without a hand; None while something else has to happen before."""
    if not programme.waiting or programme.flight or programme.held or not programme.caps:
        return None
    batch = programme.waiting[0]
    bundle = bundles.of(programme.programme_id, batch.opened_at)
    if bundle is not None and bundle.policy.people.release == "people":
        return None
    if len(programme.waiting) > 1 or batch.attempt > 1:
        return batch.opened_at
    if bundle is None:
        return None
    if batch.approvals >= bundle.policy.release.approvals:
        return batch.opened_at
    return batch.opened_at + timedelta(seconds=bundle.policy.release.seconds)


def _tick_id(programme: Programme) -> str:
    batch = programme.waiting[0]
    return derived_id("batch-tick", programme.programme_id, batch.batch_id, str(batch.attempt))


class Step:
    """One command being decided: the programme as the facts so far leave it."""

    def __init__(self, bundles: Bundles, programme: Programme, cause: BatchCause) -> None:
        self._bundles, self._programme, self._cause = bundles, programme, cause
        self.facts: list[Fact] = []

    def add(self, command: AddLines) -> None:
        """The lines join the last waiting batch, or a new one where they may not."""
        last = self._programme.waiting[-1] if self._programme.waiting else None
        if last is None or not last.takes(command.currency, command.unit, command.lines, self._caps()):
            name = batch_id(command.programme_id, self._programme.opened + 1)
            self._say(BatchOpened(**self._cause, batch_id=name))
            last = self._programme.waiting[-1]
        self._say(
            LinesAdded(
                **self._cause,
                batch_id=last.batch_id,
                currency=command.currency,
                unit=command.unit,
                group_id=command.group_id,
                lines=command.lines,
            )
        )
        self.release_if_ready()

    def record(self, command: RecordEntry) -> None:
        """What the ledger says: the fate of the batch in flight, or caps that have changed."""
        flight = self._programme.flight
        fate = flight is not None and (command.batch_id, command.attempt) == (flight.batch_id, flight.attempt)
        if flight is None or not fate or command.code in IDENTITY_CODES:
            self._note(command)
        elif command.applied:
            self._posted(flight, command)
        else:
            self._refused(flight, command)
        self.release_if_ready()

    def release_by_person(self) -> None:
        """An officer releases the first waiting batch now."""
        code = self._unready()
        if code is not None:
            self._say(BatchCommandRefused(**self._cause, code=code))
        else:
            self._release("person")

    def act(self, command: OfficersCommand) -> None:
        """An officer tries, proposes, countersigns or sends back the first waiting batch."""
        bundle = self._bundle()
        people = bundle.policy.people if bundle else USUAL
        done = act_on(self._programme, command, self._cause, people, self._caps().group_units)
        self._say(BatchCommandRefused(**self._cause, code=done) if isinstance(done, BatchCode) else done)

    def _unready(self) -> BatchCode | None:
        """Why a person may not release the first waiting batch; None if he may."""
        programme, bundle = self._programme, self._bundle()
        if programme.flight:
            return BatchCode.BATCH_IN_FLIGHT
        if not programme.waiting:
            return BatchCode.NOTHING_TO_RELEASE
        if not programme.caps:
            return BatchCode.CAPS_UNKNOWN
        if bundle is None or bundle.policy.people.release == "automatic":
            return None
        proposal = programme.waiting[0].proposal
        return None if proposal is not None and proposal.signed else BatchCode.NOT_COUNTERSIGNED

    def _bundle(self) -> Bundle | None:
        return self._bundles.of(self._cause["programme_id"], self._cause["at"])

    def release_if_ready(self) -> None:
        """At most one batch is released by one command, so that a step stays within its bounds."""
        at = due_at(self._bundles, self._programme)
        if at is None or at > self._cause["at"]:
            return
        batch = self._programme.waiting[0]
        if batch.attempt > 1:
            self._release("next-attempt")
        else:
            self._release("count" if at == batch.opened_at else "time")

    def _caps(self) -> ReleaseCaps:
        bundle = self._bundle()
        return bundle.release_caps if bundle else ReleaseCaps()

    def _note(self, command: RecordEntry) -> None:
        caps = command.caps if command.applied else ()
        self._say(CapsNoted(**self._cause, seq=command.seq, caps=caps))

    def _posted(self, flight: Batch, command: RecordEntry) -> None:
        self._say(
            BatchPosted(
                **self._cause,
                batch_id=flight.batch_id,
                attempt=flight.attempt,
                ledger_seq=command.seq,
                lines=flight.lines,
                total_units=sum(line.units for line in flight.lines),
                total_value=sum(line.value for line in flight.lines),
                caps=command.caps,
            )
        )

    def _refused(self, flight: Batch, command: RecordEntry) -> None:
        named = {failing.line_id: failing for failing in command.failing}
        lines = tuple([line for line in flight.lines if grant_line_id(line) in named])
        failing = tuple([named[grant_line_id(line)] for line in lines])
        self._say(
            BatchRefused(
                **self._cause,
                batch_id=flight.batch_id,
                attempt=flight.attempt,
                ledger_seq=command.seq,
                code=command.code,
                failing=failing,
                caps=command.caps,
            )
        )
        if not lines:
            return
        findings = tuple([refused_line(line, why) for line, why in zip(lines, failing, strict=True)])
        self._say(
            LinesSetAside(
                **self._cause, batch_id=flight.batch_id, attempt=flight.attempt, lines=lines, findings=findings
            )
        )

    def _release(self, release_cause: ReleaseCause) -> None:
        """Release the first waiting batch, less what its plan does not give and what no longer fits under the caps."""
        batch = self._programme.waiting[0]
        about = _About(**self._cause, batch_id=batch.batch_id, attempt=batch.attempt)
        if batch.proposal is not None:
            self._set_aside(about, left_over(batch, batch.proposal.plan))
        planned = self._programme.waiting[0]
        self._set_aside(about, not_fitting(self._programme, planned, self._caps()))
        left = self._programme.waiting[0]
        if not left.lines:
            self._say(BatchClosed(**about))
            return
        self._say(
            BatchReleased(
                **about,
                currency=left.currency,
                unit=left.unit,
                lines=left.lines,
                total_units=sum(line.units for line in left.lines),
                total_value=sum(line.value for line in left.lines),
                cause=release_cause,
            )
        )

    def _set_aside(self, about: "_About", aside: list[tuple[BatchLine, Finding]]) -> None:
        if aside:
            lines, findings = zip(*aside, strict=True)
            self._say(LinesSetAside(**about, lines=lines, findings=findings))

    def _say(self, fact: BatchFact) -> None:
        self.facts.append(fact)
        self._programme = self._programme.after(fact)


class _About(BatchCause):
    batch_id: str
    attempt: int
