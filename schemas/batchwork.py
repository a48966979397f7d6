"""Messages of the people who release a batch: proposed, countersigned, sent back, tried. Owned by policy."""

from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field

from schemas.base import Act, Actor, Value
from schemas.findings import Texts
from schemas.policy import Attempt, BatchFact, StepUnits
from schemas.values import (
    LINES_MAX,
    ApplicationId,
    BatchId,
    CapId,
    CompanyId,
    Grade,
    LineId,
    MinorOrZero,
    PersonId,
    ProgrammeId,
    Sha256,
    Text,
    UnitsOrZero,
)

Method = Annotated[
    Literal["fcfs", "pro_rata", "priority"],
    Field(description="fcfs: first come, first served; pro_rata: by largest remainder; priority: by score, then fcfs."),
]
Score = Annotated[int, Field(ge=0, le=1_000, description="Declared in the bundle by use; higher is served first.")]
BatchSha256 = Annotated[Sha256, Field(description="Over batch, attempt, plan and author: what is countersigned.")]


class BatchCode(StrEnum):
    """Why a batch command is refused, in order of precedence: the first that applies is the answer."""

    COMMAND_ID_REUSED = "COMMAND_ID_REUSED"
    ROLE_INSUFFICIENT = "ROLE_INSUFFICIENT"
    BATCH_IN_FLIGHT = "BATCH_IN_FLIGHT"
    NOTHING_TO_RELEASE = "NOTHING_TO_RELEASE"
    CAPS_UNKNOWN = "CAPS_UNKNOWN"
    RELEASES_ITSELF = "RELEASES_ITSELF"
    BATCH_NOT_NEXT = "BATCH_NOT_NEXT"
    NO_PROPOSAL = "NO_PROPOSAL"
    HASH_STALE = "HASH_STALE"
    SAME_PERSON = "SAME_PERSON"
    GRADE_INSUFFICIENT = "GRADE_INSUFFICIENT"
    NOT_COUNTERSIGNED = "NOT_COUNTERSIGNED"


def _texts(zh: str, en: str) -> Texts:
    return Texts(zh=zh, en=en)


BATCH_SENTENCES: Mapping[BatchCode, Texts] = MappingProxyType(
    {
        BatchCode.COMMAND_ID_REUSED: _texts(
            "该键此前已用于其他内容；新的请求需要新的键。",
            "This key was used before for something else; a new wish needs a new key.",
        ),
        BatchCode.ROLE_INSUFFICIENT: _texts("只有经办人员可以办理批次。", "Only officers may act on a batch."),
        BatchCode.BATCH_IN_FLIGHT: _texts(
            "该计划的一个批次正等待账本答复。", "A batch of the programme waits for the ledger's answer."
        ),
        BatchCode.NOTHING_TO_RELEASE: _texts("没有等待的批次。", "No batch waits."),
        BatchCode.CAPS_UNKNOWN: _texts(
            "账本尚未告知该计划的上限。", "The ledger has told no cap of the programme yet."
        ),
        BatchCode.RELEASES_ITSELF: _texts(
            "该计划的批次自动发放，无须提议。", "Batches of this programme release themselves: nothing is proposed."
        ),
        BatchCode.BATCH_NOT_NEXT: _texts(
            "这不是下一个待发放的批次。", "This is not the batch that is to be released next."
        ),
        BatchCode.NO_PROPOSAL: _texts("没有可会签的提议。", "There is no proposal to countersign."),
        BatchCode.HASH_STALE: _texts(
            "会签的并非当前提议：请重新查看。", "This is not the proposal that stands now; look again."
        ),
        BatchCode.SAME_PERSON: _texts(
            "提议人不得会签自己的提议。", "A proposal is countersigned by another person than its author."
        ),
        BatchCode.GRADE_INSUFFICIENT: _texts(
            "会签人级别不足。", "The countersigner's grade is not sufficient for this batch."
        ),
        BatchCode.NOT_COUNTERSIGNED: _texts(
            "该批次须先提议并由他人会签。", "The batch has to be proposed, and countersigned by another person, before."
        ),
    }
)
"""What a person reads beside each code."""


class SimulateBatch(Act):
    """Try the batch that is next: shares, and caps before and after; nothing is changed."""

    type: ClassVar[str] = "policy.simulate-batch.v1"
    programme_id: ProgrammeId


