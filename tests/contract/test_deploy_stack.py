"""docker-compose.yml and the local processes are one system: same commands, environment, ports and health."""

import importlib
import inspect
import re
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest
import yaml

from deploy import compose, stack
from deploy.generate.files import ROOT, stale
from deploy.local.kafka import Kafka
from deploy.local.redis import Redis
from deploy.local.system import ServiceProcess, System, with_free_ports
from schemas.catalogue import SERVICES
from services.kit.settings import PREFIX, ProcessSettings

Node = Mapping[str, object]
NAMES = [process.name for process in stack.PROCESSES]
GIVEN = {variable.name: "given" for variables in stack.GIVEN.values() for variable in variables}
HOST = re.compile(r"(?:^|[/,@=])([A-Za-z0-9.-]+|\[[0-9a-f:]+\]):\d+")


def containers() -> Mapping[str, Node]:
    document = yaml.safe_load((ROOT / compose.FILE).read_text(encoding="utf-8"))
    return cast("Mapping[str, Node]", document["services"])


def environment(node: Node) -> Mapping[str, str]:
    return cast("Mapping[str, str]", node.get("environment", {}))


def local(folder: Path, processes: tuple[stack.Process, ...] = stack.PROCESSES) -> Mapping[str, ServiceProcess]:
    kafka = Kafka(folder / "kafka", port=stack.LOCAL_KAFKA_PORT, controller_port=1)
    redis = Redis(folder / "redis", port=stack.LOCAL_REDIS_PORT)
    system = System(folder, given=GIVEN, processes=processes, kafka=kafka, redis=redis)
    return {service.name: service for service in system.services}


def near(value: str) -> str:
    """A container's value as it stands on one machine."""
    value = value.replace(stack.CONTAINERS.kafka, stack.local_place().kafka)
    value = value.replace(stack.CONTAINERS.redis, stack.local_place().redis)
    value = re.sub(rf"http://(?:{'|'.join(NAMES)}):", "http://127.0.0.1:", value)
    value = re.sub(rf"^{stack.CONTAINERS.root}/", f"{ROOT}/", value)
    return "127.0.0.1" if value == "0.0.0.0" else value


def far_hosts(name: str, value: str, known: frozenset[str]) -> list[str]:
    """Hosts in a container's variable that no container answers to. A bind address may be every address."""
    if name == "KAFKA_ADVERTISED_LISTENERS":
        value = value.replace("OUTSIDE://127.0.0.1:", "")
    binds = name in {"GREENLIGHT_BIND_HOST", "KAFKA_LISTENERS"}
    hosts = [value] if name.endswith("_HOST") else HOST.findall(value)
    return [host for host in hosts if host not in known and not (binds and host == "0.0.0.0")]


def test_the_compose_file_is_the_one_made_from_the_stack() -> None:
    assert not stale({compose.FILE: compose.text()}), f"run `{compose.COMMAND}`"


@pytest.mark.parametrize("name", NAMES)
def test_a_container_and_a_local_process_are_told_the_same_but_for_hosts(name: str, tmp_path: Path) -> None:
    told = {key: near(value) for key, value in environment(containers()[name]).items() if key not in GIVEN}
    process = local(tmp_path)[name].environment()
    assert told == {key: process[key] for key in process if key.startswith(PREFIX) and key not in GIVEN}


@pytest.mark.parametrize("name", NAMES)
def test_a_container_and_a_local_process_are_given_the_same_variables(name: str, tmp_path: Path) -> None:
    given = set(environment(containers()[name])) & set(GIVEN)
    assert given == set(local(tmp_path)[name].environment()) & set(GIVEN)


@pytest.mark.parametrize("name", NAMES)
def test_a_container_and_a_local_process_run_the_same_command_and_health_check(name: str, tmp_path: Path) -> None:
    node, process = containers()[name], local(tmp_path)[name]
    check = cast("Mapping[str, list[str]]", node["healthcheck"])["test"]
    assert cast("list[str]", node["command"])[1:] == list(process.command())[1:]
    assert check[-1] == f"{process.pages}/readyz"
    assert check[1:] == ["python", *process.process.health]


@pytest.mark.parametrize("process", stack.PROCESSES, ids=NAMES)
def test_a_process_with_http_is_published_on_its_port(process: stack.Process) -> None:
    ports = [] if process.http_port is None else [f"127.0.0.1:{process.http_port}:{process.http_port}"]
    assert containers()[process.name].get("ports", []) == ports


