"""Messages of the people in a case: officers, and the company that answers them. Owned by policy."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from schemas.base import Act, Actor, Command, Value
from schemas.decisions import (
    REASONS_MAX,
    CaseLine,
    CaseVersion,
    DecisionLine,
    DecisionOutcome,
    DecisionReason,
    ProposedLine,
    RuleLaw,
)
from schemas.findings import Finding
from schemas.policy import CaseFact
from schemas.servicelevel import ServiceLevel
from schemas.values import (
    USE_LINES_MAX,
    ApplicationId,
    Code,
    CompanyId,
    Currency,
    Grade,
    MinorOrZero,
    Name,
    PersonId,
    ProgrammeId,
    Sha256,
    Text,
    UnitCode,
    UnitsOrZero,
)

QUESTIONS_MAX = 20
DOCUMENTS_MAX = 20
QUEUES_MAX = 50
LEASE_SECONDS_MAX = 14 * 86_400
RULES_MAX = 200

Questions = Annotated[tuple[Text, ...], Field(min_length=1, max_length=QUESTIONS_MAX, description="In order.")]
RequestId = Annotated[str, Field(max_length=64, description="One request for information.")]
Agency = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"), Field(description="An advising agency.")
]
Opinion = Annotated[
    Literal["approve", "proviso", "refuse", "no-view"], Field(description="proviso: approve, on the terms in the text.")
]
FlagKind = Annotated[
    Literal["screening", "security", "export-control", "documents"], Field(description="What has to be settled first.")
]
DeadlineAt = Annotated[
    AwareDatetime | None, Field(description="By when to decide; None: no service level, or the clock stands.")
]
DueAt = Annotated[AwareDatetime, Field(description="Not answered by then, the application is returned, UTC.")]
ReplyBy = Annotated[AwareDatetime, Field(description="End of the reply window, UTC; then a refusal may be proposed.")]
DecisionSha256 = Annotated[
    Sha256, Field(description="Over case, version, outcome, every line, reasons and author: what is countersigned.")
]


class CaseAct(Act):
    """An officer acts in a case. Who acts is the authenticated principal."""

    company_id: CompanyId
    application_id: ApplicationId


class ProposeDecision(CaseAct):
    """Propose a decision. It takes the place of a proposal that stands."""

    type: ClassVar[str] = "policy.propose-decision.v1"
    version: Annotated[CaseVersion, Field(description="Of the case as the officer has seen it.")]
    outcome: DecisionOutcome
    lines: Annotated[tuple[ProposedLine, ...], Field(max_length=USE_LINES_MAX, description="Of an approval.")] = ()
    reasons: Annotated[tuple[DecisionReason, ...], Field(max_length=REASONS_MAX)] = ()


class CountersignDecision(CaseAct):
    """Sign the decision that another officer proposed: it takes effect."""

    type: ClassVar[str] = "policy.countersign-decision.v1"
    decision_sha256: DecisionSha256


class ReturnDecision(CaseAct):
    """Send a proposal back: it no longer stands."""

    type: ClassVar[str] = "policy.return-decision.v1"
    decision_sha256: DecisionSha256


class RequestInformation(CaseAct):
    """Ask the company for further information; a proposal that stands is void."""

    type: ClassVar[str] = "policy.request-information.v1"
    questions: Questions
    due_at: DueAt


class IssueIntent(CaseAct):
    """Tell the company that a refusal is intended, and why; it may reply until the window ends."""

    type: ClassVar[str] = "policy.issue-intent.v1"
    reasons: Annotated[tuple[DecisionReason, ...], Field(min_length=1, max_length=REASONS_MAX)]
    due_at: ReplyBy


class TakeCase(CaseAct):
    """Take a case for oneself, until the lease runs out: others do not propose or ask meanwhile."""

    type: ClassVar[str] = "policy.take-case.v1"
    lease_seconds: Annotated[int, Field(ge=60, le=LEASE_SECONDS_MAX, description="From now; taken again, anew.")]


class LeaveCase(CaseAct):
    """Give a case back that one has taken."""

    type: ClassVar[str] = "policy.leave-case.v1"


class GiveAdvice(CaseAct):
    """Record an agency's opinion. It takes the place of an earlier one of the same agency."""

    type: ClassVar[str] = "policy.give-advice.v1"
    agency: Agency
    opinion: Opinion
    text: Annotated[Text, Field(description="What the agency says.")]


