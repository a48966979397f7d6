"""The gate before every route: header limits, the bearer token, the roles of the operators' part.

Without a valid token nothing but `/healthz` answers, not even that a path does not exist.
"""

from collections.abc import Callable
from datetime import datetime

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from services.intake.domain.tokens import Principal, TokenBook
from services.intake.http.problems import ProblemError, forbidden

HEADERS_MAX = 64
HEADER_BYTES_MAX = 16 * 1024
HEALTH = "/healthz"
OPERATOR = "/v1/operator/"
_PRINCIPAL = "greenlight.principal"
_OFFICIALS = ("officer", "operator")


class Gate:
    """ASGI middleware that lets a request in with its principal, or answers it with a problem."""

    def __init__(self, app: ASGIApp, tokens: TokenBook, clock: Callable[[], datetime]) -> None:
        self._app, self._tokens, self._clock = app, tokens, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One ASGI call."""
        if scope["type"] == "http":
            try:
                self._admit(scope)
            except ProblemError as problem:
                await problem.response()(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _admit(self, scope: Scope) -> None:
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        if len(headers) > HEADERS_MAX or sum(len(name) + len(value) for name, value in headers) > HEADER_BYTES_MAX:
            raise ProblemError(431, "headers-too-large", "The request has too many or too long headers.")
        if scope["path"] == HEALTH:
            return
        principal = self._principal([value for name, value in headers if name == b"authorization"])
        if scope["path"].startswith(OPERATOR) and principal.role not in _OFFICIALS:
            raise forbidden("Only officers and operators act here.")
        scope[_PRINCIPAL] = principal

    def _principal(self, presented: list[bytes]) -> Principal:
        scheme, _, secret = presented[0].decode("latin-1").partition(" ") if len(presented) == 1 else ("", "", "")
        found = self._tokens.principal(secret.strip(), self._clock()) if scheme.lower() == "bearer" else None
        if found is None:
            challenge = 'Bearer error="invalid_token"' if presented else "Bearer"
            raise ProblemError(
                401, "unauthorised", "A valid bearer token is needed.", headers={"WWW-Authenticate": challenge}
            )
        return found


def principal_of(request: Request) -> Principal:
    """Who asks; set by the gate for every request that reaches a route."""
    principal: Principal = request.scope[_PRINCIPAL]
    return principal
