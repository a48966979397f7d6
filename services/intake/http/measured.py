"""Counts and times every answer of the edge, by status and the route's template: ids stay out."""

from time import monotonic

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.kit.metrics import Metrics

UNMATCHED = "unmatched"


class Measured:
    """ASGI middleware around everything else."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One ASGI call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = monotonic(), ["500"]

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                status[0] = str(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            route = getattr(scope.get("route"), "path", UNMATCHED)
            self._metrics.http_requests.labels(scope["method"], route, status[0]).inc()
            self._metrics.http_seconds.labels(scope["method"], route).observe(monotonic() - started)
