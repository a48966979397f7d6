"""A lean HTTP/1.1 client: keep-alive connections that each send one POST after the other, or at a given rate.

It is a process of its own and does as little as it can, so that what it measures is the server.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

from tests.bench.figures import percentile
from tests.bench.world import application, company_id

HEAD_END = b"\r\n\r\n"


class Connection(asyncio.Protocol):
    """One connection; `post` awaits the status of its answer. Answers must say their length."""

    def __init__(self) -> None:
        self._buffer = b""
        self._answer: asyncio.Future[int] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Complete the answer, if this is all of it."""
        self._buffer += data
        end = self._buffer.find(HEAD_END)
        if end < 0:
            return
        head = self._buffer[:end].lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(self._buffer) >= end + len(HEAD_END) + length and self._answer is not None:
            self._buffer = b""
            self._answer.set_result(int(head[9:12]))

    def connection_lost(self, error: Exception | None) -> None:
        """Fail the one who waits."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionResetError())

    async def post(self, head: bytes, key: str, body: bytes) -> int:
        """Status of one POST."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        rest = f"Idempotency-Key: {key}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        self._transport.write(head + rest + body)
        return await self._answer


async def work(url: str, head: bytes, body: bytes, keys: Iterator[str], seconds: list[float], bad: list[int]) -> None:
    """One connection's requests, one after the other, while there are keys."""
    host, _, port = urlsplit(url).netloc.partition(":")
    _, connection = await asyncio.get_running_loop().create_connection(Connection, host, int(port))
    for key in keys:
        started = time.perf_counter()
        status = await connection.post(head, key, body)
        seconds.append(time.perf_counter() - started)
        if status != 201:
            bad.append(status)


async def main(url: str, token: str, path: str, run: str, total: int, connections: int) -> None:
    """Send `total` requests; print what became of them."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\n"
    ).encode()
    bodies = [json.dumps(application(company_id(number))).encode() for number in range(connections)]
    seconds: list[float] = []
    bad: list[int] = []
    keys = iter([f"{run}-{number}" for number in range(total)])
    started, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(work(url, head, body, keys, seconds, bad) for body in bodies))
    taken, cpu = time.perf_counter() - started, time.process_time() - cpu
    answer = {"requests": len(seconds), "refused": len(bad), "seconds": taken, "cpu": cpu}
    print(json.dumps({**answer, "p50": percentile(seconds, 0.5), "p99": percentile(seconds, 0.99)}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[3:7], *map(int, sys.argv[7:9])))  # type: ignore[arg-type]
