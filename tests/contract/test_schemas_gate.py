"""The gate on changes inside a major, proven by seeded changes: each bad one is refused with its reason."""

import warnings
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import pytest
from pydantic import AwareDatetime, Field, StringConstraints, create_model

from deploy.generate import schemas as generator
from deploy.generate.compatibility import refusals
from schemas.base import Message, Value
from schemas.values import Minor, Units

with warnings.catch_warnings(action="ignore"):  # its source holds an invalid escape sequence
    from jsonsubschema import isSubschema

TYPE = "sample.thing-done.v1"
Fields = Mapping[str, object]
REQUIRED = ...


class Part(Value):
    """A part of the sample."""

    units: Units


class PartWithMore(Value):
    """A part of the sample, with one optional field more."""

    units: Units
    note: Annotated[str | None, Field(description="A remark.")] = None


class PartRenamed(Value):
    """A part of the sample."""

    count: Units


class PartInMinor(Value):
    """A part of the sample. Base unit."""

    units: Units


def said(text: str, kind: object = int) -> object:
    return Annotated[kind, Field(description=text)]


def sample(fields: Fields) -> type[Message]:
    """A message class with exactly these fields, each `(annotation, default)`."""
    definitions: dict[str, Any] = dict(fields)
    model = create_model("ThingDone", __base__=Message, __doc__="A thing is done.", **definitions)
    model.type = TYPE
    return model


BAD: tuple[tuple[str, Fields, Fields, str], ...] = (
    ("a required field is removed", {"units": (Units, REQUIRED)}, {}, "/units: removed"),
    ("an optional field is removed", {"units": (Units | None, None)}, {}, "/units: removed"),
    ("a field is renamed", {"units": (Units, REQUIRED)}, {"count": (Units, REQUIRED)}, "/units: renamed to count"),
    (
        "an optional field is renamed",
        {"units": (Units | None, None)},
        {"count": (Units | None, None)},
        "/units: renamed to count",
    ),
    ("a required field is added", {}, {"units": (Units, REQUIRED)}, "/units: was added as required"),
    ("an optional field becomes required", {"a": (int, 0)}, {"a": (int, REQUIRED)}, "/a: is required now"),
    ("a required field becomes optional", {"a": (int, REQUIRED)}, {"a": (int, 0)}, "/a: is optional now"),
    ("a default changes", {"a": (int, 0)}, {"a": (int, 1)}, "/a: default changed from 0 to 1"),
    ("a type changes", {"a": (int, REQUIRED)}, {"a": (str, REQUIRED)}, "/a: type changed from 'integer' to 'string'"),
    ("null becomes allowed", {"a": (int, REQUIRED)}, {"a": (int | None, REQUIRED)}, "/a: anyOf changed from nothing"),
    ("null is no longer allowed", {"a": (int | None, REQUIRED)}, {"a": (int, REQUIRED)}, "/a: anyOf changed from"),
    (
        "an alternative is added",
        {"a": (int | None, REQUIRED)},
        {"a": (int | str | None, REQUIRED)},
        "/a: anyOf changed from 2 to 3 branches",
    ),
    ("a list becomes a single value", {"a": (tuple[int, ...], ())}, {"a": (int, 0)}, "/a: items changed from"),
    ("the items change type", {"a": (tuple[int, ...], ())}, {"a": (tuple[str, ...], ())}, "/a/*: type changed from"),
    (
        "an enum is widened",
        {"a": (Literal["x", "y"], REQUIRED)},
        {"a": (Literal["x", "y", "z"], REQUIRED)},
        "/a: enum widened by 'z'",
    ),
    (
        "an enum is narrowed",
        {"a": (Literal["x", "y", "z"], REQUIRED)},
        {"a": (Literal["x", "y"], REQUIRED)},
        "/a: enum narrowed by 'z'",
    ),
    (
        "an enum becomes free text",
        {"a": (Literal["x", "y"], REQUIRED)},
        {"a": (str, REQUIRED)},
        "/a: enum changed from",
    ),
    (
        "a constant changes",
        {"a": (Literal["x"], REQUIRED)},
        {"a": (Literal["y"], REQUIRED)},
        "/a: const changed from 'x' to 'y'",
    ),
    (
        "a bound is raised",
        {"a": (Annotated[int, Field(le=10)], REQUIRED)},
        {"a": (Annotated[int, Field(le=20)], REQUIRED)},
        "/a: maximum changed from 10 to 20",
    ),
    (
        "a bound is lowered",
        {"a": (Annotated[int, Field(le=20)], REQUIRED)},
        {"a": (Annotated[int, Field(le=10)], REQUIRED)},
        "/a: maximum changed from 20 to 10",
    ),
    (
        "a bound is dropped",
        {"a": (Annotated[int, Field(ge=1)], REQUIRED)},
        {"a": (int, REQUIRED)},
        "/a: minimum changed from 1 to nothing",
    ),
    (
        "a text may be longer",
        {"a": (Annotated[str, Field(max_length=10)], REQUIRED)},
        {"a": (Annotated[str, Field(max_length=20)], REQUIRED)},
        "/a: maxLength changed from 10 to 20",
    ),
    (
        "a list must be longer",
        {"a": (Annotated[tuple[int, ...], Field(min_length=1)], REQUIRED)},
        {"a": (Annotated[tuple[int, ...], Field(min_length=2)], REQUIRED)},
        "/a: minItems changed from 1 to 2",
    ),
    (
        "a pattern changes",
        {"a": (Annotated[str, StringConstraints(pattern="^[a-z]+$")], REQUIRED)},
        {"a": (Annotated[str, StringConstraints(pattern="^[a-z0-9]+$")], REQUIRED)},
        "/a: pattern changed from",
    ),
    ("a format changes", {"a": (AwareDatetime, REQUIRED)}, {"a": (str, REQUIRED)}, "/a: format changed from"),
    (
        "money changes its unit",
        {"a": (said("Price in minor units."), REQUIRED)},
        {"a": (said("Price in major units."), REQUIRED)},
        "/a: measured otherwise: minor unit became major unit",
    ),
    (
        "a duration changes its unit",
        {"a": (said("Wait in seconds."), REQUIRED)},
        {"a": (said("Wait in milliseconds."), REQUIRED)},
        "/a: measured otherwise: second became millisecond",
    ),
    (
        "the unit is no longer said",
        {"a": (Minor, REQUIRED)},
        {"a": (Annotated[Minor, Field(description="A price.")], REQUIRED)},
        "/a: measured otherwise",
    ),
    (
        "a nested field is renamed",
        {"part": (Part, REQUIRED)},
        {"part": (PartRenamed, REQUIRED)},
        "/part/units: renamed to count",
    ),
    (
        "a field of a list's items is renamed",
        {"parts": (tuple[Part, ...], ())},
        {"parts": (tuple[PartRenamed, ...], ())},
        "/parts/*/units: renamed to count",
    ),
    (
        "a nested class counts in another unit",
        {"part": (Part, REQUIRED)},
        {"part": (PartInMinor, REQUIRED)},
        "/part: measured otherwise: nothing stated became base unit",
    ),
)
GOOD: tuple[tuple[str, Fields, Fields], ...] = (
    ("nothing changes", {"units": (Units, REQUIRED)}, {"units": (Units, REQUIRED)}),
    ("an optional field is added", {}, {"units": (Units | None, None)}),
    ("a field with a default is added", {}, {"parts": (tuple[Part, ...], ())}),
    ("an optional field is added below", {"part": (Part, REQUIRED)}, {"part": (PartWithMore, REQUIRED)}),
    (
        "an optional field is added to a list's items",
        {"parts": (tuple[Part, ...], ())},
        {"parts": (tuple[PartWithMore, ...], ())},
    ),
    (
        "a sentence is put better",
        {"a": (said("Price, minor units."), REQUIRED)},
        {"a": (said("What one unit costs, in minor units of the currency."), REQUIRED)},
    ),
    ("fields change places", {"a": (int, 0), "b": (str, "")}, {"b": (str, ""), "a": (int, 0)}),
)
UNSEEN_BY_CONTAINMENT = frozenset(
    {
        "an optional field is removed",
        "an optional field is renamed",
        "a default changes",
        "a format changes",
        "money changes its unit",
        "a duration changes its unit",
        "the unit is no longer said",
        "a nested class counts in another unit",
    }
)
"""Bad changes that leave old writers within new readers and new writers within old readers."""


