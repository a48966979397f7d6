"""The running system signs what it decides; a witness cosigns it, and an export of it verifies without the system."""

import json
import secrets
from pathlib import Path

import pytest

from deploy.local.__main__ import keys
from deploy.local.system import System
from services.cli.keys import LEDGER_VERIFIER, SALT_KEY, WITNESS_KEY, make_witness_key
from tests.component.cli.edges import Edge, greenlight
from tests.stacks import Running, status, until
from tests.walk.journey import operator, programme

pytestmark = [pytest.mark.connected, pytest.mark.timeout(180)]


@pytest.fixture
def system(kafka_stack: Running, monkeypatch: pytest.MonkeyPatch) -> System:
    assert kafka_stack.system is not None
    monkeypatch.setenv("GREENLIGHT_KAFKA_BOOTSTRAP", kafka_stack.system.kafka.bootstrap)
    monkeypatch.setenv("GREENLIGHT_PROFILE", "one-broker")
    return kafka_stack.system


def told(*arguments: str | Path) -> dict[str, object]:
    """Run the command; what it printed as JSON."""
    result = greenlight(Edge({}), *map(str, arguments), "--json")
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert isinstance(found, dict)
    return found


def signed(system: System) -> int:
    """Entries under a checkpoint, over all partitions and ledger processes."""
    workers = [status(one)["ledger.signer"] for one in system.services if one.process.service == "ledger"]
    assert all(isinstance(worker, dict) and worker["signing"] for worker in workers)
    return sum(size for worker in workers for size in worker["signed"].values())  # type: ignore[index]


def test_what_the_ledger_decides_is_signed_cosigned_and_verified_offline(
    kafka_stack: Running, system: System, tmp_path: Path
) -> None:
    with kafka_stack.client() as client:
        desk = operator(client)
        programme(desk)
        cap = {"reason": "One more entry", "programme_id": "h200-2026", "cap_id": "programme", "volume_units": 400_000}
        before = signed(system)
        assert desk.post("/v1/operator/caps", cap).status_code == 202
    until(lambda: signed(system) > before)
    verifier = keys(Path(system.services[0].folder).parent) / LEDGER_VERIFIER
    witness = make_witness_key(f"witness-{secrets.token_hex(3)}.example", tmp_path)
    seen = tmp_path / "seen"
    result = greenlight(
        Edge({}), "witness", str(seen), "--ledger-key", str(verifier), "--witness-key", str(tmp_path / WITNESS_KEY),
        "--once",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    manifest = told("export", "h200-2026", tmp_path / "export")
    found = told(
        "verify", tmp_path / "export", "--ledger-key", verifier, "--salt-key", verifier.with_name(SALT_KEY),
        "--witness", str(witness), "--checkpoint", seen / f"partition-{manifest['partition']}.note",
    )  # fmt: skip
    assert found["good"]
    assert found["seq"] == manifest["entries"]
    assert found["witnessed_to"]
