"""What `make up` gives its processes, and how it knows that they are ready."""

import hashlib
import stat
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from deploy.health import ready
from deploy.local import __main__ as local
from deploy.local.process import free_port
from deploy.local.settings import inherited

HASH = "GREENLIGHT_BOOTSTRAP_TOKEN_SHA256"


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/readyz" else 503)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def pages() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Page) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_process_is_ready_when_its_page_says_so(pages: str) -> None:
    assert ready(f"{pages}/readyz")


def test_a_process_is_not_ready_when_its_page_says_no_or_nothing(pages: str) -> None:
    assert not ready(f"{pages}/other")
    assert not ready(f"http://127.0.0.1:{free_port()}/readyz")


def test_the_operators_token_is_made_once_and_for_its_owners_eyes(tmp_path: Path) -> None:
    token = local.token(tmp_path)
    assert local.token(tmp_path) == token
    assert len(token) >= 32
    assert stat.S_IMODE((tmp_path / "token").stat().st_mode) == 0o600


def test_a_process_is_given_the_hash_of_the_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(HASH, raising=False)
    assert local.given(tmp_path)[HASH] == hashlib.sha256(local.token(tmp_path).encode()).hexdigest()


def test_a_hash_that_a_person_gives_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HASH, "ab" * 32)
    assert local.given(tmp_path)[HASH] == "ab" * 32


def test_a_process_inherits_no_setting_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREENLIGHT_KAFKA_BOOTSTRAP", "elsewhere.example:9092")
    assert not [name for name in inherited() if name.startswith("GREENLIGHT_")]
    assert "PATH" in inherited()