@pytest.mark.parametrize("side", generator.SIDES)
@pytest.mark.parametrize(("old", "new", "reason"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_change_that_breaks_a_major_is_refused_with_its_reason(
    old: Fields, new: Fields, reason: str, side: str
) -> None:
    found = refusals(generator.schema_of(sample(old), side), generator.schema_of(sample(new), side))
    assert any(text.startswith(reason) for text in found), found


@pytest.mark.parametrize("side", generator.SIDES)
@pytest.mark.parametrize(("old", "new"), [row[1:] for row in GOOD], ids=[row[0] for row in GOOD])
def test_a_change_by_an_optional_field_or_a_better_sentence_is_accepted(old: Fields, new: Fields, side: str) -> None:
    assert refusals(generator.schema_of(sample(old), side), generator.schema_of(sample(new), side)) == ()


def contained(old: Fields, new: Fields) -> bool:
    """What jsonsubschema says: old writer within new reader, and new writer within old reader."""
    before, after = sample(old), sample(new)
    pairs = ((before, after), (after, before))
    return all(isSubschema(generator.schema_of(a, "writer"), generator.schema_of(b, "reader")) for a, b in pairs)


@pytest.mark.parametrize(("name", "old", "new"), [row[:3] for row in BAD], ids=[row[0] for row in BAD])
def test_an_independent_tool_refuses_the_same_changes_but_for_those_it_cannot_see(
    name: str, old: Fields, new: Fields
) -> None:
    assert contained(old, new) == (name in UNSEEN_BY_CONTAINMENT)


@pytest.mark.parametrize(("old", "new"), [row[1:] for row in GOOD], ids=[row[0] for row in GOOD])
def test_an_independent_tool_accepts_what_the_gate_accepts(old: Fields, new: Fields) -> None:
    assert contained(old, new)
