"""Strict routes of one fixed path are called straight: past the framework's search for a route and its layers.

What they answer is the same. The framework keeps their description (OpenAPI), every other route, and every error
that is none of ours. What that saves: decision 16.
"""

from collections.abc import Callable, Coroutine, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from services.intake.http.problems import ProblemError, on_bug, on_unavailable
from services.intake.http.routing import StrictRoute
from services.kit.errors import Transient

Handle = Callable[[Request], Coroutine[None, None, Response]]


class Direct:
    """ASGI middleware, the innermost: behind it stands the framework."""

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        self._found: dict[str, tuple[StrictRoute, Handle]] = {
            route.path: (route, route.get_route_handler())
            for route in routes
            if isinstance(route, StrictRoute) and not route.param_convertors
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One ASGI call."""
        found = self._found.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        if found is None:
            await self._app(scope, receive, send)
            return
        scope["route"], handle = found
        request = Request(scope, receive)
        try:
            answer = await handle(request)
        except ProblemError as problem:
            answer = problem.response()
        except Transient as error:
            answer = await on_unavailable(request, error)
        except Exception as error:  # reason: a bug; it is answered as one, and the server, which gets it, logs it
            await (await on_bug(request, error))(scope, receive, send)
            raise
        await answer(scope, receive, send)