class ProposeBatch(Act):
    """Propose to release a batch as it stands. From then on it takes no line; a proposal that stands is replaced."""

    type: ClassVar[str] = "policy.propose-batch.v1"
    programme_id: ProgrammeId
    batch_id: BatchId


class CountersignBatch(Act):
    """Sign the batch that another officer proposed: it may be released."""

    type: ClassVar[str] = "policy.countersign-batch.v1"
    programme_id: ProgrammeId
    batch_id: BatchId
    batch_sha256: BatchSha256


class ReturnBatch(Act):
    """Send a proposed batch back: it takes lines again."""

    type: ClassVar[str] = "policy.return-batch.v1"
    programme_id: ProgrammeId
    batch_id: BatchId
    batch_sha256: BatchSha256


class LineShare(Value):
    """One line of an allocation: every input and the result, base unit. Ties go by time, then by `line_id`."""

    line_id: Annotated[LineId, Field(description="`application:line`, unique in the programme.")]
    application_id: ApplicationId
    company_id: CompanyId
    requested_units: UnitsOrZero
    limit_units: Annotated[UnitsOrZero, Field(description="Most that caps of the company and its group leave it.")]
    step_units: StepUnits
    applied_at: Annotated[AwareDatetime | None, Field(description="When it was applied for; None goes last.")]
    score: Score
    allocated_units: UnitsOrZero
    allocated_value: MinorOrZero


class CapForecast(Value):
    """A cap before the batch, as the ledger last told, and after it. None = no such limit."""

    cap_id: CapId
    company_id: CompanyId | None = None
    volume_units: UnitsOrZero | None = None
    used_units: Annotated[UnitsOrZero, Field(description="Before the batch.")]
    after_units: Annotated[UnitsOrZero, Field(description="After the batch.")]
    volume_value: MinorOrZero | None = None
    used_value: Annotated[MinorOrZero, Field(description="Before the batch.")]
    after_value: Annotated[MinorOrZero, Field(description="After the batch.")]


class BatchPlan(Value):
    """What a release would ask of the ledger, with all that anybody needs to compute it again."""

    method: Method
    supply_units: Annotated[UnitsOrZero | None, Field(description="What the programme's caps leave; None: no limit.")]
    demand_units: Annotated[UnitsOrZero, Field(description="What all lines ask for, each up to its own limit.")]
    shares: Annotated[tuple[LineShare, ...], Field(max_length=LINES_MAX)]
    caps: tuple[CapForecast, ...]
    total_units: UnitsOrZero
    total_value: MinorOrZero


class SignedBatch(Value):
    """What a countersignature covers: any change of it is another hash."""

    programme_id: ProgrammeId
    batch_id: BatchId
    attempt: Attempt
    plan: BatchPlan
    proposed_by: PersonId

    @property
    def sha256(self) -> str:
        """SHA-256 of its JSON, fields in the order above, in hex: `batch_sha256` of the messages."""
        return sha256(self.model_dump_json().encode()).hexdigest()


class BatchPersonFact(BatchFact):
    """A person did it: who, why, to which batch."""

    actor: Actor
    reason: Text
    batch_id: BatchId
    attempt: Attempt


class BatchSimulated(BatchPersonFact):
    """What a release would do now."""

    type: ClassVar[str] = "policy.batch-simulated.v1"
    plan: BatchPlan


class BatchProposed(BatchPersonFact):
    """A release is proposed; another person of sufficient grade has to countersign its hash."""

    type: ClassVar[str] = "policy.batch-proposed.v1"
    plan: BatchPlan
    grade_needed: Annotated[Grade, Field(description="Least grade of the countersigner.")]
    batch_sha256: BatchSha256


class BatchCountersigned(BatchPersonFact):
    """Two people have signed the same batch: it may be released."""

    type: ClassVar[str] = "policy.batch-countersigned.v1"
    proposed_by: PersonId
    batch_sha256: BatchSha256


class BatchReturned(BatchPersonFact):
    """A proposed batch was sent back: it takes lines again."""

    type: ClassVar[str] = "policy.batch-returned.v1"
    proposed_by: PersonId
    batch_sha256: BatchSha256
