"""The kinds of rule a bundle may hold. A changed meaning is a new kind (`min_share.v2`); old kinds stay.

A rule reads measured facts and always yields at least one finding, per application or per line, also when it
passes. It decides nothing alone: the kernel weighs all findings. To add a rule: one class here, its codes, one
row in its test's table, one case in a bundle.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.findings import Effect, FactLine, Facts, Finding, RuleId
from schemas.values import Category, Share, Text, Units, Use
from services.policy.domain.findings import Figures, finding
from services.policy.domain.sentences import Sentences

Codes = Mapping[str, frozenset[str]]
"""Codes of findings, each with the figures its sentence may use."""


@dataclass(frozen=True, slots=True)
class MeasuredLine:
    """A use line in the programme's base unit. `coefficient` 0: its unit is unknown, `requested` is then 0."""

    fact: FactLine
    coefficient: int
    requested: int


@dataclass(frozen=True, slots=True)
class Measured:
    """Facts as the rules read them: frozen, in base units, with the window of the bundle that judges them."""

    facts: Facts
    lines: tuple[MeasuredLine, ...]
    effective_from: datetime
    effective_to: datetime


class Closed(BaseModel):
    """A part of a bundle: an unknown key is refused, nothing is coerced."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Law(Closed):
    """What a rule rests on: a dated public report, a statute, or nothing but this sample."""

    type: Literal["report", "statute", "sample"]
    text: Annotated[Text, Field(max_length=400)]


class Rule(Closed):
    """What every kind has."""

    codes: ClassVar[Codes]
    """Codes of the kind's findings, each with the figures its sentence may use."""

    kind: str
    rule: RuleId
    law: Law

    def _found(
        self,
        sentences: Sentences,
        effect: Effect,
        code: str,
        figures: Figures,
        line_id: str | None = None,
        limit_units: int | None = None,
    ) -> Finding:
        return finding(
            sentences[code],
            kind=self.kind,
            rule=self.rule,
            law=f"{self.law.type}: {self.law.text}",
            effect=effect,
            code=code,
            figures=figures,
            line_id=line_id,
            limit_units=limit_units,
        )


_WINDOW = frozenset({"submitted_on", "effective_from", "effective_to"})


class EffectiveWindow(Rule):
    """The application was submitted while the bundle is in force: from <= submitted < to."""

    codes: ClassVar[Codes] = {"IN_WINDOW": _WINDOW, "OUTSIDE_WINDOW": _WINDOW}
    kind: Literal["effective_window.v1"]
    on_outside: Literal["refer", "reject"]

    def findings(self, measured: Measured, sentences: Sentences) -> tuple[Finding, ...]:
        """One finding."""
        inside = measured.effective_from <= measured.facts.submitted_at < measured.effective_to
        figures: Figures = {
            "submitted_on": measured.facts.submitted_at.date().isoformat(),
            "effective_from": measured.effective_from.date().isoformat(),
            "effective_to": measured.effective_to.date().isoformat(),
        }
        if inside:
            return (self._found(sentences, "pass", "IN_WINDOW", figures),)
        return (self._found(sentences, self.on_outside, "OUTSIDE_WINDOW", figures),)


_SHARE = frozenset({"planned_bp", "minimum_bp"})


class MinShare(Rule):
    """At least this share of training, and of inference, is planned on domestic chips. Basis points."""

    codes: ClassVar[Codes] = {
        "TRAINING_SHARE_MET": _SHARE,
        "TRAINING_SHARE_BELOW": _SHARE,
        "INFERENCE_SHARE_MET": _SHARE,
        "INFERENCE_SHARE_BELOW": _SHARE,
    }
    kind: Literal["min_share.v1"]
    training_bp: Share
    inference_bp: Share
    on_below: Literal["refer", "reject"]

    def findings(self, measured: Measured, sentences: Sentences) -> tuple[Finding, ...]:
        """One for training, one for inference."""
        facts = measured.facts
        return (
            self._share(sentences, "TRAINING", facts.training, self.training_bp),
            self._share(sentences, "INFERENCE", facts.inference, self.inference_bp),
        )

    def _share(self, sentences: Sentences, work: str, planned: int, minimum: int) -> Finding:
        figures: Figures = {"planned_bp": planned, "minimum_bp": minimum}
        if planned >= minimum:
            return self._found(sentences, "pass", f"{work}_SHARE_MET", figures)
        return self._found(sentences, self.on_below, f"{work}_SHARE_BELOW", figures)


