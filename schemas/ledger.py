"""Commands to the ledger. The one fact it writes, the entry, is in `schemas/entries.py` with its parts.

A count is of the command's `unit`, money in minor units of the programme's currency.
"""

from typing import Annotated, ClassVar

from pydantic import AwareDatetime, Field

from schemas.base import Act, Command, Value
from schemas.entries import Authority, Coefficient, HoldId, LotNo, LotTerms, ProductClass, Scope
from schemas.entries import Balance as Balance
from schemas.entries import CapUse as CapUse
from schemas.entries import EntryRecorded as EntryRecorded
from schemas.entries import Figure as Figure
from schemas.entries import Posting as Posting
from schemas.entries import ProgrammeTerms as ProgrammeTerms
from schemas.values import (
    BatchId,
    CapId,
    CommandId,
    CompanyId,
    Currency,
    LineId,
    Minor,
    Name,
    PartNumber,
    PersonId,
    ProgrammeId,
    UnitCode,
    Units,
)

PROGRAMME_CAP = "programme"
"""Id of the programme's own cap."""

MEMBERS_MAX = 100
"""Most companies of one group."""

Count = Annotated[int, Field(description="A count of `unit`; judged by the ledger, not by the schema.")]
Version = Annotated[int | None, Field(ge=0, description="Version of the account that the sender relied on; None: any.")]


def company_cap(company_id: str) -> str:
    """Id of a company's cap where no command has named it: the programme's default for a company."""
    return f"company:{company_id}"


class DefineProgramme(Act):
    """Open a programme: its base unit, its other units, its total volume and the default cap of a company.

    A programme is defined once; a second definition is refused with `VERSION_CONFLICT`.
    """

    type: ClassVar[str] = "ledger.define-programme.v1"
    programme_id: ProgrammeId
    name: Name
    item: PartNumber
    tpp_per_unit: Annotated[Units | None, Field(description="TPP of one base unit of `item`.")] = None
    product_classes: Annotated[tuple[ProductClass, ...], Field(description="Further product classes.")] = ()
    unit: UnitCode
    coefficients: tuple[Coefficient, ...] = ()
    currency: Currency
    volume_units: Units
    volume_value: Minor | None = None
    volume_tpp: Annotated[Units | None, Field(description="Limit of total processing performance.")] = None
    company_units: Annotated[Units | None, Field(description="Cap of a company that has none of its own.")] = None


class DefineCap(Act):
    """Create or change a cap. Never below what is used, never above its parent, never below a cap under it.

    The programme's cap is called `programme`. A company has one cap that counts all its units; the first command
    or grant that concerns it names it (`company:<company_id>` by default), and the name stays. A group's cap lists
    its companies, whose caps then stand under it. Every other cap counts, of what its parent counts, the lots of
    its scope that are granted after it was made. Id, scope and parent of a cap never change.
    """

    type: ClassVar[str] = "ledger.define-cap.v1"
    programme_id: ProgrammeId
    cap_id: CapId
    company_id: Annotated[CompanyId | None, Field(description="The company, for a cap of all its units.")] = None
    scope: Annotated[Scope | None, Field(description="None: the company's, or else the programme's.")] = None
    parent_id: Annotated[CapId | None, Field(description="None: the programme's cap, or the company's group's.")] = None
    members: Annotated[
        tuple[CompanyId, ...], Field(max_length=MEMBERS_MAX, description="Of a group: all its companies.")
    ] = ()
    volume_units: Units
    volume_value: Minor | None = None
    volume_tpp: Annotated[Units | None, Field(description="Limit of total processing performance.")] = None


class GrantLine(Value):
    """Units and value to grant to one company: they become one lot."""

    line_id: LineId
    company_id: CompanyId
    units: Annotated[int, Field(description="A count of the batch's unit; judged by the ledger, not by the schema.")]
    value: Annotated[int, Field(description="Minor units of the programme's currency; 0 where none is controlled.")]
    terms: LotTerms | None = None


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


class AccountCommand(Command):
    """Concerns one account, on the authority named."""

    programme_id: ProgrammeId
    company_id: CompanyId
    expected_version: Version = None
    authority: Authority


class AccountAct(Act):
    """Concerns one account, by a person, on the authority named."""

    programme_id: ProgrammeId
    company_id: CompanyId
    expected_version: Version = None
    authority: Authority


class PlaceHold(AccountCommand):
    """Reserve units for an order until `expires_at`. The hold's id is this command's."""

    type: ClassVar[str] = "ledger.place-hold.v1"
    line_id: Annotated[LineId | None, Field(description="Authorisation line; None: any, earliest expiry first.")] = None
    unit: UnitCode
    units: Count
    expires_at: Annotated[AwareDatetime, Field(description="From then on the units are free again.")]


class ExtendHold(AccountCommand):
    """Let a hold last until a later time."""

    type: ClassVar[str] = "ledger.extend-hold.v1"
    hold_id: HoldId
    expires_at: Annotated[AwareDatetime, Field(description="Later than it is now; from then on its units are free.")]


