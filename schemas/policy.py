"""Messages owned by policy: evaluations, decisions, authorisations, batches."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field

from schemas.base import Act, Command, Fact, Value
from schemas.findings import EvaluatedLine as EvaluatedLine
from schemas.findings import Facts as Facts
from schemas.findings import Finding as Finding
from schemas.findings import Outcome as Outcome
from schemas.findings import Screening as Screening
from schemas.findings import Texts as Texts
from schemas.intake import Application, Profile
from schemas.values import (
    LINES_MAX,
    USE_LINES_MAX,
    ApplicationId,
    AuthorisationId,
    BatchId,
    CapId,
    Code,
    CompanyId,
    Currency,
    LineId,
    MinorOrZero,
    Name,
    PartNumber,
    ProgrammeId,
    Seq,
    Sha256,
    UnitCode,
    Units,
    UnitsOrZero,
    Use,
)

StepUnits = Annotated[Units, Field(description="Base units of one unit of the application: 8 if it counts in 8s.")]
AppliedAt = Annotated[AwareDatetime | None, Field(description="When the application was submitted, if known.")]
Attempt = Annotated[int, Field(ge=1, description="Which release of the batch: 1, then one more per refusal.")]


class CaseFact(Fact):
    """Any fact of a case: whose it is, and which content of the command caused it."""

    command_sha256: Annotated[Sha256, Field(description="Of the command's content: tells a repeat from a reuse.")]
    company_id: CompanyId


class BatchFact(Fact):
    """Any fact of a programme's batches, and which content of the command caused it."""

    command_sha256: Annotated[Sha256, Field(description="Of the command's content: tells a repeat from a reuse.")]
    programme_id: ProgrammeId


class Evaluate(Command):
    """Evaluate an application against the bundle in force."""

    type: ClassVar[str] = "policy.evaluate.v1"
    company_id: CompanyId
    application: Application
    profile: Profile
    submitted_at: Annotated[AwareDatetime, Field(description="When intake accepted it: picks the bundle.")]
    screening: Annotated[
        Screening | None, Field(description="Filled in by the reader before it decides; a sender's word is not taken.")
    ] = None


class RecordGroup(Command):
    """A company's group has been confirmed or denied by an officer."""

    type: ClassVar[str] = "policy.record-group.v1"
    company_id: CompanyId
    group_id: CompanyId
    confirmed: Annotated[bool, Field(description="True: the claim is confirmed; false: denied.")]


class OutcomeLine(Value):
    """What became of one line in a batch."""

    line_id: LineId
    units: UnitsOrZero
    value: MinorOrZero
    posted: Annotated[bool, Field(description="True: granted by the ledger; false: set aside.")]
    finding: Finding | None = None


class RecordOutcome(Command):
    """What became of an application's lines in a batch: posted by the ledger, or set aside with a finding."""

    type: ClassVar[str] = "policy.record-outcome.v1"
    company_id: CompanyId
    application_id: ApplicationId
    programme_id: ProgrammeId
    batch_id: BatchId
    attempt: Attempt
    ledger_seq: Seq
    lines: Annotated[tuple[OutcomeLine, ...], Field(min_length=1, max_length=USE_LINES_MAX)]


class ApplicationEvaluated(CaseFact):
    """A policy has been run over frozen facts; it approves nothing by itself."""

    type: ClassVar[str] = "policy.application-evaluated.v1"
    application_id: ApplicationId
    programme_id: ProgrammeId
    evaluation_id: Annotated[str, Field(max_length=64, description="Derived from the command: one run, one id.")]
    bundle_id: Annotated[Name | None, Field(description="None: no bundle is known for the programme.")] = None
    bundle_version: Annotated[int | None, Field(ge=1, description="Version the bundle gives itself.")] = None
    bundle_digest: Sha256 | None = None
    kernel: Annotated[str, Field(max_length=40, description="Version of the code that ran the rules.")]
    facts: Annotated[Facts | None, Field(description="What the rules read; None: the facts are invalid.")] = None
    facts_digest: Annotated[Sha256, Field(description="Of the canonical facts, or of the command if they are invalid.")]
    outcome: Annotated[Outcome, Field(description="Gravest effect of all findings, by precedence.")]
    lines: tuple[EvaluatedLine, ...]
    findings: tuple[Finding, ...]


