"""A well-behaved receiver of webhooks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass(slots=True)
class Seen:
    """What the receiver was sent."""

    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@asynccontextmanager
async def receiver(*answers: web.Response) -> AsyncIterator[tuple[int, Seen]]:
    """A well-behaved HTTP server that gives these answers in turn, the last one for ever."""
    seen = Seen()

    async def handle(request: web.Request) -> web.Response:
        seen.bodies.append(await request.read())
        seen.headers.append({name.lower(): value for name, value in request.headers.items()})
        answer = answers[min(len(seen.bodies), len(answers)) - 1]
        return web.Response(status=answer.status, headers=answer.headers, body=answer.body)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield runner.addresses[0][1], seen
    finally:
        await runner.cleanup()
