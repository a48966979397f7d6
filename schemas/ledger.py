"""Messages owned by the ledger: its commands, and the one fact it writes, the entry.

Counts of an entry are in the programme's base unit, money in minor units of its currency; both are named in it.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, StringConstraints

from schemas.base import Act, Command, Fact, Value
from schemas.values import (
    BatchId,
    CapId,
    Code,
    CompanyId,
    Currency,
    LineId,
    Minor,
    MinorOrZero,
    Name,
    PartNumber,
    PersonId,
    ProgrammeId,
    Seq,
    Sha256,
    UnitCode,
    Units,
    UnitsOrZero,
    plain_text,
)

PROGRAMME_CAP = "programme"
"""Id of the programme's own cap."""


Authority = Annotated[
    str,
    StringConstraints(max_length=200),
    AfterValidator(plain_text),
    Field(description="The decision or declaration it rests on; a blank one is judged by the ledger."),
]


def company_cap(company_id: str) -> str:
    """Id of a company's cap where no command has named it: the programme's default for a company."""
    return f"company:{company_id}"


class Coefficient(Value):
    """One `unit` is `base_units` of the programme's base unit, exactly."""

    unit: UnitCode
    base_units: Units


class DefineProgramme(Act):
    """Open a programme: its base unit, its other units, its total volume and the default cap of a company.

    A programme is defined once; a second definition is refused with `VERSION_CONFLICT`.
    """

    type: ClassVar[str] = "ledger.define-programme.v1"
    programme_id: ProgrammeId
    name: Name
    item: PartNumber
    unit: UnitCode
    coefficients: tuple[Coefficient, ...] = ()
    currency: Currency
    volume_units: Units
    volume_value: Minor | None = None
    company_units: Annotated[Units | None, Field(description="Cap of a company that has none of its own.")] = None


class DefineCap(Act):
    """Set a cap: the programme's total, or one company's. Never below what is used, never above the programme's.

    The programme's cap is called `programme`. A company has one cap; the first command or grant that concerns
    it names it (`company:<company_id>` by default), and the name stays.
    """

    type: ClassVar[str] = "ledger.define-cap.v1"
    programme_id: ProgrammeId
    cap_id: CapId
    company_id: Annotated[CompanyId | None, Field(description="None: the programme's own cap.")] = None
    volume_units: Units
    volume_value: Minor | None = None


class GrantLine(Value):
    """Units and value to grant to one company."""

    line_id: LineId
    company_id: CompanyId
    units: Annotated[int, Field(description="A count of the batch's unit; judged by the ledger, not by the schema.")]
    value: Annotated[int, Field(description="Minor units of the programme's currency; 0 where none is controlled.")]


class GrantBatch(Command):
    """Grant every line in one atomic step, or none."""

    type: ClassVar[str] = "ledger.grant-batch.v1"
    programme_id: ProgrammeId
    batch_id: BatchId
    attempt: Annotated[int, Field(ge=1, description="Which release of the batch this is, from 1.")]
    unit: UnitCode
    currency: Currency
    line_count: Annotated[int, Field(description="Number of lines, as the sender counts them; must agree.")]
    total_units: Annotated[int, Field(description="Sum of the lines in the batch's unit; must agree.")]
    lines: tuple[GrantLine, ...]


class Draw(Command):
    """Final use of granted units, at clearance."""

    type: ClassVar[str] = "ledger.draw.v1"
    programme_id: ProgrammeId
    company_id: CompanyId
    unit: UnitCode
    units: Annotated[int, Field(description="A count of `unit`; judged by the ledger, not by the schema.")]
    authority: Authority


class Revoke(Act):
    """Take back what is available: all of `units`, or at most `units`."""

    type: ClassVar[str] = "ledger.revoke.v1"
    programme_id: ProgrammeId
    company_id: CompanyId
    unit: UnitCode
    units: Annotated[int, Field(description="A count of `unit`; judged by the ledger, not by the schema.")]
    at_most: Annotated[bool, Field(description="True: take what is there if it is less than `units`.")] = False
    authority: Authority


class LedgerTick(Command):
    """Time has passed: what is due by the record's time is carried out."""

    type: ClassVar[str] = "ledger.tick.v1"
    programme_id: ProgrammeId


