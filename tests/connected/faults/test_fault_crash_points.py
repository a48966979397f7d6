"""The lane's process killed or frozen at named points: nothing lost, nothing twice, the rows are right."""

import asyncio
from collections.abc import Sequence

import pytest

from tests.connected.faults.place import Place, until
from tests.connected.faults.stranger import Message, business, programmes

pytestmark = [pytest.mark.connected, pytest.mark.timeout(120)]

SEED = 20_260_128
COUNT = 120


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param(["append-before:1:kill"], id="before its first append"),
        pytest.param(["append-before:3:kill"], id="before a later append"),
        pytest.param(["append-after:1:kill"], id="after its first append, before Redis"),
        pytest.param(["append-after:3:kill"], id="after a later append, before Redis"),
        pytest.param(["send-before:1:hold", "rows-after:1:kill"], id="after Redis, before the reacts"),
        pytest.param(["send-after:1:kill"], id="after the reacts, before they count as sent"),
        pytest.param(["send-after:3:kill"], id="after later reacts"),
    ],
)
async def test_killed_at_a_point_the_next_process_goes_on(place: Place, faults: list[str]) -> None:
    sent = business(SEED, COUNT, programmes())
    child = await place.start("--static", *(f"--fault={fault}" for fault in faults), name="one")
    half = len(sent) // 2
    await place.stranger.send(sent[:half])
    await until(lambda: child.pid is None)
    await place.start("--static", name="one")
    await place.stranger.send(sent[half:])
    models = await place.check(len(sent))
    codes = {code for model in models for code in model.codes}
    assert codes >= {"APPLIED", "EXISTS", "EXISTS_DIFFERENT", "EXCEEDS_AVAILABLE"}


@pytest.mark.parametrize("point", ["append-before", "append-after"])
async def test_an_owner_frozen_in_a_step_resumes_after_its_session_and_is_fenced(place: Place, point: str) -> None:
    sent = business(SEED, COUNT, programmes())
    third = len(sent) // 3
    old = await place.start(f"--fault={point}:2:freeze", name="old")
    await place.stranger.send(sent[:third])
    await until(old.frozen)
    await place.start(name="new")  # its group waits until the old member's session is over
    await place.stranger.send(sent[third : 2 * third])
    await place.check(2 * third)
    old.thaw()
    await place.stranger.send(sent[2 * third :])
    await until(lambda: len(old.status()["shards"]) == 2)  # type: ignore[arg-type] # a list
    await place.check(len(sent))
    # After its append it goes on, and learns from the broker or from the group, whichever is first, that it is out.
    assert '"event": "fenced"' in old.log_text() or point == "append-after"


async def test_two_owners_forced_on_every_partition_take_turns(place: Place) -> None:
    sent = business(SEED, 3 * COUNT, programmes())
    await place.start("--group=-one")
    await place.start("--group=-other")
    for first in range(0, len(sent), 20):
        await place.stranger.send(sent[first : first + 20])
    await place.check(len(sent))


async def test_members_that_come_and_go_under_load_lose_and_double_nothing(place: Place) -> None:
    sent = business(SEED, 4 * COUNT, programmes())
    first, second = await place.start(), await place.start()
    load = asyncio.create_task(_slowly(place, sent))
    await asyncio.to_thread(first.stop)
    third = await place.start()
    await asyncio.to_thread(second.kill)
    await load
    assert third.pid is not None
    await place.check(len(sent))


async def _slowly(place: Place, sent: Sequence[Message]) -> None:
    """In many small sends, so that steps are many and small too."""
    for first in range(0, len(sent), 5):
        await place.stranger.send(sent[first : first + 5])
        await asyncio.sleep(0.02)
