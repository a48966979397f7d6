"""The sample's rules as expressions of two engines, to be measured beside the kernel: one truth value per finding.

No engine is asked for figures, references or sentences, which the kernel's findings carry: that favours the engines.
"""

import json
from collections.abc import Callable, Mapping

import zen
from cel_expr_python import cel  # type: ignore[import-untyped]  # it ships no types

from schemas.findings import Facts

Context = Mapping[str, int | str | bool]
WORDS = ("category", "use_1", "use_2", "item_1", "item_2")
FIGURES = (
    "submitted_at", "training", "inference", "approved_units", "units", "value", "group_units", "documents", "licence",
)  # fmt: skip
NOT = ("justified_1", "justified_2")
_USES = "['frontier-training', 'research', 'fine-tuning', 'inference']"
RULES = (
    "submitted_at >= 1767225600 and submitted_at < 2082758400",
    f"use_1 in {_USES} and justified_1",
    f"use_2 in {_USES} and justified_2",
    "category == 'private'",
    "training >= 2000",
    "inference >= 5001",
    "documents >= 0",
    "units + approved_units <= 120000",
    "units + group_units <= 180000",
    "units <= 400000",
    "units <= 400000",
    "value <= 1080000000000",
    "item_1 == 'H200'",
    "item_2 == 'H200'",
    "licence >= 0",
)


def context(facts: Facts) -> Context:
    """The figures of an application of two lines under the names of the expressions."""
    first, second = facts.lines
    return {
        "submitted_at": int(facts.submitted_at.timestamp()),
        "category": facts.category,
        "use_1": first.use,
        "use_2": second.use,
        "justified_1": first.justified,
        "justified_2": second.justified,
        "item_1": first.item,
        "item_2": second.item,
        "training": facts.training,
        "inference": facts.inference,
        "approved_units": facts.approved_units,
        "group_units": facts.approved_units,
        "units": first.units + second.units,
        "value": first.units * first.unit_value + second.units * second.unit_value,
        "documents": len(facts.documents),
        "licence": 0 if facts.export_licence is None else 1,
    }


def by_cel() -> Callable[[Context], list[bool]]:
    """The rules compiled by cel-expr-python, with typed names."""
    types = dict.fromkeys(WORDS, cel.Type.STRING) | dict.fromkeys(FIGURES, cel.Type.INT)
    known = cel.NewEnv(variables=types | dict.fromkeys(NOT, cel.Type.BOOL))
    compiled = [known.compile(rule.replace(" and ", " && ")) for rule in RULES]
    return lambda told: [rule.eval(data=dict(told)).value() for rule in compiled]


def by_zen() -> Callable[[Context], list[bool]]:
    """The rules as one expression node of a zen-engine decision."""
    expressions = [{"id": f"e{index}", "key": f"r{index}", "value": rule} for index, rule in enumerate(RULES)]
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode"},
        {"id": "rules", "name": "rules", "type": "expressionNode", "content": {"expressions": expressions}},
        {"id": "out", "name": "out", "type": "outputNode"},
    ]
    edges = [
        {"id": "1", "sourceId": "in", "targetId": "rules", "type": "edge"},
        {"id": "2", "sourceId": "rules", "targetId": "out", "type": "edge"},
    ]
    decision = zen.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))

    def judge(told: Context) -> list[bool]:
        result = decision.evaluate(dict(told))["result"]
        return [result[f"r{index}"] for index in range(len(RULES))]

    return judge
