"""Ending tasks for sure."""

import asyncio
from collections.abc import Iterable

AGAIN_SECONDS = 0.1


async def end(tasks: Iterable["asyncio.Task[None]"]) -> None:
    """Cancel tasks and wait until they have ended; what they raise is not ours to judge.

    A cancellation is repeated until it works: `asyncio.wait_for` of Python 3.11, which the Redis client awaits
    in, swallows one that comes in the moment its inner future is done.
    """
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        ended, left = await asyncio.wait(left, timeout=AGAIN_SECONDS)
        for task in ended:
            if not task.cancelled():
                task.exception()
