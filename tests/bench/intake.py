"""Applications accepted by one intake process at 32 connections, each acknowledged by Kafka and answered by the lane.

The process does everything it does in production: gate, body, command, lane, journal, rows, reacts and views.
The reference is the same server with an application that only answers, by the same client.
"""

import uuid

from tests.bench import world
from tests.bench.figures import Figure, figure
from tests.bench.place import Place
from tests.bench.running import cpu_seconds, register, services

CONNECTIONS = 32


def run(place: Place) -> list[Figure]:
    """Applications per second, waiting times, CPU of both sides."""
    total, repeats = place.pick(6_000, 2_000), place.pick(5, 2)
    found: list[dict[str, float]] = []
    with services(place, "intake") as system:
        edge = system.services[0]
        register(system.url, [world.company_id(number) for number in range(CONNECTIONS)])
        for number in range(repeats):
            before = cpu_seconds(edge)
            run_id = uuid.uuid4().hex
            warm = 500 if number == 0 else 0
            answer = place.child("http", system.url, world.TOKEN, "/v1/applications", run_id, warm, total, CONNECTIONS)
            after = cpu_seconds(edge)
            answer["server_cpu"] = (after - before) / (warm + total) if before is not None and after is not None else 0
            found.append(answer)
    refused = sum(answer["refused"] for answer in found)
    return [
        figure(
            "accepted", "applications/s", [a["requests"] / a["seconds"] for a in found], ">= 1,000 per process",
            note=f"{refused:.0f} not answered 201; a request in turn on each of {CONNECTIONS} connections",
        ),
        figure("answer, p50", "ms", [a["p50"] * 1e3 for a in found]),
        figure("answer, p99", "ms", [a["p99"] * 1e3 for a in found]),
        figure("server CPU", "us/application", [a["server_cpu"] * 1e6 for a in found], note="lane and views included"),
        figure("client CPU", "us/application", [a["cpu"] / a["requests"] * 1e6 for a in found]),
    ]  # fmt: skip
