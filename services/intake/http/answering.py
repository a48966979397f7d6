"""What a company says about its own application once it is submitted: answers to questions, withdrawal."""

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from schemas.casework import PartnerCommand, ProvideInformation, WithdrawApplication
from services.intake.http.case_asking import CaseAsking, CaseStep, work_command
from services.intake.http.case_forms import InformationForm, WithdrawalForm
from services.intake.http.forms import Form
from services.intake.http.gate import principal_of
from services.intake.http.ports import EdgePorts
from services.intake.http.problems import forbidden
from services.intake.http.routing import IdempotencyKey, post


class Answering:
    """Endpoints of companies about a case."""

    def __init__(self, ports: EdgePorts) -> None:
        self._asking = CaseAsking(ports)

    async def provide(
        self, request: Request, application_id: str, form: InformationForm, idempotency_key: IdempotencyKey
    ) -> Response:
        """Answer an officer's request for information."""
        return await self._say(ProvideInformation, request, application_id, form, idempotency_key)

    async def withdraw(
        self, request: Request, application_id: str, form: WithdrawalForm, idempotency_key: IdempotencyKey
    ) -> Response:
        """Withdraw an application that officers have not decided yet."""
        return await self._say(WithdrawApplication, request, application_id, form, idempotency_key)

    async def _say(
        self, model: type[PartnerCommand], request: Request, application_id: str, form: Form, key: str
    ) -> Response:
        principal = principal_of(request)
        if principal.role != "partner":
            raise forbidden("Only the company itself speaks for its application.")
        company_id = await self._asking.company_of(principal, application_id)
        command = work_command(model, principal, company_id, application_id, form, key)
        return await self._asking.ask(request, command, application_id, f"/v1/applications/{application_id}")


def add(app: FastAPI, ports: EdgePorts) -> None:
    """Add the routes of companies about a case."""
    answering = Answering(ports)
    post(app, "/v1/applications/{application_id}/information", answering.provide, CaseStep, 201)
    post(app, "/v1/applications/{application_id}/withdrawal", answering.withdraw, CaseStep, 201)
