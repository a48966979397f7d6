"""What may become of a Redis: each leaves a server that runs at the same address."""

import random
import shutil

import redis

from deploy.local.redis import Redis

DATA = "appendonlydir"


def kill_and_start(server: Redis) -> None:
    """As a crash of the process would."""
    server.kill()
    server.start()


def flush(server: Redis) -> None:
    """Every key is gone."""
    with redis.Redis.from_url(server.url) as client:
        client.flushall()


def replace_by_empty(server: Redis) -> None:
    """Another server, which knows nothing, at the same address."""
    server.kill()
    shutil.rmtree(server.folder / DATA)
    server.start()


def cut_the_log(server: Redis) -> None:
    """Its append-only file ends at a random byte, as a crash of the machine may leave it."""
    server.kill()
    for log in (server.folder / DATA).glob("*.incr.aof"):
        whole = log.read_bytes()
        log.write_bytes(whole[: random.Random(len(whole)).randint(len(whole) // 4, len(whole))])
    server.start()