class Figure(Value):
    """Why a line or a command failed: needed and available, in the unit of the limit (`field`: units or value).

    Of an `EXISTS` entry the one figure's `code` is the first outcome; of `APPLIED_PARTIAL` it tells the shortfall.
    """

    code: Code
    line_id: LineId | None = None
    company_id: CompanyId | None = None
    cap_id: CapId | None = None
    field: Annotated[str | None, Field(max_length=100, description="Field of the command that decided.")] = None
    needed: Annotated[int | None, Field(description="What was asked for.")] = None
    available: UnitsOrZero | None = None
    shortfall: UnitsOrZero | None = None


Column = Annotated[Literal["granted", "drawn", "revoked"], Field(description="Which counter of the account rises.")]


class Posting(Value):
    """One movement: `units` and `value` added to one column of one account. Base unit."""

    company_id: CompanyId
    column: Column
    units: UnitsOrZero
    value: MinorOrZero = 0
    line_id: LineId | None = None


class Balance(Value):
    """An account after the entry. Columns only rise; available = granted - drawn - revoked. Base unit."""

    company_id: CompanyId
    version: Annotated[int, Field(ge=1, description="Entries that moved this account.")]
    granted_units: UnitsOrZero
    granted_value: MinorOrZero
    drawn_units: UnitsOrZero
    revoked_units: UnitsOrZero
    revoked_value: MinorOrZero
    available_units: UnitsOrZero


class CapUse(Value):
    """A cap after the entry. Base unit, minor units; None = no such limit."""

    cap_id: CapId
    company_id: CompanyId | None = None
    volume_units: UnitsOrZero | None = None
    used_units: UnitsOrZero
    volume_value: MinorOrZero | None = None
    used_value: MinorOrZero


class ProgrammeTerms(Value):
    """A programme as defined."""

    name: Name
    item: PartNumber
    unit: UnitCode
    coefficients: tuple[Coefficient, ...] = ()
    currency: Currency
    company_units: Units | None = None


CommandKind = Annotated[
    Literal["define-programme", "define-cap", "grant-batch", "draw", "revoke", "tick", "malformed"],
    Field(description="Which command the entry answers."),
]


class EntryRecorded(Fact):
    """Exactly one per command, also for refusals, repeats and malformed commands; refused = nothing moved.

    `chain` is the last field of the published bytes. With those bytes cut before `,"chain":` and closed by
    `}`, leaf = SHA-256(bytes) and chain = SHA-256(previous || leaf), both as raw 32 bytes.
    """

    type: ClassVar[str] = "ledger.entry-recorded.v1"
    seq: Seq
    programme_id: Annotated[str, Field(max_length=200, description="As the command said it; empty if it did not.")]
    command: CommandKind
    command_sha256: Sha256
    covers_from: Annotated[int, Field(ge=0, description="First inbox position this entry covers.")]
    covers_to: Annotated[int, Field(ge=0, description="Last inbox position this entry covers: its command's.")]
    code: Code
    repeats: Annotated[
        Seq | None, Field(description="For EXISTS and EXISTS_DIFFERENT: seq of the first entry for this id.")
    ] = None
    figures: tuple[Figure, ...] = ()
    batch_id: BatchId | None = None
    attempt: Annotated[int | None, Field(description="Release of the batch, if it is one.")] = None
    authority: Annotated[str | None, Field(max_length=200, description="What the command rests on.")] = None
    actor_id: PersonId | None = None
    reason: Annotated[str | None, Field(description="The person's reason; of a malformed record, its fault.")] = None
    unit: Annotated[UnitCode | None, Field(description="Base unit of every count; None: programme unknown.")] = None
    currency: Annotated[Currency | None, Field(description="Of every value; None: programme unknown.")] = None
    programme: ProgrammeTerms | None = None
    postings: tuple[Posting, ...] = ()
    balances: tuple[Balance, ...] = ()
    caps: tuple[CapUse, ...] = ()
    release: Annotated[str, Field(max_length=40, description="Version of the code that decided.")]
    previous: Sha256
    chain: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$", description="Chain head after this entry.")]
