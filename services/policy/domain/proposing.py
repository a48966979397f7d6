"""What officers do with the batch that is to be released next: try it, propose it, countersign it, send it back.

As in a case, the two people are those of the proposing fact and of this command, and the signature is for one hash.
"""

from schemas.base import Actor
from schemas.batchwork import (
    BatchCode,
    BatchCountersigned,
    BatchPersonFact,
    BatchProposed,
    BatchReturned,
    BatchSimulated,
    CountersignBatch,
    ProposeBatch,
    ReturnBatch,
    SignedBatch,
    SimulateBatch,
)
from services.policy.domain.batch_causes import BatchCause
from services.policy.domain.batches import Batch, Programme, Proposal
from services.policy.domain.people import People
from services.policy.domain.plans import planned

OfficersCommand = SimulateBatch | ProposeBatch | CountersignBatch | ReturnBatch


class _Told(BatchCause):
    actor: Actor
    reason: str
    batch_id: str
    attempt: int


def act_on(
    programme: Programme, command: OfficersCommand, cause: BatchCause, people: People, group_units: int | None
) -> BatchPersonFact | BatchCode:
    """The one fact of an officer's command, or the first reason to refuse it."""
    fault = _fault(programme, command, people)
    if fault is not None:
        return fault
    batch = programme.waiting[0]
    told = _Told(**cause, actor=command.actor, reason=command.reason, batch_id=batch.batch_id, attempt=batch.attempt)
    match command:
        case SimulateBatch():
            return BatchSimulated(**told, plan=planned(programme, batch, people, group_units))
        case ProposeBatch():
            return _proposed(programme, batch, told, people, group_units)
        case CountersignBatch():
            return _countersigned(batch.proposal, command, told)
        case ReturnBatch():
            proposal = _standing(batch.proposal, command.batch_sha256)
            if isinstance(proposal, BatchCode):
                return proposal
            return BatchReturned(**told, proposed_by=proposal.person_id, batch_sha256=command.batch_sha256)


def _fault(programme: Programme, command: OfficersCommand, people: People) -> BatchCode | None:
    if command.actor.role != "officer":
        return BatchCode.ROLE_INSUFFICIENT
    if programme.flight:
        return BatchCode.BATCH_IN_FLIGHT
    if not programme.waiting:
        return BatchCode.NOTHING_TO_RELEASE
    if not programme.caps:
        return BatchCode.CAPS_UNKNOWN
    if isinstance(command, SimulateBatch):
        return None
    if people.release == "automatic":
        return BatchCode.RELEASES_ITSELF
    return None if command.batch_id == programme.waiting[0].batch_id else BatchCode.BATCH_NOT_NEXT


def _proposed(
    programme: Programme, batch: Batch, told: _Told, people: People, group_units: int | None
) -> BatchPersonFact:
    plan = planned(programme, batch, people, group_units)
    signed = SignedBatch(
        programme_id=programme.programme_id,
        batch_id=batch.batch_id,
        attempt=batch.attempt,
        plan=plan,
        proposed_by=told["actor"].person_id,
    )
    return BatchProposed(**told, plan=plan, grade_needed=people.grade_for(plan.total_value), batch_sha256=signed.sha256)


def _countersigned(proposal: Proposal | None, command: CountersignBatch, told: _Told) -> BatchPersonFact | BatchCode:
    standing = _standing(proposal, command.batch_sha256)
    if isinstance(standing, BatchCode):
        return standing
    if standing.person_id == command.actor.person_id:
        return BatchCode.SAME_PERSON
    if command.actor.grade < standing.grade_needed:
        return BatchCode.GRADE_INSUFFICIENT
    return BatchCountersigned(**told, proposed_by=standing.person_id, batch_sha256=command.batch_sha256)


def _standing(proposal: Proposal | None, batch_sha256: str) -> Proposal | BatchCode:
    if proposal is None:
        return BatchCode.NO_PROPOSAL
    return proposal if proposal.batch_sha256 == batch_sha256 else BatchCode.HASH_STALE
