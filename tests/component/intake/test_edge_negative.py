"""Whatever is sent where the OpenAPI document says a body goes: never a failure of ours, always its place.

Bodies are the documented examples with something in them replaced, removed or added, and any JSON at all. The
document's own schemas are the oracle: what they refuse is never accepted.
"""

import copy
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import JsonValue

from schemas.catalogue import APPLICATIONS
from services.intake.http.fields import Fields, Schema, part
from tests.builders import COMPANY, PROGRAMME
from tests.component.intake.edge import Edge, edge, errors
from tests.component.intake.test_edge_operators import LETTER

EXAMPLES_MAX = 400
PLACES = {
    "{programme_id}": PROGRAMME, "{token_id}": "rival", "{service}": "intake", "{topic}": LETTER.topic,
    "{partition}": str(LETTER.partition), "{offset}": str(LETTER.offset), "{application_id}": f"app-{'0' * 32}",
}  # fmt: skip
SENTINEL = "sent-and-never-said-back"
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Operation:
    """A POST: where, its example, what its schema says of a body."""

    path: str
    example: JsonValue
    validator: Draft202012Validator

    @property
    def caller(self) -> str:
        """Whose token may send it."""
        if self.path.startswith("/v1/officers/"):
            return "officer"
        return "partner" if self.about_case else "operator"

    @property
    def about_case(self) -> bool:
        """Whether it asks for an open case or a waiting batch: nothing here is in officers' hands."""
        return PLACES["{application_id}"] in self.path or self.path.startswith("/v1/officers/")


@cache
def shared() -> Edge:
    one = edge()
    one.letters.found = [LETTER]
    shard = APPLICATIONS.partition(COMPANY)
    one.cases.rows[shard, f"application:{PLACES['{application_id}']}"] = {"company_id": COMPANY}
    return one


@cache
def operations() -> tuple[Operation, ...]:
    document: Schema = shared().app.openapi()
    return tuple(
        _operation(document, path) for path in part(document, "paths") if "post" in part(document, "paths", path)
    )


def _operation(document: Schema, path: str) -> Operation:
    schema = part(document, "paths", path, "post", "requestBody", "content", "application/json", "schema")
    for name, value in PLACES.items():
        path = path.replace(name, value)
    validator = Draft202012Validator({**schema, "components": document["components"]})
    return Operation(path, Fields(document).example(schema), validator)


def places(value: JsonValue, path: Path = ()) -> Iterator[Path]:
    """Every place in a document, from its root."""
    yield path
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in members:
        yield from places(inner, (*path, name))


ODD: st.SearchStrategy[object] = st.sampled_from(
    [None, True, False, "", "NULL", "a\x00b", "\ud800", "\u202e", "\u200b", "10", 0, -1, -0.0, 10.0, 1.5, 1e308, 2**53,
     2**63, 10**40, float("nan"), float("inf"), "9" * 3_000, "2026-02-31T00:00:00Z", "x-y", [], {}, [[]], [None],
     {"": 1}, SENTINEL, {SENTINEL: SENTINEL}]
)  # fmt: skip
ANY = st.recursive(
    ODD | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
).map(copy.deepcopy)
DEEDS = st.sampled_from(("replace", "remove", "add", "repeat"))


@st.composite
def bodies(draw: st.DrawFn) -> tuple[Operation, object]:
    """An operation, and a body that is its example with one to three deeds done to it."""
    operation = draw(st.sampled_from(operations()))
    body: object = copy.deepcopy(operation.example)
    for _ in range(draw(st.integers(1, 3))):
        body = draw(_done(body))
    return operation, body


@st.composite
def _done(draw: st.DrawFn, body: object) -> object:
    path = draw(st.sampled_from(list(places(body))))  # type: ignore[arg-type] # what was drawn may be NaN too
    if not path:
        return draw(ANY)
    holder: object = body
    for name in path[:-1]:
        holder = holder[name]  # type: ignore[index] # the path was found in it
    match draw(DEEDS), holder:
        case "remove", dict() | list():
            del holder[path[-1]]  # type: ignore[arg-type] # as above
        case "add", dict():
            holder[draw(st.text(max_size=8) | st.just(SENTINEL))] = SENTINEL
        case "repeat", list():
            holder.append(holder[path[-1]])  # type: ignore[index] # as above
        case _, dict() | list():
            holder[path[-1]] = draw(ANY)  # type: ignore[index] # as above
    return body


@pytest.mark.parametrize("number", range(len(operations())))
async def test_every_documented_example_is_accepted(number: int) -> None:
    operation, one = operations()[number], shared()
    assert operation.validator.is_valid(operation.example)
    await one.post(operations()[0].path, operations()[0].example, "operator", "company")
    answer = await one.post(operation.path, operation.example, operation.caller, "example")
    accepted = (409,) if operation.about_case else (200, 201, 202)
    assert answer.status_code in accepted, answer.text


@settings(max_examples=EXAMPLES_MAX, derandomize=True, deadline=None)
@given(bodies())
async def test_no_body_is_a_failure_of_ours_and_none_the_document_refuses_is_accepted(
    sent: tuple[Operation, object],
) -> None:
    operation, body = sent
    content = json.dumps(body).encode()
    answer = await shared().post(operation.path, content, operation.caller, hashlib.sha256(content).hexdigest())
    assert answer.status_code < 500
    if answer.status_code < 400:
        assert operation.validator.is_valid(json.loads(content))
        return
    assert answer.status_code in (400, 409, 422)
    found = errors(answer)
    assert found
    assert all(set(error) == {"pointer", "detail"} for error in found)
    assert SENTINEL not in answer.text.replace(f"/{SENTINEL}", "")
