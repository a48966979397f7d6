"""The example of Redis users: a service reaches its own keys with the commands it needs, and nothing else."""

import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis

from deploy.local.process import Missing
from deploy.local.redis import Redis
from schemas.catalogue import SERVICES
from services.kit.store import META, prefix
from tests.conftest import absent
from tests.connected.certificates import Certificates, make_certificates
from tests.connected.security.secured import OPERATOR, as_user, new_passwords, secured_redis

pytestmark = [pytest.mark.connected, pytest.mark.usefixtures("refused_connections")]

KEYS = {service: f"{prefix(service, 'rows', 0)}{META}" for service in SERVICES}
COMMANDS = (
    "FLUSHALL", "FLUSHDB", "KEYS *", "CONFIG GET *", "ACL LIST", "EVAL 0 0", "MONITOR", "SHUTDOWN", "SCRIPT FLUSH",
    "CLIENT LIST", "PUBLISH a b", "REPLICAOF NO ONE", "SAVE", "RENAME {own} {own}2", "DEL {own}",
)  # fmt: skip
SCRIPT = "return redis.call('HGETALL', ARGV[1])"


@dataclass(frozen=True)
class Server:
    """Redis with the example's users and one row of every service."""

    process: Redis
    files: Certificates
    passwords: dict[str, str]

    def user(self, name: str) -> redis.Redis:
        return as_user(self.process, name, self.passwords[name], self.files)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("users")
    files, passwords = make_certificates(folder), dict(new_passwords())
    made = Server(secured_redis(folder, files, passwords), files, passwords)
    try:
        made.process.start()
    except Missing as error:
        absent(error)
    with closing(made.user(OPERATOR)) as operator:
        for key in KEYS.values():
            operator.hset(key, "position", "1")
    yield made
    made.process.stop()


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reads_its_own_rows_and_nobody_elses(server: Server, service: str) -> None:
    with closing(server.user(service)) as user:
        assert user.hgetall(KEYS[service]) == {"position": "1"}
        for other in (*(KEYS[other] for other in SERVICES if other != service), f"{service}s:a", "a"):
            with pytest.raises(redis.exceptions.NoPermissionError):
                user.hgetall(other)


@pytest.mark.parametrize("service", SERVICES)
def test_a_services_script_reaches_its_own_rows_and_nobody_elses(server: Server, service: str) -> None:
    with closing(server.user(service)) as user:
        script = user.script_load(SCRIPT)
        assert user.evalsha(script, 0, KEYS[service]) == ["position", "1"]
        for other in (KEYS[other] for other in SERVICES if other != service):
            with pytest.raises(redis.exceptions.ResponseError, match="can't access at least one of the keys"):
                user.evalsha(script, 0, other)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_no_command_that_it_does_not_need(server: Server, service: str) -> None:
    with closing(server.user(service)) as user:
        for command in COMMANDS:
            words = command.format(own=KEYS[service]).split()
            with pytest.raises(redis.exceptions.NoPermissionError):
                user.execute_command(*words)  # type: ignore[no-untyped-call] # redis has no type for it


def test_nobody_is_let_in_without_a_user_or_with_anothers_password(server: Server) -> None:
    trusted = {"ssl_ca_certs": str(server.files.authority)}
    nobody = redis.Redis.from_url(server.process.url, **trusted)
    other = as_user(server.process, "ledger", server.passwords["policy"], server.files)
    for stranger in (nobody, other):
        with closing(stranger), pytest.raises(redis.exceptions.AuthenticationError):
            stranger.ping()


def test_a_server_is_not_believed_whose_authority_is_not_trusted(server: Server) -> None:
    client = redis.Redis.from_url(server.process.url)
    with closing(client), pytest.raises(redis.exceptions.ConnectionError, match="certificate"):
        client.ping()


def test_the_example_has_a_user_for_every_service_and_nobody_is_let_in_by_default(server: Server) -> None:
    with closing(server.user(OPERATOR)) as operator:
        users = {line.split()[1]: line.split()[2] for line in operator.acl_list()}
    assert users == {**dict.fromkeys((*SERVICES, OPERATOR), "on"), "default": "off"}


def test_a_server_does_not_start_with_an_example_that_is_not_filled_in(tmp_path: Path) -> None:
    server = secured_redis(tmp_path, make_certificates(tmp_path), {})
    server.folder.mkdir()
    ended = subprocess.run(server.command(), cwd=tmp_path, capture_output=True, text=True, check=False, timeout=30)
    assert (ended.returncode, "ACL errors" in ended.stdout) == (1, True)
