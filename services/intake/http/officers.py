"""Officers: the queue, a case, and what they do in it. Each POST is answered with the fact of the case's own lane."""

import asyncio
from typing import Annotated

from fastapi import FastAPI, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from schemas.casework import (
    CaseAct,
    ClearFlag,
    CountersignDecision,
    GiveAdvice,
    IssueIntent,
    LeaveCase,
    ProposeDecision,
    RaiseFlag,
    RequestInformation,
    ReturnDecision,
    TakeCase,
    WithdrawAdvice,
)
from schemas.catalogue import CASE_COMMANDS
from services.intake.http.case_asking import ALL_SHARDS, CaseAsking, CaseStep, work_command
from services.intake.http.case_forms import (
    AdviceForm,
    AgencyForm,
    FlagForm,
    IntentForm,
    LeaseForm,
    NoteForm,
    ProposalForm,
    QuestionsForm,
    SignatureForm,
)
from services.intake.http.forms import ActForm
from services.intake.http.gate import principal_of
from services.intake.http.partners import APPLICATION_ID
from services.intake.http.ports import EdgePorts
from services.intake.http.problems import forbidden, not_found
from services.intake.http.programmes import Digits
from services.intake.http.reading import Lookup, named
from services.intake.http.routing import IdempotencyKey, get, post
from services.intake.views.case_answers import OfficerCase, Queue
from services.intake.views.case_file import Row, case_file
from services.intake.views.casework import case_key, case_work, queue, queue_key

QUEUE_LIMIT_MAX = 500
_CASES = "/v1/officers/cases/{application_id}"


class QueueQuery(BaseModel):
    """Which part of the queue."""

    model_config = ConfigDict(extra="forbid")
    code: Annotated[str | None, Field(pattern=r"^[A-Z][A-Z0-9_]{0,47}$", description="Only cases with this code.")] = (
        None
    )
    limit: Annotated[int, Field(ge=1, le=QUEUE_LIMIT_MAX, description="Cases of one page."), Digits] = 100


