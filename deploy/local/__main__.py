"""`python -m deploy.local up | down | needs`: the whole system as processes on this machine, without containers."""

import argparse
import hashlib
import secrets
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy import stack
from deploy.local import records, settings
from deploy.local.kafka import fetch_jars, find_java
from deploy.local.process import Missing, NotReady
from deploy.local.redis import find_server
from deploy.local.system import LOCAL_CONTROLLER_PORT, System
from services.cli.keys import LEDGER_KEY, LEDGER_VERIFIER, SALT_KEY, make_ledger_keys

RUN = stack.ROOT / ".run"
TOKEN_HASH = "GREENLIGHT_BOOTSTRAP_TOKEN_SHA256"
LEDGER_NAME = "ledger.local.example"
"""The name of this machine's ledger in its checkpoints."""
INFRASTRUCTURE = ("redis", "kafka")


def token(folder: Path) -> str:
    """The first operator's token for this machine: made once, readable by its owner only."""
    file = folder / "token"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(32), encoding="utf-8")
    return file.read_text(encoding="utf-8")


def keys(folder: Path) -> Path:
    """The folder with this machine's keys for checkpoints: made once, the secret ones readable by their owner only."""
    where = folder / "keys"
    if not (where / LEDGER_VERIFIER).exists():
        make_ledger_keys(LEDGER_NAME, where)
    return where


def key_files(folder: Path) -> Mapping[str, str]:
    """What the ledger is told of them."""
    made = keys(folder)
    return {
        "GREENLIGHT_SIGNING_KEY_FILE": str(made / LEDGER_KEY),
        "GREENLIGHT_SALT_KEY_FILE": str(made / SALT_KEY),
    }


def given(folder: Path) -> Mapping[str, str]:
    """Values of the person who starts the system; a token and keys are made where none are given."""
    return {
        TOKEN_HASH: hashlib.sha256(token(folder).encode()).hexdigest(),
        **key_files(folder),
        **settings.given(),
    }


def taken() -> list[int]:
    """Ports of the stack that somebody listens on already."""
    ports = [stack.LOCAL_KAFKA_PORT, LOCAL_CONTROLLER_PORT, stack.LOCAL_REDIS_PORT]
    ports += [port for process in stack.PROCESSES for port in (process.pages_port, process.http_port) if port]
    return [port for port in ports if _answers(port)]


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def up(folder: Path = RUN) -> int:
    """Start the system, leave it running, say how to use it."""
    if any(process.alive() for process in records.load(folder)):
        print("It runs already; `make down` stops it.", file=sys.stderr)
        return 1
    if busy := taken():
        print(f"Ports in use by other programs: {', '.join(map(str, busy))}. Stop those first.", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    system = System(folder, given=given(folder))
    print(f"Starting Kafka, Redis and {len(system.services)} processes; logs are in {folder.name}/", flush=True)
    system.start()
    records.save(folder, [(process.name, process.pid) for process in system.all if process.pid is not None])
    print(_welcome(system, folder))
    return 0


def _welcome(system: System, folder: Path) -> str:
    return "\n".join(
        (
            "Ready. One broker on one machine: not durable on power loss.",
            f"  HTTP      {system.url}/docs",
            *(f"  {service.name:<16}{service.pages}/status" for service in system.services),
            f"  Kafka     {system.kafka.bootstrap}",
            f"  Redis     {system.redis.url}",
            "Try:",
            f"  export GREENLIGHT_TOKEN=$(cat {folder.name}/token) GREENLIGHT_URL={system.url}",
            f"  export GREENLIGHT_KAFKA_BOOTSTRAP={system.kafka.bootstrap} GREENLIGHT_PROFILE=one-broker",
            "  .venv/bin/greenlight services",
            "  .venv/bin/greenlight topics verify",
            "  .venv/bin/greenlight dead-letters list",
            f"  .venv/bin/greenlight export h200-2026 export && .venv/bin/greenlight verify export "
            f"--ledger-key {folder.name}/keys/{LEDGER_VERIFIER}",
            f"`make down` stops it. Its data stays in {folder.name}/ until you delete that folder.",
        )
    )


def down(folder: Path = RUN) -> int:
    """Stop what `up` started: services first, then Redis and Kafka."""
    running = [process for process in records.load(folder) if process.alive()]
    records.end([process for process in running if process.name not in INFRASTRUCTURE])
    records.end([process for process in running if process.name in INFRASTRUCTURE])
    records.forget(folder)
    print(f"Stopped {len(running)} processes." if running else "Nothing runs.")
    return 0


def needs() -> int:
    """Whether this machine has what real Kafka and Redis need; what is missing is said with its install line."""
    find_server()
    if settings.named_broker() is None:
        find_java()
        fetch_jars()
    return 0


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    parser.add_argument("verb", choices=("up", "down", "needs"))
    verbs = {"up": up, "down": down, "needs": needs}
    try:
        return verbs[parser.parse_args().verb]()
    except (Missing, NotReady) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
