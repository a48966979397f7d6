"""A witness on the memory transport: it cosigns what it follows, remembers it, and refuses forks and rollbacks."""

import asyncio
from pathlib import Path

import pytest

from schemas.catalogue import LEDGER_CHECKPOINTS
from schemas.checkpoint import CheckpointSigned
from schemas.note import read_note, seconds_of, signed_by
from schemas.witness import Refused
from services.cli import witness as verb
from services.cli.edge import REFUSED, UNREACHABLE, USAGE
from services.cli.seen import BadState, Seen
from services.cli.witness import watch
from services.cli.witnessing import Witness
from services.kit import envelope
from services.kit.errors import Unavailable
from services.kit.settings import KafkaSettings
from services.kit.tasks import end
from services.kit.transport.memory import MemoryTransport
from tests.component.cli.edges import Edge, greenlight
from tests.component.kit.harness import memory, until
from tests.component.ledger_proofs.journals import PARTITION, claim, played, publish, reaches, signing
from tests.unit.ledger_proofs.histories import history
from tests.unit.ledger_proofs.keys import LEDGER, OTHER, WITNESS

KEYS = (LEDGER.verifier, WITNESS.verifier)


def witness(folder: Path, told: list[str] | None = None) -> Witness:
    said: list[str] = [] if told is None else told
    folder.mkdir(parents=True, exist_ok=True)
    return Witness(WITNESS, (LEDGER.verifier,), Seen(folder), said.append, lambda: 1_700_000_000.5)


async def published(transport: MemoryTransport, *facts: CheckpointSigned) -> None:
    """Append checkpoints as one owner would."""
    owner = await transport.send(
        LEDGER_CHECKPOINTS.name, PARTITION, [envelope.control_record(envelope.CLAIMED, "/t", "a", b"-1", b"{}", None)]
    )
    for fact in facts:
        record = envelope.fact_record(fact, LEDGER_CHECKPOINTS, "/t", fact.size, b"%d" % owner, 0, "c")
        await transport.send(LEDGER_CHECKPOINTS.name, PARTITION, [record])


async def test_what_a_running_ledger_signs_is_cosigned_and_shown(tmp_path: Path) -> None:
    transport, play, told = memory(), played(20), list[str]()
    owner = await claim(transport)
    await publish(transport, play, owner, 0, 9)
    async with signing(transport, 9):
        watching = asyncio.create_task(watch(witness(tmp_path, told), transport, once=False))
        await until(lambda: bool(told))
        await publish(transport, play, owner, 9)
        await reaches(transport, 22)
        await until(lambda: "partition 2: cosigned at entry 22" in told)
        await end((watching,))
    note = read_note((tmp_path / "partition-2.note").read_text(encoding="utf-8"))
    assert signed_by(note, KEYS) == KEYS
    assert seconds_of(note.signatures[-1]) == 1_700_000_000
    assert not (tmp_path / "partition-1.note").exists()


async def test_a_restarted_witness_goes_on_from_what_it_cosigned(tmp_path: Path) -> None:
    transport, facts = memory(), history().facts
    await published(transport, *facts[:2])
    await watch(witness(tmp_path), transport, once=True)
    before = Seen(tmp_path).last(PARTITION)
    await watch(witness(tmp_path), transport, once=True)
    assert Seen(tmp_path).last(PARTITION) == before
    await published(transport, facts[2])
    await watch(witness(tmp_path), transport, once=True)
    last = Seen(tmp_path).last(PARTITION)
    assert last is not None
    assert (last.checkpoint.size, last.note) == (11, (tmp_path / "partition-2.note").read_text(encoding="utf-8"))


async def test_a_former_signers_late_checkpoint_is_not_seen(tmp_path: Path) -> None:
    transport, facts = memory(), history().facts
    await published(transport, *facts[:2])
    await published(transport)
    late = envelope.fact_record(history(units=2).facts[2], LEDGER_CHECKPOINTS, "/t", 11, b"0", 0, "c")
    await transport.send(LEDGER_CHECKPOINTS.name, PARTITION, [late])
    await watch(witness(tmp_path), transport, once=True)
    last = Seen(tmp_path).last(PARTITION)
    assert last is not None
    assert last.checkpoint.size == 7


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (history(units=2).facts[2], "forked: the entries at 11"),
        (history(units=2).facts[1], "forked: another checkpoint at 7"),
        (history().facts[0], "rolled back"),
        (history(key=OTHER).facts[2], "wrong key"),
    ],
)
async def test_a_fork_or_a_rollback_is_refused_kept_and_never_cosigned(
    tmp_path: Path, bad: CheckpointSigned, why: str
) -> None:
    transport, facts = memory(), history().facts
    await published(transport, *facts[:2])
    await watch(witness(tmp_path), transport, once=True)
    cosigned = (tmp_path / "partition-2.note").read_bytes()
    await published(transport, bad)
    for _ in range(2):
        with pytest.raises(Refused, match=why):
            await watch(witness(tmp_path), transport, once=True)
    assert (tmp_path / "partition-2.note").read_bytes() == cosigned
    assert (tmp_path / "partition-2.refused.note").read_text(encoding="utf-8") == bad.note


