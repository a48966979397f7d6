"""May a message change like this inside its major version? Only by an added optional field.

With a closed writer and an open reader that one rule gives both promises: what an old writer wrote is within
the new reader, and what a new writer writes is within the old reader. It is transitive, since nothing added may
leave again; so the newest file of a major stands for every version of it that was ever published.

Own code rather than `jsonsubschema` 0.0.8: that tool decides containment rightly for our schemas, but containment
is not enough. It passes a removed or renamed optional field and a changed default, format or unit, and it says no
without a reason. The tests keep it as an oracle: what it refuses is refused here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

Schema = Mapping[str, object]

_IGNORED = frozenset({"$comment", "$defs", "$id", "$ref", "title"})
_MEASURES = re.compile(
    r"base unit|minor unit|major unit|basis point|percent|milliseconds?|seconds?|minutes?|hours?|days?|\bUTC\b"
    r"|local time|\bbytes?\b|\bbits?\b|\bcents?\b|ISO \d+(?:-\d)?|SHA-\d+|JSON pointer|from [01]\b",
    re.IGNORECASE,
)
"""Words of a description that say in what a field is measured or written. Other wording may be improved freely."""


def refusals(old: Schema, new: Schema) -> tuple[str, ...]:
    """Why `new` may not replace `old` inside one major, each with the JSON pointer of the field; empty if it may."""
    return tuple(_compare(_Side(old, old), _Side(new, new), ""))


class _Side:
    """A schema and the document its references point into."""

    def __init__(self, schema: Schema, document: Schema) -> None:
        self.document = document
        self.keywords = self._resolved(schema)

    def _resolved(self, schema: Schema) -> Schema:
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            return schema
        target = mapping(mapping(self.document["$defs"])[reference.removeprefix("#/$defs/")])
        return {**target, **schema}

    def below(self, schema: object) -> "_Side":
        return _Side(mapping(schema), self.document)

    def properties(self) -> Mapping[str, object]:
        return mapping(self.keywords.get("properties", {}))

    def required(self) -> frozenset[str]:
        return frozenset(str(name) for name in _sequence(self.keywords.get("required", ())))


def mapping(value: object) -> Mapping[str, object]:
    """The value as a JSON object. Raises TypeError when it is none."""
    if not isinstance(value, Mapping):
        raise TypeError(f"is no JSON object: {value!r}")
    return value


def _sequence(value: object) -> Sequence[object]:
    if not isinstance(value, list | tuple):
        raise TypeError(f"is no JSON array: {value!r}")
    return value


def _compare(old: _Side, new: _Side, pointer: str) -> Iterator[str]:
    for keyword in sorted((old.keywords.keys() | new.keywords.keys()) - _IGNORED):
        before, after = old.keywords.get(keyword), new.keywords.get(keyword)
        match keyword:
            case "properties":
                yield from _fields(old, new, pointer)
            case "required":
                yield from _required(old, new, pointer)
            case "description":
                yield from _measures(str(before or ""), str(after or ""), pointer)
            case "enum":
                yield from _enum(before, after, pointer)
            case "items" if before is not None and after is not None:
                yield from _compare(old.below(before), new.below(after), f"{pointer}/*")
            case "anyOf" if before is not None and after is not None:
                yield from _branches(old, new, pointer)
            case _ if before != after:
                yield f"{pointer or '/'}: {keyword} changed from {_said(before)} to {_said(after)}"


def _said(value: object) -> str:
    return "nothing" if value is None else repr(value)


def _fields(old: _Side, new: _Side, pointer: str) -> Iterator[str]:
    before, after = old.properties(), new.properties()
    added = [name for name in after if name not in before]
    for name, schema in before.items():
        if name in after:
            yield from _compare(old.below(schema), new.below(after[name]), f"{pointer}/{name}")
            continue
        twin = next((other for other in added if not any(_compare(old.below(schema), new.below(after[other]), ""))), "")
        yield f"{pointer}/{name}: " + (f"renamed to {twin}" if twin else "removed")


def _required(old: _Side, new: _Side, pointer: str) -> Iterator[str]:
    before, after = old.required(), new.required()
    for name in sorted(after - before):
        what = "is required now: an old writer leaves it out" if name in old.properties() else "was added as required"
        yield f"{pointer}/{name}: {what}"
    for name in sorted(before - after):
        if name in new.properties():
            yield f"{pointer}/{name}: is optional now: an old reader needs it"


def _measures(before: str, after: str, pointer: str) -> Iterator[str]:
    old, new = (frozenset(word.lower().rstrip("s") for word in _MEASURES.findall(text)) for text in (before, after))
    if old != new:
        yield f"{pointer or '/'}: measured otherwise: {_listed(old)} became {_listed(new)}"


def _listed(words: frozenset[str]) -> str:
    return ", ".join(sorted(words)) or "nothing stated"


def _enum(before: object, after: object, pointer: str) -> Iterator[str]:
    if before is None or after is None:
        yield f"{pointer}: enum changed from {_said(before)} to {_said(after)}"
        return
    old, new = _sequence(before), _sequence(after)
    for value in new:
        if value not in old:
            yield f"{pointer}: enum widened by {value!r}: an old reader refuses it"
    for value in old:
        if value not in new:
            yield f"{pointer}: enum narrowed by {value!r}: an old writer wrote it"


def _branches(old: _Side, new: _Side, pointer: str) -> Iterator[str]:
    before, after = _sequence(old.keywords["anyOf"]), _sequence(new.keywords["anyOf"])
    if len(before) != len(after):
        yield f"{pointer}: anyOf changed from {len(before)} to {len(after)} branches"
        return
    for one, other in zip(before, after, strict=True):
        yield from _compare(old.below(one), new.below(other), pointer)