_CATEGORY = frozenset({"category"})
_USE = frozenset({"use"})


class Necessity(Rule):
    """Only uses deemed necessary, with a reason why a domestic chip will not do; some companies not, or by case."""

    codes: ClassVar[Codes] = {
        "CATEGORY_OPEN": _CATEGORY,
        "CATEGORY_EXCLUDED": _CATEGORY,
        "CATEGORY_CASE_BY_CASE": _CATEGORY,
        "USE_NECESSARY": _USE,
        "USE_NOT_NECESSARY": _USE,
        "JUSTIFICATION_MISSING": _USE,
    }
    kind: Literal["necessity.v1"]
    uses: Annotated[tuple[Use, ...], Field(min_length=1)]
    on_other_use: Literal["refer", "reject"]
    justified_uses: tuple[Use, ...]
    on_unjustified: Literal["refer", "reject"]
    excluded: tuple[Category, ...]
    case_by_case: tuple[Category, ...]

    @model_validator(mode="after")
    def _one_answer(self) -> "Necessity":
        """A category cannot be both excluded and judged by case."""
        if set(self.excluded) & set(self.case_by_case):
            raise ValueError("a category is both excluded and case_by_case")
        return self

    def findings(self, measured: Measured, sentences: Sentences) -> tuple[Finding, ...]:
        """One on the company's category, then one per line."""
        category = self._category(measured.facts.category, sentences)
        return (category, *[self._use(line.fact, sentences) for line in measured.lines])

    def _category(self, category: Category, sentences: Sentences) -> Finding:
        figures: Figures = {"category": category}
        if category in self.excluded:
            return self._found(sentences, "reject", "CATEGORY_EXCLUDED", figures)
        if category in self.case_by_case:
            return self._found(sentences, "refer", "CATEGORY_CASE_BY_CASE", figures)
        return self._found(sentences, "pass", "CATEGORY_OPEN", figures)

    def _use(self, line: FactLine, sentences: Sentences) -> Finding:
        figures: Figures = {"use": line.use}
        if line.use not in self.uses:
            return self._found(sentences, self.on_other_use, "USE_NOT_NECESSARY", figures, line.line_id)
        if line.use in self.justified_uses and not line.justified:
            return self._found(sentences, self.on_unjustified, "JUSTIFICATION_MISSING", figures, line.line_id)
        return self._found(sentences, "pass", "USE_NECESSARY", figures, line.line_id)


_CAP = frozenset({"cap_units", "approved_units", "requested_units", "room_units"})


class Cap(Rule):
    """A company's ceiling: `company_units` less what it already has approved, given to its lines in order.

    A line is cut to whole units as the application counts (no half module); after a line that was cut nothing
    is left for later ones, so that a higher cap never lowers any line.
    """

    codes: ClassVar[Codes] = {"CAP_FITS": _CAP, "CAP_EXCEEDED": _CAP, "CAP_UNMEASURED": frozenset({"unit"})}
    kind: Literal["cap.v1"]
    company_units: Units

    def findings(self, measured: Measured, sentences: Sentences) -> tuple[Finding, ...]:
        """One per line."""
        left = max(0, self.company_units - measured.facts.approved_units)
        found = []
        for line in measured.lines:
            if line.coefficient == 0:
                figures: Figures = {"unit": line.fact.unit}
                found.append(self._found(sentences, "refer", "CAP_UNMEASURED", figures, line.fact.line_id))
                continue
            room = left // line.coefficient * line.coefficient
            found.append(self._line(sentences, line, room, measured.facts.approved_units))
            left = left - line.requested if line.requested <= room else 0
        return tuple(found)

    def _line(self, sentences: Sentences, line: MeasuredLine, room: int, approved: int) -> Finding:
        figures: Figures = {
            "cap_units": self.company_units,
            "approved_units": approved,
            "requested_units": line.requested,
            "room_units": room,
        }
        if line.requested <= room:
            return self._found(sentences, "pass", "CAP_FITS", figures, line.fact.line_id, room)
        return self._found(sentences, "limit", "CAP_EXCEEDED", figures, line.fact.line_id, room)


AnyRule = Annotated[EffectiveWindow | MinShare | Necessity | Cap, Field(discriminator="kind")]
