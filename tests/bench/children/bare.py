"""The edge's HTTP server with an application that reads the body and answers 201: what HTTP alone allows."""

import asyncio
import signal
import sys

import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    """One ASGI call."""
    await Request(scope, receive).body()
    await Response(b'{"state":"submitted"}', 201, media_type="application/json")(scope, receive, send)


async def main(port: int) -> None:
    """Until SIGTERM."""
    server = uvicorn.Server(
        uvicorn.Config(
            answer, port=port, access_log=False, log_config=None, lifespan="off", loop="none", http="httptools"
        )
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, setattr, server, "should_exit", True)
    serving = asyncio.create_task(server._serve())  # `serve` would take the signals
    while not server.started:
        await asyncio.sleep(0.01)
    print("ready", flush=True)
    await serving


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[3])))
