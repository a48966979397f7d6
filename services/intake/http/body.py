"""Reads the body of a request strictly: size, time, type, bytes, JSON, fields, in this order.

Refused: a body that is too large, too slow, shorter than it said, compressed, of another type or charset; a byte
order mark, other encodings than UTF-8, lone surrogates; NaN and Infinity; a key given twice; nesting beyond what
the parsers bear (about 200 levels); integers beyond their 4,300 digits; every field that the form does not know.
Faults are named by JSON pointer and never with what was sent.

A good body is parsed twice: once for doubled keys, which the validating parser does not see, once into the form.
Only a bad one is parsed again, to find where.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request

from services.intake.http.problems import Fault, ProblemError, invalid, pointer_of
from services.kit.limit import Limit

BODY_BYTES_MAX = 1024 * 1024
BODY_SECONDS_MAX = 10.0
KEY_CHARACTERS_MAX = 200
INTEGER_DIGITS_MAX = 4_300
KEY_HEADER = "Idempotency-Key"

F = TypeVar("F", bound=BaseModel)
Node = object
"""Any JSON value as the standard parser gives it, or a _Bad in its place."""


@dataclass(frozen=True, slots=True)
class _Bad:
    """Stands where a value is no JSON of ours, with what is wrong."""

    detail: str


async def read(request: Request, limit: Limit) -> bytes:
    """The whole body, after its headers were checked. Raises ProblemError."""
    declared = _declared(request.headers)
    try:
        with limit.watch():
            body = await _gather(request)
    except TimeoutError:
        raise ProblemError(408, "body-too-slow", f"The body took longer than {limit.seconds:g} seconds.") from None
    except ClientDisconnect:
        raise ProblemError(400, "body-cut", "The body ended too early.") from None
    if declared is not None and declared != len(body):
        raise _header("Content-Length", "is not the length of the body")
    return body


def parse(body: bytes, form: type[F]) -> F:
    """The form that the bytes hold. Raises ProblemError."""
    try:
        text = body.decode()
        _UNIQUE.decode(text)
        return form.model_validate_json(body)
    except UnicodeDecodeError:
        raise _malformed("", "is not UTF-8") from None
    except ValidationError as error:
        if error.errors(include_url=False, include_input=False, include_context=False)[0]["type"] != "json_invalid":
            raise invalid(error) from None
        raise _located(text) from None
    except (ValueError, RecursionError):
        raise _located(text) from None


def idempotency_key(headers: Headers) -> str:
    """The key of the wish: 1 to 200 visible ASCII characters, exactly once. Raises ProblemError naming the header."""
    keys = headers.getlist(KEY_HEADER)
    if not keys:
        raise _header(KEY_HEADER, "is required")
    key = keys[0]
    if len(keys) > 1:
        raise _header(KEY_HEADER, "is given more than once")
    if not 0 < len(key) <= KEY_CHARACTERS_MAX:
        raise _header(KEY_HEADER, f"is not 1 to {KEY_CHARACTERS_MAX} characters long")
    if not all("!" <= character <= "~" for character in key):
        raise _header(KEY_HEADER, "holds a character that is not visible ASCII")
    return key


def _declared(headers: Headers) -> int | None:
    """Content-Length, once type, charset, encoding and length are acceptable."""
    kind, _, parameters = headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower().replace('"', "")
    if kind.strip().lower() != "application/json" or charset not in ("", "charset=utf-8"):
        raise ProblemError(
            415, "unsupported-media-type", "The body must be application/json in UTF-8.",
            [{"header": "Content-Type", "detail": "is not application/json in UTF-8"}],
        )  # fmt: skip
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise ProblemError(
            415, "unsupported-media-type", "Compressed bodies are not accepted.",
            [{"header": "Content-Encoding", "detail": "is not identity"}], {"Accept-Encoding": "identity"},
        )  # fmt: skip
    length = headers.get("content-length")
    if length is None:
        return None
    if not (length.isascii() and length.isdigit()):
        raise _header("Content-Length", "is not a number")
    if len(length) > len(str(BODY_BYTES_MAX)) or int(length) > BODY_BYTES_MAX:
        raise _too_large()
    return int(length)


async def _gather(request: Request) -> bytes:
    chunks = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > BODY_BYTES_MAX:
            raise _too_large()
        chunks.append(chunk)
    return b"".join(chunks)


def _too_large() -> ProblemError:
    return ProblemError(413, "body-too-large", f"The body is larger than {BODY_BYTES_MAX} bytes.")


def _header(name: str, detail: str) -> ProblemError:
    return ProblemError(400, "invalid-header", f"{name} {detail}.", [{"header": name, "detail": detail}])


def _malformed(pointer: str, detail: str) -> ProblemError:
    fault: Fault = {"pointer": pointer, "detail": detail}
    return ProblemError(400, "malformed-body", "The body is not JSON as it is accepted here.", [fault])


def _unique(pairs: list[tuple[str, Node]]) -> None:
    """Raises ValueError if a key stands twice; what was parsed is not needed."""
    if len(pairs) > 1 and len({name for name, _ in pairs}) != len(pairs):
        raise ValueError


def _refuse(_: str) -> None:
    raise ValueError


def _nothing(_: str) -> None:
    return


_UNIQUE = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_refuse, parse_int=_nothing, parse_float=_nothing
)  # fmt: skip


def _located(text: str) -> ProblemError:
    """Where and why a body is not acceptable JSON."""
    try:
        tree = _MARKING.decode(text)
    except RecursionError:
        return _malformed("", "is nested too deeply")
    except ValueError:
        return _malformed("", "is not JSON; a byte order mark, for one, is not allowed")
    for pointer, detail in _faults(tree):
        return _malformed(pointer, detail)
    return _malformed("", "is nested too deeply")


def _marked(pairs: list[tuple[str, Node]]) -> Node:
    members: dict[str, Node] = {}
    for name, value in pairs:
        members[name] = _Bad("is given more than once") if name in members else value
    return members


def _faults(tree: Node) -> Iterator[tuple[str, str]]:
    """Pointers of what is wrong, found without recursion: the tree may be as deep as the parser allows."""
    waiting: list[tuple[tuple[str | int, ...], Node]] = [((), tree)]
    while waiting:
        path, node = waiting.pop()
        match node:
            case _Bad(detail):
                yield pointer_of(path), detail
            case str() if _surrogate(node):
                yield pointer_of(path), "holds a lone surrogate"
            case dict():
                if any(_surrogate(str(name)) for name in node):
                    yield pointer_of(path), "has a name with a lone surrogate"
                waiting += [((*path, str(name)), value) for name, value in node.items()]
            case list():
                waiting += [((*path, index), value) for index, value in enumerate(node)]


def _surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def _constant(_: str) -> Node:
    return _Bad("is not a number JSON knows")


def _integer(digits: str) -> Node:
    return _Bad("has too many digits") if len(digits) > INTEGER_DIGITS_MAX else None


_MARKING = json.JSONDecoder(
    object_pairs_hook=_marked, parse_constant=_constant, parse_int=_integer, parse_float=_nothing
)  # fmt: skip
