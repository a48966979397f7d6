"""Whatever is delivered twice, moved, lost or cut off on the way, facts, reacts and rows end as in one quiet run."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploy.local.redis import Redis
from schemas.catalogue import BATCH_COMMANDS
from services.kit.contract import Rows
from services.kit.errors import Unavailable, Unknown
from services.kit.lane import LaneWorker
from services.kit.store import Store, connect, prefix
from services.kit.transport.memory import MemoryTransport
from tests.component.kit.harness import (
    LossyStore,
    facts,
    ignored,
    memory,
    rows,
    running,
    settled,
    surroundings,
    tell,
    until,
)
from tests.component.kit.toy import (
    COMPANIES,
    COUNTS,
    TALLIES,
    Counted,
    Counts,
    Tallied,
    Tallies,
    command,
    tally_lane,
    toy_lane,
)

POINTS = ("append-before", "append-after", "send-before", "send-after")


@dataclass(frozen=True)
class Tell:
    """Commands by (company, number): numbers are few, so the same wish often comes twice."""

    wishes: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Break:
    """The next times these points are reached on any of our topics, the log fails."""

    points: tuple[str, ...]


@dataclass(frozen=True)
class Lose:
    """The next scripts' writes or answers are lost."""

    fates: tuple[str, ...]


@dataclass(frozen=True)
class Do:
    """crash: the lanes are cut off and begun by another instance · join, leave: a second member · flush: no Redis."""

    what: str


Act = Tell | Break | Lose | Do
WISHES = st.lists(st.tuples(st.sampled_from(COMPANIES), st.integers(0, 12)), min_size=1, max_size=12)
ACTS = st.lists(
    st.one_of(
        WISHES.map(lambda wishes: Tell(tuple(wishes))),
        WISHES.map(lambda wishes: Tell(tuple(wishes))),
        st.lists(st.sampled_from(POINTS), min_size=1, max_size=3).map(lambda points: Break(tuple(points))),
        st.lists(st.sampled_from(["before", "after", ""]), min_size=1, max_size=4).map(lambda f: Lose(tuple(f))),
        st.sampled_from(["crash", "join", "leave", "flush"]).map(Do),
    ),
    min_size=3,
    max_size=14,
)


class Scene:
    """Two lanes under one instance at a time, and now and then a second member of `toy`'s group."""

    def __init__(self, store: Store) -> None:
        self.transport, self.store = memory(), LossyStore(store)
        self.workers: list[LaneWorker[Counts] | LaneWorker[Tallies]] = []
        self._stack, self._member = AsyncExitStack(), AsyncExitStack()
        self._instances, self._joined = 0, False
        self._breaks: list[str] = []
        self.transport.fault = self._fault

    def _fault(self, point: str, topic: str, _: int) -> None:
        if self._breaks and self._breaks[0] == point and topic in (COUNTS.name, TALLIES.name, BATCH_COMMANDS.name):
            self._breaks.pop(0)
            raise Unavailable("away") if point == "send-before" else Unknown("lost")

    async def start(self) -> None:
        self._instances += 1
        around = surroundings(self.transport, self.store, f"instance-{self._instances}")
        self.workers = [
            await self._stack.enter_async_context(running(toy_lane(), around)),
            await self._stack.enter_async_context(running(tally_lane(), around)),
        ]

    async def stop(self) -> None:
        await self._member.aclose()
        await self._stack.aclose()

    async def act(self, act: Act) -> None:
        if isinstance(act, Tell):
            await tell(self.transport, [command(company, n) for company, n in act.wishes])
        elif isinstance(act, Break):
            self._breaks += act.points
        elif isinstance(act, Lose):
            self.store.lose += act.fates
        elif act.what == "crash":
            await self._stack.aclose()
            await self.start()
        elif act.what == "join" and not self._joined:
            self._joined = True
            around = surroundings(self.transport, self.store, "member")
            await self._member.enter_async_context(running(toy_lane(), around))
        elif act.what == "leave":
            self._joined = False
            await self._member.aclose()
        elif act.what == "flush":
            await self.store._redis.flushall()
        for _ in range(3):
            await asyncio.sleep(0)

    async def settle(self) -> None:
        """Nothing is broken any more: everything comes to rest."""
        await self._member.aclose()
        self._breaks.clear()
        self.store.lose.clear()
        await settled(self.transport, *self.workers)
        await until(self._rows_are_the_states, 5.0)

    async def _rows_are_the_states(self) -> bool:
        return all([await same(self.store, worker) for worker in self.workers])


async def same(store: Store, worker: LaneWorker[Counts] | LaneWorker[Tallies]) -> bool:
    """Whether the rows in Redis are the states in memory."""
    for index, shard in worker.shards.items():
        at = prefix("policy", worker._lane.journal.name, index)
        if shard.owned is None or await store.rows(at) != shard.owned.rows._snapshot():
            return False
    return True


@dataclass(frozen=True)
class Outcome:
    """What everybody can see in the end; times, offsets and owners differ from run to run."""

    counted: Mapping[str, list[tuple[str, str]]]
    tallied: Mapping[str, list[tuple[str, int]]]
    rows: Rows
    tallies: Rows


async def outcome(transport: MemoryTransport, store: Store) -> Outcome:
    counted: dict[str, list[tuple[str, str]]] = {}
    for fact in await facts(transport, COUNTS):
        kind = str(fact.count) if isinstance(fact, Counted) else "repeated"
        counted.setdefault(getattr(fact, COUNTS.key), []).append((fact.command_id, kind))
    tallied: dict[str, list[tuple[str, int]]] = {}
    for fact in await facts(transport, TALLIES):
        assert isinstance(fact, Tallied)
        tallied.setdefault(fact.programme_id, []).append((fact.command_id, fact.count))
    return Outcome(counted, tallied, await rows(store, toy_lane()), await rows(store, tally_lane()))


async def run(store: Store, acts: list[Act]) -> Outcome:
    await store._redis.flushall()
    scene = Scene(store)
    await scene.start()
    try:
        for act in acts:
            await scene.act(act)
        await scene.settle()
        assert ignored(scene.transport, COUNTS) == ignored(scene.transport, TALLIES) == 0
        return await outcome(scene.transport, store)
    finally:
        await scene.stop()


async def both(url: str, acts: list[Act]) -> tuple[Outcome, Outcome]:
    store = Store(connect(url, 2.0))
    try:
        quiet = await run(store, [act for act in acts if isinstance(act, Tell)])
        return quiet, await run(store, acts)
    finally:
        await store.stop()


@pytest.mark.timeout(180)
@settings(
    max_examples=60, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(acts=ACTS)
def test_any_order_of_faults_ends_as_one_quiet_run(redis: Redis, acts: list[Act]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("services.kit.rows.CHECK_SECONDS", 0.05)
        quiet, faulty = asyncio.run(both(redis.url, acts))
    assert faulty == quiet
    told = {wish for act in acts if isinstance(act, Tell) for wish in act.wishes}
    assert sum(kind != "repeated" for found in quiet.counted.values() for _, kind in found) == len(told)
    assert sum(map(len, quiet.tallied.values())) == len(told)
