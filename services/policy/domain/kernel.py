"""The kernel: frozen facts and a bundle in, an evaluation with every finding out. Pure, integers only, fails closed.

Every rule is run, nothing short-circuits. Precedence: reject > refer > limit > pass.
Per line granted = max(0, min(requested, every limit)). Facts that cannot be judged, and a rule that raises,
refer the application to an officer; neither ever approves.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.findings import EvaluatedLine, Facts, Finding, Outcome
from schemas.values import UNITS_MAX
from services.policy.domain.bundle import Bundle
from services.policy.domain.facts import InvalidFacts
from services.policy.domain.findings import system_finding
from services.policy.domain.rules import AnyRule, Measured, MeasuredLine

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
        return _weigh(_unmeasured(facts), (finding,))
    measured = _measure(facts, bundle)
    findings = _standing(measured, bundle)
    for rule in bundle.policy.rules:
        findings += _run(rule, measured, bundle)
    return _weigh(measured.lines, tuple(findings))


def _measure(facts: Facts, bundle: Bundle) -> Measured:
    lines = []
    for line in facts.lines:
        coefficient = bundle.coefficients.get(line.unit, 0)
        lines.append(MeasuredLine(line, coefficient, line.units * coefficient))
    policy = bundle.policy
    return Measured(facts, tuple(lines), policy.effective_from, policy.effective_to)


def _unmeasured(facts: Facts) -> tuple[MeasuredLine, ...]:
    return tuple([MeasuredLine(line, 0, 0) for line in facts.lines])


def _standing(measured: Measured, bundle: Bundle) -> list[Finding]:
    """What must hold before any rule can mean something: said only where it does not."""
    facts, policy = measured.facts, bundle.policy
    found = []
    if facts.programme_id != policy.programme_id:
        found.append(system_finding("PROGRAMME_UNKNOWN", "refer", programme_id=facts.programme_id))
    if facts.currency != policy.currency:
        found.append(system_finding("CURRENCY_UNKNOWN", "refer", currency=facts.currency))
    if facts.group_id is not None and facts.group_id != facts.company_id and not facts.group_confirmed:
        found.append(system_finding("GROUP_UNCONFIRMED", "refer", group_id=facts.group_id))
    for line in measured.lines:
        if line.fact.item != policy.item:
            found.append(system_finding("ITEM_UNKNOWN", "refer", line.fact.line_id, item=line.fact.item))
        if line.coefficient == 0:
            found.append(system_finding("UNIT_UNKNOWN", "refer", line.fact.line_id, unit=line.fact.unit))
    if _too_large(measured.lines):
        found.append(system_finding("AMOUNT_TOO_LARGE", "refer"))
    return found


def _too_large(lines: Sequence[MeasuredLine]) -> bool:
    units = sum([line.requested for line in lines])
    value = sum([line.fact.units * line.fact.unit_value for line in lines])
    return units > UNITS_MAX or value > UNITS_MAX


def _run(rule: AnyRule, measured: Measured, bundle: Bundle) -> tuple[Finding, ...]:
    try:
        return rule.findings(measured, bundle.sentences)
    except Exception:  # reason: whatever a rule raises, the application goes to an officer; it is never approved
        return (system_finding("POLICY_ERROR", "refer", rule=rule.rule),)


def _weigh(lines: tuple[MeasuredLine, ...], findings: tuple[Finding, ...]) -> Evaluation:
    effects = {finding.effect for finding in findings}
    granted = [_granted(line, findings) for line in lines]
    if "reject" in effects:
        return Evaluation("ineligible", _lines(lines, [0] * len(lines)), findings)
    if "refer" in effects:
        too_large = _too_large(lines)
        return Evaluation("refer", _lines(lines, [0] * len(lines) if too_large else granted), findings)
    return Evaluation(_by_units(lines, granted), _lines(lines, granted), findings)


def _by_units(lines: Sequence[MeasuredLine], granted: Sequence[int]) -> Outcome:
    if not any(granted):
        return "ineligible"
    return (
        "eligible"
        if all(units == line.requested for units, line in zip(granted, lines, strict=True))
        else ("eligible-in-part")
    )


def _granted(line: MeasuredLine, findings: Sequence[Finding]) -> int:
    """The least of what is requested and every limit on this line or on all lines, in whole units as requested."""
    if line.coefficient == 0:
        return 0
    least = line.requested
    for finding in findings:
        limit = finding.limit_units
        if limit is not None and limit < least and finding.line_id in (None, line.fact.line_id):
            least = limit
    return max(0, least) // line.coefficient * line.coefficient


def _lines(lines: Sequence[MeasuredLine], granted: Sequence[int]) -> tuple[EvaluatedLine, ...]:
    return tuple([_line(line, units) for line, units in zip(lines, granted, strict=True)])


def _line(line: MeasuredLine, units: int) -> EvaluatedLine:
    known = line.coefficient > 0 and line.requested <= UNITS_MAX
    return EvaluatedLine(
        line_id=line.fact.line_id,
        item=line.fact.item,
        use=line.fact.use,
        requested_units=line.requested if known else None,
        recommended_units=units,
        recommended_value=units // line.coefficient * line.fact.unit_value if line.coefficient else 0,
        unit_value=line.fact.unit_value,
    )
