"""Applications accepted by one intake process at 32 connections, each acknowledged by Kafka and answered by the lane.

The process does everything it does in production: gate, body, command, lane, journal, rows, reacts and views.
The reference is the same server with an application that only answers, by the same client.
"""

import uuid
from collections.abc import Callable, Mapping

from deploy.local.process import Process, free_port
from tests.bench import world
from tests.bench.figures import Figure, figure
from tests.bench.place import Place
from tests.bench.running import cpu_seconds, register, services

CONNECTIONS = 32
WARM = 8_000
"""Applications before the measured ones: a fresh broker needs five times the CPU for its first few thousand."""
Run = Mapping[str, float]


def run(place: Place) -> list[Figure]:
    """Applications per second, waiting times, and what each costs every process that takes part."""
    found, bare = accepted(place), alone(place)
    refused = sum(run["refused"] for run in found)
    note = f"{refused:.0f} not answered 201; {CONNECTIONS} connections, each asks again when it is answered"

    def cost(name: str, share: Callable[[Run], float]) -> Figure:
        return figure(name, "us CPU/application", [share(run) / run["requests"] * 1e6 for run in found])

    return [
        figure("accepted", "applications/s", [run["requests"] / run["seconds"] for run in found], ">= 1,000 a process",
               ["HTTP alone"], note),
        figure("HTTP alone", "requests/s", [run["requests"] / run["seconds"] for run in bare]),
        figure("answer, p50", "ms", [run["p50"] * 1e3 for run in found]),
        figure("answer, p99", "ms", [run["p99"] * 1e3 for run in found]),
        cost("intake process, views and lane included", lambda run: run["server"]),
        cost("Kafka", lambda run: run["kafka"]),
        cost("Redis", lambda run: run["redis"]),
        cost("client", lambda run: run["cpu"]),
    ]  # fmt: skip


def accepted(place: Place) -> list[Run]:
    """Runs against one intake process, warmed up."""
    total, repeats = place.pick(5_000, 2_000), place.pick(5, 2)
    with services(place, "intake") as system:
        register(system.url, [world.company_id(number) for number in range(CONNECTIONS)])
        load(place, system.url, WARM)
        watched = {"server": system.services[0], "kafka": place.kafka, "redis": place.redis}
        return [costed(watched, lambda: load(place, system.url, total)) for _ in range(repeats)]


def alone(place: Place) -> list[Run]:
    """Runs against a server that only answers."""
    total, repeats, port = place.pick(20_000, 5_000), place.pick(3, 2), free_port()
    with place.running("bare", port):
        return [load(place, f"http://127.0.0.1:{port}", total) for _ in range(repeats)]


def load(place: Place, url: str, total: int) -> Run:
    """So many applications, from a process of their own."""
    return place.child("http", url, world.TOKEN, "/v1/applications", uuid.uuid4().hex, total, CONNECTIONS)


def costed(watched: Mapping[str, Process], measured: Callable[[], Run]) -> Run:
    """The run, and the CPU seconds of these processes while it lasted; 0 where the system does not tell."""
    before = {name: cpu_seconds(process) for name, process in watched.items()}
    found = measured()
    return {**found, **{name: cpu_seconds(process) - before[name] for name, process in watched.items()}}
