"""The kernel: frozen facts and a bundle in, an evaluation with every finding out. Pure, integers only, fails closed.

Every rule is run, nothing short-circuits. Precedence: reject > refer > limit > pass.
Per line granted = max(0, min(requested, every limit)). Facts that cannot be judged, and a rule that raises,
refer the application to an officer; neither ever approves.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.base import maker
from schemas.findings import EvaluatedLine, Facts, Finding, Outcome
from schemas.values import UNITS_MAX
from services.policy.domain.bundle import Bundle
from services.policy.domain.facts import InvalidFacts
from services.policy.domain.findings import system_finding
from services.policy.domain.rules import Judge, Measured, MeasuredLine, measured

KERNEL_VERSION = "1"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a run found. `lines` are empty when the facts are invalid."""

    outcome: Outcome
    lines: tuple[EvaluatedLine, ...]
    findings: tuple[Finding, ...]

    @property
    def deciding(self) -> tuple[Finding, ...]:
        """The findings that made the outcome; none when it is eligible."""
        effects = {finding.effect for finding in self.findings}
        for effect in ("reject", "refer", "limit"):
            if effect in effects:
                return tuple([finding for finding in self.findings if finding.effect == effect])
        return ()


def evaluate(facts: Facts | InvalidFacts, bundle: Bundle | None) -> Evaluation:
    """Run every rule of the bundle over the facts; None: no bundle is known for the programme."""
    if isinstance(facts, InvalidFacts):
        finding = system_finding("FACTS_INVALID", "refer", fields=", ".join(facts.fields))
        return Evaluation("refer", (), (finding,))
    if bundle is None:
        finding = system_finding("PROGRAMME_UNKNOWN", "refer", programme_id=facts.programme_id)
        return _weigh(measured(facts, {}).lines, (finding,), False)
    known = measured(facts, bundle.coefficients)
    too_large = known.units > UNITS_MAX or known.value > UNITS_MAX
    findings = _standing(known, bundle, too_large)
    for rule, judge in bundle.judges:
        findings += _run(rule, judge, known)
    return _weigh(known.lines, tuple(findings), too_large)


def _standing(known: Measured, bundle: Bundle, too_large: bool) -> list[Finding]:
    """What must hold before any rule can mean something: said only where it does not."""
    facts, policy = known.facts, bundle.policy
    found = []
    if facts.programme_id != policy.programme_id:
        found.append(system_finding("PROGRAMME_UNKNOWN", "refer", programme_id=facts.programme_id))
    if facts.currency != policy.currency:
        found.append(system_finding("CURRENCY_UNKNOWN", "refer", currency=facts.currency))
    if facts.group_id is not None and facts.group_id != facts.company_id and not facts.group_confirmed:
        found.append(system_finding("GROUP_UNCONFIRMED", "refer", group_id=facts.group_id))
    for line in known.lines:
        if line.fact.item != policy.item:
            found.append(system_finding("ITEM_UNKNOWN", "refer", line.fact.line_id, item=line.fact.item))
        if line.coefficient == 0:
            found.append(system_finding("UNIT_UNKNOWN", "refer", line.fact.line_id, unit=line.fact.unit))
    if too_large:
        found.append(system_finding("AMOUNT_TOO_LARGE", "refer"))
    return found


def _run(rule: str, judge: Judge, known: Measured) -> tuple[Finding, ...]:
    try:
        return judge(known)
    except Exception:  # reason: whatever a rule raises, the application goes to an officer; it is never approved
        return (system_finding("POLICY_ERROR", "refer", rule=rule),)


def _weigh(lines: tuple[MeasuredLine, ...], findings: tuple[Finding, ...], too_large: bool) -> Evaluation:
    effects = {finding.effect for finding in findings}
    none = [0] * len(lines)
    if "reject" in effects:
        return Evaluation("ineligible", _lines(lines, none), findings)
    granted = _granted(lines, findings)
    if "refer" in effects:
        return Evaluation("refer", _lines(lines, none if too_large else granted), findings)
    return Evaluation(_by_units(lines, granted), _lines(lines, granted), findings)


def _by_units(lines: Sequence[MeasuredLine], granted: Sequence[int]) -> Outcome:
    if not any(granted):
        return "ineligible"
    whole = granted == [line.requested for line in lines]
    return "eligible" if whole else "eligible-in-part"


def _granted(lines: Sequence[MeasuredLine], findings: Sequence[Finding]) -> list[int]:
    """Per line the least of what is requested and every limit on it or on all lines, in whole units as requested."""
    least: dict[str | None, int] = {}
    for finding in findings:
        limit = finding.limit_units
        if limit is not None:
            line_id = finding.line_id
            least[line_id] = min(limit, least.get(line_id, limit))
    if not least:
        return [line.requested for line in lines]
    for_all = least.get(None, UNITS_MAX)
    return [
        max(0, min(line.requested, for_all, least.get(line.fact.line_id, UNITS_MAX)))
        // line.coefficient
        * line.coefficient
        if line.coefficient
        else 0
        for line in lines
    ]


def _lines(lines: Sequence[MeasuredLine], granted: Sequence[int]) -> tuple[EvaluatedLine, ...]:
    return tuple([_line(line, units) for line, units in zip(lines, granted, strict=True)])


_evaluated_line = maker(EvaluatedLine)


def _line(line: MeasuredLine, units: int) -> EvaluatedLine:
    fact, coefficient = line.fact, line.coefficient
    known = coefficient > 0 and line.requested <= UNITS_MAX
    return _evaluated_line(
        {
            "line_id": fact.line_id,
            "item": fact.item,
            "use": fact.use,
            "requested_units": line.requested if known else None,
            "recommended_units": units,
            "recommended_value": units // coefficient * fact.unit_value if coefficient else 0,
            "unit_value": fact.unit_value,
        }
    )
