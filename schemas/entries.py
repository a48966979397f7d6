"""What the ledger tells: the parts of an entry, and the entry itself, the one fact it writes.

Counts are in the programme's base unit, money in minor units of its currency; both are named in the entry.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from schemas.base import Fact, Value
from schemas.values import (
    BatchId,
    CapId,
    Code,
    CommandId,
    CompanyId,
    Currency,
    LineId,
    MinorOrZero,
    Name,
    PartNumber,
    PersonId,
    Seq,
    Sha256,
    UnitCode,
    Units,
    UnitsOrZero,
    Use,
    plain_text,
)

Authority = Annotated[
    str,
    StringConstraints(max_length=200),
    AfterValidator(plain_text),
    Field(description="The decision or declaration it rests on; a blank one is judged by the ledger."),
]
LotNo = Annotated[int, Field(ge=1, description="One lot of the programme, in the order of granting.")]
HoldId = Annotated[CommandId, Field(description="A hold: the id of the command that placed it.")]
Scope = Annotated[
    str,
    StringConstraints(
        pattern=r"^(programme|(item|use|group|company):[A-Za-z0-9][A-Za-z0-9.-]{0,62}|quarter:[0-9]{4}-q[1-4])$"
    ),
    Field(description="What a cap counts: `programme`, `item:H200`, `use:research`, `group:`, `company:`, `quarter:`."),
]


class Coefficient(Value):
    """One `unit` is `base_units` of the programme's base unit, exactly."""

    unit: UnitCode
    base_units: Units


class ProductClass(Value):
    """A product class of a programme and the total processing performance (TPP) of one base unit of it."""

    item: PartNumber
    tpp_per_unit: Units | None = None


class LotTerms(Value):
    """What granted units are for and for how long. Left out: the programme's item, no expiry, no tolerance."""

    item: PartNumber | None = None
    use: Use | None = None
    valid_from: Annotated[AwareDatetime | None, Field(description="Not to be used before; None: at once.")] = None
    expires_at: Annotated[AwareDatetime | None, Field(description="From then on they cannot be used.")] = None
    tolerance_units: Annotated[UnitsOrZero, Field(description="Permitted excess at clearance, base unit.")] = 0
    conditions_final: Annotated[bool, Field(description="False: drawable once conditions are accepted.")] = True


