"""Rules on how much: ceilings in units, value or processing performance, and values that an officer must see."""

from collections.abc import Callable
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from schemas.findings import Facts, Finding, Scope
from schemas.values import UNITS_MAX, Minor, Units
from services.policy.domain.changes import fewer_units
from services.policy.domain.findings import Operands, operand
from services.policy.domain.rules.base import Codes, Frame, Judge, Measured, MeasuredLine, Rule, Tables
from services.policy.domain.rules.uses import Unmet

Measure = Literal["units", "value", "tpp"]
TPP_MAX = 1_000_000


class Cap(Rule):
    """A ceiling: `limit` less what already counts against it, given to the application's lines in order.

    `limit` is in base units, minor units of the currency, or total processing performance (`tpp_per_unit` each).
    `kept_by` says who sees all that counts. `evaluation`: these facts do, and where they do not know it the
    application is referred. `release`, `ledger`: the programme's batches, or the ledger's own cap, hold the sum;
    the evaluation lets no single application exceed what it knows to be left.

    Where all fits, one finding says so. Else each line has its own: it is cut to whole units as the application
    counts (no half module); after a line that was cut nothing is left for later ones, so that a higher cap never
    lowers any line.
    """

    kind: Literal["cap.v1"]
    scope: Scope
    measure: Measure
    limit: Units
    kept_by: Literal["evaluation", "release", "ledger"]
    tpp_per_unit: Annotated[int, Field(ge=1, le=TPP_MAX)] | None = None

    @model_validator(mode="after")
    def _kept(self) -> "Cap":
        """A coefficient exactly where it is needed, and a keeper that is there."""
        if (self.measure == "tpp") != (self.tpp_per_unit is not None):
            raise ValueError("tpp_per_unit belongs to a cap in tpp, and to no other")
        kept = {"release": ("group", "batch"), "ledger": ("company", "programme")}
        if self.kept_by in kept and (self.scope not in kept[self.kept_by] or self.measure == "tpp"):
            raise ValueError(f"a cap by {self.scope} in {self.measure} is not kept by the {self.kept_by}")
        return self

    def told(self, tables: Tables) -> Codes:
        """The figures carry the measure's name; use is unknown only where the facts may not know it."""
        figures = frozenset({f"{name}_{self.measure}" for name in ("cap", "approved", "requested")})
        always: Codes = {
            "CAP_FITS": figures,
            "CAP_EXCEEDED": figures | {"room_units"},
            "CAP_UNMEASURED": frozenset({"unit"}),
        }
        known = self.kept_by != "evaluation" or (self.scope == "company" and self.measure != "value")
        return always if known else {**always, "CAP_USE_UNKNOWN": frozenset({"scope"})}

    def judge(self, frame: Frame) -> Judge:
        """One finding where all fits, else one per line; one where the facts do not know what counts already."""
        fits, lines = self._phrase(frame, "CAP_FITS"), self._lines(frame)
        unknown, name = self._unknown(frame), f"approved_{self.measure}"
        ceiling, nothing = operand(f"cap_{self.measure}", self.limit), operand(name, 0)

        def judge(measured: Measured) -> tuple[Finding, ...]:
            used = self._used(measured.facts)
            if used is None and unknown is not None:
                return (unknown,)
            shared, left = (ceiling, operand(name, used) if used else nothing), self.limit - (used or 0)
            if measured.whole and self._amount(measured) <= left:
                return (fits.found("pass", (*shared, *self._asked(measured))),)
            return lines(measured, shared, max(0, left))

        return judge

    def _lines(self, frame: Frame) -> Callable[[Measured, Operands, int], tuple[Finding, ...]]:
        fits, exceeded = self._phrase(frame, "CAP_FITS"), self._phrase(frame, "CAP_EXCEEDED")
        unmeasured, asked = self._phrase(frame, "CAP_UNMEASURED"), f"requested_{self.measure}"

        def judge(measured: Measured, shared: Operands, left: int) -> tuple[Finding, ...]:
            found = []
            for line in measured.lines:
                fact, coefficient = line.fact, line.coefficient
                if coefficient == 0:
                    found.append(unmeasured.found("refer", (operand("unit", fact.unit),), fact.line_id))
                    continue
                price = self._price(line)
                most = left // price
                room = min(most * coefficient, UNITS_MAX)
                operands = (*shared, operand(asked, fact.units * price), operand("room_units", room))
                if fact.units <= most:
                    found.append(fits.found("pass", operands, fact.line_id, room))
                    left -= fact.units * price
                else:
                    change = fewer_units(fact.line_id, most, len(measured.lines) == 1)
                    found.append(exceeded.found("limit", operands, fact.line_id, room, change))
                    left = 0
            return tuple(found)

        return judge

    def _amount(self, measured: Measured) -> int:
        """What the whole application takes of the cap."""
        return measured.value if self.measure == "value" else measured.units * (self.tpp_per_unit or 1)

    def _asked(self, measured: Measured) -> Operands:
        if self.measure == "units":
            return measured.asked
        return (operand(f"requested_{self.measure}", self._amount(measured)),)

    def _price(self, line: MeasuredLine) -> int:
        """What one unit, as the application counts, takes of the cap."""
        if self.measure == "value":
            return line.fact.unit_value
        return line.coefficient * (self.tpp_per_unit or 1)

    def _used(self, facts: Facts) -> int | None:
        """What counts against the cap already; None: the facts do not know."""
        units, value = self._taken(facts)
        if self.measure == "value":
            return value
        return None if units is None else units * (self.tpp_per_unit or 1)

    def _taken(self, facts: Facts) -> tuple[int | None, int | None]:
        if self.scope == "company":
            return facts.approved_units, facts.approved_value
        for taken in facts.taken:
            if taken.scope == self.scope:
                return taken.units, taken.value
        return None, None

    def _unknown(self, frame: Frame) -> Finding | None:
        if "CAP_USE_UNKNOWN" not in self.told(frame.tables):
            return None
        return self._phrase(frame, "CAP_USE_UNKNOWN").found("refer", (operand("scope", self.scope),))


_VALUE = frozenset({"requested_value", "threshold_value"})


class ValueAbove(Rule):
    """An application worth more than `value`, minor units, is referred or rejected."""

    codes: ClassVar[Codes] = {"VALUE_WITHIN": _VALUE, "VALUE_ABOVE": _VALUE}
    kind: Literal["value_above.v1"]
    value: Minor
    on_above: Unmet

    def judge(self, frame: Frame) -> Judge:
        """One finding. Where there is one line, it may ask for less."""
        within, above = self._phrase(frame, "VALUE_WITHIN"), self._phrase(frame, "VALUE_ABOVE")
        threshold = operand("threshold_value", self.value)

        def judge(measured: Measured) -> tuple[Finding, ...]:
            operands = (operand("requested_value", measured.value), threshold)
            if measured.value <= self.value:
                return (within.found("pass", operands),)
            only, *others = measured.facts.lines
            change = None if others else fewer_units(only.line_id, self.value // only.unit_value, True)
            return (above.found(self.on_above, operands, change=change),)

        return judge