class ApplicationReferred(CaseFact):
    """An officer has to look: a rule could not decide."""

    type: ClassVar[str] = "policy.application-referred.v1"
    application_id: ApplicationId
    programme_id: ProgrammeId
    findings: tuple[Finding, ...]


class ApplicationRefused(CaseFact):
    """The application is refused; every finding that refused it is given."""

    type: ClassVar[str] = "policy.application-refused.v1"
    application_id: ApplicationId
    programme_id: ProgrammeId
    findings: tuple[Finding, ...]


class ApprovedLine(Value):
    """Units approved for one use line, waiting for a batch. Base unit; value = units x unit value."""

    line_id: LineId
    item: PartNumber
    use: Use
    units: UnitsOrZero
    value: MinorOrZero
    step_units: StepUnits = 1


class ApplicationApproved(CaseFact):
    """Approved as requested, because the programme lets an eligible evaluation approve."""

    type: ClassVar[str] = "policy.application-approved.v1"
    application_id: ApplicationId
    programme_id: ProgrammeId
    currency: Currency
    unit: UnitCode
    requested_units: Annotated[UnitsOrZero, Field(description="Total the application asks for, base unit.")]
    group_id: Annotated[CompanyId | None, Field(description="Confirmed group that shares the cap.")] = None
    applied_at: AppliedAt = None
    lines: tuple[ApprovedLine, ...]


class ApplicationApprovedInPart(ApplicationApproved):
    """Approved for fewer units than requested; the findings say which rule limited it."""

    type: ClassVar[str] = "policy.application-approved-in-part.v1"
    findings: tuple[Finding, ...]


class AuthorisedLine(Value):
    """One line of an authorisation. Base unit."""

    line_id: LineId
    item: PartNumber
    use: Use
    units: UnitsOrZero
    value: MinorOrZero


class AuthorisationIssued(CaseFact):
    """The ledger has granted the units: the company is authorised."""

    type: ClassVar[str] = "policy.authorisation-issued.v1"
    application_id: ApplicationId
    programme_id: ProgrammeId
    authorisation_id: AuthorisationId
    batch_id: BatchId
    attempt: Attempt
    ledger_seq: Seq
    currency: Currency
    unit: UnitCode
    lines: tuple[AuthorisedLine, ...]


class ApplicationSetAside(CaseFact):
    """Lines that no longer fit under a cap when the batch was released; nothing is authorised for them."""

    type: ClassVar[str] = "policy.application-set-aside.v1"
    application_id: ApplicationId
    programme_id: ProgrammeId
    batch_id: BatchId
    attempt: Attempt
    lines: Annotated[tuple[ApprovedLine, ...], Field(description="What was approved and is not authorised.")]
    findings: tuple[Finding, ...]


class GroupRecorded(CaseFact):
    """The officer's word on the company's group is known here."""

    type: ClassVar[str] = "policy.group-recorded.v1"
    group_id: CompanyId
    confirmed: Annotated[bool, Field(description="True: the claim is confirmed; false: denied.")]


class CaseCommandRefused(CaseFact):
    """A case command was refused: repeated with other content, or about nothing known."""

    type: ClassVar[str] = "policy.case-command-refused.v1"
    code: Code
    field: Annotated[str | None, Field(max_length=200, description="JSON pointer into the request.")] = None


class CaseCommandRepeated(CaseFact):
    """The same case command came again: the first outcome stands."""

    type: ClassVar[str] = "policy.case-command-repeated.v1"
    outcome: Annotated[Code, Field(description="DONE, or the code of the first refusal.")]


class BatchLine(Value):
    """One approved line in a batch. Base unit; value in minor units of the programme's currency."""

    line_id: LineId
    application_id: ApplicationId
    company_id: CompanyId
    item: PartNumber
    use: Use
    units: UnitsOrZero
    value: MinorOrZero
    step_units: StepUnits = 1
    applied_at: AppliedAt = None


class CapLevel(Value):
    """A cap as the ledger last told: volume and use, base unit and minor units; None = no such limit."""

    cap_id: CapId
    company_id: CompanyId | None = None
    volume_units: UnitsOrZero | None = None
    used_units: UnitsOrZero = 0
    volume_value: MinorOrZero | None = None
    used_value: MinorOrZero = 0


class FailingLine(Value):
    """A line the ledger refused: which cap, how much was needed and how much was there."""

    line_id: LineId
    code: Code
    cap_id: CapId | None = None
    needed: UnitsOrZero
    available: UnitsOrZero


