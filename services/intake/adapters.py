"""The outside world of the edge: journals read past their reader's rule, dead letters, other processes' pages, HTTP."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence

import aiohttp
import uvicorn
from fastapi import FastAPI
from pydantic import JsonValue, TypeAdapter

from schemas.base import Fact
from schemas.catalogue import Topic, dead_letters
from services.intake.http.ports import JournalLine
from services.kit import dead_letters as letters
from services.kit import envelope
from services.kit.dead_letters import DeadLetter
from services.kit.errors import BadMessage, Halted
from services.kit.follow import rule_at
from services.kit.transport.base import Record, Transport
from services.kit.worker import Status

PAGE_RECORDS = 2_000
PAGE_SECONDS_MAX = 2.0
STATUS_BYTES_MAX = 1024 * 1024
_STATUS = TypeAdapter(dict[str, JsonValue])


class Journals:
    """Reads journals from the log."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def facts(self, topic: Topic, partition: int, start: int = 0) -> AsyncGenerator[JournalLine, None]:
        """Facts from offset `start` to the end as it is now. Raises Unavailable, Halted."""
        first, end = await self._transport.bounds(topic.name, partition)
        position = min(max(first, start), end)
        rule = await rule_at(self._transport, topic.name, {partition: position})
        while position < end:
            for record in await self._transport.read(topic.name, partition, position, end, PAGE_RECORDS):
                position = record.offset + 1
                if rule.admits(record) and not envelope.is_control(record):
                    yield _line(record, topic)


def _line(record: Record, topic: Topic) -> JournalLine:
    try:
        fact, _ = envelope.decode(record, topic)
    except BadMessage as bad:
        raise Halted(f"{topic.name} holds an unreadable fact at {record.offset}: {bad}") from bad
    assert isinstance(fact, Fact)
    assert record.value is not None
    return JournalLine(record.offset, record.value, fact)


class Letters:
    """Dead letters, from the log."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def letters(self, service: str) -> Sequence[DeadLetter]:
        """The newest letters of a service, oldest first. Raises Unavailable."""
        return await letters.letters(self._transport, dead_letters(service).name)


class Pages:
    """The status pages of every process, by base URL, comma separated. One that does not answer says so."""

    def __init__(self, urls: str) -> None:
        self._urls = tuple(url.strip().rstrip("/") for url in urls.split(",") if url.strip())

    async def statuses(self) -> Sequence[Mapping[str, JsonValue]]:
        """One document per process."""
        timeout = aiohttp.ClientTimeout(total=PAGE_SECONDS_MAX)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            return await asyncio.gather(*(self._status(session, url) for url in self._urls))

    async def _status(self, session: aiohttp.ClientSession, url: str) -> Mapping[str, JsonValue]:
        try:
            async with session.get(f"{url}/status") as answer:
                return _STATUS.validate_json(await answer.content.read(STATUS_BYTES_MAX))
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            return {"instance": url, "ready": False, "problems": [f"does not answer: {type(error).__name__}"]}


class HttpServer:
    """Serves the edge as a worker of its process."""

    name = "intake.http"

    def __init__(self, app: FastAPI, host: str, port: int) -> None:
        self._server = uvicorn.Server(
            uvicorn.Config(
                app, host=host, port=port, access_log=False, log_config=None, lifespan="off", loop="none",
                http="httptools", ws="none", server_header=False, proxy_headers=False,
                h11_max_incomplete_event_size=32 * 1024, timeout_graceful_shutdown=5, limit_concurrency=2_000,
            )
        )  # fmt: skip
        self._host, self._port = host, port

    async def run(self) -> None:
        """Serve until cancelled, then answer what is under way and close."""
        # `serve` would take the signals, which are the host's.
        serving = asyncio.create_task(self._server._serve())
        try:
            await asyncio.shield(serving)
        finally:
            self._server.should_exit = True
            await asyncio.wait((serving,))

    def problems(self) -> tuple[str, ...]:
        """Not listening yet."""
        return () if self._server.started else (f"{self.name}: not listening yet",)

    def stuck(self) -> tuple[str, ...]:
        """The loop's own worker watches for that."""
        return ()

    def status(self) -> Status:
        """Where it listens."""
        return {"url": f"http://{self._host}:{self._port}"}
