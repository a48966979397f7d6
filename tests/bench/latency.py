"""How soon what was asked for can be read: a ledger command at 200/s, an application over HTTP at 50/s, a batch."""

from deploy import stack
from schemas.catalogue import INTAKE_COMMANDS, LEDGER_COMMANDS, LEDGER_ENTRIES
from tests.bench import commands, world
from tests.bench.children.walk import COMPANIES
from tests.bench.figures import Figure, figure
from tests.bench.place import Place
from tests.bench.running import cpu_seconds, post, register, services

COMMANDS_PER_SECOND = 200
APPLICATIONS_PER_SECOND = 50


def ledger(place: Place) -> list[Figure]:
    """Command sent to fact readable and to row readable; beside it a record's way through Kafka alone."""
    count, repeats = place.pick(3_000, 1_200), place.pick(5, 2)
    lane, plain = [], []
    inbox, journal = place.fresh(LEDGER_COMMANDS, LEDGER_ENTRIES, partitions=1)
    for _ in range(repeats):
        plain.append(place.child("pace", inbox.name, inbox.name, COMMANDS_PER_SECOND, count))
    for _ in range(repeats):
        inbox, journal = place.fresh(LEDGER_COMMANDS, LEDGER_ENTRIES, partitions=1)
        place.fill(inbox, 0, [commands.record(command) for command in commands.opening()])
        with place.running("serve", inbox.name, journal.name):
            lane.append(place.child("pace", inbox.name, journal.name, COMMANDS_PER_SECOND, count))
    figures = []
    for name, key, aim in (("fact", "p99", "< 50"), ("row", "row_p99", "< 60")):
        half = key.replace("99", "50")
        figures += [
            figure(f"{name} at 200/s, p50", "ms", [run[half] * 1e3 for run in lane], "", ["Kafka alone, p50"]),
            figure(f"{name} at 200/s, p99", "ms", [run[key] * 1e3 for run in lane], aim, ["Kafka alone, p99"]),
        ]
    return [
        *figures,
        figure("Kafka alone, p50", "ms", [run["p50"] * 1e3 for run in plain]),
        figure("Kafka alone, p99", "ms", [run["p99"] * 1e3 for run in plain]),
    ]


def walk(place: Place) -> list[Figure]:
    """The whole system as its separate processes: HTTP to evaluation, release to entries, through the API.

    An evaluation is four passes through Kafka (two commands, two facts): beside it what one pass takes alone.
    """
    count, rounds, repeats = place.pick(1_500, 300), place.pick(40, 6), place.pick(3, 1)
    found, costs = [], []
    (topic,) = place.fresh(INTAKE_COMMANDS, partitions=1)
    with services(place, "intake", "policy", "ledger", "notification") as system:
        register(system.url, [world.company_id(number) for number in range(COMPANIES)])
        post(system.url, "/v1/operator/programmes", "define", world.programme())
        for _ in range(repeats):
            before = sum(map(cpu_seconds, system.services))
            found.append(place.child("walk", system.url, APPLICATIONS_PER_SECOND, count, rounds))
            costs.append((sum(map(cpu_seconds, system.services)) - before) / found[-1]["applications"])
    plain = place.child("pace", topic.name, topic.name, APPLICATIONS_PER_SECOND, place.pick(500, 150))
    note = f"one in ten of {count} applications watched, {len(stack.PROCESSES)} service processes"
    return [
        figure("evaluated at 50/s, p50", "ms", [run["evaluated_p50"] * 1e3 for run in found], "",
               ["Kafka alone, p50"], note),
        figure("evaluated at 50/s, p99", "ms", [run["evaluated_p99"] * 1e3 for run in found], "< 150",
               ["Kafka alone, p99"]),
        figure("batch released to ledger, p50", "ms", [run["granted_p50"] * 1e3 for run in found]),
        figure("batch released to ledger, p99", "ms", [run["granted_p99"] * 1e3 for run in found], "< 100",
               note=f"{rounds} batches, from the broker's stamp of batch-released"),
        figure("Kafka alone, p50", "ms", [plain["p50"] * 1e3]),
        figure("Kafka alone, p99", "ms", [plain["p99"] * 1e3]),
        figure("all service processes", "us CPU/application", [cost * 1e6 for cost in costs],
               note="with what they do at rest, and with the questions of those who watch"),
    ]  # fmt: skip
