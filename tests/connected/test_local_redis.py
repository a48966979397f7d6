"""The local Redis process: its options, its restarts, and the server from the wheel."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from deploy.local.redis import Redis, Tls
from tests.connected.certificates import make_certificates

pytestmark = pytest.mark.connected

Servers = Callable[..., Redis]


def client(server: Redis, **options: object) -> redis.Redis:
    return redis.Redis.from_url(server.url, decode_responses=True, **options)


def test_what_was_written_survives_a_kill_and_a_restart_on_the_same_port(redis_server: Servers) -> None:
    server = redis_server(appendfsync="always")
    with client(server) as before:
        before.hset("a", "field", "1")
    url = server.url
    server.kill()
    assert server.pid is None
    server.start()
    assert server.url == url
    with client(server) as after:
        assert after.hgetall("a") == {"field": "1"}


def test_without_a_log_a_restart_is_empty(redis_server: Servers) -> None:
    server = redis_server(appendonly=False)
    with client(server) as before:
        before.set("a", "1")
    server.stop()
    server.start()
    with client(server) as after:
        assert after.dbsize() == 0


def test_a_full_server_refuses_to_write(redis_server: Servers) -> None:
    server = redis_server(maxmemory_bytes=1)
    with client(server) as full, pytest.raises(redis.exceptions.OutOfMemoryError):
        full.set("a", "1")


def test_options_are_handed_on(redis_server: Servers) -> None:
    server = redis_server(appendfsync="no", options={"databases": "3"})
    with client(server) as some:
        assert some.config_get("appendfsync")["appendfsync"] == "no"
        assert some.config_get("databases")["databases"] == "3"


def test_tls_and_users_are_asked_for(redis_server: Servers, tmp_path: Path) -> None:
    files = make_certificates(tmp_path)
    users = tmp_path / "users.acl"
    users.write_text("user default off\nuser ledger on >illustrative ~ledger:* &* +@all\n")
    server = redis_server(acl_file=users, tls=Tls(files.certificate, files.key, files.authority))
    trusted = {"ssl_ca_certs": str(files.authority)}
    with client(server, username="ledger", password="illustrative", **trusted) as ledger:
        assert ledger.set("ledger:a", "1")
        with pytest.raises(redis.exceptions.NoPermissionError):
            ledger.set("policy:a", "1")
    with client(server, **trusted) as nobody, pytest.raises(redis.exceptions.AuthenticationError):
        nobody.ping()


def test_the_server_from_the_wheel_does_the_same(redis_server: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    server = redis_server(appendfsync="always")
    with client(server) as some:
        some.set("a", "1")
    server.kill()
    server.start()
    with client(server) as some:
        assert some.get("a") == "1"
