"""`make demo`: the first batch, from registration to notices; then Redis is emptied under load and comes back equal."""

import argparse
import asyncio
import hashlib
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.demo import play, show
from deploy.embedded import embedded
from deploy.local.kafka import Kafka
from deploy.local.process import Missing, NotReady, free_port
from deploy.local.redis import Redis as RedisServer
from deploy.local.system import System, with_free_ports
from schemas.catalogue import LEDGER_ENTRIES
from services.kit.garbage import collect_seldom

REQUEST_SECONDS_MAX = 30.0
WIDTH = 96
"""Columns of a recording."""


@dataclass(frozen=True, slots=True)
class Stack:
    """A running system, whichever way it runs."""

    url: str
    redis: RedisServer
    says: str


@asynccontextmanager
async def _embedded(folder: Path, digest: str) -> AsyncIterator[Stack]:
    async with embedded(folder, digest) as running:
        collect_seldom()
        yield Stack(
            running.url,
            running.redis,
            "Embedded stack: one process, the log in memory, a real Redis or Valkey server. "
            "The Faust workers and their statistics agent are absent; `make demo ON=kafka` has them.",
        )


@asynccontextmanager
async def _on_kafka(folder: Path, digest: str) -> AsyncIterator[Stack]:
    kafka = Kafka(folder / "kafka", port=free_port(), controller_port=free_port())
    system = System(
        folder,
        given={"GREENLIGHT_BOOTSTRAP_TOKEN_SHA256": digest},
        processes=with_free_ports(),
        kafka=kafka,
        redis=RedisServer(folder / "redis"),
    )
    await asyncio.to_thread(system.start)
    try:
        yield Stack(
            system.url,
            system.redis,
            f"Real Kafka and Redis: {len(system.services)} Faust worker processes, one broker on this machine "
            "(not durable on power loss).",
        )
    finally:
        await asyncio.to_thread(system.stop)


async def _rebuilt(redis: RedisServer, partition: int, chain: str) -> str:
    """The head in Redis once it is the journal's, or after a while whatever it is."""
    deadline = monotonic() + play.WAIT_SECONDS_MAX
    shard = f"ledger:{{{LEDGER_ENTRIES.name}/{partition}}}:shard"
    while (found := await asyncio.to_thread(redis.field, shard, "chain")) != chain and monotonic() < deadline:
        await asyncio.sleep(play.CHECK_SECONDS)
    return found


async def run(console: Console, on: str, keep: bool, folder: Path) -> int:
    """Start, play, show. Returns the exit code."""
    token = secrets.token_urlsafe(24)
    digest = hashlib.sha256(token.encode()).hexdigest()
    async with (_on_kafka if on == "kafka" else _embedded)(folder, digest) as stack:
        console.print(f"[bold]{stack.says}[/bold]\n")
        async with httpx.AsyncClient(base_url=stack.url, timeout=REQUEST_SECONDS_MAX) as client:
            equal = await _show(console, stack, client, token)
        if keep:
            await _keep(console, stack, token)
        return 0 if equal else 1


async def _show(console: Console, stack: Stack, client: httpx.AsyncClient, token: str) -> bool:
    plan = play.read_plan()
    partition = LEDGER_ENTRIES.partition(plan.programme_id)
    emptied: list[asyncio.Task[None]] = []
    empties = [0.0]

    def empty() -> None:
        empties[0] = monotonic()
        emptied.append(asyncio.create_task(asyncio.to_thread(stack.redis.empty)))

    with _Bars(console, plan) as told:
        played = await play.play(client, token, plan, told)
        granted = [name for name, case in sorted(played.cases.items()) if case["state"] == "authorised"]
        await play.draw(played.operator, plan, granted, told, empty)
        await asyncio.gather(*emptied)
        ledger = await play.ledger(played.operator, plan)
        verdict = await played.operator.post(
            "/v1/operator/verify", {"programme_id": plan.programme_id, "reason": "Compare with Redis"}
        )
        chain = await _rebuilt(stack.redis, partition, str(verdict["chain"]))
    seconds = monotonic() - empties[0]
    _tables(console, played, ledger)
    show.heads(console, str(verdict["chain"]), chain, seconds)
    return bool(verdict["good"]) and chain == verdict["chain"]


def _tables(console: Console, played: play.Played, ledger: play.Json) -> None:
    cases = played.cases
    cut = next(case for case in cases.values() if case["outcome"] == "eligible-in-part")
    refused = next(case for case in cases.values() if case["state"] == "refused")
    show.companies(console, cases, ledger)
    show.findings(console, f"Refused: {refused['company_id']}", refused)
    show.findings(console, f"Cut by a cap: {cut['company_id']}", cut)
    show.timeline(console, cut)


class _Bars:
    """A live bar per stage; called with (stage, how many more)."""

    def __init__(self, console: Console, plan: play.Plan) -> None:
        self._bars = Progress(
            TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            console=console,
        )  # fmt: skip
        all_ = len(plan.applications)
        stages = ("companies registered", "applications accepted", "applications evaluated", "outcomes known")
        self._tasks = {stage: self._bars.add_task(stage, total=all_) for stage in stages}
        self._tasks["parts drawn"] = self._bars.add_task("parts drawn", total=plan.draw_count)

    def __enter__(self) -> play.Told:
        self._bars.start()
        return lambda stage, more: self._bars.advance(self._tasks[stage], more)

    def __exit__(self, *_: object) -> None:
        self._bars.stop()


async def _keep(console: Console, stack: Stack, token: str) -> None:
    console.print(
        f"\nRunning at {stack.url} (documents: {stack.url}/docs). Ctrl-C ends it. Try:\n"
        f"  export GREENLIGHT_URL={stack.url} GREENLIGHT_TOKEN={token}\n"
        "  .venv/bin/greenlight ledger h200-2026\n"
        "  .venv/bin/greenlight services\n"
        "  .venv/bin/greenlight verify h200-2026 --reason 'See for myself'",
        soft_wrap=True,
    )
    await asyncio.Event().wait()


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m deploy.demo", description=__doc__)
    parser.add_argument("--on", choices=("embedded", "kafka"), default="embedded")
    parser.add_argument("--keep", action="store_true", help="leave it running and print how to use it")
    parser.add_argument("--record", type=Path, help="write what was shown as an SVG picture to this file")
    options = parser.parse_args()
    console = Console(record=options.record is not None, width=WIDTH if options.record else None)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="greenlight-demo-"))
    try:
        code = asyncio.run(run(console, options.on, options.keep, folder))
        if options.record is not None:
            options.record.write_text(show.picture(console, "make demo"), encoding="utf-8")
        return code
    except (play.DemoFailed, Missing, NotReady) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
