"""Acts of officers and operators, and tokens. Each is recorded first, with who and why; the record causes the rest."""

from typing import Annotated

from fastapi import FastAPI
from pydantic import AwareDatetime, Field
from starlette.requests import Request
from starlette.responses import Response

from schemas.base import Fact, Value, derived_id
from schemas.intake import ActRefused, ActRepeated, IssueToken, RecordAct, RevokeToken, Verb
from services.intake.domain.acts import CAUSED, caused_id
from services.intake.domain.tokens import Principal
from services.intake.http.forms import (
    ActForm,
    CapForm,
    DrawForm,
    GroupForm,
    ProgrammeForm,
    RevocationForm,
    TokenForm,
)
from services.intake.http.gate import principal_of
from services.intake.http.ports import EdgePorts
from services.intake.http.problems import forbidden, refused
from services.intake.http.reading import named
from services.intake.http.routing import IdempotencyKey, post


class Act(Value):
    """A recorded act. Its effect stands in the journal of the service that carries it out: look at `watch`."""

    act_id: str
    verb: Verb
    target: str
    at: Annotated[AwareDatetime | None, Field(description="When it was recorded; None: not answered in time.")]
    caused_command_id: Annotated[str | None, Field(description="Id of the command it caused, if it causes one.")]
    watch: Annotated[str | None, Field(description="Where the effect is read.")]


class Desk:
    """Records acts: the one way in which anything at the operators' part is done."""

    def __init__(self, ports: EdgePorts) -> None:
        self._ports = ports

    async def record(
        self, request: Request, key: str, verb: Verb, target: str, form: ActForm, watch: str | None, payload: str = ""
    ) -> Act:
        """Record one act. Raises ProblemError if it is refused, Unavailable if it was not accepted."""
        principal = principal_of(request)
        command = RecordAct(
            command_id=act_id(principal, verb, key),
            actor=principal.actor,
            reason=form.reason,
            verb=verb,
            target=target,
            payload=payload,
        )
        return await self.send(command, verb, target, watch)

    async def send(
        self, command: RecordAct | IssueToken | RevokeToken, verb: Verb, target: str, watch: str | None
    ) -> Act:
        """Send an act's command and answer with what was recorded."""
        fact = await self._ports.asker.ask(command, self._ports.wait_seconds)
        _refuse(fact)
        return Act(
            act_id=command.command_id,
            verb=verb,
            target=target,
            at=fact.at if fact else None,
            caused_command_id=caused_id(command.command_id, verb) if verb in CAUSED else None,
            watch=watch,
        )


class Operators:
    """Endpoints of acts that cause a command, and of tokens."""

    def __init__(self, ports: EdgePorts) -> None:
        self._desk = Desk(ports)

    async def define_programme(
        self, request: Request, form: ProgrammeForm, idempotency_key: IdempotencyKey
    ) -> Response:
        """Define a programme."""
        return await self._ledger(request, idempotency_key, "define-programme", form.programme_id, form)

    async def define_cap(self, request: Request, form: CapForm, idempotency_key: IdempotencyKey) -> Response:
        """Set a cap of a programme or of a company in it."""
        return await self._ledger(request, idempotency_key, "define-cap", form.programme_id, form)

    async def draw(self, request: Request, form: DrawForm, idempotency_key: IdempotencyKey) -> Response:
        """Record units as cleared."""
        _operator(request)
        return await self._ledger(request, idempotency_key, "draw", form.programme_id, form)

    async def revoke(self, request: Request, form: RevocationForm, idempotency_key: IdempotencyKey) -> Response:
        """Take units back."""
        return await self._ledger(request, idempotency_key, "revoke", form.programme_id, form)

    async def confirm_group(self, request: Request, form: GroupForm, idempotency_key: IdempotencyKey) -> Response:
        """Confirm or deny a company's claim to a group."""
        watch = f"/v1/companies/{form.company_id}"
        act = await self._desk.record(
            request, idempotency_key, "confirm-group", form.company_id, form, watch, _payload(form)
        )
        return recorded(act)

    async def release_batch(
        self, request: Request, programme_id: str, form: ActForm, idempotency_key: IdempotencyKey
    ) -> Response:
        """Release the programme's open batch now."""
        payload = f'{{"programme_id":"{named(programme_id)}"}}'
        watch = f"/v1/programmes/{programme_id}/batches"
        act = await self._desk.record(request, idempotency_key, "release-batch", programme_id, form, watch, payload)
        return recorded(act)

    async def issue_token(self, request: Request, form: TokenForm, idempotency_key: IdempotencyKey) -> Response:
        """Issue a token by the hash of its secret."""
        principal = _operator(request)
        command = IssueToken(
            command_id=act_id(principal, "issue-token", idempotency_key), actor=principal.actor, **dict(form)
        )
        return recorded(await self._desk.send(command, "issue-token", form.token_id, None))

    async def revoke_token(
        self, request: Request, token_id: str, form: ActForm, idempotency_key: IdempotencyKey
    ) -> Response:
        """Revoke a token, at once and for good."""
        principal = _operator(request)
        command = RevokeToken(
            command_id=act_id(principal, "revoke-token", idempotency_key),
            actor=principal.actor,
            reason=form.reason,
            token_id=named(token_id),
        )
        return recorded(await self._desk.send(command, "revoke-token", token_id, None))

    async def _ledger(self, request: Request, key: str, verb: Verb, programme_id: str, form: ActForm) -> Response:
        watch = f"/v1/programmes/{programme_id}/ledger"
        return recorded(await self._desk.record(request, key, verb, programme_id, form, watch, _payload(form)))


def add(app: FastAPI, ports: EdgePorts) -> None:
    """Add the routes of acts and tokens."""
    operators = Operators(ports)
    post(app, "/v1/operator/programmes", operators.define_programme, Act, 202)
    post(app, "/v1/operator/caps", operators.define_cap, Act, 202)
    post(app, "/v1/operator/draws", operators.draw, Act, 202)
    post(app, "/v1/operator/revocations", operators.revoke, Act, 202)
    post(app, "/v1/operator/groups/confirm", operators.confirm_group, Act, 202)
    post(app, "/v1/operator/batches/{programme_id}/release", operators.release_batch, Act, 202)
    post(app, "/v1/operator/tokens", operators.issue_token, Act, 202)
    post(app, "/v1/operator/tokens/{token_id}/revoke", operators.revoke_token, Act, 202)


def act_id(principal: Principal, verb: Verb, key: str) -> str:
    """The id of an act: the same for the same person, verb and key."""
    return derived_id("http", principal.person_id, verb, key)


def recorded(act: Act) -> Response:
    """202: the act is recorded, its effect is elsewhere."""
    return Response(act.model_dump_json(), 202, {"Location": act.watch} if act.watch else None, "application/json")


def _payload(form: ActForm) -> str:
    return form.model_dump_json(exclude={"reason"})


def _operator(request: Request) -> Principal:
    principal = principal_of(request)
    if principal.role != "operator":
        raise forbidden("Only operators may do this.")
    return principal


def _refuse(fact: Fact | None) -> None:
    match fact:
        case ActRefused():
            raise refused(fact.code, fact.field)
        case ActRepeated(outcome="refused"):
            raise refused(fact.code or "", fact.field)
