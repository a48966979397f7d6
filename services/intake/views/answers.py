"""What the read API answers: the shapes of its documents. Units in the programme's base unit unless a field says so."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from schemas.base import Value
from schemas.batchwork import BatchProposed, BatchSimulated
from schemas.intake import Profile
from schemas.ledger import Balance, CapUse
from schemas.policy import BatchLine, CapLevel, FailingLine, Finding
from schemas.values import Use

CaseState = Literal[
    "not-accepted",
    "submitted",
    "evaluated",
    "referred",
    "information-requested",
    "intent-to-refuse",
    "proposed",
    "refused",
    "returned",
    "withdrawn",
    "approved",
    "approved-in-part",
    "set-aside",
    "authorised",
]
BatchState = Literal["open", "proposed", "countersigned", "released", "refused", "posted", "closed"]


class CaseLine(Value):
    """One use line: requested, recommended and authorised are three figures, never one overwritten."""

    line_id: str
    use: Use
    item: str
    unit: Annotated[str, Field(description="Unit of `requested_units`, as the application says it.")]
    requested_units: int
    requested_value: Annotated[int, Field(description="Minor units of the application's currency.")]
    requested_base_units: Annotated[int | None, Field(description="None until evaluated, or not convertible.")] = None
    recommended_units: Annotated[int | None, Field(description="None until evaluated.")] = None
    recommended_value: int | None = None
    authorised_units: Annotated[int | None, Field(description="None until authorised.")] = None
    authorised_value: int | None = None


class CaseAuthorisation(Value):
    """An authorisation that rests on the application, and the batch and entry it rests on."""

    authorisation_id: str
    batch_id: str
    attempt: int
    ledger_seq: int
    currency: str
    unit: str


class TimelineStep(Value):
    """One fact about the application and the step that caused it."""

    id: Annotated[str, Field(description="Where the fact stands: journal/partition/offset.")]
    type: str
    at: AwareDatetime
    caused_by: Annotated[str | None, Field(description="Id of the step that caused it; None: a person's request.")]
    event: Annotated[str, Field(description="Source and id of the event, as CloudEvents names it.")]
    command_id: str
    correlation_id: str
    figures: dict[str, str | int]


class CaseFile(Value):
    """An application as far as it has come, with what every rule found and every fact in order."""

    application_id: str
    company_id: str
    programme_id: str | None
    state: CaseState
    code: Annotated[str | None, Field(description="Why the application was not accepted.")] = None
    field: Annotated[str | None, Field(description="Pointer of the field for which it was not accepted.")] = None
    submitted_at: AwareDatetime | None = None
    currency: str | None = None
    outcome: str | None = None
    lines: tuple[CaseLine, ...] = ()
    authorisations: tuple[CaseAuthorisation, ...] = ()
    findings: tuple[Finding, ...] = ()
    timeline: tuple[TimelineStep, ...] = ()


class CompanyFile(Value):
    """A company as registered; `profile.group_confirmed` is as an officer last judged it."""

    company_id: str
    registered_at: AwareDatetime
    profile: Profile


class LedgerHead(Value):
    """The end of the chain of the journal partition in which a programme lives."""

    seq: int
    chain: str
    at: AwareDatetime


class Totals(Value):
    """Sums over the accounts of a programme."""

    granted_units: int = 0
    granted_value: int = 0
    drawn_units: int = 0
    revoked_units: int = 0
    revoked_value: int = 0
    transferred_in_units: int = 0
    transferred_out_units: int = 0
    reversed_units: int = 0
    tolerated_units: int = 0
    overused_units: int = 0
    excess_reversed_units: int = 0
    expired_units: int = 0
    returned_units: int = 0
    held_units: int = 0
    available_units: int = 0


class ProgrammeLedger(Value):
    """A programme's terms, caps and accounts after the entry `seq`, all of the same moment."""

    programme_id: str
    name: str
    item: str
    unit: str
    currency: str
    seq: Annotated[int, Field(description="The last entry that moved something in this programme.")]
    at: AwareDatetime
    head: LedgerHead
    totals: Totals
    caps: tuple[CapUse, ...]
    accounts: tuple[Balance, ...]


class Account(Value):
    """One company's balance in one programme after the entry `seq`."""

    programme_id: str
    seq: int
    at: AwareDatetime
    balance: Balance


class BatchSummary(Value):
    """A batch and how far it has come."""

    batch_id: str
    programme_id: str
    state: BatchState
    attempt: int
    at: AwareDatetime


class BatchStep(Value):
    """What a release, a refusal or a posting said of the batch."""

    attempt: int
    at: AwareDatetime
    ledger_seq: int | None = None
    code: str | None = None
    cause: str | None = None
    total_units: int | None = None
    total_value: int | None = None
    failing: tuple[FailingLine, ...] = ()
    caps: tuple[CapLevel, ...] = ()


class LineSetAside(Value):
    """A line that left the batch, and why."""

    attempt: int
    line: BatchLine
    finding: Finding | None


class BatchFile(Value):
    """A batch with its lines."""

    batch_id: str
    programme_id: str
    state: BatchState
    attempt: int
    opened_at: AwareDatetime | None
    lines: tuple[BatchLine, ...]
    set_aside: tuple[LineSetAside, ...]
    released: BatchStep | None = None
    refused: BatchStep | None = None
    posted: BatchStep | None = None
    closed: BatchStep | None = None
    proposal: Annotated[BatchProposed | None, Field(description="The release that is proposed, with its plan.")] = None
    countersigned_by: str | None = None
    simulation: Annotated[BatchSimulated | None, Field(description="The plan that was tried last.")] = None
