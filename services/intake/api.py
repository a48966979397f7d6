"""The one front door: HTTP for partners, officers and operators, built from ports. No rule lives here.

    gate -> route -> strict body -> command -> asker -> fact -> answer        POST: the lane decides
    gate -> route -> view rows, or the journal itself -> answer               GET

Routes by subject are in `http/`. Every error is a problem document; without a token only `/healthz` answers.
"""

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import JsonValue
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from services.intake.http import (
    answering,
    batch_officers,
    officers,
    operators,
    pages,
    partners,
    problems,
    programmes,
    upkeep,
)
from services.intake.http.direct import Direct
from services.intake.http.gate import HEALTH, Gate
from services.intake.http.measured import Measured
from services.intake.http.ports import EdgePorts
from services.intake.http.routing import get
from services.kit.errors import Transient
from services.kit.metrics import Metrics
from services.kit.release import RELEASE

TITLE = "Greenlight"
DESCRIPTION = (
    "Applications for rationed AI chips, the quota ledger and the batches between them. "
    "Every POST needs an Idempotency-Key and becomes a command that Kafka has acknowledged before it is answered. "
    "Errors are problem documents (RFC 9457) that name the field and never repeat what was sent."
)


class FrontDoor(FastAPI):
    """FastAPI behind doors of our own, whose document says what the gate asks for."""

    doors: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One ASGI call: through the doors first."""
        await self.doors(scope, receive, send)

    async def framework(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What lies behind the doors."""
        await super().__call__(scope, receive, send)

    def openapi(self) -> dict[str, JsonValue]:
        """The OpenAPI document."""
        document = super().openapi()
        document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}]
        document["paths"][HEALTH]["get"]["security"] = []
        return document


def build_app(ports: EdgePorts, version: str = RELEASE, metrics: Metrics | None = None) -> FrontDoor:
    """The application, ready to be served; it starts and stops nothing by itself."""
    app = FrontDoor(
        title=TITLE,
        version=version,
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=False,
    )
    for module in (partners, answering, officers, batch_officers, programmes, operators, upkeep):
        module.add(app, ports)
    page = pages.Pages(app)
    get(app, HEALTH, page.health)
    app.router.add_api_route("/docs", page.docs, methods=["GET"], include_in_schema=False)
    app.add_exception_handler(problems.ProblemError, problems.on_problem)
    app.add_exception_handler(Transient, problems.on_unavailable)
    app.add_exception_handler(RequestValidationError, problems.on_parameters)
    app.add_exception_handler(HTTPException, problems.on_http)
    app.add_exception_handler(Exception, problems.on_bug)
    app.doors = Gate(Direct(app.framework, app.routes), ports.tokens, ports.tokens_current, ports.clock)
    if metrics is not None:
        app.doors = Measured(app.doors, metrics)
    return app
