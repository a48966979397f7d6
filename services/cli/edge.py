"""Speaks to the HTTP edge: one request, one answer, or an error that says what to do next."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

import httpx
from pydantic import BaseModel, JsonValue, ValidationError

REFUSED = 1
USAGE = 2
UNREACHABLE = 3

_AWAY = frozenset((502, 503, 504))
_NEXT_STEPS: Mapping[int, str] = {
    401: "Set GREENLIGHT_TOKEN to a valid token; an operator issues one with: greenlight tokens issue",
    403: "Use a token whose role allows this: see greenlight tokens issue --help",
    404: "Check the id; another company's things are not shown to this token.",
    409: "Look at what is there already before asking again.",
    422: "Mend the fields named above and try again.",
    429: "Wait a moment and try again.",
}


class Fault(BaseModel):
    """Where a problem lies, and what it is."""

    pointer: str | None = None
    header: str | None = None
    parameter: str | None = None
    detail: str = ""

    @property
    def where(self) -> str:
        """The place as a person reads it."""
        if self.header is not None:
            return f"header {self.header}"
        if self.parameter is not None:
            return f"parameter {self.parameter}"
        return self.pointer or "/"


class Problem(BaseModel):
    """A problem document (RFC 9457), as far as it is shown."""

    type: str = "about:blank"
    title: str = "Error"
    status: int
    detail: str = ""
    errors: tuple[Fault, ...] = ()


class CliError(Exception):
    """Ends the command: `exit_code`, `title`, `detail`, where it lies, and what to do next."""

    def __init__(self, exit_code: int, problem: Problem, next_step: str) -> None:
        super().__init__(problem.title)
        self.exit_code, self.problem, self.next_step = exit_code, problem, next_step


@dataclass(frozen=True, slots=True)
class Answer:
    """What the edge answered: its status and its document as sent."""

    status: int
    document: JsonValue

    @property
    def accepted_only(self) -> bool:
        """True when the command is recorded and its outcome is not known yet."""
        return self.status == 202


def route(*parts: str) -> str:
    """The path of these parts, whatever a person typed as one of them."""
    return "".join(f"/{quote(part, safe='')}" for part in parts)


def complaint(exit_code: int, title: str, detail: str, next_step: str) -> CliError:
    """An error of the command's own, in the shape of the edge's."""
    return CliError(exit_code, Problem(title=title, status=0, detail=detail), next_step)


@dataclass(slots=True)
class Edge:
    """One connection to the edge at `client.base_url`."""

    client: httpx.Client
    key: str = field(default_factory=lambda: str(uuid.uuid4()))
    """Idempotency key of this command's write: the same key is the same wish."""
    again: str = ""
    """What to do when a write's outcome is not known."""

    def get(self, path: str, **parameters: str | int | None) -> Answer:
        """Read. Raises CliError."""
        return self._ask("GET", path, {name: value for name, value in parameters.items() if value is not None})

    def post(self, path: str, body: Mapping[str, JsonValue] | bytes, key: str | None = None, again: str = "") -> Answer:
        """Write, under this command's key. `again`: what to do when the outcome is not known. Raises CliError."""
        self.key = key or self.key
        self.again = again or f"The same wish again: --key {self.key}"
        content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        headers = {"idempotency-key": self.key, "content-type": "application/json"}
        return self._ask("POST", path, {}, content, headers)

    def _ask(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, str | int],
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        try:
            response = self.client.request(method, path, params=parameters, content=content, headers=headers)
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise self._unreachable(error, wrote=content is not None) from None
        if response.is_success:
            return Answer(response.status_code, _document(response))
        raise self._refused(response, wrote=content is not None)

    def _unreachable(self, error: Exception, wrote: bool) -> CliError:
        url = str(self.client.base_url).rstrip("/")
        if isinstance(error, httpx.ConnectError):
            detail = f"Nothing answers at {url}."
            return complaint(UNREACHABLE, "Not reachable", detail, "Is it running? make up · or set GREENLIGHT_URL")
        detail = f"{url} broke off or did not answer in time ({type(error).__name__})."
        again = f"The outcome is not known. {self.again}" if wrote else "Try again."
        return complaint(UNREACHABLE, "No answer", detail, again)

    def _refused(self, response: httpx.Response, wrote: bool) -> CliError:
        problem = _problem(response)
        if response.status_code in _AWAY:
            after = response.headers.get("retry-after", "")
            wait = f"Wait {after} s and try again." if after.isdigit() else "Try again in a moment."
            return CliError(UNREACHABLE, problem, f"{wait} {self.again}" if wrote else wait)
        if response.is_redirect:
            return CliError(REFUSED, problem, "GREENLIGHT_URL is not the edge itself: use the address it points to.")
        unknown = "This is the edge's own failure; its log says why."
        return CliError(REFUSED, problem, _NEXT_STEPS.get(response.status_code, unknown))


def _document(response: httpx.Response) -> JsonValue:
    try:
        document: JsonValue = response.json()
    except ValueError:
        detail = f"{response.url} answered {response.status_code} without JSON."
        raise complaint(REFUSED, "Not Greenlight", detail, "Check GREENLIGHT_URL.") from None
    return document


def _problem(response: httpx.Response) -> Problem:
    try:
        return Problem.model_validate_json(response.content)
    except ValidationError:
        return Problem(title=response.reason_phrase or "Error", status=response.status_code)