@pytest.mark.parametrize("name", sorted(containers()))
def test_a_container_knows_only_hosts_that_are_containers(name: str) -> None:
    known = frozenset(containers())
    assert not [far for key, value in environment(containers()[name]).items() for far in far_hosts(key, value, known)]


@pytest.mark.parametrize(
    ("name", "value", "far"),
    [
        ("GREENLIGHT_KAFKA_BOOTSTRAP", "127.0.0.1:9092", ["127.0.0.1"]),
        ("GREENLIGHT_KAFKA_BOOTSTRAP", "kafka:9092,localhost:9092", ["localhost"]),
        ("GREENLIGHT_REDIS_URL", "redis://user:word@cache:6379/0", ["cache"]),
        ("GREENLIGHT_PAGES", "http://kafka:1,http://[::1]:2", ["[::1]"]),
        ("GREENLIGHT_BIND_HOST", "127.0.0.1", ["127.0.0.1"]),
        ("KAFKA_ADVERTISED_LISTENERS", "INSIDE://127.0.0.1:9092,OUTSIDE://127.0.0.1:9094", ["127.0.0.1"]),
        ("KAFKA_CONTROLLER_QUORUM_VOTERS", "1@elsewhere:9093", ["elsewhere"]),
        ("GREENLIGHT_BIND_HOST", "0.0.0.0", []),
        ("GREENLIGHT_KAFKA_BOOTSTRAP", "kafka:9092", []),
    ],
)
def test_a_loopback_or_unknown_host_is_found(name: str, value: str, far: list[str]) -> None:
    assert far_hosts(name, value, frozenset({"kafka"})) == far


@pytest.mark.parametrize("name", sorted(containers()))
def test_a_container_publishes_on_this_machine_alone_and_its_image_has_a_version(name: str) -> None:
    node = containers()[name]
    assert all(port.startswith("127.0.0.1:") for port in cast("list[str]", node.get("ports", [])))
    assert re.fullmatch(r"[a-z/-]+:(?!latest)[\w.-]+", str(node["image"]))


@pytest.mark.parametrize("name", [*NAMES, "topics"])
def test_a_container_of_ours_can_change_nothing_but_its_temporary_folder(name: str) -> None:
    node = containers()[name]
    assert node["read_only"] is True
    assert (node["tmpfs"], node["cap_drop"], node["security_opt"]) == (["/tmp"], ["ALL"], ["no-new-privileges:true"])


def test_names_and_ports_of_processes_are_their_own_and_policy_and_ledger_run_twice() -> None:
    ports = [port for process in stack.PROCESSES for port in (process.pages_port, process.http_port) if port]
    assert len(set(ports)) == len(ports)
    assert len(set(NAMES)) == len(NAMES)
    assert {process.service for process in stack.PROCESSES} == set(SERVICES)
    services = [process.service for process in stack.PROCESSES]
    assert (services.count("policy"), services.count("ledger")) == (2, 2)


def test_processes_on_free_ports_differ_in_nothing_else(tmp_path: Path) -> None:
    free = with_free_ports()
    assert [(p.name, p.service, p.http_port is None) for p in free] == [
        (p.name, p.service, p.http_port is None) for p in stack.PROCESSES
    ]
    pages = local(tmp_path, free)["intake-1"].environment()["GREENLIGHT_PAGES"]
    assert pages == ",".join(f"http://127.0.0.1:{process.pages_port}" for process in free)


@pytest.mark.parametrize("service", SERVICES)
def test_every_variable_a_process_is_told_is_a_setting_and_every_setting_is_explained(service: str) -> None:
    module = importlib.import_module(f"services.{service}.settings")
    classes = [found for _, found in inspect.getmembers(module, inspect.isclass) if issubclass(found, ProcessSettings)]
    settings = {f"{PREFIX}{field}".upper() for found in classes for field in found.model_fields}
    told = {name for process in stack.PROCESSES if process.service == service
            for name in stack.environment(process, stack.CONTAINERS)}  # fmt: skip
    asked = {variable.name for variable in stack.GIVEN.get(service, ())}
    example = (ROOT / f"deploy/env/{service}.env.example").read_text(encoding="utf-8")
    assert told | asked <= settings
    assert set(re.findall(rf"^#?({PREFIX}\w+)=", example, re.MULTILINE)) == settings
