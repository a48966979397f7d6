"""The ledger starts with both keys, or with none; never with one that is missing, unreadable or of another kind."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from services.cli.keys import LEDGER_KEY, SALT_KEY, WITNESS_KEY, make_ledger_keys, make_witness_key
from services.kit.settings import faults
from services.ledger.settings import LedgerSettings

PROCESS = {
    "kafka_bootstrap": "kafka.example:9092",
    "redis_url": "redis://redis.example:6379/0",
    "instance": "ledger-1",
    "pages_port": 6121,
}


def settings(**changes: object) -> LedgerSettings:
    return LedgerSettings.model_validate({**PROCESS, **changes})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Keys of a ledger and of a witness, and three files that are no keys."""
    make_ledger_keys("ledger.example", tmp_path)
    make_witness_key("witness.example", tmp_path)
    (tmp_path / "empty").touch()
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "cut").write_text((tmp_path / LEDGER_KEY).read_text(encoding="utf-8")[:-9], encoding="utf-8")
    return tmp_path


def test_keys_as_they_are_made_are_keys_to_sign_with(folder: Path) -> None:
    keys = settings(signing_key_file=folder / LEDGER_KEY, salt_key_file=folder / SALT_KEY).keys()
    assert keys is not None
    assert (keys.signer.name, len(keys.salt_key)) == ("ledger.example", 32)
    assert keys.salt_key.hex() not in repr(keys)


def test_a_secret_key_can_be_read_by_its_owner_alone_and_is_never_overwritten(folder: Path) -> None:
    assert {file.stat().st_mode & 0o777 for file in folder.glob("*.key")} == {0o600}
    with pytest.raises(FileExistsError):
        make_ledger_keys("ledger.example", folder)


def test_without_keys_there_is_nothing_to_sign_with() -> None:
    assert settings().keys() is None


@pytest.mark.parametrize(
    ("signing", "salt", "variable", "why"),
    [
        (LEDGER_KEY, None, "SALT_KEY_FILE", "is required with SIGNING_KEY_FILE"),
        (None, SALT_KEY, "SIGNING_KEY_FILE", "is required with SALT_KEY_FILE"),
        ("nowhere", SALT_KEY, "SIGNING_KEY_FILE", "cannot be read: No such file"),
        (LEDGER_KEY, "nowhere", "SALT_KEY_FILE", "cannot be read: No such file"),
        (WITNESS_KEY, SALT_KEY, "SIGNING_KEY_FILE", "is a witness's key"),
        (SALT_KEY, SALT_KEY, "SIGNING_KEY_FILE", "is no signer's key"),
        ("cut", SALT_KEY, "SIGNING_KEY_FILE", "base64|is no key"),
        ("empty", SALT_KEY, "SIGNING_KEY_FILE", "is no signer's key"),
        ("binary", SALT_KEY, "SIGNING_KEY_FILE", "holds no text"),
        (LEDGER_KEY, LEDGER_KEY, "SALT_KEY_FILE", "no key of 32 bytes"),
        (LEDGER_KEY, "empty", "SALT_KEY_FILE", "no key of 32 bytes"),
    ],
)
def test_a_process_does_not_start_on_half_its_keys(
    folder: Path, signing: str | None, salt: str | None, variable: str, why: str
) -> None:
    given = {name: folder / file for name, file in (("signing_key_file", signing), ("salt_key_file", salt)) if file}
    with pytest.raises(ValidationError) as caught:
        settings(**given)
    (fault,) = faults(caught.value)
    assert fault.startswith(f"GREENLIGHT_{variable}: ")
    assert any(part in fault for part in why.split("|"))
    secret = (folder / LEDGER_KEY).read_text(encoding="utf-8").strip()
    assert secret.split("+", 4)[4] not in fault
