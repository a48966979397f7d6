"""What an evaluation reads and says: frozen facts in, findings with figures out. Part of policy's messages."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints, field_validator

from schemas.base import Value
from schemas.intake import DOCUMENTS_MAX, Document, ExportLicence
from schemas.values import (
    USE_LINES_MAX,
    ApplicationId,
    Category,
    Code,
    CompanyId,
    Currency,
    LineId,
    Minor,
    MinorOrZero,
    Name,
    PartNumber,
    ProgrammeId,
    Sha256,
    Share,
    Text,
    UnitCode,
    Units,
    UnitsOrZero,
    Use,
)

Outcome = Literal["eligible", "eligible-in-part", "refer", "ineligible"]
Effect = Literal["pass", "limit", "refer", "reject"]
RuleId = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9._-]{0,63}$"), Field(description="A rule of a bundle, or its kind.")
]


class FactLine(Value):
    """One use line as the rules see it. `units` counts `unit`; `unit_value` is the price of one `unit`."""

    line_id: LineId
    item: PartNumber
    use: Use
    units: Units
    unit: UnitCode
    unit_value: Annotated[Minor, Field(description="Price of one `unit`, minor units of the currency.")]
    justified: Annotated[bool, Field(description="The application says why a domestic chip will not do.")]
    site: Annotated[Name | None, Field(description="Where it is to be used; None: recorded before sites were.")] = None


HITS_MAX = 100
EARLIER_MAX = 200
Scope = Annotated[
    Literal["company", "group", "batch", "programme", "quarter"],
    Field(description="Whose ceiling: quarter is the programme's in the quarter of the application."),
]
Tier = Annotated[
    Literal["identifier", "exact", "script", "alias", "pinyin"],
    Field(description="How a list entry was matched, surest first."),
]
Verdict = Annotated[
    Literal["valid", "malformed", "checksum-failed", "resident-id"],
    Field(description="What the check of a number found; the number itself is not repeated."),
]


class Taken(Value):
    """What counts against a ceiling before this application, as known when the facts were frozen."""

    scope: Scope
    units: Annotated[UnitsOrZero | None, Field(description="Base unit; None: not known.")] = None
    value: Annotated[MinorOrZero | None, Field(description="Minor units of the currency; None: not known.")] = None


class ScreeningHit(Value):
    """One entry of the screened list that resembles the company."""

    entry_id: Annotated[str, Field(min_length=1, max_length=128, description="The entry, as its list names it.")]
    tier: Tier
    second_fact: Annotated[bool, Field(description="A second fact agrees: country, address or number.")] = False
    dismissed: Annotated[bool, Field(description="An officer found that it is another; reopened on a change.")] = False


class Screening(Value):
    """A recorded screening of the company: the list by digest, and every hit."""

    list_digest: Sha256
    hits: Annotated[tuple[ScreeningHit, ...], Field(max_length=HITS_MAX, description="Every entry it resembles.")] = ()


class Identifier(Value):
    """A number of the company and what its check found."""

    kind: Annotated[Literal["uscc", "lei"], Field(description="Unified social credit code, legal entity identifier.")]
    verdict: Verdict


class EarlierLine(Value):
    """A use line of another application of the company or its confirmed group, still counted."""

    application_id: ApplicationId
    site: Name
    use: Use
    units: Annotated[UnitsOrZero, Field(description="Base unit.")]


class Facts(Value):
    """Everything a rule may read, frozen before any rule runs: the same facts and bundle give the same findings."""

    company_id: CompanyId
    category: Category
    group_id: Annotated[CompanyId | None, Field(description="Group the company claims to belong to.")] = None
    group_confirmed: Annotated[bool, Field(description="An officer has confirmed the claim.")] = False
    programme_id: ProgrammeId
    currency: Currency
    submitted_at: Annotated[AwareDatetime, Field(description="When intake accepted the application.")]
    approved_units: Annotated[
        UnitsOrZero, Field(description="Units the company already has approved or authorised, base unit.")
    ]
    training: Annotated[Share, Field(description="Share of training planned on domestic chips.")]
    inference: Annotated[Share, Field(description="Share of inference planned on domestic chips.")]
    lines: Annotated[tuple[FactLine, ...], Field(min_length=1, max_length=USE_LINES_MAX)]
    approved_value: Annotated[
        MinorOrZero | None, Field(description="Value the company already has approved, minor units; None: not known.")
    ] = None
    taken: Annotated[tuple[Taken, ...], Field(max_length=5, description="Ceilings above the company's own.")] = ()
    documents: Annotated[tuple[Document, ...], Field(max_length=DOCUMENTS_MAX, description="Filed, by hash.")] = ()
    export_licence: ExportLicence | None = None
    identifiers: Annotated[tuple[Identifier, ...], Field(max_length=2, description="Checked numbers.")] = ()
    screening: Annotated[Screening | None, Field(description="None: the company has not been screened.")] = None
    earlier: Annotated[
        tuple[EarlierLine, ...] | None,
        Field(max_length=EARLIER_MAX, description="Lines of other applications; None: not known."),
    ] = None

    @field_validator("lines")
    @classmethod
    def _distinct(cls, lines: tuple[FactLine, ...]) -> tuple[FactLine, ...]:
        """Two lines of one name could not be told apart in a finding."""
        if len({line.line_id for line in lines}) != len(lines):
            raise ValueError("two lines have the same line_id")
        return lines

    @field_validator("taken")
    @classmethod
    def _one_of_each(cls, taken: tuple[Taken, ...]) -> tuple[Taken, ...]:
        """Two figures of one ceiling could not both hold."""
        if len({known.scope for known in taken}) != len(taken):
            raise ValueError("two figures are of the same scope")
        return taken


class Texts(Value):
    """One sentence for the reader, in both languages."""

    zh: Text
    en: Text


class Operand(Value):
    """One figure a rule looked at, as text: `requested_units` = `120000`."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,39}$"), Field(description="What it counts.")]
    value: Annotated[str, Field(max_length=200, description="The figure as text, never a float.")]


