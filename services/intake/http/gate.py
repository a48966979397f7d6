"""The gate before every route: header limits, the bearer token, the roles of the operators' part.

Without a valid token nothing but `/healthz` answers, not even that a path does not exist. Nobody is admitted before
the tokens have been read up to their end once, or a revoked one might still pass. When Kafka is lost after that, what
is known goes on to count: an instance that Kafka does not reach learns of a revocation when it does again, and its
readiness is red until then.

The documentation, which a person reads in a browser, also takes the token as the password of HTTP Basic, for GET.
"""

import base64
from collections.abc import Callable
from datetime import datetime

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from services.intake.domain.tokens import Principal, TokenBook
from services.intake.http.problems import ProblemError, forbidden, unavailable

HEADERS_MAX = 64
HEADER_BYTES_MAX = 16 * 1024
HEALTH = "/healthz"
DOCUMENTATION = ("/docs", "/openapi.json")
OPERATOR = "/v1/operator/"
BASIC = 'Basic realm="Greenlight: any name, the token as password", charset="UTF-8"'
_PRINCIPAL = "greenlight.principal"
_OFFICIALS = ("officer", "operator")


class Gate:
    """ASGI middleware that lets a request in with its principal, or answers it with a problem.

    `current`: whether `tokens` hold everything their journal held when it was last reached.
    """

    def __init__(
        self, app: ASGIApp, tokens: TokenBook, current: Callable[[], bool], clock: Callable[[], datetime]
    ) -> None:
        self._app, self._tokens, self._current, self._clock = app, tokens, current, clock
        self._open = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One ASGI call."""
        if scope["type"] == "http":
            try:
                self._admit(scope)
            except ProblemError as problem:
                answer = problem.response()
                if problem.status == 401 and _readable(scope):
                    answer.headers.append("WWW-Authenticate", BASIC)
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _admit(self, scope: Scope) -> None:
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        if len(headers) > HEADERS_MAX or sum(len(name) + len(value) for name, value in headers) > HEADER_BYTES_MAX:
            raise ProblemError(431, "headers-too-large", "The request has too many or too long headers.")
        self._open = self._open or self._current()
        if scope["path"] == HEALTH:
            return
        if not self._open:
            raise unavailable("The tokens have not been read yet; try again with the same key.")
        presented = [value.decode("latin-1") for name, value in headers if name == b"authorization"]
        principal = self._principal(presented, _readable(scope))
        if scope["path"].startswith(OPERATOR) and principal.role not in _OFFICIALS:
            raise forbidden("Only officers and operators act here.")
        scope[_PRINCIPAL] = principal

    def _principal(self, presented: list[str], readable: bool) -> Principal:
        secret = _secret(presented[0], readable) if len(presented) == 1 else ""
        found = self._tokens.principal(secret, self._clock())
        if found is None:
            challenge = 'Bearer error="invalid_token"' if presented else "Bearer"
            raise ProblemError(
                401, "unauthorised", "A valid bearer token is needed.", headers={"WWW-Authenticate": challenge}
            )
        return found


def _readable(scope: Scope) -> bool:
    """Whether this is the documentation asked for, by a browser perhaps."""
    return scope["path"] in DOCUMENTATION and scope["method"] == "GET"


def _secret(presented: str, readable: bool) -> str:
    """The secret of an Authorization header; empty if it has none of a kind that counts here."""
    scheme, _, given = presented.partition(" ")
    match scheme.lower():
        case "bearer":
            return given.strip()
        case "basic" if readable:
            try:
                return base64.b64decode(given.strip(), validate=True).decode().partition(":")[2]
            except ValueError:
                return ""
    return ""


def principal_of(request: Request) -> Principal:
    """Who asks; set by the gate for every request that reaches a route."""
    principal: Principal = request.scope[_PRINCIPAL]
    return principal