class Officers:
    """Endpoints of officers."""

    def __init__(self, ports: EdgePorts) -> None:
        self._ports, self._asking = ports, CaseAsking(ports)
        self._cases = Lookup(ports.cases, CASE_COMMANDS, ports.wait_seconds)

    async def queue(self, request: Request, programme_id: str, query: Annotated[QueueQuery, Query()]) -> Queue:
        """The open cases of a programme, oldest first, and how many wait for each code."""
        _official(request)
        key = queue_key(named(programme_id))
        rows = await asyncio.gather(*(self._ports.cases.row(shard, key) for shard in ALL_SHARDS))
        return queue(programme_id, [row for row in rows if row], query.code, query.limit)

    async def case(self, request: Request, application_id: str) -> OfficerCase:
        """A case: the application with every finding and fact, what is proposed or asked, what was answered."""
        _official(request)
        if not APPLICATION_ID.fullmatch(application_id):
            raise not_found()
        work = await self._cases.find(ALL_SHARDS, case_key(application_id), case_work)

        def read(row: Row) -> OfficerCase | None:
            file = case_file(application_id, row, inside=True)
            return OfficerCase(file=file, work=work) if file else None

        return await self._cases.find(ALL_SHARDS, f"application:{application_id}", read)

    async def propose(
        self, request: Request, application_id: str, form: ProposalForm, idempotency_key: IdempotencyKey
    ) -> Response:
        """Propose a decision on the version of the case that was looked at. It voids a proposal that stands."""
        return await self._act(ProposeDecision, request, application_id, form, idempotency_key)

    async def countersign(
        self, request: Request, application_id: str, form: SignatureForm, idempotency_key: IdempotencyKey
    ) -> Response:
        """Sign another officer's proposal, by its hash: the decision takes effect."""
        return await self._act(CountersignDecision, request, application_id, form, idempotency_key)

    async def send_back(
        self, request: Request, application_id: str, form: SignatureForm, idempotency_key: IdempotencyKey
    ) -> Response:
        """Send a proposal back, or take one's own back: it no longer stands."""
        return await self._act(ReturnDecision, request, application_id, form, idempotency_key)

    async def request_information(
        self, request: Request, application_id: str, form: QuestionsForm, idempotency_key: IdempotencyKey
    ) -> Response:
        """Ask the company for information; the clock stands until it answers, and a proposal is void."""
        return await self._act(RequestInformation, request, application_id, form, idempotency_key)

    async def intend(
        self, request: Request, application_id: str, form: IntentForm, idempotency_key: IdempotencyKey
    ) -> Response:
        """Tell the company that a refusal is intended, and why; it may reply until the window ends."""
        return await self._act(IssueIntent, request, application_id, form, idempotency_key)

    async def take(
        self, request: Request, application_id: str, form: LeaseForm, idempotency_key: IdempotencyKey
    ) -> Response:
        """Take a case for oneself until the lease runs out; others do not propose or ask meanwhile."""
        return await self._act(TakeCase, request, application_id, form, idempotency_key)

    async def leave(
        self, request: Request, application_id: str, form: NoteForm, idempotency_key: IdempotencyKey
    ) -> Response:
        """Give a case back that one has taken."""
        return await self._act(LeaveCase, request, application_id, form, idempotency_key)

    async def advise(
        self, request: Request, application_id: str, form: AdviceForm, idempotency_key: IdempotencyKey
    ) -> Response:
        """Record an agency's opinion in the place of its earlier one; a proposal that stands is void."""
        return await self._act(GiveAdvice, request, application_id, form, idempotency_key)

    async def withdraw_advice(
        self, request: Request, application_id: str, form: AgencyForm, idempotency_key: IdempotencyKey
    ) -> Response:
        """Take an agency's opinion back."""
        return await self._act(WithdrawAdvice, request, application_id, form, idempotency_key)

    async def flag(
        self, request: Request, application_id: str, form: FlagForm, idempotency_key: IdempotencyKey
    ) -> Response:
        """Raise a flag: while it stands, nothing is proposed; a proposal that stands is void."""
        return await self._act(RaiseFlag, request, application_id, form, idempotency_key)

    async def clear(
        self, request: Request, application_id: str, form: FlagForm, idempotency_key: IdempotencyKey
    ) -> Response:
        """Clear a flag that another officer raised."""
        return await self._act(ClearFlag, request, application_id, form, idempotency_key)

    async def _act(
        self, model: type[CaseAct], request: Request, application_id: str, form: ActForm, key: str
    ) -> Response:
        """One act of an officer in a case. Who acts is the token's person, whatever the form says."""
        principal = principal_of(request)
        if principal.role != "officer":
            raise forbidden("Only officers may act in a case.")
        company_id = await self._asking.company_of(principal, application_id)
        command = work_command(model, principal, company_id, application_id, form, key)
        return await self._asking.ask(request, command, application_id, _CASES.format(application_id=application_id))


def add(app: FastAPI, ports: EdgePorts) -> None:
    """Add the routes of officers."""
    officers = Officers(ports)
    get(app, "/v1/officers/queue/{programme_id}", officers.queue)
    get(app, _CASES, officers.case)
    post(app, f"{_CASES}/proposals", officers.propose, CaseStep, 201)
    post(app, f"{_CASES}/countersignatures", officers.countersign, CaseStep, 201)
    post(app, f"{_CASES}/returns", officers.send_back, CaseStep, 201)
    post(app, f"{_CASES}/information-requests", officers.request_information, CaseStep, 201)
    post(app, f"{_CASES}/intents", officers.intend, CaseStep, 201)
    post(app, f"{_CASES}/leases", officers.take, CaseStep, 201)
    post(app, f"{_CASES}/lease-returns", officers.leave, CaseStep, 201)
    post(app, f"{_CASES}/advice", officers.advise, CaseStep, 201)
    post(app, f"{_CASES}/advice-withdrawals", officers.withdraw_advice, CaseStep, 201)
    post(app, f"{_CASES}/flags", officers.flag, CaseStep, 201)
    post(app, f"{_CASES}/flag-clearances", officers.clear, CaseStep, 201)


def _official(request: Request) -> None:
    if principal_of(request).role not in ("officer", "operator"):
        raise forbidden("Only officers and operators look here.")