class WithdrawAdvice(CaseAct):
    """An agency takes its opinion back."""

    type: ClassVar[str] = "policy.withdraw-advice.v1"
    agency: Agency


class RaiseFlag(CaseAct):
    """Raise a flag: while it stands, no decision is proposed, and a proposal is void."""

    type: ClassVar[str] = "policy.raise-flag.v1"
    flag: FlagKind


class ClearFlag(CaseAct):
    """Clear a flag; another officer than the one who raised it does."""

    type: ClassVar[str] = "policy.clear-flag.v1"
    flag: FlagKind


class Document(Value):
    """A document, by what it holds."""

    sha256: Sha256
    kind: Name


class PartnerCommand(Command):
    """The company says something about its own application."""

    actor: Actor
    company_id: CompanyId
    application_id: ApplicationId


class ProvideInformation(PartnerCommand):
    """Answer a request for information."""

    type: ClassVar[str] = "policy.provide-information.v1"
    answers: Annotated[tuple[Text, ...], Field(min_length=1, max_length=QUESTIONS_MAX, description="In order.")]
    documents: Annotated[tuple[Document, ...], Field(max_length=DOCUMENTS_MAX)] = ()


class WithdrawApplication(PartnerCommand):
    """Withdraw an application before it is decided."""

    type: ClassVar[str] = "policy.withdraw-application.v1"
    reason: Annotated[Text | None, Field(description="Why, if the company says.")] = None


class CaseTick(Command):
    """Time has passed: what is due in a case is done."""

    type: ClassVar[str] = "policy.case-tick.v1"
    company_id: CompanyId
    application_id: ApplicationId


class CaseWorkFact(CaseFact):
    """Any fact of people's work in a case: of which, and its version from here on."""

    application_id: ApplicationId
    programme_id: ProgrammeId
    version: CaseVersion


class PersonFact(CaseWorkFact):
    """A person did it: who and why."""

    actor: Actor
    reason: Text


class CaseOpened(CaseWorkFact):
    """A case waits for officers: everything they decide on."""

    type: ClassVar[str] = "policy.case-opened.v1"
    queues: Annotated[tuple[Code, ...], Field(max_length=QUEUES_MAX, description="Codes for which it waits.")]
    currency: Annotated[Currency | None, Field(description="None: no bundle is known, it cannot be approved.")] = None
    unit: Annotated[UnitCode | None, Field(description="Base unit; None as for the currency.")] = None
    group_id: Annotated[CompanyId | None, Field(description="Group the company claims to belong to.")] = None
    group_confirmed: Annotated[bool, Field(description="An officer has confirmed the claim.")] = False
    submitted_at: Annotated[AwareDatetime, Field(description="When intake accepted the application.")]
    lines: Annotated[tuple[CaseLine, ...], Field(max_length=USE_LINES_MAX)]
    rules: Annotated[tuple[RuleLaw, ...], Field(max_length=RULES_MAX, description="What a decision may cite.")]
    service_level: ServiceLevel | None = None
    deadline_at: DeadlineAt = None


class DecisionProposed(PersonFact):
    """A decision is proposed; another person of sufficient grade has to countersign its hash."""

    type: ClassVar[str] = "policy.decision-proposed.v1"
    outcome: DecisionOutcome
    lines: Annotated[tuple[DecisionLine, ...], Field(max_length=USE_LINES_MAX)]
    reasons: Annotated[tuple[DecisionReason, ...], Field(max_length=REASONS_MAX)]
    authorised_units: UnitsOrZero
    authorised_value: MinorOrZero
    grade_needed: Annotated[Grade, Field(description="Least grade of the countersigner.")]
    decision_sha256: DecisionSha256