class VoidHold(AccountCommand):
    """Release what is left of a hold."""

    type: ClassVar[str] = "ledger.void-hold.v1"
    hold_id: HoldId


class Draw(AccountCommand):
    """Final use of granted units, at clearance: of a hold, of a line or lot, or of the account, earliest expiry first.

    More than is there is refused, except what the tolerance of the line permits.
    """

    type: ClassVar[str] = "ledger.draw.v1"
    unit: UnitCode
    units: Count
    hold_id: HoldId | None = None
    line_id: LineId | None = None
    lot: LotNo | None = None


class RecordLate(AccountCommand):
    """Customs reports a clearance after the fact. What neither line nor tolerance covers is over-use, never refused."""

    type: ClassVar[str] = "ledger.record-late.v1"
    line_id: LineId
    hold_id: HoldId | None = None
    unit: UnitCode
    units: Count
    effective_at: Annotated[AwareDatetime, Field(description="When it was cleared.")]


class SetCumulative(AccountCommand):
    """Customs' total of a line so far. A rise is recorded as a late clearance, a fall as an adjustment."""

    type: ClassVar[str] = "ledger.set-cumulative.v1"
    line_id: LineId
    hold_id: HoldId | None = None
    unit: UnitCode
    units: Annotated[int, Field(description="All units ever cleared on the line, in `unit`; may be 0.")]
    effective_at: Annotated[AwareDatetime | None, Field(description="When the last of them was cleared.")] = None


class Adjust(AccountCommand):
    """Customs corrects a clearance: `units` is what it should have said."""

    type: ClassVar[str] = "ledger.adjust.v1"
    corrects: Annotated[CommandId, Field(description="The draw or late record, by its command id.")]
    unit: UnitCode
    units: Annotated[int, Field(description="The right number of units, in `unit`; may be 0.")]


class Contra(AccountCommand):
    """Customs takes a clearance back, whole."""

    type: ClassVar[str] = "ledger.contra.v1"
    corrects: Annotated[CommandId, Field(description="The draw or late record, by its command id.")]


class Revoke(AccountAct):
    """Take back what is available: all of `units`, or at most `units`."""

    type: ClassVar[str] = "ledger.revoke.v1"
    line_id: LineId | None = None
    lot: LotNo | None = None
    unit: UnitCode
    units: Count
    at_most: Annotated[bool, Field(description="True: take what is there if it is less than `units`.")] = False


class Return(AccountAct):
    """The company gives back units it will not use: all of `units`, or at most `units`."""

    type: ClassVar[str] = "ledger.return.v1"
    line_id: LineId | None = None
    unit: UnitCode
    units: Count
    at_most: Annotated[bool, Field(description="True: take what is there if it is less than `units`.")] = False


class Surrender(AccountAct):
    """The company gives up an authorisation line: everything still available on it."""

    type: ClassVar[str] = "ledger.surrender.v1"
    line_id: LineId


class Transfer(AccountAct):
    """Move available units, with their value and terms, to another company, as new lots of a line of its own."""

    type: ClassVar[str] = "ledger.transfer.v1"
    line_id: LineId | None = None
    to_company_id: CompanyId
    to_line_id: LineId
    unit: UnitCode
    units: Count


class AcceptConditions(AccountAct):
    """The conditions of a line are final and the company has accepted them: its lots may be used."""

    type: ClassVar[str] = "ledger.accept-conditions.v1"
    line_id: LineId


class BarAct(Act):
    """Bars the programme, an account or one authorisation line of it, or lifts the bar."""

    programme_id: ProgrammeId
    company_id: Annotated[CompanyId | None, Field(description="None: every account of the programme.")] = None
    line_id: Annotated[LineId | None, Field(description="None: the whole account.")] = None
    authority: Authority


class Suspend(BarAct):
    """No use until reinstated: neither holds nor draws nor transfers."""

    type: ClassVar[str] = "ledger.suspend.v1"


class Block(BarAct):
    """Claims are accepted, allocation waits: holds may be placed, nothing is drawn or transferred."""

    type: ClassVar[str] = "ledger.block.v1"


class Reinstate(BarAct):
    """Lift a suspension or a block."""

    type: ClassVar[str] = "ledger.reinstate.v1"


class Freeze(Act):
    """Nothing moves in the programme until two people release it."""

    type: ClassVar[str] = "ledger.freeze.v1"
    programme_id: ProgrammeId
    authority: Authority


class Unfreeze(Act):
    """Release a frozen programme."""

    type: ClassVar[str] = "ledger.unfreeze.v1"
    programme_id: ProgrammeId
    countersigned_by: Annotated[PersonId, Field(description="The second person; not the one who acts.")]
    authority: Authority


class CloseProgramme(Act):
    """End a programme, for good: no new caps, grants, holds, draws or transfers. Corrections are still recorded."""

    type: ClassVar[str] = "ledger.close-programme.v1"
    programme_id: ProgrammeId
    authority: Authority


class LedgerTick(Command):
    """Time has passed: holds and lots that are due by the record's time expire, a bounded number at once."""

    type: ClassVar[str] = "ledger.tick.v1"
    programme_id: ProgrammeId
