"""The running system, as `make up` starts it: Faust workers, their pages, shared shards, the agent's counts."""

import json
import os
import secrets
import signal
import subprocess
from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import TypedDict, cast

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from prometheus_client.parser import text_string_to_metric_families

from deploy.local.system import ServiceProcess, System
from schemas.catalogue import BATCH_COMMANDS, CASE_COMMANDS, DECISIONS, LEDGER_COMMANDS, Topic
from services.kit.metrics import Metrics
from tests.stacks import Running, page, status, until
from tests.walk.journey import application, company, operator, programme, release, token

pytestmark = [pytest.mark.connected, pytest.mark.timeout(180)]

Counts = Mapping[str, tuple[int, int]]
"""Applications and units by outcome."""


class Statistics(TypedDict):
    """What an instance's page shows of its agent."""

    through: Mapping[str, int]
    totals: Mapping[str, Mapping[str, int]]


@pytest.fixture
def system(kafka_stack: Running) -> System:
    assert kafka_stack.system is not None
    return kafka_stack.system


def tells_of_faust(process: ServiceProcess) -> bool:
    """Whether a process has logged where its tasks stand, and one of them is in Faust's tree of services."""
    lines = [json.loads(line) for line in process.log_text().splitlines() if '"event": "task"' in line]
    return any("/mode/services.py" in place for line in lines for place in line["places"])


def test_every_process_runs_under_fausts_command_and_fausts_signal_handlers(system: System) -> None:
    for process in system.services:
        told = subprocess.run(
            ("ps", "-o", "command=", "-p", str(process.pid)), capture_output=True, text=True, check=True
        )
        assert told.stdout.split()[1:] == ["-m", f"services.{process.process.service}", "worker"]
        # Ends any process that has no handler for it; Faust's worker tells what its own service tree waits for.
        os.kill(process.pid or 0, signal.SIGUSR1)
    for process in system.services:
        until(partial(tells_of_faust, process))
        assert page(process, "/livez").status_code == 200


def test_every_page_of_every_process_answers(system: System) -> None:
    declared = {family.name: family.type for family in Metrics().registry.collect()}
    for process in system.services:
        assert [page(process, path).json() for path in ("/livez", "/readyz")] == [{"ok": True, "reasons": []}] * 2
        shown = page(process, "/status").json()
        assert (shown["service"], shown["instance"]) == (process.process.service, process.name)
        assert shown["ready"]
        metrics = page(process, "/metrics")
        assert metrics.headers["content-type"].startswith("text/plain")
        found = {family.name: family.type for family in text_string_to_metric_families(metrics.text)}
        assert found.items() >= declared.items()


@pytest.mark.parametrize(
    ("service", "lane", "inbox"),
    [
        ("policy", "policy.evaluation", CASE_COMMANDS),
        ("policy", "policy.batching", BATCH_COMMANDS),
        ("ledger", "ledger.ledger", LEDGER_COMMANDS),
    ],
)
def test_two_instances_share_the_shards_and_each_runs_once(
    system: System, service: str, lane: str, inbox: Topic
) -> None:
    instances = [process for process in system.services if process.process.service == service]
    shares = [cast("Mapping[str, Mapping[str, bool]]", status(process)[lane]) for process in instances]
    running = [[shard for shard, shown in share.items() if shown["running"]] for share in shares]
    assert len(running) == 2
    assert all(running)
    assert sorted(shard for shards in running for shard in shards) == sorted(map(str, range(inbox.partitions)))


async def test_the_agents_totals_are_the_journals(kafka_stack: Running, system: System) -> None:
    play(kafka_stack)
    ends, counts = await folded(system.kafka.bootstrap)
    instances = [process for process in system.services if process.process.service == "policy"]
    until(lambda: {shard: offset + 1 for shard, offset in shown(instances)[0].items()} == ends)
    assert shown(instances)[1] == counts
    assert counts["eligible"][0] >= 3
    assert counts["ineligible"][0] >= 1
    assert counts["authorised"][0] >= 3


def play(stack: Running) -> None:
    """Three companies are authorised; a fourth, which plans for no domestic chips, is refused."""
    with stack.client() as client:
        desk = operator(client)
        programme(desk)
        cap = {"reason": "Room for all", "programme_id": "h200-2026", "cap_id": "programme", "volume_units": 400_000}
        assert desk.post("/v1/operator/caps", cap).status_code == 202
        paths = []
        for units in (100, 200, 300):
            name = f"curlew-{secrets.token_hex(3)}"
            partner = token(desk, name)
            assert partner.post("/v1/companies", company(name)).status_code == 201
            paths.append(partner.post("/v1/applications", application(name, units)).headers["location"])
        lone = {**application(name, 400), "domestic_plan": {"training": 0, "inference": 0}}
        refused = partner.post("/v1/applications", lone).headers["location"]
        desk.until(refused, lambda file: file["outcome"] == "ineligible")
        for path in paths:
            desk.until(path, lambda file: file["state"] == "approved")
        release(desk)
        for path in paths:
            desk.until(path, lambda file: file["state"] == "authorised")


def shown(instances: list[ServiceProcess]) -> tuple[Mapping[str, int], Counts]:
    """How far the agents of all instances have come, and their totals together."""
    parts = [cast("Statistics", status(process)["policy.statistics"]) for process in instances]
    through = {shard: offset for part in parts for shard, offset in part["through"].items()}
    assert len(through) == sum(len(part["through"]) for part in parts), "a shard is counted twice"
    applications: Counter[str] = Counter()
    units: Counter[str] = Counter()
    for part in parts:
        for outcome, total in part["totals"].items():
            applications[outcome] += total["applications"]
            units[outcome] += total["units"]
    return through, {outcome: (applications[outcome], units[outcome]) for outcome in applications}


async def folded(bootstrap: str) -> tuple[Mapping[str, int], Counts]:
    """The journal's ends by shard, and what a plain consumer counts in it; it knows nothing but the message texts."""
    partitions = [TopicPartition(DECISIONS.name, shard) for shard in range(DECISIONS.partitions)]
    applications: Counter[str] = Counter()
    units: Counter[str] = Counter()
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    if (added := counted(dict(record.headers)["ce_type"].decode(), record.value)) is not None:
                        applications[added[0]] += 1
                        units[added[0]] += added[1]
    return (
        {str(partition.partition): end for partition, end in ends.items()},
        {outcome: (applications[outcome], units[outcome]) for outcome in applications},
    )


def counted(kind: str, value: bytes) -> tuple[str, int] | None:
    """Outcome and units of one fact's text."""
    fact = json.loads(value)
    match kind:
        case "policy.application-evaluated.v1":
            unit = "recommended_units" if fact["outcome"].startswith("eligible") else "requested_units"
            return fact["outcome"], sum(line[unit] or 0 for line in fact["lines"])
        case "policy.authorisation-issued.v1":
            return "authorised", sum(line["units"] for line in fact["lines"])
        case "policy.application-set-aside.v1":
            return "set-aside", sum(line["units"] for line in fact["lines"])
    return None
