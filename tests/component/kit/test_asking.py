"""Asking a lane: the fact, or None when it is accepted and not answered in time, or Unavailable."""

import asyncio

import pytest

from schemas.catalogue import INBOX_OF
from services.kit.ask import Asker
from services.kit.errors import Unavailable
from services.kit.follow import Follower
from services.kit.store import Store
from services.kit.transport.memory import MemoryTransport
from tests.component.kit.harness import commands, memory, running, settled, surroundings, tell, until, working
from tests.component.kit.toy import COMMANDS, COUNTS, Count, Counted, Repeated, command, toy_lane


@pytest.fixture(autouse=True)
def _toy_inbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.kit.ask.INBOX_OF", {**INBOX_OF, Count.type: COMMANDS})


def asker(transport: MemoryTransport) -> Asker:
    return Asker(transport, {COMMANDS.name: COUNTS}, "/test/edge")


async def test_the_answer_is_the_fact_with_the_commands_id(store: Store) -> None:
    transport = memory()
    edge = asker(transport)
    async with running(toy_lane(), surroundings(transport, store)), working(edge):
        await until(lambda: not edge.problems())
        found = await asyncio.gather(*(edge.ask(command("aster", n), 5.0) for n in range(20)))
        assert [fact.command_id for fact in found if isinstance(fact, Counted)] == [f"aster-{n}" for n in range(20)]
        assert isinstance(await edge.ask(command("aster", 0), 5.0), Repeated)
        assert edge.status()["waiting"] == 0


async def test_a_fact_that_is_known_already_is_given_unread_with_its_commands_id(store: Store) -> None:
    transport = memory()
    edge = Asker(transport, {COMMANDS.name: COUNTS}, "/test/edge", known=(Counted,))
    async with running(toy_lane(), surroundings(transport, store)), working(edge):
        await until(lambda: not edge.problems())
        heard = await edge.ask(command("aster", 0), 5.0)
        assert isinstance(heard, Counted)
        assert heard.model_fields_set == {"command_id", "at"}
        assert heard.command_id == "aster-0"
        assert isinstance(await edge.ask(command("aster", 0), 5.0), Repeated)


async def test_no_answer_in_time_is_none_and_the_command_is_accepted_all_the_same(store: Store) -> None:
    transport = memory()
    edge = asker(transport)
    async with working(edge):
        assert await edge.ask(command("aster", 0), 0.02) is None
        assert edge.status()["waiting"] == 0
    assert [c.command_id for c in await commands(transport, COMMANDS)] == ["aster-0"]


async def test_a_log_that_is_away_is_unavailable_and_said(store: Store) -> None:
    transport = memory()
    edge = asker(transport)
    transport.away = True
    async with working(edge):
        with pytest.raises(Unavailable):
            await edge.ask(command("aster", 0), 1.0)
        with pytest.raises(Unavailable):
            await edge.send(command("aster", 0))
        assert edge.status()["waiting"] == 0
        assert edge.problems() == ("asker: Kafka does not answer",)
        transport.away = False
        await until(lambda: not edge.problems())


async def test_a_log_that_does_not_acknowledge_in_time_is_unavailable(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.kit.ask.SEND_SECONDS", 0.02)
    transport = memory()

    async def hang(*_: object) -> int:
        await asyncio.Event().wait()
        return 0

    transport.send = hang  # type: ignore[method-assign, assignment]
    with pytest.raises(Unavailable, match="not acknowledged"):
        await asker(transport).ask(command("aster", 0), 1.0)


async def test_two_who_wait_for_one_id_both_hear_even_when_one_gives_up(store: Store) -> None:
    transport = memory()
    edge = asker(transport)
    async with working(edge):
        await until(lambda: not edge.problems())
        impatient = asyncio.create_task(edge.ask(command("aster", 0), 0.02))
        patient = asyncio.create_task(edge.ask(command("aster", 0), 10.0))
        third = asyncio.create_task(edge.ask(command("aster", 0), 10.0))
        assert await impatient is None
        async with running(toy_lane(), surroundings(transport, store)):
            found = await asyncio.gather(patient, third)
    assert [type(fact) for fact in found] == [Counted, Counted]
    assert edge.status()["waiting"] == 0


async def test_one_who_is_cancelled_leaves_nothing_behind(store: Store) -> None:
    transport = memory()
    edge = asker(transport)
    async with working(edge):
        task = asyncio.create_task(edge.ask(command("aster", 0), 10.0))
        await until(lambda: edge.status()["waiting"] == 1)
        task.cancel()
        await asyncio.wait((task,))
        assert task.cancelled()
        assert edge.status()["waiting"] == 0


async def test_an_asker_hears_on_after_the_log_was_away(store: Store) -> None:
    transport = memory()
    edge = asker(transport)
    async with running(toy_lane(), surroundings(transport, store)) as worker, working(edge):
        await until(lambda: not edge.problems())
        transport.away = True
        await asyncio.sleep(0)
        transport.away = False
        await tell(transport, [command("birch", 0)])
        await settled(transport, worker)
        assert isinstance(await edge.ask(command("aster", 0), 5.0), Counted)


async def test_a_follower_folds_each_fact_once_and_says_when_it_has_read_what_was_there(store: Store) -> None:
    transport, seen, later = memory(), list[str](), list[str]()
    async with running(toy_lane(), surroundings(transport, store)) as worker:
        await tell(transport, [command("aster", n) for n in range(3)])
        await settled(transport, worker)
        whole = Follower("whole", transport, COUNTS, lambda fact: seen.append(fact.command_id), from_start=True)
        tail = Follower("tail", transport, COUNTS, lambda fact: later.append(fact.command_id), from_start=False)
        assert whole.problems() == ("whole: has not read toy-counts yet",)
        async with working(whole, tail):
            await until(lambda: whole.current() and tail.current())
            assert seen == ["aster-0", "aster-1", "aster-2"]
            transport.away = True
            await asyncio.sleep(0)
            transport.away = False
            await tell(transport, [command("aster", 3)])
            await until(lambda: len(seen) == 4 and len(later) == 1)
    assert seen == [f"aster-{n}" for n in range(4)]
    assert later == ["aster-3"]
