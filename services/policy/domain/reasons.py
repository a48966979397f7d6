"""An officer's coded reasons as findings, so that an applicant reads them beside those of the rules."""

from collections.abc import Mapping, Sequence

from schemas.decisions import REASONS, CaseCode, DecisionReason, RuleLaw
from schemas.findings import Effect, Finding, Texts
from services.policy.domain.casework import Case
from services.policy.domain.findings import Phrase
from services.policy.domain.sentences import Sentence

Fault = tuple[CaseCode, str]
"""A code, and the JSON pointer of what decided."""
OFFICER = "officer.v1"
_NO_RULE = "sample: an officer's judgement; no law is cited"


def reasons_fault(case: Case, reasons: Sequence[DecisionReason]) -> Fault | None:
    """The first reason that names a line which is not there, or a rule that the evaluation did not run."""
    lines, rules = {line.line_id for line in case.lines}, {rule.rule for rule in case.rules}
    for index, reason in enumerate(reasons):
        if reason.line_id is not None and reason.line_id not in lines:
            return CaseCode.LINES_DIFFER, f"/reasons/{index}/line_id"
    for index, reason in enumerate(reasons):
        if reason.rule is not None and reason.rule not in rules:
            return CaseCode.RULE_UNKNOWN, f"/reasons/{index}/rule"
    return None


def explained(reasons: Sequence[DecisionReason], rules: Sequence[RuleLaw], effect: Effect) -> tuple[Finding, ...]:
    """One finding per reason, with the reference of the rule it cites."""
    laws = {each.rule: each.law for each in rules}
    return tuple([_finding(reason, laws, effect) for reason in reasons])


def _finding(reason: DecisionReason, laws: Mapping[str, str], effect: Effect) -> Finding:
    said = REASONS[reason.code]
    if reason.note is not None:
        said = Texts(zh=_joined(said.zh, reason.note), en=_joined(said.en, reason.note))
    rule = reason.rule or "officer"
    law = laws.get(reason.rule or "", _NO_RULE)
    phrase = Phrase(OFFICER, rule, law, reason.code.value, Sentence(said.zh, said.en, said))
    return phrase.found(effect, (), reason.line_id)


def _joined(sentence: str, note: str) -> str:
    """The note in its author's words after the sentence; the whole stays within a text's bounds."""
    return f"{sentence} {note}"[:2_000]
