"""What a finding says would change the result, does: the applicant amends and is judged again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.findings import Facts, Finding
from services.policy.domain.changes import applied
from services.policy.domain.kernel import Evaluation, evaluate
from tests.unit.policy.samples import facts, line, of_rules, sample

BUNDLE = sample()
STRICT = of_rules(
    {"kind": "required_documents.v1", "documents": ("use-plan", "site-lease"), "uses": ("research",),
     "on_missing": "reject"},
    {"kind": "identifier.v1", "numbers": ("uscc", "lei"), "on_missing": "refer"},
    {"kind": "value_above.v1", "value": 5_400_000_000, "on_above": "refer"},
    {"kind": "export_licence.v1", "products": ({"item": "H200", "tpp": 15_832, "bandwidth_gbs": 4_800},),
     "tpp_below": 21_000, "bandwidth_below_gbs": 6_500, "on_above": "reject", "on_missing": "refer"},
)  # fmt: skip
TABLES = of_rules(
    {"kind": "decision_table.v1", "table": "uses", "hit": "unique", "over": "line",
     "inputs": ("use", "justified", "inference_bp", "requested_units")},
    uses="use,justified,inference_bp,requested_units,effect,limit_units,code\n"
    "research,yes,*,..999,pass,,FINE\nresearch,yes,*,1000..,limit,500,MUCH\nresearch,no,*,*,refer,,UNSAID\n"
    "inference,*,..4999,*,reject,,LOW\ninference,*,5000..,*,pass,,ENOUGH\n"
    "frontier-training|fine-tuning|other,*,*,*,reject,,ELSE\n",
)  # fmt: skip
_lines = st.lists(
    st.tuples(
        st.integers(1, 200_000),
        st.sampled_from(["chip", "module-8"]),
        st.sampled_from(["research", "other"]),
        st.booleans(),
    ),
    min_size=1,
    max_size=4,
).map(
    lambda asked: tuple(
        line(line_id=f"u{i}", units=units, unit=unit, use=use, justified=justified)
        for i, (units, unit, use, justified) in enumerate(asked)
    )
)


def _unmet(found: Evaluation) -> list[Finding]:
    return [finding for finding in found.findings if finding.effect != "pass"]


@given(lines=_lines, approved=st.integers(0, 130_000), training=st.integers(0, 4_000), inference=st.integers(0, 9_000))
def test_each_change_lets_its_rule_pass(
    lines: tuple[object, ...], approved: int, training: int, inference: int
) -> None:
    asked = facts(lines=lines, approved_units=approved, training=training, inference=inference)

    for finding in _unmet(evaluate(asked, BUNDLE)):
        if finding.change is None:
            continue
        again = evaluate(applied(asked, finding.change), BUNDLE)
        assert (finding.rule, finding.code, finding.line_id) not in {
            (each.rule, each.code, each.line_id) for each in _unmet(again)
        }
        assert "{" not in finding.change.text.zh + finding.change.text.en


def _all_changes(asked: Facts) -> Facts:
    """What an applicant has who does everything that every finding says, as often as there is something to do."""
    for _ in range(len(asked.lines) + 2):
        unmet = _unmet(evaluate(asked, BUNDLE))
        changes = [finding.change for finding in unmet if finding.change is not None]
        gone = {change.path for change in changes if change.action == "leave-out"}
        kept = len(asked.lines) > len(gone)
        for change in changes:
            if kept or change.action != "leave-out":
                asked = applied(asked, change)
    return asked


@given(lines=_lines, approved=st.integers(0, 119_000), training=st.integers(0, 4_000), inference=st.integers(0, 9_000))
def test_all_changes_together_make_an_application_eligible(
    lines: tuple[object, ...], approved: int, training: int, inference: int
) -> None:
    """Where a line of an admitted use is left: nobody tells a company to want another use."""
    first = line(line_id="u-first", units=1_000)
    asked = facts(lines=(first, *lines), approved_units=approved, training=training, inference=inference)

    found = evaluate(_all_changes(asked), BUNDLE)

    assert found.outcome == "eligible"


def test_papers_numbers_and_values_can_be_mended_too() -> None:
    asked = facts(lines=(line(units=3_000),), identifiers=({"kind": "uscc", "verdict": "checksum-failed"},))
    unmet = _unmet(evaluate(asked, STRICT))
    assert {finding.code for finding in unmet} == {
        "DOCUMENT_MISSING", "NUMBER_FAILED", "NUMBER_MISSING", "VALUE_ABOVE", "LICENCE_NOT_SHOWN",
    }  # fmt: skip

    for finding in unmet:
        assert finding.change is not None
        asked = applied(asked, finding.change)

    assert evaluate(asked, STRICT).outcome == "eligible"
    assert asked.lines[0].units == 2_000


@given(
    units=st.integers(1, 3_000),
    unit=st.sampled_from(["chip", "module-8"]),
    use=st.sampled_from(["research", "inference"]),
    justified=st.booleans(),
    inference=st.integers(0, 9_000),
)
def test_a_table_says_which_one_thing_would_do(
    units: int, unit: str, use: str, justified: bool, inference: int
) -> None:
    asked = facts(lines=(line(units=units, unit=unit, use=use, justified=justified),), inference=inference)
    found = evaluate(asked, TABLES)

    for finding in _unmet(found):
        if finding.change is not None:
            again = evaluate(applied(asked, finding.change), TABLES)
            assert finding.rule not in {each.rule for each in _unmet(again)}
    if justified and inference >= 5_000 and use == "research":
        assert all(finding.change is not None for finding in _unmet(found))


@pytest.mark.parametrize(
    ("changes", "path", "action", "value"),
    [
        ({"units": 1_000}, "/lines/u1/units", "at-most", "999"),
        ({"units": 500, "unit": "module-8"}, "/lines/u1/units", "at-most", "124"),
        ({"justified": False}, "/lines/u1/justified", "becomes", "true"),
        ({"use": "inference"}, "/inference", "at-least", "5000"),
    ],
)
def test_a_change_of_a_table_is_the_least_that_does(
    changes: dict[str, object], path: str, action: str, value: str
) -> None:
    found = evaluate(facts(lines=(line(**{"units": 10, **changes}),), inference=4_999), TABLES)

    (change,) = [finding.change for finding in _unmet(found)]
    assert change is not None
    assert (change.path, change.action, change.value) == (path, action, value)


def test_what_an_applicant_cannot_change_promises_nothing() -> None:
    found = evaluate(facts(category="military", lines=(line(use="other"),), approved_units=120_000), BUNDLE)

    assert {(finding.code, finding.change) for finding in _unmet(found)} == {
        ("CATEGORY_EXCLUDED", None), ("USE_NOT_NECESSARY", None), ("CAP_EXCEEDED", None),
    }  # fmt: skip
