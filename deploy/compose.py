"""`python -m deploy.compose` writes docker-compose.yml from deploy/stack.py; `--check` says whether it is stale.

Only what containers add stands here: images, volumes, limits of privilege, and the five systems we did not write.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence

import yaml

from deploy import stack
from deploy.generate.files import settle

COMMAND = "python -m deploy.compose"
FILE = "docker-compose.yml"
IMAGE = "greenlight:local"
IMAGES: Mapping[str, str] = {
    "kafka": "apache/kafka:4.1.0",
    "redis": "redis:7.4.2-alpine",
    "prometheus": "prom/prometheus:v3.5.0",
    "alertmanager": "prom/alertmanager:v0.28.1",
    "grafana": "grafana/grafana:12.1.0",
}
HEAD = f"""\
# Made by `{COMMAND}` from deploy/stack.py: change it there.
# One broker, one store: for a look at the system, not durable on power loss. Published on 127.0.0.1 only.
# Start: GREENLIGHT_BOOTSTRAP_TOKEN_SHA256=$(printf %s "$TOKEN" | sha256sum | cut -d' ' -f1) docker compose up --build
"""

Node = Mapping[str, object]


class Quoted(str):
    """A text that YAML shall quote."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Writes lists indented, quotes `Quoted`, repeats rather than refers: the file is for people too."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: object) -> bool:
        return True


def _quoted(dumper: yaml.SafeDumper, text: Quoted) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style="'")


_Dumper.add_representer(Quoted, _quoted)


def published(port: int) -> tuple[Quoted, ...]:
    """A port of a container, reachable from this machine alone."""
    return (Quoted(f"127.0.0.1:{port}:{port}"),)


def health(test: Sequence[str], start_seconds: int) -> Node:
    """A check every five seconds; failures of the first `start_seconds` do not count."""
    return {
        "test": ["CMD", *test],
        "interval": "5s",
        "timeout": "5s",
        "retries": 6,
        "start_period": f"{start_seconds}s",
    }


def fetches(port: int, path: str) -> tuple[str, ...]:
    """A check with the only tool that these images have."""
    return ("wget", "-q", "-O", "/dev/null", f"http://127.0.0.1:{port}{path}")


def given(variable: stack.Given) -> str:
    """How compose takes a value from the person who starts it: refused when missing, or its default."""
    otherwise = f"?{variable.meaning}" if variable.required else f"-{variable.default}"
    return f"${{{variable.name}:{otherwise}}}"


def _ours(depends_on: Node, environment: Mapping[str, str], command: Sequence[str]) -> dict[str, object]:
    quoted = {name: Quoted(value) for name, value in sorted(environment.items())}
    return {
        "image": IMAGE,
        "pull_policy": "build",
        "build": {"context": ".", "dockerfile": "deploy/docker/Dockerfile"},
        "depends_on": depends_on,
        "environment": quoted,
        "command": ["python", *command],
        "init": True,
        "read_only": True,
        "tmpfs": ["/tmp"],
        "cap_drop": ["ALL"],
        "security_opt": [Quoted("no-new-privileges:true")],
    }


def service(process: stack.Process) -> Node:
    """The container of one process."""
    asked = {variable.name: given(variable) for variable in stack.GIVEN.get(process.service, ())}
    node = _ours(
        {
            "kafka": {"condition": "service_healthy"},
            "redis": {"condition": "service_healthy"},
            "topics": {"condition": "service_completed_successfully"},
        },
        stack.environment(process, stack.CONTAINERS) | asked,
        process.command,
    )
    node |= {
        "healthcheck": health(("python", *process.health), 30),
        "restart": "unless-stopped",
        "stop_grace_period": "30s",
    }
    if process.http_port is not None:
        node["ports"] = list(published(process.http_port))
    return node


def topics() -> Node:
    """The container that creates the topics and ends."""
    node = _ours(
        {"kafka": {"condition": "service_healthy"}}, stack.common_environment(stack.CONTAINERS), stack.TOPICS_COMMAND
    )
    return node | {"restart": "no"}


def kafka() -> Node:
    """One broker with an inside listener for the containers and an outside one for this machine."""
    inside, outside, controller = stack.KAFKA_INSIDE_PORT, stack.KAFKA_OUTSIDE_PORT, 9093
    listeners = f"INSIDE://0.0.0.0:{inside},OUTSIDE://0.0.0.0:{outside},CONTROLLER://0.0.0.0:{controller}"
    environment = {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": f"1@kafka:{controller}",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_LISTENERS": listeners,
        "KAFKA_ADVERTISED_LISTENERS": f"INSIDE://kafka:{inside},OUTSIDE://127.0.0.1:{outside}",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "INSIDE:PLAINTEXT,OUTSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "KAFKA_INTER_BROKER_LISTENER_NAME": "INSIDE",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "KAFKA_LOG_DIRS": "/var/lib/kafka/data",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR": "1",
    }
    asks = ("/opt/kafka/bin/kafka-topics.sh", "--bootstrap-server", f"kafka:{inside}", "--list")
    return {
        "image": IMAGES["kafka"],
        "environment": {name: Quoted(value) for name, value in sorted(environment.items())},
        "ports": list(published(outside)),
        "volumes": ["kafka-data:/var/lib/kafka/data"],
        "healthcheck": {**health(asks, 20), "interval": "10s", "timeout": "10s"},
        "restart": "unless-stopped",
        "stop_grace_period": "30s",
    }