class Change(Value):
    """What an applicant may change so that the rule passes: the promise is kept when it is evaluated again."""

    path: Annotated[str, Field(max_length=200, description="Place in the facts; a line by its id: /lines/u1/units.")]
    action: Annotated[
        Literal["at-least", "at-most", "becomes", "add", "leave-out"], Field(description="What is to be done there.")
    ]
    value: Annotated[str, Field(max_length=200, description="The figure or word, as text; empty for leave-out.")]
    text: Texts


class Finding(Value):
    """What one rule found, with its figures, its limit and its reference."""

    rule: RuleId
    kind: RuleId
    effect: Annotated[Effect, Field(description="What it does to the application: reject > refer > limit > pass.")]
    code: Code
    line_id: LineId | None = None
    limit_units: Annotated[UnitsOrZero | None, Field(description="Most units this rule allows, base unit.")] = None
    operands: tuple[Operand, ...] = ()
    law: Annotated[str, Field(max_length=500, description="Reference of the rule, typed report, statute or sample.")]
    text: Texts
    change: Annotated[Change | None, Field(description="What would let this rule pass, where the applicant can.")] = (
        None
    )


class EvaluatedLine(Value):
    """One use line: requested and recommended are two figures, never one overwritten."""

    line_id: LineId
    item: PartNumber
    use: Use
    requested_units: Annotated[UnitsOrZero | None, Field(description="Base unit; None: it cannot be converted.")]
    recommended_units: Annotated[UnitsOrZero, Field(description="Most the rules allow, base unit.")]
    recommended_value: Annotated[MinorOrZero, Field(description="Price of the recommended units, minor units.")]
    unit_value: Annotated[Minor, Field(description="Price of one unit as the application counts, minor units.")]
