"""An officer's coded reasons as findings, so that an applicant reads them beside those of the rules."""

from collections.abc import Mapping, Sequence

from schemas.decisions import REASONS, DecisionReason, RuleLaw
from schemas.findings import Effect, Finding, Texts
from services.policy.domain.findings import Phrase
from services.policy.domain.sentences import Sentence

OFFICER = "officer.v1"
_NO_RULE = "sample: an officer's judgement; no law is cited"


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
