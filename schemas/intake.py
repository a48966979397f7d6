"""Messages owned by intake: companies, applications, operators' acts, tokens."""

from typing import Annotated, ClassVar, Literal

from pydantic import AwareDatetime, Field

from schemas.base import Act, Actor, Command, Fact, Role, Value
from schemas.values import (
    USE_LINES_MAX,
    ApplicationId,
    Category,
    Code,
    CompanyId,
    Country,
    Currency,
    DocumentKind,
    Grade,
    Language,
    LineId,
    Minor,
    Name,
    PartNumber,
    PersonId,
    ProgrammeId,
    RegistryNo,
    Sha256,
    Share,
    Text,
    TokenId,
    UnitCode,
    Units,
    Use,
)


class Profile(Value):
    """What is known of a company. Caps apply to its group, once an officer has confirmed the claim."""

    company_id: CompanyId
    legal_name: Name
    registry_no: RegistryNo
    country: Country
    category: Category
    language: Language
    group_id: Annotated[CompanyId | None, Field(description="The group it claims to belong to, by its head.")] = None
    group_confirmed: Annotated[bool, Field(description="True once an officer has confirmed the claim.")] = False


class UseLine(Value):
    """One intended use, with the units it needs and why a domestic chip will not do."""

    line_id: LineId
    use: Use
    workload: Text
    item: PartNumber
    units: Units
    unit: UnitCode
    unit_value: Annotated[Minor, Field(description="Price of one unit, minor units of the application's currency.")]
    site: Name
    starts_on: Annotated[AwareDatetime, Field(description="First moment of the use, UTC.")]
    ends_on: Annotated[AwareDatetime, Field(description="Last moment of the use, UTC.")]
    why_not_domestic: Annotated[Text | None, Field(description="Why a domestic chip will not do, where required.")] = (
        None
    )


class DomesticPlan(Value):
    """The share of the work planned on domestic chips, in basis points."""

    training: Share
    inference: Share


DOCUMENTS_MAX = 20


class Document(Value):
    """A document filed with an application, by the hash of its bytes; the bytes travel apart."""

    kind: DocumentKind
    sha256: Sha256


class ExportLicence(Value):
    """A licence of the exporting country, as the applicant shows it."""

    licence_no: Annotated[RegistryNo, Field(description="Number the exporting country gave it.")]
    expires_at: Annotated[AwareDatetime, Field(description="Not valid from then on, UTC.")]


class Application(Value):
    """A company's request: requested quantities only; recommended and authorised are facts of others."""

    application_id: ApplicationId
    company_id: CompanyId
    programme_id: ProgrammeId
    form_version: Annotated[int, Field(ge=1, le=1, description="Version of the form; 1 is the only one.")]
    currency: Currency
    use_lines: Annotated[tuple[UseLine, ...], Field(min_length=1, max_length=USE_LINES_MAX)]
    domestic_plan: DomesticPlan
    documents: Annotated[
        tuple[Document, ...], Field(max_length=DOCUMENTS_MAX, description="What is filed with it, by hash.")
    ] = ()
    export_licence: Annotated[
        ExportLicence | None, Field(description="Licence of the exporting country, if one is held already.")
    ] = None


class RegisterCompany(Command):
    """Register a company. Its id comes from the token's scope or from an officer."""

    type: ClassVar[str] = "intake.register-company.v1"
    actor: Actor
    company_id: CompanyId
    legal_name: Name
    registry_no: RegistryNo
    country: Country
    category: Category
    language: Language
    group_id: CompanyId | None = None


class ConfirmGroup(Act):
    """An officer confirms (or denies) that a company belongs to the group it claims."""

    type: ClassVar[str] = "intake.confirm-group.v1"
    company_id: CompanyId
    group_id: CompanyId
    confirmed: Annotated[bool, Field(description="True: the claim is confirmed; false: denied.")]


class SubmitApplication(Command):
    """Submit an application; the id of the application is derived from the command's."""

    type: ClassVar[str] = "intake.submit-application.v1"
    actor: Actor
    company_id: CompanyId
    application: Application


class CompanyRegistered(Fact):
    """A company is known."""

    type: ClassVar[str] = "intake.company-registered.v1"
    command_sha256: Sha256
    company_id: CompanyId
    profile: Profile
    actor: Actor


class GroupConfirmed(Fact):
    """An officer has judged a company's claim to a group."""

    type: ClassVar[str] = "intake.group-confirmed.v1"
    command_sha256: Sha256
    company_id: CompanyId
    group_id: CompanyId
    confirmed: Annotated[bool, Field(description="True: the claim is confirmed; false: denied.")]
    actor: Actor
    reason: Text


