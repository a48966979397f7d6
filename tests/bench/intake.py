"""Applications accepted by one intake process at 32 connections, each acknowledged by Kafka and answered by the lane.

The process does everything it does in production: gate, body, command, lane, journal, rows, reacts and views.
Beside it, by the same client: an endpoint of FastAPI that validates and sends with aiokafka and does nothing else, and
the same server with an application that only answers. CPU says more than the wall does where others share the cores.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence

import httpx

from deploy.local.process import Process, free_port
from schemas.catalogue import INTAKE_COMMANDS
from tests.bench import world
from tests.bench.figures import Figure, figure
from tests.bench.place import Place
from tests.bench.running import cpu_seconds, register, services

CONNECTIONS = 32
WARM, WARM_SHORT = 8_000, 2_500
"""Applications before the measured ones: a fresh broker needs five times the CPU for its first few thousand."""
SENDS = "FastAPI and aiokafka that validate and send"
Run = Mapping[str, float]


def run(place: Place) -> list[Figure]:
    """Applications per second, waiting times, and what each costs every process that takes part."""
    found, sends, bare = accepted(place), validating(place), alone(place)
    refused = sum(run["refused"] for run in found)
    note = f"{refused:.0f} not answered 201; {CONNECTIONS} connections, each asks again when it is answered"

    def cost(
        name: str, share: str, runs: Sequence[Run] = found, aim: str = "", references: Sequence[str] = ()
    ) -> Figure:
        return figure(name, "us CPU/application", [run[share] / run["requests"] * 1e6 for run in runs], aim, references)

    return [
        figure("accepted", "applications/s", rates(found), ">= 1,000 a process", [SENDS, "HTTP alone"], note),
        figure(SENDS, "requests/s", rates(sends)),
        figure("HTTP alone", "requests/s", rates(bare)),
        figure("answer, p50", "ms", [run["p50"] * 1e3 for run in found]),
        figure("answer, p99", "ms", [run["p99"] * 1e3 for run in found]),
        cost("intake process: edge, lanes, views", "server", aim="< 900", references=[f"{SENDS}, CPU"]),
        cost(f"{SENDS}, CPU", "server", sends),
        cost("Kafka", "kafka"),
        cost("Redis", "redis"),
        cost("client", "cpu"),
    ]  # fmt: skip


def accepted(place: Place) -> list[Run]:
    """Runs against one intake process, warmed up."""
    total, repeats = place.pick(5_000, 1_500), place.pick(5, 2)
    with services(place, "intake") as system:
        register(system.url, [world.company_id(number) for number in range(CONNECTIONS)])
        load(place, system.url, place.pick(WARM, WARM_SHORT))
        watched = {"server": system.services[0], "kafka": place.kafka, "redis": place.redis}
        return [costed(watched, lambda: load(place, system.url, total)) for _ in range(repeats)]


def validating(place: Place) -> list[Run]:
    """Runs against an endpoint that validates and sends, on the warmed broker."""
    total, repeats, port = place.pick(5_000, 1_500), place.pick(3, 2), free_port()
    (topic,) = place.fresh(INTAKE_COMMANDS)
    found: list[Run] = []
    with place.running("validating", port, topic.name):
        url = f"http://127.0.0.1:{port}"
        load(place, url, total)
        for _ in range(repeats):
            before = httpx.get(f"{url}/cpu").json()
            run = load(place, url, total)
            found.append({**run, "server": httpx.get(f"{url}/cpu").json() - before})
    return found


def alone(place: Place) -> list[Run]:
    """Runs against a server that only answers."""
    total, repeats, port = place.pick(20_000, 4_000), place.pick(3, 2), free_port()
    with place.running("bare", port):
        return [load(place, f"http://127.0.0.1:{port}", total) for _ in range(repeats)]


def rates(runs: Sequence[Run]) -> Sequence[float]:
    """Requests per second of each run."""
    return [run["requests"] / run["seconds"] for run in runs]


def load(place: Place, url: str, total: int) -> Run:
    """So many applications, from a process of their own."""
    return place.child("http", url, world.TOKEN, "/v1/applications", uuid.uuid4().hex, total, CONNECTIONS)


def costed(watched: Mapping[str, Process], measured: Callable[[], Run]) -> Run:
    """The run, and the CPU seconds of these processes while it lasted; 0 where the system does not tell."""
    before = {name: cpu_seconds(process) for name, process in watched.items()}
    found = measured()
    return {**found, **{name: cpu_seconds(process) - before[name] for name, process in watched.items()}}
