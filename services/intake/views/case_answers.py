"""What officers read: the queue of a programme, and a case as it stands. Units in the programme's base unit."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from schemas.base import Value
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
from services.intake.views.answers import CaseFile

QueueState = Literal["waiting", "information-requested", "proposed"]


class QueueCase(Value):
    """One open case in its queues."""

    application_id: str
    company_id: str
    state: QueueState = "waiting"
    queues: Annotated[tuple[str, ...], Field(description="Codes for which it waits.")]
    opened_at: AwareDatetime
    submitted_at: AwareDatetime
    requested_units: int
    recommended_units: int
    unit: str | None
    proposed_by: Annotated[str | None, Field(description="Who proposed the decision that stands.")] = None
    outcome: Annotated[str | None, Field(description="What is proposed.")] = None
    grade_needed: Annotated[int | None, Field(description="Least grade of the countersigner.")] = None
    due_at: Annotated[AwareDatetime | None, Field(description="Until when the company may answer.")] = None
    deadline_at: Annotated[AwareDatetime | None, Field(description="By when to decide; None: the clock stands.")] = None
    escalated: Annotated[bool, Field(description="The deadline has passed.")] = False
    taken_by: Annotated[str | None, Field(description="Who has taken it last.")] = None
    taken_until: AwareDatetime | None = None


class Queue(Value):
    """The open cases of a programme: escalated ones first, then the oldest."""

    programme_id: str
    waiting: Annotated[int, Field(description="Open cases in all.")]
    by_code: Annotated[dict[str, int], Field(description="Open cases per code; one may wait for several.")]
    cases: tuple[QueueCase, ...]


class CaseWork(Value):
    """A case as it stands: what was opened, what is proposed or asked, what was answered."""

    version: Annotated[int, Field(description="To be named by a proposal.")]
    opened: CaseOpened
    proposal: DecisionProposed | None = None
    request: InformationRequested | None = None
    intent: Annotated[IntentIssued | None, Field(description="An intended refusal that awaits a reply.")] = None
    information: tuple[InformationProvided, ...] = ()
    lease: Annotated[CaseTaken | None, Field(description="Who has taken it last, and until when.")] = None
    advice: Annotated[tuple[AdviceGiven, ...], Field(description="What agencies advise, one opinion each.")] = ()
    conflicting: Annotated[bool, Field(description="One agency is against what another is for.")] = False
    flags: Annotated[tuple[FlagRaised, ...], Field(description="What has to be cleared before a decision.")] = ()
    escalated: Annotated[bool, Field(description="The deadline has passed.")] = False
    ended: Annotated[str | None, Field(description="Type of the fact that ended it; None: it is open.")] = None


class OfficerCase(Value):
    """What an officer decides on: the application with every finding and fact, and the work in its case."""

    file: CaseFile
    work: CaseWork
