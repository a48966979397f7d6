"""`greenlight export`, `prove` and `verify` of files: without an edge, without Kafka, without Redis."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from typer.testing import Result

from schemas.ledger import Draw
from schemas.note import Signer
from services.cli import export as exporting
from services.cli.edge import REFUSED, UNREACHABLE, USAGE
from services.cli.exports import CHECKPOINTS, ENTRIES, MANIFEST, Writing
from services.kit.errors import Unavailable
from services.kit.settings import KafkaSettings
from tests.component.cli.edges import greenlight
from tests.component.kit.harness import memory
from tests.component.ledger_proofs.journals import PARTITION, claim, played, publish, reaches, signing
from tests.unit.ledger_proofs.histories import cosigned, history
from tests.unit.ledger_proofs.keys import LEDGER, OTHER, SALT_KEY, WITNESS

KEY = str(LEDGER.verifier)


def offline(*arguments: str | Path, width: int = 160) -> Result:
    """Run the command where nothing answers."""

    def nobody(request: httpx.Request) -> httpx.Response:
        raise AssertionError("verification asks nobody")

    return greenlight(nobody, *map(str, arguments), width=width)


def document(result: Result) -> dict[str, object]:
    found = json.loads(result.stdout)
    assert isinstance(found, dict)
    return found


def written(folder: Path, key: Signer = LEDGER) -> Path:
    """An export of eleven entries with three checkpoints."""
    made, writing = history(key=key), Writing(folder)
    for entry in made.entries:
        writing.entry(entry)
    for fact in made.facts:
        writing.checkpoint(fact.model_dump_json().encode())
    writing.finish("ledger-entries", PARTITION, 11)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(tmp_path / "export")


@pytest.fixture
def salt_file(tmp_path: Path) -> Path:
    file = tmp_path / "salt.key"
    file.write_text(SALT_KEY.hex() + "\n", encoding="utf-8")
    return file


def change(file: Path, harm: Callable[[list[bytes]], list[bytes]]) -> None:
    lines = harm(file.read_bytes().splitlines())
    file.write_bytes(b"".join(line + b"\n" for line in lines))


async def test_what_is_exported_is_what_readers_see_and_verifies(tmp_path: Path) -> None:
    transport, play, late = memory(), played(6), played(9)
    old = await claim(transport)
    await publish(transport, play, old)
    async with signing(transport, 8):
        new = await claim(transport)
        await publish(transport, late, old, 8)
        play.ask(Draw, units=2)
        await publish(transport, play, new, 8)
        await reaches(transport, 9)
    manifest = await exporting.write_export(transport, PARTITION, tmp_path / "export")
    assert (manifest.entries, manifest.checkpoints) == (9, 2)
    result = offline("verify", tmp_path / "export", "--ledger-key", KEY, "--json")
    assert result.exit_code == 0, result.stderr
    assert document(result)["signed_to"] == 9
    with pytest.raises(FileExistsError):
        await exporting.write_export(transport, PARTITION, tmp_path / "export")


def test_a_good_export_is_good_and_says_what_was_checked(folder: Path, salt_file: Path, tmp_path: Path) -> None:
    (tmp_path / "ledger.vkey").write_text(KEY + "\n", encoding="utf-8")
    result = offline("verify", folder, "--ledger-key", tmp_path / "ledger.vkey", "--salt-key", salt_file)
    assert result.exit_code == 0, result.stderr
    for words in ("Whole", "signed to entry", "11", "computed again"):
        assert words in result.stdout
    result = offline("verify", folder, "--unsigned", "--json")
    assert (document(result)["good"], document(result)["signed_to"]) == (True, None)


@pytest.mark.parametrize(
    ("file", "harm", "seq", "why"),
    [
        (ENTRIES, lambda lines: [*lines[:6], lines[6].replace(b'"units":1,', b'"units":9,'), *lines[7:]], 7, "altered"),
        (ENTRIES, lambda lines: [*lines[:6], *lines[7:]], 7, "dropped"),
        (ENTRIES, lambda lines: [*lines[:6], lines[7], lines[6], *lines[8:]], 7, "reordered"),
        (ENTRIES, lambda lines: [*lines[:7], *lines[6:]], 8, "doubled"),
        (ENTRIES, lambda lines: lines[:9], 10, "truncated"),
        (ENTRIES, lambda lines: [*lines[:-1], lines[-1][:100]], 11, "truncated"),
        (CHECKPOINTS, lambda lines: [lines[0], lines[2], lines[1]], None, "rolled back"),
        (CHECKPOINTS, lambda lines: [*lines[1:], history(units=2).facts[-1].model_dump_json().encode()], 11, "forked"),
        (
            CHECKPOINTS,
            lambda lines: [history(key=OTHER).facts[0].model_dump_json().encode(), *lines[1:]],
            None,
            "wrong key",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_bad_export_is_named_and_ends_with_1(
    folder: Path, file: str, harm: Callable[[list[bytes]], list[bytes]], seq: int | None, why: str
) -> None:
    change(folder / file, harm)
    result = offline("verify", folder, "--ledger-key", KEY, "--json")
    assert result.exit_code == REFUSED
    found = document(result)
    assert (found["good"], found["bad_seq"]) == (False, seq)
    assert why in str(found["why"])
    drawn = offline("verify", folder, "--ledger-key", KEY)
    assert "Broken" in drawn.stdout
    assert why in drawn.stdout


def test_a_checkpoint_from_elsewhere_shows_another_history_or_a_shorter_one(folder: Path, tmp_path: Path) -> None:
    for name, note, exit_code, words in (
        ("seen", cosigned(history().notes[1], WITNESS), 0, "Whole"),
        ("fork", cosigned(history(units=2).notes[1], WITNESS), REFUSED, "forked"),
        ("longer", cosigned(history((13,), draws=11).notes[0], WITNESS), REFUSED, "rolled back"),
        ("unseen", history().notes[1], REFUSED, "unwitnessed"),
    ):
        (tmp_path / name).write_text(note, encoding="utf-8")
        result = offline(
            "verify", folder, "--ledger-key", KEY, "--witness", str(WITNESS.verifier), "--checkpoint", tmp_path / name
        )
        assert (result.exit_code, words in result.stdout) == (exit_code, True), result.stdout


def test_one_line_is_proven_to_its_company_and_an_altered_proof_is_not(
    folder: Path, salt_file: Path, tmp_path: Path
) -> None:
    proof = tmp_path / "line.json"
    result = offline("prove", "u2", "--export", folder, "--salt-key", salt_file, "--output", proof)
    assert result.exit_code == 0, result.stderr
    assert "lanwei" not in proof.read_text(encoding="utf-8")
    result = offline("verify", proof, "--ledger-key", KEY)
    assert result.exit_code == 0, result.stderr
    assert "qingyun-models" in result.stdout
    proof.write_text(proof.read_text(encoding="utf-8").replace("200", "900"), encoding="utf-8")
    result = offline("verify", proof, "--ledger-key", KEY)
    assert (result.exit_code, "does not lead" in result.stderr) == (REFUSED, True)


@pytest.mark.parametrize(
    ("line", "exit_code", "words"),
    [
        ("2/0", 0, "Proven"),
        ("2/3", REFUSED, "No line 2/3"),
        ("u9", REFUSED, "No line u9"),
        ("4/0", 0, "Proven"),
    ],
)
def test_a_line_is_named_by_its_id_or_its_place(
    folder: Path, salt_file: Path, tmp_path: Path, line: str, exit_code: int, words: str
) -> None:
    result = offline("prove", line, "--export", folder, "--salt-key", salt_file, "-o", tmp_path / "proof")
    assert (result.exit_code, words in result.stdout + result.stderr) == (exit_code, True)


def test_what_cannot_be_proven_says_why(folder: Path, salt_file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.key"
    other.write_text("00" * 32, encoding="utf-8")
    proof = tmp_path / "proof"
    result = offline("prove", "u1", "--export", folder, "--salt-key", other, "-o", proof)
    assert (result.exit_code, "another key" in result.stderr) == (REFUSED, True)
    result = offline("prove", "u1", "--export", folder, "--salt-key", salt_file, "-o", proof)
    assert result.exit_code == 0, result.stderr
    result = offline("prove", "u1", "--export", folder, "--salt-key", salt_file, "-o", proof)
    assert (result.exit_code, "File exists" in result.stderr) == (REFUSED, True)
    change(folder / ENTRIES, lambda lines: [lines[0], lines[1].replace(b'"units":300', b'"units":310'), *lines[2:]])
    result = offline("prove", "u1", "--export", folder, "--salt-key", salt_file, "-o", tmp_path / "two")
    assert (result.exit_code, "not those that were signed" in result.stderr) == (REFUSED, True)
    change(folder / CHECKPOINTS, lambda lines: [])
    result = offline("prove", "u1", "--export", folder, "--salt-key", salt_file, "-o", tmp_path / "two")
    assert (result.exit_code, "0 checkpoints of 3" in result.stderr) == (REFUSED, True)


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        (("nowhere", "--ledger-key", KEY), USAGE, "no file or folder nowhere"),
        (("export",), USAGE, "--unsigned"),
        (("export", "--ledger-key", "nonsense"), USAGE, "is no key"),
        (("export", "--ledger-key", KEY[:-3]), USAGE, "key"),
        (("export", "--ledger-key", KEY, "--salt-key", "nowhere"), USAGE, "No such file"),
        (("export", "--ledger-key", KEY, "--salt-key", "export/export.json"), USAGE, "no key in hex"),
        (("export", "--ledger-key", KEY, "--checkpoint", "nowhere"), USAGE, "No such file"),
        ((".", "--ledger-key", KEY), REFUSED, "cannot be read"),
        (("export/export.json", "--ledger-key", KEY), REFUSED, "no proof of a line"),
        (("export/export.json", "--unsigned"), USAGE, "proven by a signature"),
        (("binary", "--ledger-key", KEY), USAGE, "holds no text"),
    ],
)
def test_what_cannot_be_verified_says_what_to_do(
    folder: Path, arguments: tuple[str, ...], exit_code: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    Path("binary").write_bytes(b"\xff\xfe")
    result = offline("verify", *arguments)
    assert result.exit_code == exit_code
    assert words in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        (MANIFEST, "{}", "no export's description"),
        (MANIFEST, None, "cannot be read"),
        (MANIFEST, "later", "format 9"),
        (ENTRIES, None, "cannot be read"),
        (CHECKPOINTS, None, "cannot be read"),
        (CHECKPOINTS, "{}\n", "no checkpoint in line 1"),
        (CHECKPOINTS, "", "0 checkpoints of 3"),
        (ENTRIES, "x" * (4 * 1024 * 1024 + 1), "bytes or more"),
    ],
)
def test_a_torn_export_is_none(folder: Path, file: str, text: str | None, words: str) -> None:
    if text is None:
        (folder / file).unlink()
    elif text == "later":
        (folder / file).write_text((folder / file).read_text().replace('"format": 1', '"format": 9'))
    else:
        (folder / file).write_text(text, encoding="utf-8")
    result = offline("verify", folder, "--ledger-key", KEY)
    assert (result.exit_code, words in " ".join(result.stderr.split())) == (REFUSED, True)


def test_an_export_needs_kafka_and_a_new_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREENLIGHT_KAFKA_BOOTSTRAP", "kafka.example:9092")
    for error, exit_code, words in (
        (Unavailable("Kafka: refused"), UNREACHABLE, "make up"),
        (FileExistsError(17, "File exists", str(tmp_path / ENTRIES)), REFUSED, "new folder"),
    ):

        async def fail(settings: KafkaSettings, partition: int, folder: Path, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(exporting, "_from_kafka", fail)
        result = offline("export", "h200-2026", tmp_path)
        assert (result.exit_code, words in result.stderr) == (exit_code, True)


@pytest.mark.parametrize(("kind", "files"), [("ledger", ["ledger.key", "ledger.vkey", "salt.key"]),
                                            ("witness", ["witness.key", "witness.vkey"])])  # fmt: skip
def test_keys_are_made_once_and_shown_without_their_secret(tmp_path: Path, kind: str, files: list[str]) -> None:
    result = offline("keys", kind, "one.example", tmp_path / "keys")
    assert result.exit_code == 0, result.stderr
    assert sorted(os.listdir(tmp_path / "keys")) == files
    assert "PRIVATE" not in result.stdout
    again = offline("keys", kind, "one.example", tmp_path / "keys")
    assert (again.exit_code, "never overwritten" in again.stderr) == (REFUSED, True)
    wrong = offline("keys", kind, "one example", tmp_path / "others")
    assert (wrong.exit_code, "name" in wrong.stderr) == (USAGE, True)
