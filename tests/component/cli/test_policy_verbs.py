"""`greenlight policy`: a bundle is sealed by its author, approved by two officers and checked, all on this machine."""

import json
import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from services.cli.edge import REFUSED
from tests.component.cli.edges import Edge, greenlight

SAMPLE = Path(__file__).resolve().parents[3] / "deploy/policy/sample-ai-import"
PERSONS = ("officer-tan", "officer-wen")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the sample, beside two officers' keys and the file that names them."""
    public = {}
    for person in PERSONS:
        key = Ed25519PrivateKey.from_private_bytes(person.encode().ljust(32))
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (tmp_path / f"{person}.pem").write_bytes(pem)
        public[person] = key.public_key().public_bytes_raw().hex()
    (tmp_path / "officers.json").write_text(json.dumps({"officers": public}))
    return Path(shutil.copytree(SAMPLE, tmp_path / "bundle"))


def _policy(verb: str, folder: Path, *options: str) -> tuple[int, str, str]:
    """Exit code, output and complaint in one line each; the edge is not asked anything."""
    result = greenlight(Edge({}), "policy", verb, str(folder), *options, width=400)
    return result.exit_code, result.stdout, result.stderr


def _sign(folder: Path, person: str) -> tuple[int, str]:
    key = str(folder.parent / f"{person}.pem")
    code, out, err = _policy("sign", folder, "--person", person, "--key", key)
    return code, out + err


def test_a_bundle_goes_from_its_author_through_two_officers_to_a_check(folder: Path) -> None:
    officers = str(folder.parent / "officers.json")

    code, out, _ = _policy("seal", folder, "--author", "author-lin")
    assert (code, "nobody" in out) == (0, True)
    assert "Another officer has to approve it" in _sign(folder, PERSONS[0])[1]
    code, _, err = _policy("check", folder, "--officers", officers)
    assert (code, "1 officers have approved it; 2 must" in err) == (REFUSED, True)
    assert _sign(folder, PERSONS[1])[0] == 0
    code, out, _ = _policy("check", folder, "--officers", officers, "--json")

    assert code == 0
    told = json.loads(out)
    assert (told["approvals"], told["approvals_verified"]) == (list(PERSONS), True)


def test_a_check_without_officers_says_what_it_did_not_look_at() -> None:
    code, out, _ = _policy("check", SAMPLE)

    assert code == 0
    assert "Its approvals were not looked at" in out


def test_a_refusal_names_file_and_place(folder: Path) -> None:
    reasons = folder / "reasons/zh.json"
    reasons.write_text(
        reasons.read_text(encoding="utf-8").replace("CATEGORY_OPEN", "CATEGORY_OPENED"), encoding="utf-8"
    )
    _policy("seal", folder, "--author", "author-lin")

    code, _, err = _policy("check", folder)

    assert code == REFUSED
    assert "reasons/zh.json: /CATEGORY_OPEN: the sentence is missing" in err


def test_an_officer_signs_nothing_that_does_not_hold(folder: Path) -> None:
    (folder / "rationale.md").write_text("Another reason.")

    code, said = _sign(folder, PERSONS[0])

    assert code == REFUSED
    assert "/files/rationale.md" in said


def test_what_is_no_key_is_named(folder: Path) -> None:
    file = folder.parent / f"{PERSONS[0]}.pem"
    for content in (b"no key", _other_key()):
        file.write_bytes(content)

        code, said = _sign(folder, PERSONS[0])

        assert code == REFUSED
        assert "holds no Ed25519 private key" in " ".join(said.split())


def _other_key() -> bytes:
    key = generate_private_key(SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
