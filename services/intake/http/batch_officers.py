"""Officers and the batch that is next: tried, proposed, countersigned, sent back; each answered by its own lane."""

from typing import Annotated

from fastapi import FastAPI
from pydantic import AwareDatetime, Field
from starlette.requests import Request
from starlette.responses import Response

from schemas.base import Fact, Value, derived_id
from schemas.batchwork import (
    BATCH_SENTENCES,
    BatchCode,
    BatchPersonFact,
    BatchPlan,
    BatchProposed,
    BatchSha256,
    BatchSimulated,
    CountersignBatch,
    ProposeBatch,
    ReturnBatch,
    SimulateBatch,
)
from schemas.policy import BatchCommandRefused, BatchCommandRepeated
from schemas.values import BatchId
from services.intake.http import case_examples, examples
from services.intake.http.case_asking import sentence_for
from services.intake.http.forms import ActForm, closed
from services.intake.http.gate import principal_of
from services.intake.http.ports import EdgePorts
from services.intake.http.problems import ProblemError, forbidden
from services.intake.http.reading import named
from services.intake.http.routing import IdempotencyKey, post

_BATCHES = "/v1/officers/batches/{programme_id}"
_FORBIDDEN = frozenset((BatchCode.ROLE_INSUFFICIENT, BatchCode.SAME_PERSON, BatchCode.GRADE_INSUFFICIENT))
Model = type[SimulateBatch] | type[ProposeBatch] | type[CountersignBatch] | type[ReturnBatch]


class TrialForm(ActForm):
    """Try the batch that is next."""

    model_config = closed(examples.ACT)


class BatchForm(ActForm):
    """Which batch is meant: the one that is next."""

    model_config = closed(case_examples.BATCH)
    batch_id: BatchId


class BatchSignatureForm(BatchForm):
    """Which proposal is meant: the hash that its author's answer and the batch show."""

    model_config = closed(case_examples.BATCH_SIGNATURE)
    batch_sha256: BatchSha256


class BatchWork(Value):
    """The command is in the log; `fact` says what it did. None: not answered in time, or answered before."""

    programme_id: str
    command_id: str
    fact: Annotated[str | None, Field(description="Type of the fact.")] = None
    at: AwareDatetime | None = None
    batch_id: str | None = None
    attempt: int | None = None
    batch_sha256: Annotated[str | None, Field(description="Hash to be countersigned.")] = None
    plan: Annotated[BatchPlan | None, Field(description="Shares, and caps before and after.")] = None
    status_url: str


class BatchOfficers:
    """Endpoints of officers about a batch."""

    def __init__(self, ports: EdgePorts) -> None:
        self._ports = ports

    async def simulate(
        self, request: Request, programme_id: str, form: TrialForm, idempotency_key: IdempotencyKey
    ) -> Response:
        """Try the batch that is next: who would get what, and caps before and after; nothing is changed."""
        return await self._act(SimulateBatch, request, programme_id, form, idempotency_key)

    async def propose(
        self, request: Request, programme_id: str, form: BatchForm, idempotency_key: IdempotencyKey
    ) -> Response:
        """Propose to release a batch; from then on it takes no line."""
        return await self._act(ProposeBatch, request, programme_id, form, idempotency_key)

    async def countersign(
        self, request: Request, programme_id: str, form: BatchSignatureForm, idempotency_key: IdempotencyKey
    ) -> Response:
        """Sign another officer's proposal, by its hash: the batch may be released."""
        return await self._act(CountersignBatch, request, programme_id, form, idempotency_key)

    async def send_back(
        self, request: Request, programme_id: str, form: BatchSignatureForm, idempotency_key: IdempotencyKey
    ) -> Response:
        """Send a proposed batch back: it takes lines again."""
        return await self._act(ReturnBatch, request, programme_id, form, idempotency_key)

    async def _act(self, model: Model, request: Request, programme_id: str, form: ActForm, key: str) -> Response:
        """One act of an officer. Who acts is the token's person, whatever the form says."""
        principal = principal_of(request)
        if principal.role != "officer":
            raise forbidden("Only officers may act on a batch.")
        id_ = derived_id("http", principal.person_id, model.type, named(programme_id), key)
        about = {"command_id": id_, "actor": principal.actor, "programme_id": programme_id}
        command = model.model_validate({**dict(form), **about})
        fact = await self._ports.asker.ask(command, self._ports.wait_seconds)
        _refuse(request, fact)
        work = _work(programme_id, id_, fact)
        status = 202 if fact is None else 201
        return Response(work.model_dump_json(), status, {"Location": work.status_url}, "application/json")


def add(app: FastAPI, ports: EdgePorts) -> None:
    """Add the routes of officers about a batch."""
    officers = BatchOfficers(ports)
    post(app, f"{_BATCHES}/simulations", officers.simulate, BatchWork, 201)
    post(app, f"{_BATCHES}/proposals", officers.propose, BatchWork, 201)
    post(app, f"{_BATCHES}/countersignatures", officers.countersign, BatchWork, 201)
    post(app, f"{_BATCHES}/returns", officers.send_back, BatchWork, 201)


def _work(programme_id: str, command_id: str, fact: Fact | None) -> BatchWork:
    known = fact if isinstance(fact, BatchPersonFact) else None
    url = f"/v1/batches/{known.batch_id}" if known else f"/v1/programmes/{programme_id}/batches"
    return BatchWork(
        programme_id=programme_id,
        command_id=command_id,
        fact=known.type if known else None,
        at=fact.at if fact else None,
        batch_id=known.batch_id if known else None,
        attempt=known.attempt if known else None,
        batch_sha256=known.batch_sha256 if isinstance(known, BatchProposed) else None,
        plan=known.plan if isinstance(known, BatchProposed | BatchSimulated) else None,
        status_url=url,
    )


def _refuse(request: Request, fact: Fact | None) -> None:
    match fact:
        case BatchCommandRefused():
            raise _refused(request, BatchCode(fact.code))
        case BatchCommandRepeated() if fact.outcome != "DONE":
            raise _refused(request, BatchCode(fact.outcome))


def _refused(request: Request, code: BatchCode) -> ProblemError:
    status = 403 if code in _FORBIDDEN else 422 if code is BatchCode.COMMAND_ID_REUSED else 409
    name = code.value.lower().replace("_", "-")
    detail = sentence_for(request, BATCH_SENTENCES[code])
    return ProblemError(status, name, detail, [{"pointer": "", "detail": code.value}])