class ApplicationSubmitted(Fact):
    """An application has been accepted for evaluation."""

    type: ClassVar[str] = "intake.application-submitted.v1"
    command_sha256: Sha256
    company_id: CompanyId
    application: Application
    profile: Profile
    actor: Actor


class CommandRepeated(Fact):
    """The same command came again: the first answer stands."""

    type: ClassVar[str] = "intake.command-repeated.v1"
    company_id: CompanyId
    outcome: Annotated[Literal["registered", "confirmed", "submitted", "refused"], Field(description="First answer.")]
    code: Code | None = None
    field: Annotated[str | None, Field(max_length=200, description="JSON pointer into the request.")] = None
    application_id: ApplicationId | None = None


class CommandRefused(Fact):
    """A command was refused, with the code and the JSON pointer of the field that decided."""

    type: ClassVar[str] = "intake.command-refused.v1"
    command_sha256: Sha256
    company_id: CompanyId
    code: Code
    field: Annotated[str | None, Field(max_length=200, description="JSON pointer into the request.")] = None
    application_id: Annotated[ApplicationId | None, Field(description="Of a refused submission only.")] = None


Desk = Annotated[Literal["desk"], Field(description="Constant key: acts are in one order.")]
Verb = Annotated[
    Literal[
        "issue-token",
        "revoke-token",
        "confirm-group",
        "define-programme",
        "define-cap",
        "draw",
        "revoke",
        "release-batch",
        "replay-dead-letter",
        "rebuild",
        "retry-parked",
        "verify",
    ],
    Field(description="What was done."),
]


class RecordAct(Act):
    """An operator or officer acts: recorded first, then carried out by what the fact causes."""

    type: ClassVar[str] = "intake.record-act.v1"
    desk: Desk = "desk"
    verb: Verb
    target: Annotated[str, Field(max_length=200, description="What it is done to: a programme, token or lane.")]
    payload: Annotated[
        str, Field(max_length=1_000_000, description="JSON of the command that the act asks for; empty if none.")
    ] = ""


class IssueToken(Act):
    """Issue a bearer token; only its SHA-256 is ever sent or kept."""

    type: ClassVar[str] = "intake.issue-token.v1"
    desk: Desk = "desk"
    token_id: TokenId
    token_sha256: Sha256
    person_id: PersonId
    role: Role
    grade: Grade = 1
    company_id: CompanyId | None = None
    expires_at: Annotated[AwareDatetime | None, Field(description="Not valid from then on, UTC; none: no end.")] = None


class RevokeToken(Act):
    """Revoke a bearer token, at once and for good."""

    type: ClassVar[str] = "intake.revoke-token.v1"
    desk: Desk = "desk"
    token_id: TokenId


class OperatorActed(Fact):
    """Who did what, to what, and why."""

    type: ClassVar[str] = "intake.operator-acted.v1"
    command_sha256: Sha256
    desk: Desk = "desk"
    actor: Actor
    verb: Verb
    target: Annotated[str, Field(max_length=200, description="What it was done to.")]
    reason: Text
    payload: Annotated[str, Field(max_length=1_000_000, description="JSON of the command it causes; may be empty.")] = (
        ""
    )


class TokenIssued(Fact):
    """A bearer token is valid from here on."""

    type: ClassVar[str] = "intake.token-issued.v1"
    desk: Desk = "desk"
    token_id: TokenId
    token_sha256: Sha256
    person_id: PersonId
    role: Role
    grade: Grade = 1
    company_id: CompanyId | None = None
    expires_at: Annotated[AwareDatetime | None, Field(description="Not valid from then on, UTC; none: no end.")] = None


class TokenRevoked(Fact):
    """A bearer token is no longer valid."""

    type: ClassVar[str] = "intake.token-revoked.v1"
    desk: Desk = "desk"
    token_id: TokenId


class ActRepeated(Fact):
    """The same act came again: the first answer stands, and nothing is carried out a second time."""

    type: ClassVar[str] = "intake.act-repeated.v1"
    desk: Desk = "desk"
    outcome: Annotated[Literal["acted", "refused"], Field(description="First answer.")]
    code: Code | None = None
    field: Annotated[str | None, Field(max_length=200, description="JSON pointer into the request.")] = None


class ActRefused(Fact):
    """An act was refused, with its code and the JSON pointer of the field that decided."""

    type: ClassVar[str] = "intake.act-refused.v1"
    command_sha256: Sha256
    desk: Desk = "desk"
    actor: Actor
    code: Code
    field: Annotated[str | None, Field(max_length=200, description="JSON pointer into the request.")] = None
