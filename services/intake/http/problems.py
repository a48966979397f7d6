"""Problem documents (RFC 9457): what is wrong and where, never what was sent.

`errors` holds one member per fault: `{pointer, detail}` for a body, `{header, detail}` for a header and
`{parameter, detail}` for a query parameter.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, TypedDict

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.intake.domain.refusals import SENTENCES, Refusal
from services.kit.errors import Transient

MEDIA_TYPE = "application/problem+json"
ERRORS_MAX = 20
RETRY_SECONDS = 2
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_PREFIX = "urn:greenlight:problem:"


class Fault(TypedDict, total=False):
    """One fault: where (exactly one of the first three) and what."""

    pointer: str
    header: str
    parameter: str
    detail: str


class ProblemDocument(BaseModel):
    """An error, as every route answers it."""

    type: Annotated[str, Field(description="A URN that names the problem and never changes its meaning.")]
    title: str
    status: int
    detail: str
    errors: Annotated[list[dict[str, str]], Field(description="Where: pointer, header or parameter; and what.")] = []


class ProblemError(Exception):
    """Raised by any part of the edge; answered as its document."""

    def __init__(
        self,
        status: int,
        name: str,
        detail: str,
        errors: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(name)
        self.status, self.name, self.detail = status, name, detail
        self.errors, self.headers = tuple(errors)[:ERRORS_MAX], dict(headers or {})

    def response(self) -> Response:
        """The document as an answer."""
        document: dict[str, object] = {
            "type": _PREFIX + self.name,
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        if self.errors:
            document["errors"] = self.errors
        return Response(json.dumps(document), self.status, self.headers, MEDIA_TYPE)


def not_found() -> ProblemError:
    """Nothing there, or nothing that this token reaches: the two cannot be told apart."""
    return ProblemError(404, "not-found", "There is no such thing here.")


def forbidden(detail: str) -> ProblemError:
    """The role of the token does not allow this."""
    return ProblemError(403, "forbidden", detail)


def unavailable(detail: str) -> ProblemError:
    """Something behind the edge does not answer: try again."""
    return ProblemError(503, "unavailable", detail, headers={"Retry-After": str(RETRY_SECONDS)})


def refused(code: str, pointer: str | None) -> ProblemError:
    """A lane's refusal: its code as the type, its sentence, the field that decided."""
    try:
        sentence = SENTENCES[Refusal(code)]
    except ValueError:
        sentence = "The command was refused."
    status = 409 if code == Refusal.COMPANY_EXISTS else 422
    return ProblemError(status, code.lower().replace("_", "-"), sentence, [{"pointer": pointer or "", "detail": code}])


def invalid(error: ValidationError) -> ProblemError:
    """A body whose fields are wrong: each named by its pointer."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    faults = [_fault(one) for one in found if not _counted_out(one, found)]
    return ProblemError(422, "invalid-fields", "Some fields are not valid.", faults)


def unknown_value(pointer: str, detail: str) -> ProblemError:
    """A field that is well formed and names nothing there is."""
    return ProblemError(422, "invalid-fields", "Some fields are not valid.", [{"pointer": pointer, "detail": detail}])


def _counted_out(error: ErrorDetails, found: Sequence[ErrorDetails]) -> bool:
    """Whether a list is called too short only because its bad members, named themselves, were not counted."""
    if error["type"] != "too_short":
        return False
    depth = len(error["loc"])
    return any(len(other["loc"]) > depth and other["loc"][:depth] == error["loc"] for other in found)


def pointer_of(path: Iterable[str | int]) -> str:
    """A JSON pointer that ends at the first name which is not plain: what a client made up is not said back."""
    pointer = ""
    for part in path:
        if isinstance(part, str) and not _PLAIN_NAME.fullmatch(part):
            break
        pointer += f"/{part}"
    return pointer


def _fault(error: ErrorDetails) -> Fault:
    return {"pointer": pointer_of(error["loc"]), "detail": error["msg"].removeprefix("Value error, ")}


def _parameters(error: RequestValidationError) -> ProblemError:
    faults: list[Fault] = [
        {"parameter": pointer_of(one["loc"][1:]).lstrip("/"), "detail": str(one["msg"])} for one in error.errors()
    ]
    return ProblemError(422, "invalid-parameters", "Some parameters are not valid.", faults)


async def on_problem(_: Request, error: Exception) -> Response:
    """Answer for a ProblemError."""
    assert isinstance(error, ProblemError)
    return error.response()


async def on_unavailable(_: Request, error: Exception) -> Response:
    """Answer while Kafka or Redis is away."""
    assert isinstance(error, Transient)
    return unavailable("A store behind this service does not answer; try again with the same key.").response()


async def on_parameters(_: Request, error: Exception) -> Response:
    """Answer for wrong query parameters."""
    assert isinstance(error, RequestValidationError)
    return _parameters(error).response()


async def on_http(_: Request, error: Exception) -> Response:
    """Answer for what the framework refuses: unknown paths and methods."""
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return not_found().response()
    name = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
    detail = "This method is not offered here." if error.status_code == 405 else "The request was refused."
    return ProblemError(error.status_code, name, detail, headers=error.headers).response()


async def on_bug(_: Request, __: Exception) -> Response:
    """Answer for a bug: says nothing of its cause, which is in the log."""
    return ProblemError(500, "internal-error", "The service failed; the failure has been logged.").response()
