"""What an evaluation reads and says: frozen facts in, findings with figures out. Part of policy's messages."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints, field_validator

from schemas.base import Value
from schemas.values import (
    USE_LINES_MAX,
    Category,
    Code,
    CompanyId,
    Currency,
    LineId,
    Minor,
    MinorOrZero,
    PartNumber,
    ProgrammeId,
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

    @field_validator("lines")
    @classmethod
    def _distinct(cls, lines: tuple[FactLine, ...]) -> tuple[FactLine, ...]:
        """Two lines of one name could not be told apart in a finding."""
        if len({line.line_id for line in lines}) != len(lines):
            raise ValueError("two lines have the same line_id")
        return lines


class Texts(Value):
    """One sentence for the reader, in both languages."""

    zh: Text
    en: Text


class Operand(Value):
    """One figure a rule looked at, as text: `requested_units` = `120000`."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,39}$"), Field(description="What it counts.")]
    value: Annotated[str, Field(max_length=200, description="The figure as text, never a float.")]


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


class EvaluatedLine(Value):
    """One use line: requested and recommended are two figures, never one overwritten."""

    line_id: LineId
    item: PartNumber
    use: Use
    requested_units: Annotated[UnitsOrZero | None, Field(description="Base unit; None: it cannot be converted.")]
    recommended_units: Annotated[UnitsOrZero, Field(description="Most the rules allow, base unit.")]
    recommended_value: Annotated[MinorOrZero, Field(description="Price of the recommended units, minor units.")]
    unit_value: Annotated[Minor, Field(description="Price of one unit as the application counts, minor units.")]