def redis() -> Node:
    """One store that refuses what does not fit rather than forget what it has."""
    options = ("--appendonly", "yes", "--appendfsync", "everysec", "--maxmemory-policy", "noeviction", "--save", "")
    return {
        "image": IMAGES["redis"],
        "command": ["redis-server", *(Quoted(option) for option in options)],
        "volumes": ["redis-data:/data"],
        "healthcheck": health(("redis-cli", "ping"), 5),
        "restart": "unless-stopped",
        "read_only": True,
        "security_opt": [Quoted("no-new-privileges:true")],
    }


def prometheus() -> Node:
    """Scrapes every process and keeps the alerts' state."""
    options = ("--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus")
    return {
        "image": IMAGES["prometheus"],
        "command": [*options, "--storage.tsdb.retention.time=7d"],
        "ports": list(published(stack.PROMETHEUS_PORT)),
        "volumes": ["./deploy/prometheus:/etc/prometheus:ro", "prometheus-data:/prometheus"],
        "healthcheck": health(
            ("wget", "-q", "-O", "/dev/null", f"http://127.0.0.1:{stack.PROMETHEUS_PORT}/-/ready"), 10
        ),
        "restart": "unless-stopped",
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": [Quoted("no-new-privileges:true")],
    }


def alertmanager() -> Node:
    """Groups the alerts of Prometheus and tells whom its file names: nobody outside this machine, as committed."""
    return {
        "image": IMAGES["alertmanager"],
        "command": [
            "--config.file=/etc/alertmanager/alertmanager.yml",
            "--storage.path=/alertmanager",
            "--cluster.listen-address=",
        ],
        "ports": list(published(stack.ALERTMANAGER_PORT)),
        "volumes": ["./deploy/alertmanager:/etc/alertmanager:ro", "alertmanager-data:/alertmanager"],
        "healthcheck": health(fetches(stack.ALERTMANAGER_PORT, "/-/ready"), 10),
        "restart": "unless-stopped",
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": [Quoted("no-new-privileges:true")],
    }


def grafana() -> Node:
    """The dashboard, for everybody on this machine to read and for nobody to change."""
    environment = {
        "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
        "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
        "GF_ANALYTICS_REPORTING_ENABLED": "false",
        "GF_AUTH_ANONYMOUS_ENABLED": "true",
        "GF_AUTH_ANONYMOUS_ORG_ROLE": "Viewer",
        "GF_AUTH_BASIC_ENABLED": "false",
        "GF_AUTH_DISABLE_LOGIN_FORM": "true",
        "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH": "/var/lib/grafana/dashboards/greenlight.json",
        "GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION": "true",
    }
    return {
        "image": IMAGES["grafana"],
        "depends_on": {"prometheus": {"condition": "service_healthy"}},
        "environment": {name: Quoted(value) for name, value in sorted(environment.items())},
        "ports": list(published(stack.GRAFANA_PORT)),
        "volumes": [
            "./deploy/grafana/provisioning:/etc/grafana/provisioning:ro",
            "./deploy/grafana/dashboards:/var/lib/grafana/dashboards:ro",
        ],
        "healthcheck": health(
            ("wget", "-q", "-O", "/dev/null", f"http://127.0.0.1:{stack.GRAFANA_PORT}/api/health"), 20
        ),
        "restart": "unless-stopped",
        "cap_drop": ["ALL"],
        "security_opt": [Quoted("no-new-privileges:true")],
    }


KEY_ORDER = (
    "image", "build", "depends_on", "volumes", "environment", "ports", "command", "restart", "healthcheck", "cap_drop",
    "init", "pull_policy", "read_only", "security_opt", "stop_grace_period", "tmpfs",
)  # fmt: skip


def _in_order(node: Node) -> Node:
    return dict(sorted(node.items(), key=lambda item: KEY_ORDER.index(item[0])))


def document() -> Node:
    """The whole compose file as data: containers by name, their keys in one order."""
    nodes = {process.name: service(process) for process in stack.PROCESSES}
    others = (topics, kafka, redis, prometheus, alertmanager, grafana)
    nodes |= {other.__name__: other() for other in others}
    volumes: Node = {name: {} for name in ("alertmanager-data", "kafka-data", "prometheus-data", "redis-data")}
    return {
        "name": "greenlight",
        "services": {name: _in_order(node) for name, node in sorted(nodes.items())},
        "volumes": volumes,
    }


def text() -> str:
    """The file as committed."""
    body = yaml.dump(document(), Dumper=_Dumper, sort_keys=False, width=1000, allow_unicode=True)
    return f"{HEAD}{body}"


def main() -> int:
    """The command; 1 when `--check` finds the file stale."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, say whether the file is stale")
    complaints = settle({FILE: text()}, COMMAND, check=parser.parse_args().check)
    print("\n".join(complaints), file=sys.stderr, end="\n" if complaints else "")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
