"""Upkeep: is the journal whole, what could not be handled, what is to be made or tried again, how the services are."""

import asyncio
import base64
from collections.abc import Mapping
from contextlib import aclosing
from typing import Annotated

from fastapi import FastAPI
from pydantic import Field, JsonValue
from starlette.requests import Request
from starlette.responses import Response

from schemas import proof
from schemas.base import Value
from schemas.catalogue import LEDGER_ENTRIES, SERVICES
from schemas.intake import Verb
from services.intake.http.forms import ActForm, TargetForm, VerifyForm
from services.intake.http.gate import principal_of
from services.intake.http.operators import Act, Desk, recorded
from services.intake.http.ports import EdgePorts
from services.intake.http.problems import forbidden, not_found, unknown_value
from services.intake.http.routing import IdempotencyKey, get, post
from services.kit.dead_letters import DeadLetter

VERIFIED_AT_ONCE = 1_000


class Verified(Value):
    """The chain of a programme's journal partition, computed again from the published bytes."""

    programme_id: str
    partition: int
    good: bool
    seq: Annotated[int, Field(description="Last entry that verified.")]
    chain: Annotated[str, Field(description="Chain head after it.")]
    bad_seq: int | None = None
    why: str | None = None


class Letter(Value):
    """A record that could not be handled. `value_base64` is given only when one letter is asked for."""

    id: Annotated[str, Field(description="topic/partition/offset of the original record.")]
    reason: str
    detail: str
    where: str
    release: str
    timestamp: Annotated[int, Field(description="Broker time of the original, milliseconds since the epoch.")]
    sha256: str
    bytes: int
    headers: tuple[str, ...] = ()
    key_base64: str | None = None
    value_base64: str | None = None


class Letters(Value):
    """The newest dead letters of a service, oldest first."""

    service: str
    letters: tuple[Letter, ...]


class Statuses(Value):
    """What every process says of itself."""

    services: tuple[dict[str, JsonValue], ...]


class Upkeep:
    """Endpoints of upkeep; all but reading are operators'."""

    def __init__(self, ports: EdgePorts) -> None:
        self._ports = ports
        self._desk = Desk(ports)

    async def verify(self, request: Request, form: VerifyForm, idempotency_key: IdempotencyKey) -> Response:
        """Compute the chain of a programme's partition again and name the first bad entry."""
        _operator(request)
        partition = LEDGER_ENTRIES.partition(form.programme_id)
        await self._desk.record(request, idempotency_key, "verify", form.programme_id, form, None)
        verdict = await self._verdict(partition)
        answer = Verified(
            programme_id=form.programme_id,
            partition=partition,
            good=verdict.good,
            seq=verdict.head.seq,
            chain=verdict.head.chain,
            bad_seq=verdict.bad_seq,
            why=verdict.why,
        )
        return Response(answer.model_dump_json(), media_type="application/json")

    async def letters(self, service: str) -> Letters:
        """The newest dead letters of a service, without their content."""
        found = await self._ports.dead_letters.letters(_service(service))
        return Letters(service=service, letters=tuple(_letter(letter) for letter in found))

    async def letter(self, request: Request, service: str, topic: str, partition: int, offset: int) -> Letter:
        """One dead letter with its key and bytes."""
        _operator(request)
        return _letter(await self._one(service, f"{topic}/{partition}/{offset}"), whole=True)

    async def replay(
        self,
        request: Request,
        service: str,
        topic: str,
        partition: str,
        offset: str,
        form: ActForm,
        idempotency_key: IdempotencyKey,
    ) -> Response:
        """Send one dead letter's record again; the lane's rules decide whether it is new."""
        _operator(request)
        letter = await self._one(service, f"{topic}/{partition}/{offset}")
        target = f"{service}:{letter.id}"
        watch = f"/v1/operator/dead-letters/{service}"
        return recorded(await self._desk.record(request, idempotency_key, "replay-dead-letter", target, form, watch))

    async def rebuild(self, request: Request, form: TargetForm, idempotency_key: IdempotencyKey) -> Response:
        """Make rows again from the journals."""
        return await self._upkeep(request, idempotency_key, "rebuild", form)

    async def retry_parked(self, request: Request, form: TargetForm, idempotency_key: IdempotencyKey) -> Response:
        """Try parked records again."""
        return await self._upkeep(request, idempotency_key, "retry-parked", form)

    async def statuses(self) -> Statuses:
        """Every process: ready or not, its lanes, its figures."""
        found = await self._ports.services.statuses()
        return Statuses(services=tuple(dict(one) for one in found))

    async def _upkeep(self, request: Request, key: str, verb: Verb, form: TargetForm) -> Response:
        _operator(request)
        if not any(_carries_out(one, verb, form.target) for one in await self._ports.services.statuses()):
            what = "lane" if verb == "retry-parked" else "lane or view"
            raise unknown_value("/target", f"is no {what} of a running process; GET /v1/operator/services lists them")
        watch = "/v1/operator/services"
        return recorded(await self._desk.record(request, key, verb, form.target, form, watch))

    async def _one(self, service: str, id_: str) -> DeadLetter:
        for letter in await self._ports.dead_letters.letters(_service(service)):
            if letter.id == id_:
                return letter
        raise not_found()

    async def _verdict(self, partition: int) -> proof.Verdict:
        """Verified in parts, beside the event loop, so that other requests are answered meanwhile."""
        verdict, waiting = proof.Verdict(proof.Head()), list[bytes]()
        async with aclosing(self._ports.journals.facts(LEDGER_ENTRIES, partition)) as lines:
            async for line in lines:
                waiting.append(line.value)
                if len(waiting) == VERIFIED_AT_ONCE:
                    verdict = await asyncio.to_thread(proof.verify, waiting, verdict.head)
                    waiting = []
                    if not verdict.good:
                        return verdict
        return await asyncio.to_thread(proof.verify, waiting, verdict.head)


