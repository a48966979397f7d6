"""How long shards stand still when one of two ledger processes is killed, restarted or asked to go, or Redis dies."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from deploy.local.system import ServiceProcess
from tests.bench.driver import Driver
from tests.bench.figures import Figure, figure
from tests.bench.place import ChildFailed, Place
from tests.bench.running import services

SESSION_MS = 6_000
STATIC = {"GREENLIGHT_SESSION_TIMEOUT_MS": str(SESSION_MS), "GREENLIGHT_STATIC_MEMBERSHIP": "true"}
DYNAMIC = {**STATIC, "GREENLIGHT_STATIC_MEMBERSHIP": "false"}

Act = Callable[[Place, Driver, ServiceProcess], Awaitable[float]]
"""Does the harm, waits until all is well, puts things back; seconds from the harm until the shards went on."""


async def kill(_: Place, driver: Driver, process: ServiceProcess) -> float:
    """SIGKILL; the other instance takes over."""
    await asyncio.to_thread(process.kill)
    at = time.monotonic()  # only now: what was sent before may have been answered by the dead
    seconds = await driver.recovered(at)
    await asyncio.to_thread(process.start)
    return seconds


async def restart(_: Place, driver: Driver, process: ServiceProcess) -> float:
    """SIGKILL, and started again at once under the same name."""
    await asyncio.to_thread(process.kill)
    at = time.monotonic()
    await asyncio.to_thread(process.begin)
    seconds = await driver.recovered(at)
    await asyncio.to_thread(process.wait_ready)
    return seconds


async def leave(_: Place, driver: Driver, process: ServiceProcess) -> float:
    """SIGTERM; the other instance takes over. Counted until the process is gone and its shards have answered."""
    at = time.monotonic()
    await asyncio.to_thread(process.stop)
    gone = time.monotonic()
    seconds = gone - at + await driver.recovered(gone)
    await asyncio.to_thread(process.start)
    return seconds


async def kill_redis(place: Place, driver: Driver, _: ServiceProcess) -> float:
    """Redis gets SIGKILL and is started again at once; until its rows are up to date."""
    await asyncio.to_thread(place.redis.kill)
    at = time.monotonic()
    await asyncio.to_thread(place.redis.start)
    return await driver.rows_recovered(at)


MODES: Mapping[str, tuple[Mapping[str, str], Mapping[str, tuple[Act, str]]]] = {
    "static": (
        STATIC,
        {
            "kill -9, other instance takes over": (kill, f"< {SESSION_MS / 1_000 + 3:g}"),
            "kill -9, restarted under its name": (restart, "< 4"),
            "Redis killed and restarted": (kill_redis, "< 3"),
        },
    ),
    "dynamic": (
        DYNAMIC,
        {
            "kill -9, other instance takes over": (kill, f"< {SESSION_MS / 1_000 + 3:g}"),
            "planned leave": (leave, "< 2"),
        },
    ),
}


def run(place: Place) -> list[Figure]:
    """Seconds, by membership and by what happens."""
    figures = []
    for mode, (settings, acts) in MODES.items():
        found, counted = asyncio.run(_mode(place, settings, acts))
        for name, (_, aim) in acts.items():
            figures.append(figure(f"{mode}: {name}", "s", found[name], aim, [f"{mode}: session timeout"]))
        figures.append(figure(f"{mode}: session timeout", "s", [SESSION_MS / 1_000]))
        figures.append(
            figure(f"{mode}: commands without their one answer", "commands", [counted[1]], "0",
                   note=f"{counted[0]:,} commands, held against a fold of the inbox written apart from the services")
        )  # fmt: skip
    return figures


async def _mode(
    place: Place, settings: Mapping[str, str], acts: Mapping[str, tuple[Act, str]]
) -> tuple[Mapping[str, list[float]], tuple[int, int]]:
    found: dict[str, list[float]] = {name: [] for name in acts}
    with services(place, "ledger", settings=settings) as system:
        async with Driver(place.kafka.bootstrap, place.redis.url) as driver:
            for number in range(place.pick(20, 3)):
                for name, (act, _) in acts.items():
                    await driver.recovered(time.monotonic())
                    found[name].append(await act(place, driver, system.services[number % 2]))
            try:
                return found, await driver.check()
            except AssertionError as error:
                raise ChildFailed(f"the journal is not what its inbox asks for: {error}") from error
