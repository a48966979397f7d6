"""The one definition of the running system, as plain data. Everything that starts it is made from here.

`python -m deploy.compose` writes docker-compose.yml from it, `make up` starts local processes from it, and
deploy/prometheus/prometheus.yml is tested against it: commands, environment, ports and health cannot drift.
A *place* says where the stack runs; between places only hosts, bind addresses and values given by the person differ.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

ROOT = Path(__file__).resolve().parents[1]
HTTP_PORT = 8080
KAFKA_INSIDE_PORT = 9092
KAFKA_OUTSIDE_PORT = 9094
REDIS_PORT = 6379
PROMETHEUS_PORT = 9090
ALERTMANAGER_PORT = 9093
GRAFANA_PORT = 3000
LOCAL_KAFKA_PORT = 19092
LOCAL_REDIS_PORT = 16379

POLICY_BUNDLE = "deploy/policy/sample-ai-import"
SESSION_TIMEOUT_MS = 10_000
"""A crashed instance's shards go on elsewhere after this long."""


@dataclass(frozen=True, slots=True)
class Process:
    """One instance of one service. `name` is its host name in containers and its static group identity."""

    name: str
    service: str
    pages_port: int
    http_port: int | None = None

    @property
    def command(self) -> tuple[str, ...]:
        """What starts it, after the Python interpreter; the same everywhere."""
        return ("-m", f"services.{self.service}", "worker")

    @property
    def health(self) -> tuple[str, ...]:
        """What tells whether it is ready, after the Python interpreter; asked on its own host, exit code 0 is yes."""
        return ("-m", "deploy.health", f"http://127.0.0.1:{self.pages_port}/readyz")


PROCESSES: tuple[Process, ...] = (
    Process("intake-1", "intake", 6101, HTTP_PORT),
    Process("policy-1", "policy", 6111),
    Process("policy-2", "policy", 6112),
    Process("ledger-1", "ledger", 6121),
    Process("ledger-2", "ledger", 6122),
    Process("notification-1", "notification", 6131),
)

TOPICS_COMMAND = ("-m", "deploy.topics")
"""Creates what is missing of the catalogue's topics and ends; every process waits for it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the stack runs: how a process is reached and where Kafka and Redis listen."""

    name: Literal["containers", "local"]
    kafka: str
    redis: str
    bind_host: str
    root: str
    """Folder that holds `deploy/`."""

    def host(self, process: Process) -> str:
        """The host other processes use for this one."""
        return process.name if self.name == "containers" else "127.0.0.1"


CONTAINERS = Place("containers", f"kafka:{KAFKA_INSIDE_PORT}", f"redis://redis:{REDIS_PORT}/0", "0.0.0.0", "/app")


def local_place(kafka_port: int = LOCAL_KAFKA_PORT, redis_port: int = LOCAL_REDIS_PORT) -> Place:
    """Processes on this machine, reachable from it alone."""
    return Place("local", f"127.0.0.1:{kafka_port}", f"redis://127.0.0.1:{redis_port}/0", "127.0.0.1", str(ROOT))


@dataclass(frozen=True, slots=True)
class Given:
    """A variable whose value the person who starts the stack gives; a `required` one has no default."""

    name: str
    meaning: str
    required: bool = False
    default: str = ""


GIVEN: Mapping[str, tuple[Given, ...]] = MappingProxyType(
    {
        "intake": (
            Given("GREENLIGHT_BOOTSTRAP_TOKEN_SHA256", "SHA-256 in hex of the first operator token", required=True),
        ),
        "ledger": (
            Given("GREENLIGHT_SIGNING_KEY_FILE", "file of the key that signs checkpoints; empty: none are signed"),
            Given("GREENLIGHT_SALT_KEY_FILE", "file of the key that salts lines; needed with the other"),
        ),
        "policy": (
            Given("GREENLIGHT_POLICY_OFFICERS", "officers' public keys: two of them must have approved the bundle"),
            Given("GREENLIGHT_SCREENING_LIST", "list of parties to screen applicants against; empty: none is screened"),
        ),
        "notification": (
            Given("GREENLIGHT_WEBHOOK_URL", "where notices are sent; empty: they wait"),
            Given("GREENLIGHT_WEBHOOK_SECRET", "Standard Webhooks secret, whsec_..."),
            Given("GREENLIGHT_WEBHOOK_ALLOW_PRIVATE", "true: also to addresses that are not public", default="false"),
        ),
    }
)


def pages(place: Place, processes: Sequence[Process]) -> str:
    """Base URLs of every process's pages, separated by commas."""
    return ",".join(f"http://{place.host(process)}:{process.pages_port}" for process in processes)


def common_environment(place: Place) -> dict[str, str]:
    """What every process and the topics command are told."""
    return {
        "GREENLIGHT_PROFILE": "one-broker",
        "GREENLIGHT_KAFKA_BOOTSTRAP": place.kafka,
        "GREENLIGHT_REDIS_URL": place.redis,
        "GREENLIGHT_LOG_LEVEL": "info",
    }


def environment(process: Process, place: Place, processes: Sequence[Process] = PROCESSES) -> dict[str, str]:
    """The whole environment of a process but for what is `GIVEN` to its service."""
    told = common_environment(place) | {
        "GREENLIGHT_INSTANCE": process.name,
        "GREENLIGHT_BIND_HOST": place.bind_host,
        "GREENLIGHT_PAGES_PORT": str(process.pages_port),
        "GREENLIGHT_SESSION_TIMEOUT_MS": str(SESSION_TIMEOUT_MS),
    }
    if process.http_port is not None:
        told |= {"GREENLIGHT_HTTP_PORT": str(process.http_port), "GREENLIGHT_PAGES": pages(place, processes)}
    if process.service == "policy":
        told |= {"GREENLIGHT_POLICY_BUNDLE": f"{place.root}/{POLICY_BUNDLE}"}
    return told
