"""Rules on who asks: screening, numbers of registers, and one request split into several applications."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from schemas.findings import EarlierLine, Finding, ScreeningHit
from schemas.values import Units
from services.policy.domain.changes import give_number
from services.policy.domain.findings import operand
from services.policy.domain.rules.base import Codes, Frame, Judge, Measured, MeasuredLine, Rule
from services.policy.domain.rules.papers import Missing
from services.policy.domain.rules.uses import Unmet

_LIST = frozenset({"list_digest"})
_HIT = frozenset({"list_digest", "entry", "tier"})


class Screening(Rule):
    """The recorded screening of the company. Not screened refers; so does every resemblance that is not sure.

    Sure is an identifier that is equal, or an exact name with a second fact; only that may reject. A hit that
    an officer dismissed counts no more.
    """

    codes: ClassVar[Codes] = {
        "SCREENING_CLEAR": _LIST,
        "SCREENING_MATCH": _HIT,
        "SCREENING_RESEMBLES": _HIT,
        "SCREENING_MISSING": frozenset(),
    }
    kind: Literal["screening.v1"]
    on_match: Unmet

    def judge(self, frame: Frame) -> Judge:
        """One finding per open hit; one in all where there is none."""
        clear, match, resembles, missing = (self._phrase(frame, code) for code in self.codes)

        def judge(measured: Measured) -> tuple[Finding, ...]:
            screening = measured.facts.screening
            if screening is None:
                return (missing.found("refer", ()),)
            listed, found = operand("list_digest", screening.list_digest), []
            for hit in screening.hits:
                if hit.dismissed:
                    continue
                operands = (listed, operand("entry", hit.entry_id), operand("tier", hit.tier))
                sure = _sure(hit)
                found.append((match if sure else resembles).found(self.on_match if sure else "refer", operands))
            return tuple(found) or (clear.found("pass", (listed,)),)

        return judge


def _sure(hit: ScreeningHit) -> bool:
    return hit.tier == "identifier" or (hit.tier == "exact" and hit.second_fact)


_NUMBER = frozenset({"number"})


class IdentifierRule(Rule):
    """Numbers of the company in its registers. A failed check refers and never rejects: real numbers fail, too."""

    codes: ClassVar[Codes] = {
        "NUMBER_VALID": _NUMBER,
        "NUMBER_FAILED": frozenset({"number", "verdict"}),
        "NUMBER_MISSING": _NUMBER,
    }
    kind: Literal["identifier.v1"]
    numbers: Annotated[tuple[Literal["uscc", "lei"], ...], Field(min_length=1)]
    on_missing: Missing

    def judge(self, frame: Frame) -> Judge:
        """One finding per kind of number; the number itself is never repeated."""
        valid, failed, missing = (self._phrase(frame, code) for code in self.codes)

        def judge(measured: Measured) -> tuple[Finding, ...]:
            known = {identifier.kind: identifier.verdict for identifier in measured.facts.identifiers}
            found = []
            for number in self.numbers:
                named, verdict = operand("number", number), known.get(number)
                if verdict == "valid":
                    found.append(valid.found("pass", (named,)))
                elif verdict is None:
                    found.append(missing.found(self.on_missing, (named,), change=give_number(number)))
                else:
                    operands = (named, operand("verdict", verdict))
                    found.append(failed.found("refer", operands, change=give_number(number)))
            return tuple(found)

        return judge


_EARLIER = frozenset({"use", "together_units", "above_units", "applications"})


class Duplicate(Rule):
    """Lines of several applications for one site and use of one group, together above `above_units`, are one request.

    That is how a request is split to stay below a threshold. Facts that do not know other applications refer.
    """

    codes: ClassVar[Codes] = {
        "NOT_SPLIT": frozenset({"use"}),
        "SPLIT": _EARLIER,
        "EARLIER_UNKNOWN": frozenset(),
    }
    kind: Literal["duplicate.v1"]
    above_units: Units
    on_split: Unmet

    def judge(self, frame: Frame) -> Judge:
        """One finding per line."""
        single, split, unknown = (self._phrase(frame, code) for code in self.codes)
        above = operand("above_units", self.above_units)

        def line_judge(line: MeasuredLine, own: int, earlier: tuple[EarlierLine, ...]) -> Finding:
            fact = line.fact
            same = [known for known in earlier if (known.site, known.use) == (fact.site, fact.use)]
            together = own + sum([known.units for known in same])
            use = operand("use", fact.use)
            if not same or together <= self.above_units:
                return single.found("pass", (use,), fact.line_id)
            applications = operand("applications", len({known.application_id for known in same}))
            operands = (use, operand("together_units", together), above, applications)
            return split.found(self.on_split, operands, fact.line_id)

        def judge(measured: Measured) -> tuple[Finding, ...]:
            earlier = measured.facts.earlier
            if earlier is None:
                return (unknown.found("refer", ()),)
            return tuple([line_judge(line, _own(measured, line), earlier) for line in measured.lines])

        return judge


def _own(measured: Measured, line: MeasuredLine) -> int:
    """What this application asks for at the line's site and use."""
    place = (line.fact.site, line.fact.use)
    return sum([other.requested for other in measured.lines if (other.fact.site, other.fact.use) == place])
