"""How views keep values in the text fields of a row."""

import json
from collections.abc import Iterable

from pydantic import JsonValue

from schemas.base import Value


def text(value: JsonValue) -> str:
    """Compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def texts(values: Iterable[Value]) -> str:
    """A JSON array of values."""
    return f"[{','.join(value.model_dump_json() for value in values)}]"
