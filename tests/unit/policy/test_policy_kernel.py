"""Each finding code by the facts that cause it, then what holds for every evaluation."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.findings import FactLine, Facts, Finding
from services.policy.domain.bundle import Bundle
from services.policy.domain.facts import InvalidFacts, read_facts
from services.policy.domain.findings import SYSTEM
from services.policy.domain.kernel import Evaluation, evaluate
from services.policy.domain.rules import Measured
from tests.unit.policy.samples import changed, facts, line, sample, with_cap

BUNDLE = sample()
EARLY = datetime(2025, 12, 31, tzinfo=UTC)
LATE = datetime(2027, 12, 31, tzinfo=UTC)
HUGE = 2**53 - 1
OPTIONAL = frozenset({
    "group_id", "group_confirmed", "approved_value", "taken", "documents", "export_licence", "identifiers", "screening",
    "earlier",
})  # fmt: skip
"""Facts that may be absent: the rules that need them say what their absence does (test_policy_rules.py)."""

BY_CODE: list[tuple[str, Facts, str, str | None, str]] = [
    ("IN_WINDOW", facts(), "pass", None, "eligible"),
    ("OUTSIDE_WINDOW", facts(submitted_at=EARLY), "refer", None, "refer"),
    ("TRAINING_SHARE_MET", facts(training=2_000), "pass", None, "eligible"),
    ("TRAINING_SHARE_BELOW", facts(training=1_999), "reject", None, "ineligible"),
    ("INFERENCE_SHARE_MET", facts(inference=5_001), "pass", None, "eligible"),
    ("INFERENCE_SHARE_BELOW", facts(inference=5_000), "reject", None, "ineligible"),
    ("CATEGORY_OPEN", facts(), "pass", None, "eligible"),
    ("CATEGORY_EXCLUDED", facts(category="sensitive-agency"), "reject", None, "ineligible"),
    ("CATEGORY_CASE_BY_CASE", facts(category="critical-infrastructure"), "refer", None, "refer"),
    ("USE_NECESSARY", facts(), "pass", "u1", "eligible"),
    ("USE_NOT_NECESSARY", facts(lines=(line(use="other"),)), "reject", "u1", "ineligible"),
    ("JUSTIFICATION_MISSING", facts(lines=(line(justified=False),)), "refer", "u1", "refer"),
    ("DOCUMENT_MISSING", facts(), "pass", None, "eligible"),
    ("DOCUMENT_FILED", facts(documents=({"kind": "use-plan", "sha256": "5d" * 32},)), "pass", None, "eligible"),
    ("DOCUMENT_NOT_ASKED", facts(lines=(line(use="other"),)), "pass", None, "ineligible"),
    ("CAP_FITS", facts(lines=(line(units=120_000),)), "pass", None, "eligible"),
    ("CAP_EXCEEDED", facts(lines=(line(units=120_001),)), "limit", "u1", "eligible-in-part"),
    ("CAP_UNMEASURED", facts(lines=(line(unit="rack"),)), "refer", "u1", "refer"),
    ("PRODUCT_WITHIN", facts(), "pass", "u1", "eligible"),
    ("PRODUCT_UNKNOWN", facts(lines=(line(item="H20"),)), "refer", "u1", "refer"),
    ("LICENCE_NOT_SHOWN", facts(), "pass", None, "eligible"),
    (
        "LICENCE_VALID",
        facts(export_licence={"licence_no": "ILLUSTRATIVE-0007", "expires_at": LATE}),
        "pass",
        None,
        "eligible",
    ),
    (
        "LICENCE_EXPIRED",
        facts(export_licence={"licence_no": "ILLUSTRATIVE-0007", "expires_at": EARLY}),
        "refer",
        None,
        "refer",
    ),
    ("UNIT_UNKNOWN", facts(lines=(line(unit="rack"),)), "refer", "u1", "refer"),
    ("ITEM_UNKNOWN", facts(lines=(line(item="H20"),)), "refer", "u1", "refer"),
    ("CURRENCY_UNKNOWN", facts(currency="CNY"), "refer", None, "refer"),
    ("PROGRAMME_UNKNOWN", facts(programme_id="elsewhere-2026"), "refer", None, "refer"),
    ("GROUP_UNCONFIRMED", facts(group_id="lanwei-group"), "refer", None, "refer"),
    ("AMOUNT_TOO_LARGE", facts(lines=(line(units=HUGE),)), "refer", None, "refer"),
]


def _one(found: Evaluation, code: str) -> Finding:
    return next(finding for finding in found.findings if finding.code == code)


@pytest.mark.parametrize(
    ("code", "given_facts", "effect", "line_id", "outcome"), BY_CODE, ids=[row[0] for row in BY_CODE]
)
def test_each_code_has_its_facts(code: str, given_facts: Facts, effect: str, line_id: str | None, outcome: str) -> None:
    found = evaluate(given_facts, BUNDLE)

    finding = _one(found, code)
    assert (finding.effect, finding.line_id, found.outcome) == (effect, line_id, outcome)
    assert "{" not in finding.text.zh + finding.text.en


@pytest.mark.parametrize("given_facts", [row[1] for row in BY_CODE], ids=[row[0] for row in BY_CODE])
def test_what_is_made_without_validation_is_valid(given_facts: Facts) -> None:
    found = evaluate(given_facts, BUNDLE)

    for value in (*found.findings, *found.lines):
        assert type(value).model_validate(value.model_dump(), strict=True) == value


def test_every_code_of_the_sample_has_a_row() -> None:
    codes = {code for rule in BUNDLE.policy.rules for code in rule.told(BUNDLE.tables)}
    elsewhere = {"FACTS_INVALID", "POLICY_ERROR", "OFFICER_DECIDES", "NO_LONGER_FITS", "LEDGER_REFUSED"}

    assert {row[0] for row in BY_CODE} == (codes | SYSTEM.keys()) - elsewhere


@pytest.mark.parametrize(
    ("raw", "fields"),
    [
        ("{}", "company_id"),
        ('{"units": 1e3}', "units"),
        ("[]", ""),
        ("nonsense", ""),
    ],
)
def test_odd_facts_refer_and_name_their_fields(raw: str, fields: str) -> None:
    read = read_facts(raw)
    assert isinstance(read, InvalidFacts)

    found = evaluate(read, BUNDLE)

    assert (found.outcome, found.lines) == ("refer", ())
    assert found.findings[0].code == "FACTS_INVALID"
    assert f"/{fields}" in found.findings[0].operands[0].value


@pytest.mark.parametrize(
    ("field", "value"),
    [("training", 2000.0), ("training", "2000"), ("training", True), ("training", None), ("approved_units", -1),
     ("approved_units", 2**53), ("category", "unheard-of"), ("submitted_at", "2026-03-02"), ("surprise", 1)],
)  # fmt: skip
def test_a_fact_of_another_type_is_never_coerced(field: str, value: object) -> None:
    raw = facts().model_dump(mode="json") | {field: value}

    read = read_facts(json.dumps(raw))

    assert read == InvalidFacts((f"/{field}",))


def test_two_figures_of_one_ceiling_are_invalid() -> None:
    twice = ({"scope": "group", "units": 1}, {"scope": "group", "units": 2})
    raw = facts().model_dump(mode="json") | {"taken": twice}

    assert read_facts(json.dumps(raw)) == InvalidFacts(("/taken",))


def test_a_fact_that_is_left_out_is_never_a_pass() -> None:
    whole = facts().model_dump(mode="json")
    for field in whole.keys() - OPTIONAL:
        read = read_facts(json.dumps({name: value for name, value in whole.items() if name != field}))
        assert read == InvalidFacts((f"/{field}",))


def test_a_rule_that_raises_refers() -> None:
    def torn(_: Measured) -> tuple[Finding, ...]:
        raise ZeroDivisionError

    found = evaluate(facts(), replace(BUNDLE, judges=(("torn", torn), *BUNDLE.judges)))

    assert found.outcome == "refer"
    assert [finding.code for finding in found.deciding] == ["POLICY_ERROR"]


def test_a_window_begins_with_its_first_moment_and_ends_before_its_last() -> None:
    policy = BUNDLE.policy

    assert evaluate(facts(submitted_at=policy.effective_from), BUNDLE).outcome == "eligible"
    assert evaluate(facts(submitted_at=policy.effective_to), BUNDLE).outcome == "refer"


def test_a_licence_that_ends_with_the_submission_has_ended() -> None:
    ended = facts(export_licence={"licence_no": "ILLUSTRATIVE-0007", "expires_at": facts().submitted_at})

    assert _one(evaluate(ended, BUNDLE), "LICENCE_EXPIRED").effect == "refer"


def test_nothing_is_recommended_of_what_cannot_be_counted() -> None:
    found = evaluate(facts(lines=(line(units=HUGE), line(line_id="u2"))), BUNDLE)

    assert [each.recommended_units for each in found.lines] == [0, 0]


def test_no_bundle_refers() -> None:
    found = evaluate(facts(), None)

    assert (found.outcome, found.lines[0].requested_units) == ("refer", None)
    assert [finding.code for finding in found.findings] == ["PROGRAMME_UNKNOWN"]


def test_a_confirmed_group_and_a_groups_own_head_are_not_referred() -> None:
    assert evaluate(facts(group_id="lanwei-group", group_confirmed=True), BUNDLE).outcome == "eligible"
    assert evaluate(facts(group_id="lanwei-compute"), BUNDLE).outcome == "eligible"


def test_nothing_short_circuits() -> None:
    found = evaluate(facts(category="military", inference=0, group_id="x", lines=(line(units=130_000),)), BUNDLE)

    assert {finding.code for finding in found.findings if finding.effect != "pass"} == {
        "GROUP_UNCONFIRMED", "CATEGORY_EXCLUDED", "INFERENCE_SHARE_BELOW", "CAP_EXCEEDED",
    }  # fmt: skip
    assert {finding.rule for finding in found.findings} >= {rule.rule for rule in BUNDLE.policy.rules}


def test_modules_count_as_chips_and_are_priced_as_modules() -> None:
    found = evaluate(facts(lines=(line(units=20_000, unit="module-8", unit_value=21_600_000),)), BUNDLE)

    (only,) = found.lines
    assert (only.requested_units, only.recommended_units) == (160_000, 120_000)
    assert only.recommended_value == 15_000 * 21_600_000


_lines = st.lists(
    st.tuples(st.integers(1, 200_000), st.sampled_from(["chip", "module-8"])), min_size=1, max_size=5
).map(lambda asked: tuple(line(line_id=f"u{i}", units=n, unit=unit) for i, (n, unit) in enumerate(asked)))


def _granted(asked: tuple[FactLine, ...], approved: int, known: Bundle) -> list[int]:
    return [each.recommended_units for each in evaluate(facts(lines=asked, approved_units=approved), known).lines]


@given(asked=_lines, approved=st.integers(0, 130_000), cap=st.integers(1, 300_000))
def test_granted_is_never_above_what_is_requested_or_any_limit(
    asked: tuple[FactLine, ...], approved: int, cap: int
) -> None:
    found = evaluate(facts(lines=asked, approved_units=approved), with_cap(BUNDLE, cap))

    for each in found.lines:
        assert 0 <= each.recommended_units <= (each.requested_units or 0)
        limits = [f.limit_units for f in found.findings if f.line_id == each.line_id and f.limit_units is not None]
        assert all(each.recommended_units <= limit for limit in limits)
    assert sum(each.recommended_units for each in found.lines) <= max(0, cap - approved)


@given(asked=_lines, approved=st.integers(0, 130_000), caps=st.lists(st.integers(1, 300_000), min_size=2, max_size=4))
def test_raising_a_cap_never_lowers_a_line(asked: tuple[FactLine, ...], approved: int, caps: list[int]) -> None:
    rows = [_granted(asked, approved, with_cap(BUNDLE, cap)) for cap in sorted(caps)]

    assert all(low <= high for lower, higher in pairwise(rows) for low, high in zip(lower, higher, strict=True))


@given(
    order=st.permutations(BUNDLE.policy.rules),
    asked=_lines,
    inference=st.sampled_from([0, 7_000]),
    category=st.sampled_from(["private", "state-owned", "military"]),
)
def test_the_order_of_rules_does_not_matter(
    order: list[object], asked: tuple[FactLine, ...], inference: int, category: str
) -> None:
    asking = facts(lines=asked, inference=inference, category=category)
    straight, shuffled = evaluate(asking, BUNDLE), evaluate(asking, changed(BUNDLE, rules=tuple(order)))

    assert (straight.outcome, straight.lines) == (shuffled.outcome, shuffled.lines)
    assert set(straight.findings) == set(shuffled.findings)
