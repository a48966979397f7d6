"""The kinds of rule that the sample does not use, or not in every way: each code by the facts that cause it."""

from collections.abc import Mapping

import pytest
from pydantic import ValidationError

from schemas.findings import Facts, Finding
from services.policy.domain.kernel import evaluate
from services.policy.domain.rules import Cap
from tests.unit.policy.samples import facts, line, of_rules

LIST = "a7" * 32
SCREENING = {"kind": "screening.v1", "on_match": "reject"}
IDENTIFIER = {"kind": "identifier.v1", "numbers": ("uscc",), "on_missing": "refer"}
DUPLICATE = {"kind": "duplicate.v1", "above_units": 1_500, "on_split": "refer"}
VALUE_ABOVE = {"kind": "value_above.v1", "value": 2_700_000_000, "on_above": "refer"}
QUARTER = {"kind": "cap.v1", "scope": "quarter", "measure": "units", "limit": 5_000, "kept_by": "evaluation"}
VALUE = {"kind": "cap.v1", "scope": "company", "measure": "value", "limit": 1_000_000_000, "kept_by": "evaluation"}
TPP = {
    "kind": "cap.v1", "scope": "company", "measure": "tpp", "limit": 20_000_000, "kept_by": "evaluation",
    "tpp_per_unit": 15_832,
}  # fmt: skip
GATE = {
    "kind": "export_licence.v1", "products": ({"item": "H200", "tpp": 21_000, "bandwidth_gbs": 100},),
    "tpp_below": 21_000, "bandwidth_below_gbs": 6_500, "on_above": "reject", "on_missing": "refer",
}  # fmt: skip
PLAN = {
    "kind": "required_documents.v1", "documents": ("use-plan", "domestic-plan"), "uses": ("research",),
    "on_missing": "reject",
}  # fmt: skip


def _screened(*hits: dict[str, object]) -> Facts:
    return facts(screening={"list_digest": LIST, "hits": tuple({"entry_id": "entry-7", **hit} for hit in hits)})


def _earlier(units: int, site: str = "Site 1 (illustrative)") -> Facts:
    return facts(earlier=({"application_id": "app-9", "site": site, "use": "research", "units": units},))


def _number(verdict: str) -> Facts:
    return facts(identifiers=({"kind": "uscc", "verdict": verdict},))


BY_CODE: list[tuple[Mapping[str, object], Facts, str, str, str | None, str]] = [
    (SCREENING, facts(), "SCREENING_MISSING", "refer", None, "refer"),
    (SCREENING, _screened(), "SCREENING_CLEAR", "pass", None, "eligible"),
    (SCREENING, _screened({"tier": "exact", "dismissed": True}), "SCREENING_CLEAR", "pass", None, "eligible"),
    (SCREENING, _screened({"tier": "identifier"}), "SCREENING_MATCH", "reject", None, "ineligible"),
    (SCREENING, _screened({"tier": "exact", "second_fact": True}), "SCREENING_MATCH", "reject", None, "ineligible"),
    (SCREENING, _screened({"tier": "exact"}), "SCREENING_RESEMBLES", "refer", None, "refer"),
    (SCREENING, _screened({"tier": "pinyin", "second_fact": True}), "SCREENING_RESEMBLES", "refer", None, "refer"),
    (IDENTIFIER, _number("valid"), "NUMBER_VALID", "pass", None, "eligible"),
    (IDENTIFIER, _number("checksum-failed"), "NUMBER_FAILED", "refer", None, "refer"),
    (IDENTIFIER, _number("resident-id"), "NUMBER_FAILED", "refer", None, "refer"),
    (IDENTIFIER, facts(), "NUMBER_MISSING", "refer", None, "refer"),
    (DUPLICATE, facts(), "EARLIER_UNKNOWN", "refer", None, "refer"),
    (DUPLICATE, facts(earlier=()), "NOT_SPLIT", "pass", "u1", "eligible"),
    (DUPLICATE, _earlier(500), "NOT_SPLIT", "pass", "u1", "eligible"),
    (DUPLICATE, _earlier(501), "SPLIT", "refer", "u1", "refer"),
    (DUPLICATE, _earlier(9_000, "Site 2 (illustrative)"), "NOT_SPLIT", "pass", "u1", "eligible"),
    (VALUE_ABOVE, facts(), "VALUE_WITHIN", "pass", None, "eligible"),
    (VALUE_ABOVE, facts(lines=(line(units=1_001),)), "VALUE_ABOVE", "refer", None, "refer"),
    (QUARTER, facts(), "CAP_USE_UNKNOWN", "refer", None, "refer"),
    (QUARTER, facts(taken=({"scope": "group", "units": 1},)), "CAP_USE_UNKNOWN", "refer", None, "refer"),
    (QUARTER, facts(taken=({"scope": "quarter", "units": 4_000},)), "CAP_FITS", "pass", None, "eligible"),
    (QUARTER, facts(taken=({"scope": "quarter", "units": 4_001},)), "CAP_EXCEEDED", "limit", "u1", "eligible-in-part"),
    (QUARTER, facts(taken=({"scope": "quarter", "units": 9_000},)), "CAP_EXCEEDED", "limit", "u1", "ineligible"),
    (VALUE, facts(), "CAP_USE_UNKNOWN", "refer", None, "refer"),
    (VALUE, facts(approved_value=0), "CAP_EXCEEDED", "limit", "u1", "eligible-in-part"),
    (VALUE, facts(approved_value=0, lines=(line(units=370),)), "CAP_FITS", "pass", None, "eligible"),
    (TPP, facts(), "CAP_FITS", "pass", None, "eligible"),
    (TPP, facts(approved_units=264), "CAP_EXCEEDED", "limit", "u1", "eligible-in-part"),
    (GATE, facts(), "PRODUCT_ABOVE", "reject", "u1", "ineligible"),
    (GATE, facts(), "LICENCE_NOT_SHOWN", "refer", None, "ineligible"),
    (PLAN, facts(), "DOCUMENT_MISSING", "reject", None, "ineligible"),
    (PLAN, facts(lines=(line(use="other"),)), "DOCUMENT_NOT_ASKED", "pass", None, "eligible"),
]  # fmt: skip
TABLE = {"kind": "decision_table.v1", "table": "sizes", "hit": "first", "over": "line"}
SIZES = "use,requested_units,effect,limit_units,code\n"


