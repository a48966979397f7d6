"""A ledger of a test's own: topics under a prefix on a shared broker, a Redis, child processes that run the lane."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Self

import redis

from deploy.local.process import CHECK_SECONDS, Process
from deploy.stack import ROOT
from tests.connected.faults.model import GENESIS, Model, check_caused, fold, fresh, published
from tests.connected.faults.stranger import PARTITIONS, TOPICS, Stranger, create_topics, delete_topics

SESSION_MS = 2_000
WAIT_SECONDS = 40.0


class LaneProcess(Process):
    """One process of the lane; see `lane.py`."""

    ready_seconds_max = 30.0

    def __init__(self, folder: Path, arguments: Sequence[str], name: str) -> None:
        self.name = name
        super().__init__(folder)
        self._arguments = arguments

    def command(self) -> Sequence[str]:
        return [sys.executable, "-m", "tests.connected.faults.lane", *self._arguments]

    def environment(self) -> Mapping[str, str]:
        return {**os.environ, "PYTHONPATH": str(ROOT)}

    def status(self) -> Mapping[str, object]:
        """What the lane last said of itself."""
        lines = [line for line in self.log_text().splitlines() if line.startswith('{"settled"')]
        found: Mapping[str, object] = json.loads(lines[-1]) if lines else {"settled": False, "halted": {}}
        return found

    def halted(self) -> Mapping[str, str]:
        """The reasons of halted shards, by shard."""
        found = self.status()["halted"]
        assert isinstance(found, dict)
        return found

    def is_ready(self) -> bool:
        return bool(self.status()["settled"])

    def frozen(self) -> bool:
        """Whether it has stopped its own clock."""
        told = subprocess.run(["ps", "-o", "stat=", "-p", str(self.pid)], capture_output=True, text=True, check=False)
        return told.stdout.startswith("T")

    def thaw(self) -> None:
        assert self.pid is not None
        os.kill(self.pid, signal.SIGCONT)


async def until(holds: Callable[[], bool], seconds: float = WAIT_SECONDS) -> None:
    """Wait until the condition holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(CHECK_SECONDS)


class Place:
    """Use as a context: `async with Place(...) as place`. Every child is gone after it."""

    def __init__(self, folder: Path, bootstrap: str, redis_url: str) -> None:
        self._folder, self.bootstrap, self.redis_url = folder, bootstrap, redis_url
        self.prefix = f"f{uuid.uuid4().hex[:8]}-"
        self.stranger = Stranger(bootstrap, self.prefix)
        self._children: list[LaneProcess] = []

    async def __aenter__(self) -> Self:
        await self.create(TOPICS)
        await self.stranger.__aenter__()
        await self.stranger.watch()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stranger.__aexit__()
        for child in self._children:
            await asyncio.to_thread(child.kill)

    async def start(self, *arguments: str, name: str = "", bootstrap: str = "", redis_url: str = "") -> LaneProcess:
        """Start a process of the lane; it has claimed, or halted, when this returns."""
        name = name or f"lane-{len(self._children)}"
        told = [
            f"--bootstrap={bootstrap or self.bootstrap}", f"--redis={redis_url or self.redis_url}",
            f"--prefix={self.prefix}", f"--instance={name}", f"--session-ms={SESSION_MS}", *arguments,
        ]  # fmt: skip
        child = LaneProcess(self._folder / name, told, name)
        self._children.append(child)
        await asyncio.to_thread(child.start)
        return child

    async def create(self, topics: Mapping[str, int]) -> None:
        """More topics, under the prefix."""
        await create_topics(self.bootstrap, {self.prefix + name: count for name, count in topics.items()})

    async def recreate(self, topic: str) -> None:
        """Delete a topic and make it anew under the same name."""
        await delete_topics(self.bootstrap, [self.prefix + topic])
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                await self.create({topic: TOPICS[topic]})
                return
            except AssertionError:  # reason: the broker still knows the old one
                assert time.monotonic() < deadline
                await asyncio.sleep(CHECK_SECONDS)

    def another(self) -> Stranger:
        """One more stranger under the prefix."""
        return Stranger(self.bootstrap, self.prefix)

    def answered(self) -> bool:
        """Whether every command has an entry."""
        log = self.stranger.log
        return all(
            sum(1 for _ in published(log["ledger-entries", p])) >= sum(1 for _ in fresh(log["ledger-commands", p]))
            for p in range(PARTITIONS)
        )

    async def check(self, commands: int, malformed: Mapping[int, Collection[int]] | None = None) -> list[Model]:
        """Wait until all is answered, then hold journal, reacts and rows against the model, every partition.

        `commands`: how many records the inbox must hold. `malformed`: offsets of bad records by partition.
        """
        stranger = self.stranger
        await stranger.until(lambda: len(stranger.all("ledger-commands")) >= commands and self.answered(), WAIT_SECONDS)
        models = [
            fold(stranger.log["ledger-commands", p], stranger.log["ledger-entries", p], (malformed or {}).get(p, ()))
            for p in range(PARTITIONS)
        ]
        await self._caused(models)
        await self.rows_are(models)
        return models

    async def _caused(self, models: Sequence[Model]) -> None:
        """Wait for the last react, then check all."""
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                for p, model in enumerate(models):
                    check_caused(model, f"ledger-entries/{p}", self.stranger.log["batch-commands", p])
                return
            except AssertionError:
                if time.monotonic() > deadline:
                    raise
                await self.stranger.read()

    async def rows_are(self, models: Sequence[Model]) -> None:
        """Wait until Redis shows what the model knows: balances, seq and chain head."""
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            found = [await asyncio.to_thread(self._rows, p) for p in range(PARTITIONS)]
            wanted = [(m.rows(), str(m.seq), m.chain.hex()) for m in models]
            if found == wanted:
                return
            assert time.monotonic() < deadline, f"rows differ: {found} where {wanted} is right"
            await asyncio.sleep(CHECK_SECONDS)

    def _rows(self, partition: int) -> tuple[dict[str, tuple[int, int]], str, str]:
        """Balances, seq and chain head of a partition as Redis shows them; nothing while it cannot answer."""
        at = f"ledger:{{ledger-entries/{partition}}}:"
        try:
            with redis.Redis.from_url(self.redis_url, decode_responses=True) as client:
                rows = {}
                for key in client.scan_iter(match=f"{at}account:*"):
                    row = client.hgetall(key)
                    name = key.removeprefix(f"{at}account:")
                    rows[name] = (int(row["granted_units"]), int(row["drawn_units"]))
                shard = client.hgetall(f"{at}shard")
                return rows, shard.get("seq", "0"), shard.get("chain", GENESIS.hex())
        except (redis.RedisError, KeyError):
            # It cannot answer, or a row that was listed is just being written anew.
            return {}, "", ""
