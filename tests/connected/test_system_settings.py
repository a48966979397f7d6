"""A process that is started with a missing or wrong variable ends at once with 2 and one line for each, by name."""

import subprocess
import sys

import pytest

from deploy import stack
from deploy.local.settings import inherited

pytestmark = pytest.mark.connected

SECRET = "hush-illustrative"
PLACE = stack.local_place()
PROCESSES = {process.service: process for process in stack.PROCESSES}
ROWS = [
    ("intake", {"GREENLIGHT_BOOTSTRAP_TOKEN_SHA256": SECRET}, ["GREENLIGHT_BOOTSTRAP_TOKEN_SHA256"]),
    ("policy", {"GREENLIGHT_POLICY_BUNDLE": str(stack.ROOT / "deploy")}, ["GREENLIGHT_POLICY_BUNDLE"]),
    ("ledger", {"GREENLIGHT_REDIS_URL": f"//ledger:{SECRET}@redis.example", "GREENLIGHT_PAGES_PORT": ""},
     ["GREENLIGHT_PAGES_PORT", "GREENLIGHT_REDIS_URL"]),
    ("notification", {"GREENLIGHT_WEBHOOK_URL": "https://hook.example", "GREENLIGHT_WEBHOOK_SECRET": SECRET},
     ["GREENLIGHT_WEBHOOK_SECRET"]),
]  # fmt: skip


@pytest.mark.parametrize(("service", "wrong", "names"), ROWS)
def test_a_wrong_variable_ends_the_process_by_name(service: str, wrong: dict[str, str], names: list[str]) -> None:
    process = PROCESSES[service]
    told = {**inherited(), **stack.environment(process, PLACE), "GREENLIGHT_BOOTSTRAP_TOKEN_SHA256": "0" * 64, **wrong}
    ended = run(process.command, told)
    assert ended.returncode == 2, ended.stderr
    assert ended.stdout == ""
    assert sorted(line.partition(":")[0] for line in ended.stderr.splitlines()) == names
    assert SECRET not in ended.stderr


def test_the_topics_command_does_the_same() -> None:
    ended = run(stack.TOPICS_COMMAND, {**inherited(), "GREENLIGHT_PROFILE": "one-broker"})
    assert (ended.returncode, ended.stderr) == (2, "GREENLIGHT_KAFKA_BOOTSTRAP: Field required\n")


def run(command: tuple[str, ...], told: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        (sys.executable, *command), cwd=stack.ROOT, env=told, capture_output=True,
        text=True, check=False, timeout=60,
    )  # fmt: skip