class Figure(Value):
    """Why a line or a command failed: needed and available, in the unit of the limit (`field`: units, value or tpp).

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


Column = Annotated[
    Literal[
        "granted", "transferred_in", "transferred_out", "drawn", "reversed", "tolerated", "overused",
        "excess_reversed", "revoked", "expired", "returned", "held", "released",
    ],
    Field(description="Which counter of the account rises; `released` lets `held` fall."),
]  # fmt: skip


class Posting(Value):
    """One movement: `units` and `value` added to one column of one account. Base unit.

    `granted` and `transferred_in` make the lot they name: all of it is free, on these terms.
    """

    company_id: CompanyId
    column: Column
    units: UnitsOrZero
    value: MinorOrZero = 0
    line_id: LineId | None = None
    lot: LotNo | None = None
    terms: LotTerms | None = None


class Balance(Value):
    """An account after the entry. Base unit, minor units. All columns but `held` only rise.

    available = granted + transferred_in + reversed - drawn - transferred_out - revoked - expired - returned - held
    cleared   = drawn - reversed + tolerated + overused - excess_reversed
    """

    company_id: CompanyId
    version: Annotated[int, Field(ge=1, description="Entries that moved this account.")]
    granted_units: UnitsOrZero
    granted_value: MinorOrZero
    transferred_in_units: UnitsOrZero = 0
    transferred_in_value: MinorOrZero = 0
    transferred_out_units: UnitsOrZero = 0
    transferred_out_value: MinorOrZero = 0
    drawn_units: UnitsOrZero
    drawn_value: MinorOrZero = 0
    reversed_units: Annotated[UnitsOrZero, Field(description="Drawn, and taken back by customs.")] = 0
    reversed_value: MinorOrZero = 0
    tolerated_units: Annotated[UnitsOrZero, Field(description="Cleared beyond available, as permitted.")] = 0
    overused_units: Annotated[UnitsOrZero, Field(description="Cleared beyond available and tolerance.")] = 0
    excess_reversed_units: Annotated[UnitsOrZero, Field(description="Of the two before, taken back.")] = 0
    revoked_units: UnitsOrZero
    revoked_value: MinorOrZero
    expired_units: UnitsOrZero = 0
    expired_value: MinorOrZero = 0
    returned_units: UnitsOrZero = 0
    returned_value: MinorOrZero = 0
    held_units: Annotated[UnitsOrZero, Field(description="Reserved by open holds.")] = 0
    held_value: MinorOrZero = 0
    available_units: UnitsOrZero
    available_value: MinorOrZero = 0


class LotBalance(Value):
    """A lot after the entry. free + held + drawn = granted, less what was taken back or has expired."""

    lot: LotNo
    company_id: CompanyId
    line_id: LineId
    free_units: UnitsOrZero
    free_value: MinorOrZero
    held_units: UnitsOrZero
    held_value: MinorOrZero
    drawn_units: UnitsOrZero
    drawn_value: MinorOrZero
    tolerated_units: UnitsOrZero
    overused_units: UnitsOrZero
    accepted: Annotated[bool, Field(description="Whether its conditions are final and accepted.")]
    end: Annotated[
        Literal["open", "expired", "revoked", "returned", "transferred"],
        Field(description="What took the last of its free units; `open`: nothing, or they were used."),
    ]


class Part(Value):
    """What a hold reserves of a lot, or what a clearance took of it; kind says from where."""

    lot: LotNo
    units: Units
    value: MinorOrZero
    kind: Annotated[
        Literal["held", "drawn", "tolerated", "overused"],
        Field(description="Reserved; used of what was free; beyond it as permitted; beyond all."),
    ]


class HoldState(Value):
    """A hold after the entry: `parts` are what is still reserved, in the order of use."""

    hold_id: HoldId
    company_id: CompanyId
    line_id: LineId | None
    state: Annotated[
        Literal["open", "consumed", "voided", "expired"], Field(description="What became of it; closed for good.")
    ]
    units: Annotated[Units, Field(description="What was reserved at first.")]
    open_units: UnitsOrZero
    open_value: MinorOrZero
    expires_at: Annotated[AwareDatetime, Field(description="From then on what is left is released.")]
    closed_at: Annotated[AwareDatetime | None, Field(description="When it was closed; None: it is open.")] = None
    parts: tuple[Part, ...] = ()


class Bar(Value):
    """What bars a programme, an account or a line after the entry, or no longer does."""

    company_id: CompanyId | None = None
    line_id: LineId | None = None
    state: Annotated[
        Literal["none", "suspended", "blocked", "frozen", "unfrozen", "closed"],
        Field(description="`none`: a suspension or block was lifted; `unfrozen`: a freeze."),
    ]
    authority: Authority


class Crossing(Value):
    """A limit that came near, was reached, or is open again: old and new figures apart. Base unit.

    Of an account: available before and after, against all it was given and has not lost. Of a cap: unused before
    and after, against its volume.
    """

    kind: Annotated[
        Literal["reached", "exhausted", "reopened", "eased"],
        Field(description="Use rose to a threshold, or to all; fell from all, or from a threshold."),
    ]
    company_id: CompanyId | None = None
    cap_id: CapId | None = None
    percent: Annotated[int, Field(ge=1, le=100, description="The highest threshold that was passed.")]
    old_units: UnitsOrZero
    new_units: UnitsOrZero
    volume_units: UnitsOrZero


class CapUse(Value):
    """A cap after the entry. Base unit, minor units, TPP; None = no such limit."""

    cap_id: CapId
    company_id: CompanyId | None = None
    volume_units: UnitsOrZero | None = None
    used_units: UnitsOrZero
    volume_value: MinorOrZero | None = None
    used_value: MinorOrZero
    parent_id: Annotated[CapId | None, Field(description="None: the programme's own, at the root of the tree.")] = None
    scope: Scope = "programme"
    since: Annotated[
        int | None, Field(description="Counts lots after this one. None: the programme's, a group's, a company's.")
    ] = None
    volume_tpp: UnitsOrZero | None = None
    used_tpp: UnitsOrZero = 0


class ProgrammeTerms(Value):
    """A programme as defined."""

    name: Name
    item: PartNumber
    tpp_per_unit: Units | None = None
    product_classes: tuple[ProductClass, ...] = ()
    unit: UnitCode
    coefficients: tuple[Coefficient, ...] = ()
    currency: Currency
    company_units: Units | None = None


CommandKind = Annotated[
    Literal[
        "define-programme", "define-cap", "grant-batch", "place-hold", "extend-hold", "void-hold", "draw",
        "record-late", "set-cumulative", "adjust", "contra", "revoke", "return", "surrender", "transfer",
        "accept-conditions", "suspend", "block", "reinstate", "freeze", "unfreeze", "close-programme", "tick",
        "malformed",
    ],
    Field(description="Which command the entry answers."),
]  # fmt: skip


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
    corrects: Annotated[CommandId | None, Field(description="The clearance that this entry corrects.")] = None
    remains: Annotated[tuple[Part, ...], Field(description="What the corrected clearance still counts for.")] = ()
    effective_at: Annotated[AwareDatetime | None, Field(description="When it happened; None: when recorded.")] = None
    unit: Annotated[UnitCode | None, Field(description="Base unit of every count; None: programme unknown.")] = None
    currency: Annotated[Currency | None, Field(description="Of every value; None: programme unknown.")] = None
    programme: ProgrammeTerms | None = None
    postings: tuple[Posting, ...] = ()
    balances: tuple[Balance, ...] = ()
    caps: tuple[CapUse, ...] = ()
    lots: Annotated[tuple[LotBalance, ...], Field(description="Lots that were there before and changed.")] = ()
    holds: tuple[HoldState, ...] = ()
    bars: tuple[Bar, ...] = ()
    crossings: tuple[Crossing, ...] = ()
    release: Annotated[str, Field(max_length=40, description="Version of the code that decided.")]
    previous: Sha256
    chain: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$", description="Chain head after this entry.")]
