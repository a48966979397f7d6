"""How a finding is made, and those that no bundle's rule makes: what the kernel, the programme and the ledger say.

The latter's codes, figures and sentences belong to the code and not to a bundle: they exist when one is missing.
"""

from dataclasses import dataclass
from types import MappingProxyType

from schemas.base import maker
from schemas.findings import Change, Effect, Finding, Operand
from services.policy.domain.sentences import Sentence, Sentences, sentence

KERNEL = "kernel.v1"
LEDGER = "ledger.v1"
OWN_LAW = "sample: how this software works; no law is cited"
"""The reference of a finding that no rule makes."""

SYSTEM: Sentences = MappingProxyType(
    {
        "FACTS_INVALID": sentence(
            "申请中的以下内容无法判断，须由经办人员审核：{fields}。",
            "These parts of the application cannot be judged and an officer has to look at them: {fields}.",
        ),
        "POLICY_ERROR": sentence(
            "规则 {rule} 未能得出结果，须由经办人员审核。",
            "Rule {rule} could not give a result; an officer has to look at the application.",
        ),
        "PROGRAMME_UNKNOWN": sentence(
            "计划 {programme_id} 没有可适用的政策，须由经办人员审核。",
            "No policy is known for programme {programme_id}; an officer has to look at the application.",
        ),
        "CURRENCY_UNKNOWN": sentence(
            "该计划不以 {currency} 计价，须由经办人员审核。",
            "The programme does not count in {currency}; an officer has to look at the application.",
        ),
        "ITEM_UNKNOWN": sentence(
            "产品 {item} 不属于该计划，须由经办人员审核。",
            "Product {item} is not part of the programme; an officer has to look at it.",
        ),
        "UNIT_UNKNOWN": sentence(
            "该计划没有计量单位 {unit} 的换算系数，须由经办人员审核。",
            "The programme has no coefficient for the unit {unit}; an officer has to look at it.",
        ),
        "AMOUNT_TOO_LARGE": sentence(
            "申请的数量或金额超出系统可计算的范围，须由经办人员审核。",
            "The quantity or its value is larger than the system counts; an officer has to look at it.",
        ),
        "GROUP_UNCONFIRMED": sentence(
            "公司所属集团 {group_id} 尚未经经办人员确认。",
            "The company's claim to belong to group {group_id} has not been confirmed by an officer.",
        ),
        "OFFICER_DECIDES": sentence(
            "符合条件；该计划的批准由经办人员作出。",
            "The application is eligible; in this programme an officer decides on approval.",
        ),
        "NO_LONGER_FITS": sentence(
            "批次发放时上限 {cap_id} 余量不足：需要 {needed}，可用 {available}（{measure}）。",
            "Cap {cap_id} no longer had room when the batch was released: needed {needed}, available {available} "
            "({measure}).",
        ),
        "LEDGER_REFUSED": sentence(
            "账本未授予该行（{ledger_code}，上限 {cap_id}）：需要 {needed}，可用 {available}。",
            "The ledger did not grant the line ({ledger_code}, cap {cap_id}): needed {needed}, available {available}.",
        ),
    }
)


OPERAND_CHARACTERS_MAX = 200
Operands = tuple[Operand, ...]
_operand = maker(Operand)
_finding = maker(Finding)


def operand(name: str, value: int | str) -> Operand:
    """One figure as text; long text is cut."""
    return _operand({"name": name, "value": str(value)[:OPERAND_CHARACTERS_MAX]})


@dataclass(frozen=True, slots=True)
class Phrase:
    """One code of one rule with all that is the same in every case: made once, so that a finding costs little.

    Findings are the cost of an evaluation: they are made without validation. Names, codes and references were
    validated with their rule, figures with the facts; a test validates every finding that the bundles can give.
    """

    kind: str
    rule: str
    law: str
    code: str
    sentence: Sentence
    currency: str = ""

    def found(
        self,
        effect: Effect,
        operands: Operands,
        line_id: str | None = None,
        limit_units: int | None = None,
        change: Change | None = None,
    ) -> Finding:
        """The finding of a case, with its figures as operands and in its sentence."""
        sentence = self.sentence
        return _finding(
            {
                "rule": self.rule,
                "kind": self.kind,
                "effect": effect,
                "code": self.code,
                "line_id": line_id,
                "limit_units": limit_units,
                "operands": operands,
                "law": self.law,
                "text": sentence.fixed or sentence.say(operands, self.currency),
                "change": change,
            }
        )


def system_finding(
    code: str, effect: Effect, line_id: str | None = None, kind: str = KERNEL, **figures: int | str
) -> Finding:
    """A finding with a code of SYSTEM. `kind` says who found it."""
    phrase = Phrase(kind, kind.partition(".")[0], OWN_LAW, code, SYSTEM[code])
    return phrase.found(effect, tuple([operand(name, value) for name, value in figures.items()]), line_id)
