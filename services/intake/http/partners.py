"""Companies and applications: what partners send, and what they read of it."""

import re
from typing import Annotated, Literal

from fastapi import FastAPI
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from schemas.base import Fact, Value, derived_id, maker
from schemas.catalogue import APPLICATIONS, INTAKE_COMMANDS
from schemas.intake import (
    Application,
    ApplicationSubmitted,
    CommandRefused,
    CommandRepeated,
    CompanyRegistered,
    RegisterCompany,
    SubmitApplication,
)
from services.intake.domain.application import application_id_of
from services.intake.domain.tokens import Principal
from services.intake.http.forms import ApplicationForm, CompanyForm
from services.intake.http.gate import principal_of
from services.intake.http.ports import EdgePorts
from services.intake.http.problems import forbidden, not_found, refused
from services.intake.http.reading import Lookup, named
from services.intake.http.routing import IdempotencyKey, get, post
from services.intake.views.answers import CaseFile, CompanyFile
from services.intake.views.case_file import Row, case_file, company_file

APPLICATION_ID = re.compile(r"app-[0-9a-f]{32}")
_application, _submit = maker(Application), maker(SubmitApplication)
_ALL_SHARDS = tuple(range(APPLICATIONS.partitions))


class AcceptedCompany(Value):
    """The command is in the log. `pending`: not answered in time; the status URL will tell."""

    company_id: str
    state: Literal["registered", "pending"]
    status_url: str


class AcceptedApplication(Value):
    """The command is in the log. `pending`: not answered in time; the status URL will tell."""

    application_id: Annotated[str, Field(description="Made of person, company and key: the same for the same wish.")]
    state: Literal["submitted", "pending"]
    status_url: str


class Partners:
    """Endpoints of companies and applications."""

    def __init__(self, ports: EdgePorts) -> None:
        self._ports = ports
        self._cases = Lookup(ports.cases, INTAKE_COMMANDS, ports.wait_seconds)

    async def register_company(self, request: Request, form: CompanyForm, idempotency_key: IdempotencyKey) -> Response:
        """Register a company. 201 with its status URL, or 202 when the answer takes longer."""
        principal = _writer(request, form.company_id)
        command = RegisterCompany(
            command_id=command_id(principal, form.company_id, "register-company", idempotency_key),
            actor=principal.actor,
            **dict(form),
        )
        fact = await self._ports.asker.ask(command, self._ports.wait_seconds)
        accepted(fact, CompanyRegistered)
        url = f"/v1/companies/{form.company_id}"
        answer = AcceptedCompany(company_id=form.company_id, state="registered" if fact else "pending", status_url=url)
        return written(answer, url, fact)

    async def submit_application(
        self, request: Request, form: ApplicationForm, idempotency_key: IdempotencyKey
    ) -> Response:
        """Submit an application. 201 with its id and status URL, or 202 when the answer takes longer."""
        principal = _writer(request, form.company_id)
        command = submission(principal, form, idempotency_key)
        fact = await self._ports.asker.ask(command, self._ports.wait_seconds)
        accepted(fact, ApplicationSubmitted)
        application_id = command.application.application_id
        url = f"/v1/applications/{application_id}"
        answer = AcceptedApplication(
            application_id=application_id, state="submitted" if fact else "pending", status_url=url
        )
        return written(answer, url, fact)

    async def application(self, request: Request, application_id: str) -> CaseFile:
        """An application: state, figures per line, findings, and every fact with its cause."""
        if not APPLICATION_ID.fullmatch(application_id):
            raise not_found()
        principal = principal_of(request)

        def read(row: Row) -> CaseFile | None:
            file = case_file(application_id, row)
            return file if file and principal.reaches(file.company_id) else None

        return await self._cases.find(_shards(principal), f"application:{application_id}", read)

    async def company(self, request: Request, company_id: str) -> CompanyFile:
        """A company as registered, and whether its claim to a group is confirmed."""
        if not principal_of(request).reaches(named(company_id)):
            raise not_found()
        shards = (APPLICATIONS.partition(company_id),)
        return await self._cases.find(shards, f"company:{company_id}", lambda row: company_file(company_id, row))


def add(app: FastAPI, ports: EdgePorts) -> None:
    """Add the routes of companies and applications."""
    partners = Partners(ports)
    post(app, "/v1/companies", partners.register_company, AcceptedCompany, 201)
    post(app, "/v1/applications", partners.submit_application, AcceptedApplication, 201)
    get(app, "/v1/applications/{application_id}", partners.application)
    get(app, "/v1/companies/{company_id}", partners.company)


def command_id(principal: Principal, company_id: str, wish: str, key: str) -> str:
    """The id of a command from outside: the same for the same person, company, kind of wish and key."""
    return derived_id("http", principal.person_id, company_id, wish, key)


def submission(principal: Principal, form: ApplicationForm, key: str) -> SubmitApplication:
    """The form as a command. The form is valid already, so its parts are not validated a second time."""
    id_ = command_id(principal, form.company_id, "submit-application", key)
    application = _application({"application_id": application_id_of(id_), **form.__dict__})
    return _submit(
        {"command_id": id_, "actor": principal.actor, "company_id": form.company_id, "application": application}
    )


def accepted(fact: Fact | None, good: type[Fact]) -> None:
    """Nothing, if the fact is the good one, its repeat, or not there yet. Raises ProblemError for a refusal."""
    match fact:
        case CommandRefused():
            raise refused(fact.code, fact.field)
        case CommandRepeated(outcome="refused"):
            raise refused(fact.code or "", fact.field)
        case _:
            assert fact is None or isinstance(fact, good | CommandRepeated)


def written(answer: Value, url: str, fact: Fact | None) -> Response:
    """201, or 202 where there is no fact yet; `Location` is where to look."""
    body = answer.model_dump_json()
    return Response(body, 202 if fact is None else 201, {"Location": url}, "application/json")


def _writer(request: Request, company_id: str) -> Principal:
    principal = principal_of(request)
    if principal.role == "reader":
        raise forbidden("A reader's token cannot write.")
    if not principal.reaches(company_id):
        raise not_found()
    return principal


def _shards(principal: Principal) -> tuple[int, ...]:
    return _ALL_SHARDS if principal.company_id is None else (APPLICATIONS.partition(principal.company_id),)