class DecisionCountersigned(PersonFact):
    """Two people have signed the same decision: it takes effect with the facts beside this one."""

    type: ClassVar[str] = "policy.decision-countersigned.v1"
    outcome: DecisionOutcome
    proposed_by: PersonId
    decision_sha256: DecisionSha256


class DecisionReturned(PersonFact):
    """A proposal was sent back and no longer stands."""

    type: ClassVar[str] = "policy.decision-returned.v1"
    proposed_by: PersonId
    decision_sha256: DecisionSha256


class ApplicationReturned(CaseFact):
    """The application ends without action: neither approved nor refused."""

    type: ClassVar[str] = "policy.application-returned.v1"
    application_id: ApplicationId
    programme_id: ProgrammeId
    findings: tuple[Finding, ...]


class InformationRequested(PersonFact):
    """The company is asked for information; the clock stands until it answers."""

    type: ClassVar[str] = "policy.information-requested.v1"
    request_id: RequestId
    questions: Questions
    due_at: DueAt


class InformationReminded(CaseWorkFact):
    """Half of the time has passed without an answer."""

    type: ClassVar[str] = "policy.information-reminded.v1"
    request_id: RequestId
    questions: Questions
    due_at: DueAt


class InformationProvided(CaseWorkFact):
    """The company has answered; the clock goes on."""

    type: ClassVar[str] = "policy.information-provided.v1"
    actor: Actor
    request_id: RequestId
    answers: tuple[Text, ...]
    documents: tuple[Document, ...]
    deadline_at: DeadlineAt = None


class RequestLapsed(CaseWorkFact):
    """No answer came in time; the application is returned with the fact beside this one."""

    type: ClassVar[str] = "policy.request-lapsed.v1"
    request_id: RequestId
    due_at: DueAt


class ApplicationWithdrawn(CaseFact):
    """The company has withdrawn its application before it was decided."""

    type: ClassVar[str] = "policy.application-withdrawn.v1"
    application_id: ApplicationId
    programme_id: ProgrammeId
    actor: Actor
    reason: Text | None = None


class CaseTaken(PersonFact):
    """An officer has the case until the lease runs out."""

    type: ClassVar[str] = "policy.case-taken.v1"
    until: Annotated[AwareDatetime, Field(description="End of the lease, UTC.")]


class CaseLeft(PersonFact):
    """The officer has given the case back."""

    type: ClassVar[str] = "policy.case-left.v1"


class CaseEscalated(CaseWorkFact):
    """The deadline has passed without a decision; a lease on the case has ended with it."""

    type: ClassVar[str] = "policy.case-escalated.v1"
    deadline_at: Annotated[AwareDatetime, Field(description="What was missed, UTC.")]


class AdviceGiven(PersonFact):
    """An agency's opinion is recorded; several may disagree."""

    type: ClassVar[str] = "policy.advice-given.v1"
    agency: Agency
    opinion: Opinion
    text: Text


class AdviceWithdrawn(PersonFact):
    """An agency has no opinion any more."""

    type: ClassVar[str] = "policy.advice-withdrawn.v1"
    agency: Agency


class FlagRaised(PersonFact):
    """A flag stands: no decision is proposed."""

    type: ClassVar[str] = "policy.flag-raised.v1"
    flag: FlagKind


class FlagCleared(PersonFact):
    """A flag no longer stands."""

    type: ClassVar[str] = "policy.flag-cleared.v1"
    flag: FlagKind


class IntentIssued(PersonFact):
    """The company knows that a refusal is intended; the clock stands until it replies or the window ends."""

    type: ClassVar[str] = "policy.intent-issued.v1"
    request_id: RequestId
    reasons: Annotated[tuple[DecisionReason, ...], Field(min_length=1, max_length=REASONS_MAX)]
    due_at: ReplyBy
    findings: Annotated[tuple[Finding, ...], Field(description="The reasons as the company reads them.")]


class IntentClosed(CaseWorkFact):
    """The reply window has ended without a reply; the clock goes on."""

    type: ClassVar[str] = "policy.intent-closed.v1"
    request_id: RequestId
    due_at: ReplyBy
    deadline_at: DeadlineAt = None
