"""Ending tasks for sure, and cleaning up for sure."""

import asyncio
from collections.abc import Coroutine, Iterable

AGAIN_SECONDS = 0.1


async def end(tasks: Iterable["asyncio.Task[None]"]) -> None:
    """Cancel tasks and wait until they have ended, though cancelled meanwhile; what they raise is not ours to judge.

    A cancellation is repeated until it works: `asyncio.wait_for` of Python 3.11, which the Redis client awaits
    in, swallows one that comes in the moment its inner future is done.
    """
    known = tuple(tasks)
    cancelled = False
    while left := [task for task in known if not task.done()]:
        for task in left:
            task.cancel()
        try:
            await asyncio.wait(left, timeout=AGAIN_SECONDS)
        except asyncio.CancelledError:
            cancelled = True
    for task in known:
        if not task.cancelled():
            task.exception()
    if cancelled:
        raise asyncio.CancelledError


async def finish(work: Coroutine[object, object, None]) -> None:
    """Await clean-up to its end, though cancelled meanwhile: `end` repeats its cancellations."""
    task = asyncio.create_task(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError:
            cancelled = True
    task.result()
    if cancelled:
        raise asyncio.CancelledError