def _one(found: tuple[Finding, ...], code: str) -> Finding:
    return next(finding for finding in found if finding.code == code)


@pytest.mark.parametrize(
    ("rule", "given_facts", "code", "effect", "line_id", "outcome"),
    BY_CODE,
    ids=[f"{row[2]}-{index}" for index, row in enumerate(BY_CODE)],
)
def test_each_code_has_its_facts(
    rule: Mapping[str, object], given_facts: Facts, code: str, effect: str, line_id: str | None, outcome: str
) -> None:
    found = evaluate(given_facts, of_rules(rule))

    finding = _one(found.findings, code)
    assert (finding.effect, finding.line_id, found.outcome) == (effect, line_id, outcome)
    assert Finding.model_validate(finding.model_dump(), strict=True) == finding


def test_every_code_of_these_rules_has_a_row() -> None:
    for rule in (SCREENING, IDENTIFIER, DUPLICATE, VALUE_ABOVE, VALUE, TPP):
        codes = set(of_rules(rule).policy.rules[1].told({})) - {"CAP_UNMEASURED"}
        assert codes <= {row[2] for row in BY_CODE if row[0]["kind"] == rule["kind"]}


def test_a_value_cap_is_counted_in_whole_units_of_its_price() -> None:
    asked = facts(approved_value=0, lines=(line(units=100, unit="module-8", unit_value=21_600_000),))

    found = evaluate(asked, of_rules(VALUE))

    assert found.lines[0].recommended_units == 46 * 8
    assert found.lines[0].recommended_value == 46 * 21_600_000


def test_a_tpp_cap_counts_what_was_approved_before() -> None:
    found = evaluate(facts(approved_units=1_000), of_rules(TPP))

    assert found.lines[0].recommended_units == 20_000_000 // 15_832 - 1_000


def test_the_number_that_failed_is_not_repeated() -> None:
    finding = _one(evaluate(_number("malformed"), of_rules(IDENTIFIER)).findings, "NUMBER_FAILED")

    assert {each.name: each.value for each in finding.operands} == {"number": "uscc", "verdict": "malformed"}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"measure": "tpp"}, "tpp_per_unit"),
        ({"tpp_per_unit": 15_832}, "tpp_per_unit"),
        ({"scope": "quarter", "kept_by": "release"}, "not kept by the release"),
        ({"scope": "group", "kept_by": "ledger"}, "not kept by the ledger"),
    ],
)
def test_a_cap_that_nobody_could_keep_is_refused(changes: dict[str, object], why: str) -> None:
    usual: dict[str, object] = {**VALUE, "measure": "units", "rule": "r", "law": {"type": "sample", "text": "t"}}

    with pytest.raises(ValidationError, match=why):
        Cap.model_validate(usual | changes)


def test_a_limit_of_a_table_is_cut_to_whole_units_as_requested() -> None:
    rows = "*,*,limit,500,LIMITED\n"
    known = of_rules({**TABLE, "inputs": ("use", "requested_units")}, sizes=SIZES + rows)

    found = evaluate(facts(lines=(line(units=100, unit="module-8"),)), known)

    assert found.lines[0].recommended_units == 62 * 8


@pytest.mark.parametrize(
    ("units", "use", "code", "granted"),
    [
        (99, "research", "SMALL", 99),
        (100, "research", "MIDDLE", 100),
        (999, "research", "MIDDLE", 999),
        (1_000, "research", "LARGE", 500),
        (1_000, "inference", "MIDDLE", 1_000),
        (1_000, "other", "OTHER", 0),
    ],
)
def test_a_table_finds_the_first_row_that_holds(units: int, use: str, code: str, granted: int) -> None:
    rows = "other,*,reject,,OTHER\n*,..99,pass,,SMALL\nresearch,1000..,limit,500,LARGE\n*,100..,pass,,MIDDLE\n"
    known = of_rules({**TABLE, "inputs": ("use", "requested_units")}, sizes=SIZES + rows)

    found = evaluate(facts(lines=(line(units=units, use=use),)), known)

    assert (found.findings[1].code, found.lines[0].recommended_units) == (code, granted)
