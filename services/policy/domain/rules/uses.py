"""Rules on what is asked and planned: when, for which use, with which share of domestic chips."""

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import Field

from schemas.findings import Finding
from schemas.values import SHARE_WHOLE, Share, Use
from services.policy.domain.changes import justify, leave_out, raise_share
from services.policy.domain.findings import Operands, operand
from services.policy.domain.rules.base import FOUND_MAX, Codes, Frame, Judge, Measured, Rule, day

Unmet = Literal["refer", "reject"]
"""What an unmet rule does."""

USES: tuple[str, ...] = get_args(get_args(Use)[0])
_USE: dict[str, Operands] = {use: (operand("use", use),) for use in USES}
_WINDOW = frozenset({"submitted_on", "effective_from", "effective_to"})


class EffectiveWindow(Rule):
    """The application was submitted while the bundle is in force: from <= submitted < to; else it is referred.

    Whether a programme has ended, or a bundle is missing between two, is for an officer to say.
    """

    codes: ClassVar[Codes] = {"IN_WINDOW": _WINDOW, "OUTSIDE_WINDOW": _WINDOW}
    kind: Literal["effective_window.v1"]

    def judge(self, frame: Frame) -> Judge:
        """One finding."""
        inside, outside = self._phrase(frame, "IN_WINDOW"), self._phrase(frame, "OUTSIDE_WINDOW")
        begins, ends = frame.effective_from, frame.effective_to
        window = (*day("effective_from", begins.date()), *day("effective_to", ends.date()))

        @lru_cache(FOUND_MAX)
        def found(on: date, within: bool) -> tuple[Finding, ...]:
            operands = (*day("submitted_on", on), *window)
            return (inside.found("pass", operands) if within else outside.found("refer", operands),)

        def judge(measured: Measured) -> tuple[Finding, ...]:
            at = measured.facts.submitted_at
            return found(at.date(), begins <= at < ends)

        return judge


_SHARE = frozenset({"planned_bp", "minimum_bp"})


class MinShare(Rule):
    """At least so much of training and of inference is planned on domestic chips, in basis points."""

    codes: ClassVar[Codes] = {
        "TRAINING_SHARE_MET": _SHARE,
        "TRAINING_SHARE_BELOW": _SHARE,
        "INFERENCE_SHARE_MET": _SHARE,
        "INFERENCE_SHARE_BELOW": _SHARE,
    }
    kind: Literal["min_share.v1"]
    training_bp: Share
    inference_bp: Share
    on_below: Unmet

    def judge(self, frame: Frame) -> Judge:
        """One finding on training, one on inference."""
        training = self._share(frame, "training", self.training_bp)
        inference = self._share(frame, "inference", self.inference_bp)
        return lambda measured: (training(measured.facts.training), inference(measured.facts.inference))

    def _share(self, frame: Frame, field: Literal["training", "inference"], minimum: int) -> Callable[[int], Finding]:
        met, below = (self._phrase(frame, f"{field.upper()}_SHARE_{end}") for end in ("MET", "BELOW"))
        least, change = operand("minimum_bp", minimum), raise_share(field, minimum)

        @lru_cache(SHARE_WHOLE + 1)
        def found(planned: int) -> Finding:
            operands = (operand("planned_bp", planned), least)
            if planned >= minimum:
                return met.found("pass", operands)
            return below.found(self.on_below, operands, change=change)

        return found


_USED = frozenset({"use"})


class Necessity(Rule):
    """Only uses deemed necessary, and a reason why a domestic chip will not do where one is required."""

    codes: ClassVar[Codes] = {"USE_NECESSARY": _USED, "USE_NOT_NECESSARY": _USED, "JUSTIFICATION_MISSING": _USED}
    kind: Literal["necessity.v1"]
    uses: Annotated[tuple[Use, ...], Field(min_length=1)]
    on_other_use: Unmet
    justified_uses: tuple[Use, ...]
    on_unjustified: Unmet

    def judge(self, frame: Frame) -> Judge:
        """One finding per line."""
        met, other, bare = (self._phrase(frame, code) for code in self.codes)
        uses, justified = frozenset(self.uses), frozenset(self.justified_uses)

        @lru_cache(FOUND_MAX)
        def found(use: str, said: bool, line_id: str, only: bool) -> Finding:
            if use not in uses:
                change = None if only else leave_out(line_id)
                return other.found(self.on_other_use, _USE[use], line_id, change=change)
            if use in justified and not said:
                return bare.found(self.on_unjustified, _USE[use], line_id, change=justify(line_id))
            return met.found("pass", _USE[use], line_id)

        def judge(measured: Measured) -> tuple[Finding, ...]:
            facts, only = measured.facts.lines, len(measured.lines) == 1
            return tuple([found(fact.use, fact.justified, fact.line_id, only) for fact in facts])

        return judge