def add(app: FastAPI, ports: EdgePorts) -> None:
    """Add the routes of upkeep."""
    upkeep = Upkeep(ports)
    letters = "/v1/operator/dead-letters/{service}"
    one = letters + "/{topic}/{partition}/{offset}"
    post(app, "/v1/operator/verify", upkeep.verify, Verified, 200)
    get(app, letters, upkeep.letters)
    get(app, one, upkeep.letter)
    post(app, one + "/replay", upkeep.replay, Act, 202)
    post(app, "/v1/operator/rebuild", upkeep.rebuild, Act, 202)
    post(app, "/v1/operator/retry-parked", upkeep.retry_parked, Act, 202)
    get(app, "/v1/operator/services", upkeep.statuses)


def _operator(request: Request) -> None:
    if principal_of(request).role != "operator":
        raise forbidden("Only operators may do this.")


def _service(name: str) -> str:
    if name not in SERVICES:
        raise not_found()
    return name


def _carries_out(process: Mapping[str, JsonValue], verb: Verb, target: str) -> bool:
    """Whether a process runs what is meant: a lane shows its shards, a view whether it is leading."""
    name, workers = target.replace("/", "."), process.get("workers")
    return any(
        (worker == name or worker.startswith(f"{name}."))
        and isinstance(status, dict)
        and (all(key.isdigit() for key in status) or (verb == "rebuild" and "leading" in status))
        for worker, status in (workers.items() if isinstance(workers, dict) else ())
    )


def _letter(letter: DeadLetter, whole: bool = False) -> Letter:
    return Letter(
        id=letter.id,
        reason=letter.reason,
        detail=letter.detail,
        where=letter.where,
        release=letter.release,
        timestamp=letter.timestamp,
        sha256=letter.sha256,
        bytes=len(letter.value or b""),
        headers=tuple(name for name, _ in letter.headers),
        key_base64=_base64(letter.key) if whole else None,
        value_base64=_base64(letter.value) if whole else None,
    )


def _base64(value: bytes | None) -> str | None:
    return None if value is None else base64.b64encode(value).decode()
