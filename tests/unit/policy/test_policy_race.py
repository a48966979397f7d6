"""Both lanes with a small ledger between them: whatever the order, every approved line ends, and is explained."""

from collections import deque
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.base import Command, Fact
from schemas.ledger import GrantBatch, GrantLine
from schemas.notification import Notify
from schemas.policy import (
    ApplicationApproved,
    ApplicationSetAside,
    AuthorisationIssued,
    CapLevel,
    FailingLine,
    RecordEntry,
)
from services.kit.contract import Lane
from services.policy.domain.bundle import ReleaseRule
from services.policy.domain.cases import Cases
from services.policy.domain.programmes import Programmes
from services.policy.lanes import batching_lane, evaluation_lane
from tests.unit.policy.samples import PROGRAMME, Shard, application, changed, only, sample

COMPANIES = ("lanwei-compute", "qingyun-models")


class ModelLedger:
    """A ledger of one cap per company and one in all; not defined until told. Ids are answered once."""

    def __init__(self, volume: int, company: int) -> None:
        self.volume, self.company = volume, company
        self.defined = False
        self.used: dict[str, int] = {}
        self.answered: set[str] = set()
        self.seq = 0

    def define(self) -> RecordEntry:
        """The programme exists from now on."""
        self.defined = True
        return self._entry(applied=True, code="APPLIED")

    def grant(self, command: GrantBatch) -> RecordEntry | None:
        """Every line or none; a repeated id has no second answer."""
        if command.command_id in self.answered:
            return None
        self.answered.add(command.command_id)
        if not self.defined:
            return self._entry(False, "PROGRAMME_NOT_FOUND", command)
        tried, failing = dict(self.used), []
        for line in command.lines:
            room = min(self.volume - sum(tried.values()), self.company - tried.get(line.company_id, 0))
            if line.units > room:
                failing.append(self._failing(line, room))
            else:
                tried[line.company_id] = tried.get(line.company_id, 0) + line.units
        if failing:
            return self._entry(False, "EXCEEDS_CAP", command, tuple(failing))
        self.used = tried
        return self._entry(True, "APPLIED", command)

    def _failing(self, line: GrantLine, room: int) -> FailingLine:
        return FailingLine(line_id=line.line_id, code="EXCEEDS_CAP", cap_id="c", needed=line.units, available=room)

    def _entry(
        self, applied: bool, code: str, grant: GrantBatch | None = None, failing: tuple[FailingLine, ...] = ()
    ) -> RecordEntry:
        self.seq += 1
        total = CapLevel(cap_id="programme", volume_units=self.volume, used_units=sum(self.used.values()))
        return RecordEntry(
            command_id=f"entry-{self.seq}",
            programme_id=PROGRAMME,
            seq=self.seq,
            code=code,
            applied=applied,
            batch_id=grant.batch_id if grant else None,
            attempt=grant.attempt if grant else None,
            failing=failing,
            caps=(total,) if applied else (),
        )


class World:
    """Two lanes, a ledger, and what is on its way between them. Each way keeps its order; the ways race."""

    def __init__(self, ledger: ModelLedger, approvals: int) -> None:
        bundles = only(changed(sample(), release=ReleaseRule(approvals=approvals, seconds=60)))
        self.cases = Shard(cast(Lane[object], evaluation_lane(bundles)))
        self.batches = Shard(cast(Lane[object], batching_lane(bundles)))
        self.ledger = ledger
        self.ways: dict[str, deque[Command]] = {name: deque() for name in ("cases", "batches", "ledger")}
        self.past: list[tuple[str, Command]] = []

    def send(self, command: Command) -> None:
        """Put a command on its way."""
        kind = type(command).type
        if isinstance(command, Notify):
            return
        way = "ledger" if kind.startswith("ledger.") else ("cases" if hasattr(command, "company_id") else "batches")
        self.ways[way].append(command)

    def step(self, way: str) -> None:
        """Take the next command of one way, if there is one."""
        if self.ways[way]:
            command = self.ways[way].popleft()
            self.past.append((way, command))
            self._take(way, command)

    def again(self, number: int) -> None:
        """A command that was taken before comes once more."""
        if self.past:
            self._take(*self.past[number % len(self.past)])

    def settle(self) -> None:
        """Let everything arrive and every time pass, until nothing moves."""
        if not self.ledger.defined:
            self.send(self.ledger.define())
        for _ in range(1_000):
            for way in self.ways:
                self.step(way)
            self._wait(60)
            if not any(self.ways.values()) and self.batches.lane.due(self.batches.state) is None:
                return
        pytest.fail("something is stuck")

    def _wait(self, seconds: int) -> None:
        sent = len(self.batches.reacts)
        self.batches.wait(seconds)
        self._send_since(self.batches, sent)

    def _take(self, way: str, command: Command) -> None:
        if way == "ledger":
            assert isinstance(command, GrantBatch)
            if (entry := self.ledger.grant(command)) is not None:
                self.send(entry)
            return
        shard = self.cases if way == "cases" else self.batches
        sent = len(shard.reacts)
        assert shard.take(command)
        assert shard.restored() == (shard.state, shard.state)
        self._send_since(shard, sent)

    def _send_since(self, shard: Shard, sent: int) -> None:
        for command in shard.reacts[sent:]:
            self.send(command)


