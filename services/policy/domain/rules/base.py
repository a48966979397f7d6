"""What every kind of rule is: parameters in a bundle, prepared once into a judge that reads measured facts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.findings import FactLine, Facts, Finding, RuleId
from schemas.values import Name, Text
from services.policy.domain.findings import Operands, Phrase, operand
from services.policy.domain.sentences import Sentences

Codes = Mapping[str, frozenset[str]]
"""Codes of findings, each with the figures its sentence may use."""

Tables = Mapping[str, str]
"""CSV text of each decision table, by the name of its file without ending."""

LAW_CHARACTERS_MAX = 350


@dataclass(frozen=True, slots=True)
class MeasuredLine:
    """A use line in the programme's base unit. `coefficient` 0: its unit is unknown, `requested` is then 0."""

    fact: FactLine
    coefficient: int
    requested: int


@dataclass(frozen=True, slots=True)
class Measured:
    """Facts as the rules read them: frozen, and in base units.

    `units`, `value`: of all lines together, value in minor units. `whole`: every line's unit is known.
    `asked` is `units` as an operand: several rules name it.
    """

    facts: Facts
    lines: tuple[MeasuredLine, ...]
    units: int
    value: int
    whole: bool
    asked: Operands


def measured(facts: Facts, coefficients: Mapping[str, int]) -> Measured:
    """The facts in base units."""
    lines, units, value, whole = [], 0, 0, True
    for line in facts.lines:
        coefficient = coefficients.get(line.unit, 0)
        requested = line.units * coefficient
        lines.append(MeasuredLine(line, coefficient, requested))
        units += requested
        value += line.units * line.unit_value
        whole = whole and coefficient > 0
    return Measured(facts, tuple(lines), units, value, whole, (operand("requested_units", units),))


Judge = Callable[[Measured], tuple[Finding, ...]]
"""A prepared rule. It always yields at least one finding, also when it passes; it decides nothing alone."""

FOUND_MAX = 2_048
"""Findings that a rule keeps for the next time the same figures come: the same figures, the same finding."""


class Closed(BaseModel):
    """A part of a bundle: an unknown key is refused, nothing is coerced."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


_Said = Annotated[Text, Field(max_length=LAW_CHARACTERS_MAX)]


class Report(Closed):
    """A public report: who published it, and when."""

    type: Literal["report"]
    outlet: Annotated[Name, Field(max_length=60)]
    date: date
    text: _Said

    def __str__(self) -> str:
        return f"report: {self.outlet}, {self.date.isoformat()}: {self.text}"


class Statute(Closed):
    """A law or rule, by its citation and the day it took effect."""

    type: Literal["statute"]
    citation: Annotated[Name, Field(max_length=60)]
    effective: date
    text: _Said

    def __str__(self) -> str:
        return f"statute: {self.citation}, {self.effective.isoformat()}: {self.text}"


class Sample(Closed):
    """Nothing but the bundle itself: an invented figure, and why it is there."""

    type: Literal["sample"]
    text: _Said

    def __str__(self) -> str:
        return f"sample: {self.text}"


Law = Annotated[Report | Statute | Sample, Field(discriminator="type")]


@dataclass(frozen=True, slots=True)
class Frame:
    """What a rule may use of its bundle when it is prepared. A sentence of `rule.code` goes before one of `code`."""

    sentences: Sentences
    currency: str
    effective_from: datetime
    effective_to: datetime
    tables: Tables


class Rule(Closed):
    """What every kind has: a name in its bundle and what it rests on."""

    codes: ClassVar[Codes] = MappingProxyType({})
    """Codes of the kind's findings, each with the figures its sentence may use."""

    kind: str
    rule: RuleId
    law: Law

    def told(self, tables: Tables) -> Codes:
        """The codes this rule can give, with these tables beside it."""
        return self.codes

    def judge(self, frame: Frame) -> Judge:
        """The rule, ready to judge. Raises KeyError where a sentence or a table is missing."""
        raise NotImplementedError

    def _phrase(self, frame: Frame, code: str) -> Phrase:
        said = frame.sentences.get(f"{self.rule}.{code}") or frame.sentences[code]
        return Phrase(self.kind, self.rule, str(self.law), code, said, frame.currency)


def day(name: str, on: date) -> Operands:
    """A day as an operand."""
    return (operand(name, on.isoformat()),)
