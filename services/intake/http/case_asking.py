"""Commands about a case: sent to the lane that holds it, answered with its own fact or with its refusal."""

from datetime import datetime
from typing import Annotated

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from schemas.base import Command, Fact, Value, derived_id
from schemas.casework import CaseAct, PartnerCommand
from schemas.catalogue import APPLICATIONS, INTAKE_COMMANDS
from schemas.decisions import CASE_SENTENCES, CaseCode
from schemas.findings import Texts
from schemas.policy import CaseCommandRefused, CaseCommandRepeated
from services.intake.domain.tokens import Principal
from services.intake.http.forms import Form
from services.intake.http.partners import APPLICATION_ID
from services.intake.http.ports import EdgePorts
from services.intake.http.problems import ProblemError, not_found
from services.intake.http.reading import Lookup

ALL_SHARDS = tuple(range(APPLICATIONS.partitions))
_FORBIDDEN = frozenset((CaseCode.ROLE_INSUFFICIENT, CaseCode.SAME_PERSON, CaseCode.GRADE_INSUFFICIENT))
_CONFLICTS = frozenset(
    (
        CaseCode.APPLICATION_PENDING,
        CaseCode.NO_OPEN_CASE,
        CaseCode.CASE_TAKEN,
        CaseCode.CASE_NOT_TAKEN,
        CaseCode.VERSION_STALE,
        CaseCode.CASE_FLAGGED,
        CaseCode.FLAG_STANDS,
        CaseCode.NO_FLAG,
        CaseCode.NO_ADVICE,
        CaseCode.INFORMATION_OPEN,
        CaseCode.NO_INFORMATION_OPEN,
        CaseCode.INTENT_NEEDED,
        CaseCode.NO_PROPOSAL,
        CaseCode.HASH_STALE,
    )
)


class CaseStep(Value):
    """The command is in the log; `fact` says what it did. None: not answered in time, or answered before."""

    application_id: str
    command_id: str
    fact: Annotated[str | None, Field(description="Type of the fact.")] = None
    at: datetime | None = None
    version: Annotated[int | None, Field(description="Of the case from here on.")] = None
    decision_sha256: Annotated[str | None, Field(description="Hash to be countersigned.")] = None
    status_url: str


def work_command(
    model: type[CaseAct] | type[PartnerCommand],
    principal: Principal,
    company_id: str,
    application_id: str,
    form: Form,
    key: str,
) -> CaseAct | PartnerCommand:
    """The command of a form. Its id is the same for the same person, kind of wish, application and key."""
    id_ = derived_id("http", principal.person_id, model.type, application_id, key)
    about = {"command_id": id_, "actor": principal.actor, "company_id": company_id, "application_id": application_id}
    return model.model_validate({**dict(form), **about})


class CaseAsking:
    """Finds whose application it is, and asks its lane."""

    def __init__(self, ports: EdgePorts) -> None:
        self._ports = ports
        self._cases = Lookup(ports.cases, INTAKE_COMMANDS, ports.wait_seconds)

    async def company_of(self, principal: Principal, application_id: str) -> str:
        """The company of an application that this token reaches. Raises ProblemError, Unavailable."""
        if not APPLICATION_ID.fullmatch(application_id):
            raise not_found()
        known = principal.company_id
        shards = ALL_SHARDS if known is None else (APPLICATIONS.partition(known),)
        company_id = await self._cases.find(shards, f"application:{application_id}", lambda row: row.get("company_id"))
        if not principal.reaches(company_id):
            raise not_found()
        return company_id

    async def ask(self, request: Request, command: Command, application_id: str, url: str) -> Response:
        """201 with what was done, or 202 when the answer takes longer. Raises ProblemError for a refusal."""
        fact = await self._ports.asker.ask(command, self._ports.wait_seconds)
        _refuse(request, fact)
        known = None if isinstance(fact, CaseCommandRepeated) else fact
        step = CaseStep(
            application_id=application_id,
            command_id=command.command_id,
            fact=known.type if known else None,
            at=fact.at if fact else None,
            version=getattr(known, "version", None),
            decision_sha256=getattr(known, "decision_sha256", None),
            status_url=url,
        )
        status = 202 if fact is None else 201
        return Response(step.model_dump_json(), status, {"Location": url}, "application/json")


def _refuse(request: Request, fact: Fact | None) -> None:
    match fact:
        case CaseCommandRefused():
            raise case_refused(request, fact.code, fact.field)
        case CaseCommandRepeated() if fact.outcome != "DONE":
            raise case_refused(request, fact.outcome, None)


def case_refused(request: Request, code: str, field: str | None) -> ProblemError:
    """A lane's refusal: its code as the type, its sentence in the reader's language, the field that decided."""
    known = CaseCode(code)
    status = 403 if known in _FORBIDDEN else 409 if known in _CONFLICTS else 422
    name = code.lower().replace("_", "-")
    detail = sentence_for(request, CASE_SENTENCES[known])
    return ProblemError(status, name, detail, [{"pointer": field or "", "detail": code}])


def sentence_for(request: Request, texts: Texts) -> str:
    """A sentence in the language that the reader asks for first: Chinese, or else English."""
    chinese = request.headers.get("accept-language", "").lower().startswith("zh")
    return texts.zh if chinese else texts.en
