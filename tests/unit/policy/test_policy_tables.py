"""A decision table is taken whole or refused with its place."""

import pytest
from pydantic import ValidationError

from services.policy.domain.rules import DecisionTable, TableRefused

HEADER = "category,training_bp,effect,limit_units,code"
WHOLE = ("private,..1999,refer,,LOW", "private,2000..,pass,,HIGH", "*,*,reject,,OTHER")


def _table(**changes: object) -> DecisionTable:
    fields: dict[str, object] = {
        "kind": "decision_table.v1", "rule": "table", "law": {"type": "sample", "text": "of a test"}, "table": "table",
        "hit": "first", "over": "application", "inputs": ("category", "training_bp"),
    }  # fmt: skip
    return DecisionTable.model_validate(fields | changes)


def _text(*rows: str, header: str = HEADER) -> str:
    return "\n".join((header, *rows)) + "\n"


BAD: list[tuple[str, str, str, str, str]] = [
    ("header", "first", _text(*WHOLE, header="category,effect,limit_units,code"), "/header", "must be category,train"),
    ("empty", "first", "", "/header", "must be"),
    ("no rows", "first", _text(), "/rows", "1 to 1000"),
    ("cells", "first", _text("private,*,pass,CODE"), "/rows/1", "4 cells instead of 5"),
    ("effect", "first", _text("*,*,allow,,CODE"), "/rows/1/effect", "one of pass"),
    ("limit of an application", "first", _text("*,*,limit,5,CODE"), "/rows/1/limit_units", "over line"),
    ("limit without figure", "first", _text("*,*,limit,,CODE"), "/rows/1/limit_units", "over line"),
    ("code", "first", _text("*,*,pass,,code"), "/rows/1/code", "capitals"),
    ("word", "first", _text("privat,*,pass,,CODE"), "/rows/1/category", "'privat' is none of private"),
    ("number", "first", _text("*,1e3,pass,,CODE"), "/rows/1/training_bp", "no number"),
    ("turned range", "first", _text("*,5..4,pass,,CODE"), "/rows/1/training_bp", "within 0..10000"),
    ("beyond", "first", _text("*,10001..,pass,,CODE"), "/rows/1/training_bp", "within 0..10000"),
    ("gap in words", "first", _text("private,*,pass,,CODE"), "/rows", "no row holds for category state-owned"),
    ("gap in numbers", "first", _text("*,..9,pass,,A", "*,11..,pass,,B"), "/rows", "training_bp 10..10"),
    ("dead row", "first", _text("*,*,pass,,A", "private,*,pass,,B"), "/rows/2", "nothing can meet"),
    ("conflict", "unique", _text("*,..10,pass,,A", "*,10..,pass,,B"), "/rows/2", "row 1 holds as well"),
]


@pytest.mark.parametrize(("name", "hit", "text", "place", "why"), BAD, ids=[row[0] for row in BAD])
def test_a_bad_table_is_refused_with_its_place(name: str, hit: str, text: str, place: str, why: str) -> None:
    with pytest.raises(TableRefused) as refused:
        _table(hit=hit).read(text)

    assert refused.value.place == place
    assert why in refused.value.why


@pytest.mark.parametrize("limit", ["1e3", "-5", "9" * 17])
def test_a_limit_is_a_whole_number(limit: str) -> None:
    with pytest.raises(TableRefused, match="whole number"):
        _table(over="line").read(_text(f"*,*,limit,{limit},CODE"))


def test_a_table_that_cannot_be_checked_is_refused() -> None:
    rows = [f"*,{n}..{n},pass,,CODE" for n in range(300)]

    with pytest.raises(TableRefused, match="cannot be checked"):
        _table().read(_text(*rows))


def test_a_whole_table_knows_its_row_for_every_combination() -> None:
    table = _table().read(_text(*WHOLE))

    assert {row.code for row in table.chosen.values()} == {"LOW", "HIGH", "OTHER"}
    assert len(table.chosen) == 5 * 2


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"inputs": ("category", "category")}, "named twice"),
        ({"inputs": ("colour",)}, "none of the inputs"),
        ({"inputs": ("use",)}, "over line"),
    ],
)
def test_inputs_that_cannot_be_are_refused(changes: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        _table(**changes)
