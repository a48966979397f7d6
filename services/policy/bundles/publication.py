"""What a bundle must hold before it is published, beyond what loading it asks: sane figures, and what never may be.

Properties are tried on the facts of every case, as they are and with more and fewer units and earlier approvals:
- no line is granted more than it asks for, or than any limit found for it;
- a higher cap never lowers what a line is granted;
- the order of the rules changes nothing;
- where a finding says what would let its rule pass, doing that lets it pass.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from schemas.findings import Facts, Finding
from schemas.values import UNITS_MAX
from services.policy.bundles.folder import BundleRefused, read_files
from services.policy.bundles.reading import cases, load_bundle
from services.policy.bundles.signatures import Officers
from services.policy.domain.bundle import Bundle, Policy, bundle
from services.policy.domain.changes import applied
from services.policy.domain.facts import InvalidFacts, read_facts
from services.policy.domain.kernel import Evaluation, evaluate
from services.policy.domain.rules import AnyRule, Cap, ExportLicenceRule, Necessity

WINDOW_DAYS_MAX = 366 * 20
_SCOPES = ("company", "group", "batch", "programme")
"""Narrow to wide: a cap of a narrower scope lies within that of a wider one."""
_FACTORS = (1, 3, 1_000)
_RAISES = (1, 1_000_000)


def check(folder: Path, officers: Officers | None = None) -> Bundle:
    """The bundle in a folder, fit to be published. Raises BundleRefused."""
    made = load_bundle(folder, officers)
    check_policy(made.policy)
    raised, turned = (
        list(_raised(made)),
        bundle(
            made.policy.model_copy(update={"rules": made.policy.rules[::-1]}), made.sentences, made.digest, made.tables
        ),
    )
    for name, facts in _tried(folder):
        check_results(name, facts, made, raised, turned)
    return made


def check_policy(policy: Policy) -> None:
    """Figures that no type forbids, and that no scheme means."""
    if (policy.effective_to - policy.effective_from).days > WINDOW_DAYS_MAX:
        raise BundleRefused("policy.json", "/effective_to", f"the window is longer than {WINDOW_DAYS_MAX} days")
    for index, rule in enumerate(policy.rules):
        _check_rule(f"/rules/{index}", rule, policy)
    _check_caps(policy)


def _check_rule(place: str, rule: AnyRule, policy: Policy) -> None:
    if isinstance(rule, Necessity) and not set(rule.justified_uses) <= set(rule.uses):
        raise BundleRefused("policy.json", f"{place}/justified_uses", "holds a use that is not admitted at all")
    if isinstance(rule, ExportLicenceRule) and policy.item not in {product.item for product in rule.products}:
        raise BundleRefused("policy.json", f"{place}/products", f"{policy.item} is missing: all would be referred")
    if isinstance(rule, Cap) and rule.measure == "units":
        largest = max([part.base_units for part in policy.coefficients], default=1)
        if rule.limit < largest:
            raise BundleRefused("policy.json", f"{place}/limit", f"lies below one unit of {largest} base units")


def _check_caps(policy: Policy) -> None:
    """A narrower cap never exceeds a wider one of the same measure."""
    caps = [(index, rule) for index, rule in enumerate(policy.rules) if isinstance(rule, Cap)]
    for index, narrow in caps:
        for _, wide in caps:
            if narrow.measure == wide.measure and _within(narrow, wide) and narrow.limit > wide.limit:
                why = f"{narrow.rule} lies above {wide.rule}, within which it is"
                raise BundleRefused("policy.json", f"/rules/{index}/limit", why)


def _within(narrow: Cap, wide: Cap) -> bool:
    if narrow.scope == "quarter" or wide.scope == "quarter":
        return narrow.scope == "quarter" and wide.scope == "programme"
    return _SCOPES.index(narrow.scope) < _SCOPES.index(wide.scope)


def _tried(folder: Path) -> Iterator[tuple[str, Facts]]:
    """Facts of every case that are valid, and what they are with other quantities."""
    for name, case in cases(read_files(folder)):
        facts = read_facts(json.dumps(case.facts))
        if isinstance(facts, InvalidFacts):
            continue
        for factor in _FACTORS:
            lines = [line.model_copy(update={"units": min(line.units * factor, UNITS_MAX)}) for line in facts.lines]
            yield name, facts.model_copy(update={"lines": tuple(lines)})
        yield name, facts.model_copy(update={"approved_units": UNITS_MAX // 2})


def _raised(made: Bundle) -> Iterator[tuple[str, Bundle]]:
    """The bundle with one of its caps a little and much higher."""
    for index, rule in enumerate(made.policy.rules):
        if isinstance(rule, Cap):
            for by in _RAISES:
                higher = rule.model_copy(update={"limit": min(rule.limit + by, UNITS_MAX)})
                rules = (*made.policy.rules[:index], higher, *made.policy.rules[index + 1 :])
                yield f"/rules/{index}", _with_rules(made, rules)


def _with_rules(made: Bundle, rules: tuple[AnyRule, ...]) -> Bundle:
    return bundle(made.policy.model_copy(update={"rules": rules}), made.sentences, made.digest, made.tables)


def check_results(name: str, facts: Facts, made: Bundle, raised: Sequence[tuple[str, Bundle]], turned: Bundle) -> None:
    """The properties, on these facts. `raised`: with a higher cap, and its place; `turned`: the rules the other way."""
    found = evaluate(facts, made)
    check_limits(name, found)
    for place, higher in raised:
        if _falls(found, evaluate(facts, higher)):
            raise BundleRefused("policy.json", place, f"a higher cap lowers what {name} is granted")
    other = evaluate(facts, turned)
    if (other.outcome, other.lines) != (found.outcome, found.lines):
        raise BundleRefused("policy.json", "/rules", f"another order of the rules changes the result of {name}")
    for finding in found.findings:
        if finding.change is not None and not _kept(facts, finding, made):
            where = f"{finding.code} of {finding.rule}"
            raise BundleRefused(name, "/facts", f"{where} promises to pass after a change, and does not")


def check_limits(name: str, found: Evaluation) -> None:
    """No line is granted more than it asks for, or than a limit found for it."""
    for line in found.lines:
        limits = _limits(found.findings, line.line_id)
        if line.recommended_units > min([line.requested_units or 0, *limits]):
            raise BundleRefused(name, "/facts", f"{line.line_id} is granted more than it asks for or a limit allows")


def _limits(findings: Iterable[Finding], line_id: str) -> list[int]:
    return [
        finding.limit_units
        for finding in findings
        if finding.limit_units is not None and finding.line_id in (None, line_id)
    ]


def _falls(before: Evaluation, after: Evaluation) -> bool:
    return any(
        new.recommended_units < old.recommended_units for old, new in zip(before.lines, after.lines, strict=True)
    )


def _kept(facts: Facts, finding: Finding, made: Bundle) -> bool:
    """Whether what the change promises holds: its rule asks for nothing more at that place."""
    change = finding.change
    assert change is not None
    for again in evaluate(applied(facts, change), made).findings:
        if (again.rule, again.line_id) != (finding.rule, finding.line_id) or again.effect == "pass":
            continue
        other = again.change is not None and again.change.path != change.path
        added = again.change is not None and change.action == "add" and again.change.value != change.value
        if not (other or added):
            return False
    return True
