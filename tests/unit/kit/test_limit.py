"""A limit shared by many waits: each is over when its own time is, and behaves as `asyncio.timeout` does."""

import asyncio

import pytest

from services.kit.limit import Limit


async def waiting(limit: Limit, what: "asyncio.Future[int]") -> int:
    with limit.watch():
        return await what


def future() -> "asyncio.Future[int]":
    return asyncio.get_running_loop().create_future()


async def test_what_is_done_in_time_is_given() -> None:
    limit, answer = Limit(5.0), future()
    task = asyncio.create_task(waiting(limit, answer))
    await asyncio.sleep(0)
    answer.set_result(7)
    assert await task == 7


async def test_what_takes_longer_is_a_timeout_and_the_task_is_not_cancelled() -> None:
    limit = Limit(0.01)
    task = asyncio.create_task(waiting(limit, future()))
    with pytest.raises(TimeoutError):
        await task
    assert task.cancelling() == 0


async def test_each_wait_has_its_own_time() -> None:
    limit, ended = Limit(0.03), list[int]()

    async def one(number: int) -> None:
        with pytest.raises(TimeoutError):
            await waiting(limit, future())
        ended.append(number)

    started = asyncio.get_running_loop().time()
    first = asyncio.create_task(one(1))
    while asyncio.get_running_loop().time() < started + 0.015:
        await asyncio.sleep(0)
    second = asyncio.create_task(one(2))
    await first
    assert ended == [1]
    await second
    assert asyncio.get_running_loop().time() >= started + 0.045


async def test_waits_that_end_early_leave_the_others_theirs() -> None:
    limit, early, late = Limit(0.02), future(), future()
    slow = asyncio.create_task(waiting(limit, late))
    quick = [asyncio.create_task(waiting(limit, early)) for _ in range(3)]
    await asyncio.sleep(0)
    early.set_result(1)
    assert await asyncio.gather(*quick) == [1, 1, 1]
    with pytest.raises(TimeoutError):
        await slow
    late = future()
    again = asyncio.create_task(waiting(limit, late))
    with pytest.raises(TimeoutError):
        await again


async def test_a_cancellation_from_outside_stays_one() -> None:
    task = asyncio.create_task(waiting(Limit(5.0), future()))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait((task,))
    assert task.cancelled()


async def test_of_two_nested_limits_the_shorter_one_counts() -> None:
    outer, inner = Limit(0.01), Limit(5.0)
    with pytest.raises(TimeoutError), outer.watch():
        await waiting(inner, future())
    with outer.watch(), pytest.raises(TimeoutError):
        await waiting(Limit(0.0), future())


async def test_what_was_raised_inside_is_what_comes_out() -> None:
    with pytest.raises(KeyError), Limit(5.0).watch():
        raise KeyError