async def test_a_topic_that_lost_what_was_cosigned_is_refused(tmp_path: Path) -> None:
    transport, facts = memory(), history().facts
    await published(transport, *facts)
    await watch(witness(tmp_path), transport, once=True)
    transport.recreate(LEDGER_CHECKPOINTS.name)
    with pytest.raises(Refused, match=r"rolled back: .* holds 0\.\.0"):
        await watch(witness(tmp_path), transport, once=True)
    await published(transport, *history((2, 3, 5)).facts)
    with pytest.raises(Refused, match="holds another record"):
        await watch(witness(tmp_path), transport, once=True)


async def test_what_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    transport = memory()
    record = envelope.fact_record(history().facts[0], LEDGER_CHECKPOINTS, "/t", 4, b"0", 0, "c")
    await transport.send(LEDGER_CHECKPOINTS.name, PARTITION, [type(record)(record.key, b"{}", record.headers)])
    with pytest.raises(Refused, match="no checkpoint at 0"):
        await watch(witness(tmp_path), transport, once=True)


async def test_a_log_that_is_away_is_waited_for_unless_asked_once(tmp_path: Path) -> None:
    transport, told = memory(), list[str]()
    await published(transport, *history().facts)
    transport.away = True
    with pytest.raises(Unavailable):
        await watch(witness(tmp_path), transport, once=True)
    watching = asyncio.create_task(watch(witness(tmp_path, told), transport, once=False))
    await asyncio.sleep(0)
    transport.away = False
    await until(lambda: bool(told))
    await end((watching,))


@pytest.mark.parametrize("torn", ["", "{}", '{"offset":1,"note":"nothing"}'])
def test_a_torn_state_is_never_taken_for_none(tmp_path: Path, torn: str) -> None:
    (tmp_path / "partition-2.json").write_text(torn, encoding="utf-8")
    with pytest.raises(BadState, match="cannot be gone on from"):
        Seen(tmp_path).last(2)


def test_what_is_stored_is_whole_when_the_write_is_torn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen, facts = Seen(tmp_path), history().facts
    seen.put(2, 5, read_note(facts[0].note))

    def torn(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", torn)
    with pytest.raises(OSError, match="No space"):
        seen.put(2, 6, read_note(facts[1].note))
    last = seen.last(2)
    assert last is not None
    assert (last.offset, last.checkpoint.size) == (5, 4)


def test_two_witnesses_do_not_share_a_folder(tmp_path: Path) -> None:
    with Seen(tmp_path).alone(), pytest.raises(BadState, match="another witness"), Seen(tmp_path).alone():
        pass


@pytest.mark.parametrize(
    ("error", "exit_code", "words"),
    [
        (None, 0, ""),
        (Refused("forked: two"), REFUSED, "forked: two"),
        (BadState("torn"), REFUSED, "torn"),
        (OSError(28, "No space left"), REFUSED, "No space left"),
        (Unavailable("Kafka: refused"), UNREACHABLE, "make up"),
    ],
)
def test_how_it_ended_decides_the_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception | None, exit_code: int, words: str
) -> None:
    async def ends(one: Witness, settings: KafkaSettings, once: bool) -> None:
        assert (one.key, once) == (WITNESS, True)
        if error is not None:
            raise error

    monkeypatch.setenv("GREENLIGHT_KAFKA_BOOTSTRAP", "kafka.example:9092")
    monkeypatch.setattr(verb, "_from_kafka", ends)
    (tmp_path / "key").write_text(WITNESS.secret + "\n", encoding="utf-8")
    result = told(tmp_path, "key")
    assert (result[0], words in result[1]) == (exit_code, True)


@pytest.mark.parametrize(
    ("secret", "words"), [(LEDGER.secret, "a ledger's"), ("nonsense", "is no signer's key")], ids=["ledger", "none"]
)
def test_a_key_that_is_no_witnesss_is_not_begun_with(tmp_path: Path, secret: str, words: str) -> None:
    (tmp_path / "key").write_text(secret, encoding="utf-8")
    result = told(tmp_path, "key")
    assert (result[0], words in result[1]) == (USAGE, True)


def told(folder: Path, key: str) -> tuple[int, str]:
    """Run the verb once; its exit code and what it complains of."""
    arguments = ("--ledger-key", str(LEDGER.verifier), "--witness-key", str(folder / key), "--once")
    result = greenlight(Edge({}), "witness", str(folder / "seen"), *arguments)
    return result.exit_code, " ".join(result.stderr.split())
