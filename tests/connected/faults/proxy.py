"""A TCP proxy that can lose a reply: the request arrives and is carried out, its answer never comes back."""

import asyncio
from collections.abc import Callable
from typing import Self

from deploy.local.process import free_port

CHUNK = 256 * 1024
PRODUCE = 0


def is_append(data: bytes) -> bool:
    """Whether a client's bytes begin with a request to write to a Kafka log."""
    return len(data) >= 6 and int.from_bytes(data[4:6], "big") == PRODUCE


def is_script(data: bytes) -> bool:
    """Whether a client's bytes hold a call of a Redis script."""
    return b"EVALSHA" in data


class Proxy:
    """Forwards to a port of this machine. `losses`: how many more replies to matching requests are lost."""

    def __init__(self, to_port: int, matches: Callable[[bytes], bool]) -> None:
        self.port = free_port()
        self.losses = 0
        self._to_port, self._matches = to_port, matches
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for writer in tuple(self._open):
            writer.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to_port)
        except OSError:
            self._close(writer)
            return
        self._open.add(far_writer)
        lose = asyncio.Event()
        tasks = [
            asyncio.create_task(self._requests(reader, far_writer, lose)),
            asyncio.create_task(self._replies(far_reader, writer, lose)),
        ]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._close(writer)
        self._close(far_writer)

    def _close(self, writer: asyncio.StreamWriter) -> None:
        self._open.discard(writer)
        writer.close()

    async def _requests(self, reader: asyncio.StreamReader, far: asyncio.StreamWriter, lose: asyncio.Event) -> None:
        while data := await reader.read(CHUNK):
            if self.losses > 0 and self._matches(data):
                self.losses -= 1
                lose.set()
            far.write(data)
            await far.drain()

    async def _replies(self, far: asyncio.StreamReader, writer: asyncio.StreamWriter, lose: asyncio.Event) -> None:
        while data := await far.read(CHUNK):
            if lose.is_set():
                return
            writer.write(data)
            await writer.drain()
