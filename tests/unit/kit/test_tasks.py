"""Ending tasks and cleaning up, whatever is cancelled meanwhile."""

import asyncio
import gc

import pytest

from services.kit import tasks
from services.kit.tasks import end, finish


async def forever() -> None:
    await asyncio.Event().wait()


async def started(*made: "asyncio.Task[None]") -> None:
    await asyncio.sleep(0)
    assert not any(task.done() for task in made)


async def test_tasks_are_cancelled_and_waited_for() -> None:
    running = [asyncio.create_task(forever()) for _ in range(3)]
    await started(*running)
    await end(running)
    assert all(task.cancelled() for task in running)


async def test_a_cancellation_that_is_swallowed_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "AGAIN_SECONDS", 0.001)
    swallowed = 0

    async def deaf() -> None:
        nonlocal swallowed
        while swallowed < 3:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                swallowed += 1
        await asyncio.Event().wait()

    task = asyncio.create_task(deaf())
    await started(task)
    await end((task,))
    assert swallowed == 3
    assert task.cancelled()


async def test_what_ended_tasks_raised_is_retrieved_also_when_they_had_ended_before() -> None:
    told: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(str(context["message"])))

    async def fails() -> None:
        raise ValueError("no matter")

    task = asyncio.create_task(fails())
    await asyncio.wait((task,))
    await end((task,))
    del task
    gc.collect()
    assert told == []


async def test_one_who_is_cancelled_while_ending_ends_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "AGAIN_SECONDS", 0.001)
    cleaned = asyncio.Event()

    async def slow() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await finish(clean())

    async def clean() -> None:
        await asyncio.sleep(0.01)
        cleaned.set()

    inner = asyncio.create_task(slow())
    outer = asyncio.create_task(end((inner,)))
    await started(inner, outer)
    outer.cancel()
    await asyncio.wait((outer,))
    assert outer.cancelled()
    assert inner.done()
    assert cleaned.is_set()


async def test_clean_up_is_finished_though_cancelled_again_and_again() -> None:
    steps: list[int] = []

    async def clean() -> None:
        for n in range(5):
            await asyncio.sleep(0.001)
            steps.append(n)

    task = asyncio.create_task(finish(clean()))
    await started(task)
    while not task.done():
        task.cancel()
        await asyncio.sleep(0.0005)
    assert steps == [0, 1, 2, 3, 4]
    assert task.cancelled()


async def test_what_clean_up_raises_is_told() -> None:
    async def clean() -> None:
        raise ValueError("could not")

    with pytest.raises(ValueError, match="could not"):
        await finish(clean())
