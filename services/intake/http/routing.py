"""Routes that read their body strictly and still document themselves.

An endpoint of a StrictRoute declares `request`, its path's parameters, `form` and `idempotency_key`, so that the
OpenAPI document shows them; FastAPI's own reading of them is replaced by `body.py`, which refuses what
FastAPI lets pass and costs less. Every POST goes this way.
"""

import inspect
from collections.abc import Callable, Coroutine, Mapping
from types import MappingProxyType
from typing import Annotated, ParamSpec

from fastapi import FastAPI, Header
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.intake.http import body
from services.intake.http.problems import ProblemDocument
from services.kit.limit import Limit

P = ParamSpec("P")
IdempotencyKey = Annotated[
    str,
    Header(
        alias=body.KEY_HEADER,
        min_length=1,
        max_length=body.KEY_CHARACTERS_MAX,
        pattern="^[!-~]+$",
        description="Names the wish: same key and body, same answer; same key and other body, 422. "
        "It is remembered for 30 days, an accepted application's for ever.",
    ),
]
PENDING = "Accepted, and not answered in time; the status URL tells."
PROBLEMS: dict[int | str, dict[str, object]] = {
    status: {"description": text, "model": ProblemDocument}
    for status, text in {
        "4XX": "The request is refused; the problem says why and where.",
        "5XX": "Try again with the same key.",
    }.items()
}


SUBJECTS: Mapping[str, str] = MappingProxyType(
    {
        "/v1/companies": "Companies and applications",
        "/v1/applications": "Companies and applications",
        "/v1/programmes": "Programmes and batches",
        "/v1/batches": "Programmes and batches",
        "/v1/operator": "Operators",
        "/v1/officers": "Officers",
    }
)


class StrictRoute(APIRoute):
    """Reads key and form itself, then calls the endpoint, which answers with a Response."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[None, None, Response]]:
        """Used by FastAPI when the route is made."""
        endpoint = self.endpoint
        limit = Limit(body.BODY_SECONDS_MAX)
        form: type[BaseModel] = inspect.signature(endpoint).parameters["form"].annotation

        async def handle(request: Request) -> Response:
            key = body.idempotency_key(request.headers)
            parsed = body.parse(await body.read(request, limit), form)
            answer: Response = await endpoint(request=request, form=parsed, idempotency_key=key, **request.path_params)
            return answer

        return handle


def subject(path: str) -> str:
    """What a path is about: operations are listed by it."""
    for start, name in SUBJECTS.items():
        if path.startswith(start):
            return name
    return "Health"


def post(
    app: FastAPI,
    path: str,
    endpoint: Callable[P, Coroutine[None, None, Response]],
    answer: type[BaseModel],
    status: int,
) -> None:
    """Add a POST route that answers `answer` with `status`, or a problem."""
    app.router.add_api_route(
        path,
        endpoint,
        methods=["POST"],
        response_model=answer,
        status_code=status,
        tags=[subject(path)],
        response_description="Done as asked; the body says what.",
        responses=PROBLEMS | ({202: {"model": answer, "description": PENDING}} if status == 201 else {}),
        route_class_override=StrictRoute,
    )


def get(
    app: FastAPI,
    path: str,
    endpoint: Callable[P, Coroutine[None, None, object]],
    answer: type[BaseModel] | None = None,
) -> None:
    """Add a GET route. `answer` documents an endpoint that makes its Response itself; others say it by annotation."""
    model = answer if answer is not None else inspect.signature(endpoint).return_annotation
    app.router.add_api_route(
        path, endpoint, methods=["GET"], response_model=model, responses=PROBLEMS, tags=[subject(path)],
        response_description="What was asked for.",
    )  # fmt: skip
