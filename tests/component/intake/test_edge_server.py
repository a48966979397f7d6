"""The edge over real connections: bodies that drip, stop or end early, and what is no HTTP at all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

import pytest

from deploy.local.process import free_port
from services.intake.adapters import HttpServer
from services.intake.http import body
from tests.component.intake.edge import edge
from tests.component.kit.harness import until, working

HEAD = (
    b"POST /v1/applications HTTP/1.1\r\nhost: edge.example\r\nauthorization: Bearer partner\r\n"
    b"content-type: application/json\r\nidempotency-key: k\r\n"
)
SIZED = HEAD + b"content-length: 100\r\n\r\n"
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"


class Caller(Protocol):
    """Sends bytes as they are, as slowly as asked, and gives what came back until the end or a whole problem."""

    async def __call__(self, sent: bytes, drip: bytes = b"") -> bytes: ...


@asynccontextmanager
async def served() -> AsyncIterator[Caller]:
    server = HttpServer(edge().app, "127.0.0.1", port := free_port())

    async def call(sent: bytes, drip: bytes = b"") -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        dripping = asyncio.create_task(_drip(writer, drip))
        try:
            found = await reader.readuntil(b"\r\n\r\n")
            return found + await reader.readuntil(b"}")
        finally:
            dripping.cancel()
            writer.close()

    async with working(server):
        await until(lambda: not server.problems())
        yield call


async def _drip(writer: asyncio.StreamWriter, drip: bytes) -> None:
    while drip:
        writer.write(drip)
        await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("head", "drip"),
    [(SIZED, b""), (SIZED + b'{"company_id":', b""), (CHUNKED, b""), (CHUNKED, b"1\r\n \r\n")],
    ids=["nothing", "a beginning", "no chunk", "a space at a time"],
)
async def test_a_body_that_takes_too_long_is_408(head: bytes, drip: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "BODY_SECONDS_MAX", 0.2)
    async with served() as call:
        answer = await call(head, drip)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"content-type: application/problem+json" in answer
        assert b"urn:greenlight:problem:body-too-slow" in answer
        assert (await call(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")).startswith(b"HTTP/1.1 200 ")


async def test_a_caller_who_leaves_in_the_middle_leaves_the_edge_as_it_was() -> None:
    async with served() as call:
        for sent in (SIZED, CHUNKED, SIZED + b"{", b"POST /v1/app", b""):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(call(sent), 0.05)
        assert (await call(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")).startswith(b"HTTP/1.1 200 ")


async def test_what_is_no_http_is_answered_and_closed() -> None:
    async with served() as call:
        with pytest.raises(asyncio.IncompleteReadError) as raised:
            await call(b"\x16\x03\x01\x02\x00 this is TLS or worse\r\n\r\n")
        assert raised.value.partial == b"Invalid HTTP request received."