def _ends(facts: list[Fact]) -> dict[str, list[tuple[str, str, int]]]:
    """Per kind of end: application, line and units, in no order."""
    found: dict[str, list[tuple[str, str, int]]] = {"approved": [], "issued": [], "aside": []}
    for fact in facts:
        match fact:
            case ApplicationApproved():
                name = "approved"
            case AuthorisationIssued():
                name = "issued"
            case ApplicationSetAside():
                name = "aside"
            case _:
                continue
        found[name] += [(fact.application_id, line.line_id, line.units) for line in fact.lines]
    return found


_moves = st.one_of(
    st.tuples(st.just("submit"), st.integers(0, 1), st.lists(st.integers(1, 60), min_size=1, max_size=3)),
    st.tuples(st.just("step"), st.sampled_from(["cases", "batches", "ledger"]), st.none()),
    st.tuples(st.just("again"), st.integers(0, 1_000), st.none()),
    st.tuples(st.just("wait"), st.integers(1, 90), st.none()),
    st.tuples(st.just("define"), st.none(), st.none()),
)


@settings(max_examples=150, deadline=None)
@given(moves=st.lists(_moves, max_size=40), volume=st.integers(1, 150), approvals=st.integers(1, 4))
def test_every_approved_line_ends_posted_or_set_aside_and_nothing_is_stuck(
    moves: list[tuple[str, object, object]], volume: int, approvals: int
) -> None:
    world = World(ModelLedger(volume, 80), approvals)
    for number, (kind, first, second) in enumerate(moves):
        if kind == "submit":
            world.send(application(COMPANIES[cast(int, first)], number, tuple(cast(list[int], second))))
        elif kind == "step":
            world.step(cast(str, first))
        elif kind == "again":
            world.again(cast(int, first))
        elif kind == "wait":
            world._wait(cast(int, first))
        elif not world.ledger.defined:
            world.send(world.ledger.define())

    world.settle()

    ends = _ends(world.cases.facts)
    assert sorted(ends["approved"]) == sorted(ends["issued"] + ends["aside"])
    assert sum(units for *_, units in ends["issued"]) == sum(world.ledger.used.values()) <= volume
    programme = cast(Programmes, world.batches.state).programmes.get(PROGRAMME)
    assert programme is None or not programme.unfinished
    assert not any(company.awaiting for company in cast(Cases, world.cases.state).companies.values())


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_companies_that_race_for_the_last_units_one_is_granted_and_one_is_explained(first: int) -> None:
    world = World(ModelLedger(100, 100), approvals=2)
    winner, loser = COMPANIES[first], COMPANIES[1 - first]
    world.send(world.ledger.define())
    world.send(application(winner, 1, (60,)))
    world.send(application(loser, 1, (60,)))

    world.settle()

    ends = _ends(world.cases.facts)
    assert ends["issued"] == [(f"app-{winner}-1", "u1", 60)]
    assert ends["aside"] == [(f"app-{loser}-1", "u1", 60)]
    aside = next(fact for fact in world.cases.facts if isinstance(fact, ApplicationSetAside))
    assert "needed 60, available 40" in aside.findings[0].text.en
    told = [(n.recipient_id, n.template) for n in world.cases.reacts if isinstance(n, Notify)]
    assert told.count((loser, "application-set-aside")) == told.count((winner, "authorisation-issued")) == 1


def test_a_cap_only_the_ledger_knows_costs_an_attempt_and_nothing_more() -> None:
    world = World(ModelLedger(100, 30), approvals=2)
    world.send(world.ledger.define())
    world.send(application(COMPANIES[0], 1, (31, 20)))
    world.send(application(COMPANIES[1], 1, (30,)))

    world.settle()

    assert world.batches.names().count("BatchRefused") == 1
    assert sorted(_ends(world.cases.facts)["issued"]) == [
        ("app-lanwei-compute-1", "u2", 20),
        ("app-qingyun-models-1", "u1", 30),
    ]