class AddLines(Command):
    """Add an approved application's lines to the programme's open batch."""

    type: ClassVar[str] = "policy.add-lines.v1"
    programme_id: ProgrammeId
    currency: Currency
    unit: UnitCode
    group_id: Annotated[CompanyId | None, Field(description="Confirmed group that shares the cap.")] = None
    lines: Annotated[tuple[BatchLine, ...], Field(min_length=1, max_length=USE_LINES_MAX)]


class RecordEntry(Command):
    """The ledger's entry concerns the programme: caps as they are now, and the fate of a batch if it is one."""

    type: ClassVar[str] = "policy.record-entry.v1"
    programme_id: ProgrammeId
    seq: Seq
    code: Code
    applied: Annotated[bool, Field(description="True: the entry moved something; false: refused.")]
    batch_id: BatchId | None = None
    attempt: Annotated[int | None, Field(description="Attempt of the batch, if it is one.")] = None
    failing: tuple[FailingLine, ...] = ()
    caps: tuple[CapLevel, ...] = ()


class ReleaseBatch(Act):
    """An officer releases the open batch now."""

    type: ClassVar[str] = "policy.release-batch.v1"
    programme_id: ProgrammeId


class BatchTick(Command):
    """Time has passed: a batch that waited long enough is released."""

    type: ClassVar[str] = "policy.batch-tick.v1"
    programme_id: ProgrammeId


class BatchOpened(BatchFact):
    """The programme has a new open batch."""

    type: ClassVar[str] = "policy.batch-opened.v1"
    batch_id: BatchId


class LinesAdded(BatchFact):
    """Approved lines wait in the open batch."""

    type: ClassVar[str] = "policy.lines-added.v1"
    batch_id: BatchId
    currency: Currency
    unit: UnitCode
    group_id: Annotated[CompanyId | None, Field(description="Confirmed group that shares the cap.")] = None
    lines: tuple[BatchLine, ...]


class LinesSetAside(BatchFact):
    """Lines left the batch: they no longer fit under a cap; one finding per line, same order."""

    type: ClassVar[str] = "policy.lines-set-aside.v1"
    batch_id: BatchId
    attempt: Attempt
    lines: Annotated[tuple[BatchLine, ...], Field(max_length=LINES_MAX)]
    findings: tuple[Finding, ...]


class BatchReleased(BatchFact):
    """The ledger is asked to grant every line in one atomic step."""

    type: ClassVar[str] = "policy.batch-released.v1"
    batch_id: BatchId
    attempt: Attempt
    currency: Currency
    unit: UnitCode
    lines: Annotated[tuple[BatchLine, ...], Field(min_length=1, max_length=LINES_MAX)]
    total_units: UnitsOrZero
    total_value: MinorOrZero
    cause: Annotated[Literal["count", "time", "person", "next-attempt"], Field(description="What released it.")]


class BatchPosted(BatchFact):
    """The ledger granted every line."""

    type: ClassVar[str] = "policy.batch-posted.v1"
    batch_id: BatchId
    attempt: Attempt
    ledger_seq: Seq
    lines: tuple[BatchLine, ...]
    total_units: UnitsOrZero
    total_value: MinorOrZero
    caps: tuple[CapLevel, ...]


class BatchRefused(BatchFact):
    """The ledger refused the batch whole; each failing line is named. It goes on as its next attempt."""

    type: ClassVar[str] = "policy.batch-refused.v1"
    batch_id: BatchId
    attempt: Attempt
    ledger_seq: Seq
    code: Code
    failing: tuple[FailingLine, ...]
    caps: tuple[CapLevel, ...]


class BatchClosed(BatchFact):
    """No line was left to release: the batch ends without a grant."""

    type: ClassVar[str] = "policy.batch-closed.v1"
    batch_id: BatchId
    attempt: Attempt


class CapsNoted(BatchFact):
    """Caps as the ledger last told them."""

    type: ClassVar[str] = "policy.caps-noted.v1"
    seq: Seq
    caps: tuple[CapLevel, ...]


class BatchCommandRefused(BatchFact):
    """A batch command was refused, with its code."""

    type: ClassVar[str] = "policy.batch-command-refused.v1"
    code: Code


class BatchCommandRepeated(BatchFact):
    """The same batch command came again: the first outcome stands."""

    type: ClassVar[str] = "policy.batch-command-repeated.v1"
    outcome: Annotated[Code, Field(description="DONE, or the code of the first refusal.")]
