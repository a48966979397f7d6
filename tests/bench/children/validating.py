"""What FastAPI and aiokafka alone make of it: an endpoint that validates an application and sends it. `/cpu` tells.

No token, no key, no lane, no journal, no rows, no views: a floor, measured on the same broker.
"""

import asyncio
import signal
import sys
import time

import uvicorn
from aiokafka import AIOKafkaProducer
from fastapi import FastAPI

from services.intake.http.forms import ApplicationForm
from services.kit.garbage import collect_seldom


def application(producer: AIOKafkaProducer, topic: str) -> FastAPI:
    """The endpoint; Kafka has acknowledged what it answers."""
    app = FastAPI()

    @app.post("/v1/applications", status_code=201)
    async def submit(form: ApplicationForm) -> dict[str, str]:
        await producer.send_and_wait(topic, form.model_dump_json().encode(), form.company_id.encode())
        return {"state": "submitted"}

    @app.get("/cpu")
    async def cpu() -> float:
        return time.process_time()

    return app


async def main(kafka: str, port: int, topic: str) -> None:
    """Until SIGTERM."""
    async with AIOKafkaProducer(bootstrap_servers=kafka, enable_idempotence=True, acks="all") as producer:
        server = uvicorn.Server(
            uvicorn.Config(application(producer, topic), port=port, access_log=False, log_config=None, lifespan="off",
                           loop="none", http="httptools")
        )  # fmt: skip
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, setattr, server, "should_exit", True)
        collect_seldom()  # as the intake process has it
        serving = asyncio.create_task(server._serve())  # `serve` would take the signals
        while not server.started:
            await asyncio.sleep(0.01)
        print("ready", flush=True)
        await serving


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[3]), sys.argv[4]))
