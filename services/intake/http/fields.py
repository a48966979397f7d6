"""Schemas of an OpenAPI document as rows of a table: each field with its type, its bounds and its meaning, as HTML."""

from collections.abc import Iterator, Mapping
from html import escape

from pydantic import JsonValue

from schemas.values import UNITS_MAX

Schema = Mapping[str, JsonValue]
_DEPTH_MAX = 4


def part(schema: Schema, *names: str) -> Schema:
    """The object below these names; empty if there is none."""
    for name in names:
        found = schema.get(name)
        schema = found if isinstance(found, dict) else {}
    return schema


def several(value: JsonValue) -> Iterator[Schema]:
    """The objects of a list; none if it is no list."""
    yield from (one for one in (value if isinstance(value, list) else ()) if isinstance(one, dict))


def text(schema: Schema, name: str) -> str:
    """A member as escaped text, code in backquotes marked; empty if there is none."""
    pieces = escape(str(schema.get(name, ""))).split("`")
    return "".join(f"<code>{piece}</code>" if index % 2 else piece for index, piece in enumerate(pieces))


class Fields:
    """The named schemas of one OpenAPI document."""

    def __init__(self, document: Schema) -> None:
        self.named = part(document, "components", "schemas")

    def table(self, schema: Schema, deep: bool) -> str:
        """The fields of an object. `deep`: those of the objects inside it stand below theirs, else they are linked."""
        rows = "".join(self._rows(self._resolved(schema), "", deep, 0))
        head = "<thead><tr><th>field<th>type<th>bounds<th>meaning</thead>"
        return f"<div class=wide><table>{head}<tbody>{rows}</tbody></table></div>" if rows else ""

    def type_(self, schema: Schema) -> str:
        """What a value is, in a word or a link to its schema."""
        match schema:
            case {"$ref": str(target)}:
                name = escape(target.rpartition("/")[2])
                return f'<a href="#{name}">{name}</a>'
            case {"type": "array"}:
                return f"list of {self.type_(part(schema, 'items'))}"
            case {"format": "date-time"}:
                return "time"
        alternatives = list(several(schema.get("anyOf")))
        if alternatives:
            return " or ".join(self.type_(one) for one in alternatives if one.get("type") != "null")
        return text(schema, "type") or "any"

    def bounds(self, schema: Schema) -> str:
        """What a value may be beyond its type, and what stands for it when it is left out."""
        found = list(_limits(schema))
        for one in several(schema.get("anyOf")):
            found += _limits(one)
        default = schema.get("default")
        if default is not None and default != []:
            found.append(f"left out: <code>{escape(str(default).lower())}</code>")
        return "; ".join(found)

    def example(self, schema: Schema) -> JsonValue:
        """The first example of a schema, or None; in the order of its fields, since the document sorts members."""
        examples = self._resolved(schema).get("examples")
        return self._ordered(examples[0], schema) if isinstance(examples, list) and examples else None

    def _ordered(self, value: JsonValue, schema: Schema) -> JsonValue:
        of = self._resolved(schema)
        match value:
            case list():
                return [self._ordered(one, part(of, "items")) for one in value]
            case dict():
                fields = part(of, "properties")
                return {name: self._ordered(value[name], part(fields, name)) for name in fields if name in value}
        return value

    def _resolved(self, schema: Schema) -> Schema:
        target = schema.get("$ref")
        return part(self.named, target.rpartition("/")[2]) if isinstance(target, str) else schema

    def _rows(self, schema: Schema, before: str, deep: bool, depth: int) -> Iterator[str]:
        required = schema.get("required")
        for name, field in part(schema, "properties").items():
            of = field if isinstance(field, dict) else {}
            inner, mark = self._inside(of) if deep and depth < _DEPTH_MAX else ({}, "")
            needed = isinstance(required, list) and name in required
            note = "" if needed or not deep else "<i>optional</i>"
            kind = ("list of objects" if mark else "object") if inner else self.type_(of)
            path = f"<span>{escape(before)}</span>{escape(name)}"
            meaning = text(of, "description") or text(inner, "description")
            yield f"<tr><td><code>{path}</code> {note}<td>{kind}<td>{self.bounds(of)}<td>{meaning}"
            yield from self._rows(inner, f"{before}{name}{mark}.", deep, depth + 1)

    def _inside(self, schema: Schema) -> tuple[Schema, str]:
        """The object that a field holds, or a list of which it holds."""
        if schema.get("type") == "array":
            inner = self._resolved(part(schema, "items"))
            return (inner, "[]") if "properties" in inner else ({}, "")
        inner = self._resolved(schema)
        return (inner, "") if "properties" in inner else ({}, "")


def _limits(schema: Schema) -> Iterator[str]:
    values = schema.get("enum")
    if isinstance(values, list):
        yield " · ".join(f"<code>{escape(str(value))}</code>" for value in values)
    for low, high, unit in (("minLength", "maxLength", " characters"), ("minItems", "maxItems", " of them")):
        yield from _range(schema.get(low), schema.get(high), unit)
    yield from _range(schema.get("minimum"), schema.get("maximum"), "")
    if "pattern" in schema:
        yield f"<code class=pattern>{text(schema, 'pattern')}</code>"


def _range(low: JsonValue, high: JsonValue, unit: str) -> Iterator[str]:
    match low, high:
        case int() | float(), int() | float():
            yield f"{_number(low)} to {_number(high)}{unit}" if low != high else f"{_number(low)}{unit}"
        case int() | float(), None:
            yield f"at least {_number(low)}{unit}"
        case None, int() | float():
            yield f"at most {_number(high)}{unit}"


def _number(value: float) -> str:
    return "2<sup>53</sup>−1" if value == UNITS_MAX else f"{value:,.0f}"
