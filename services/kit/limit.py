"""`asyncio.timeout` of one length for many who wait at the same time: all of them share one timer.

A timer for each is made, sorted in and thrown away, almost always for nothing; that costs three times as much.
"""

import asyncio
from collections import deque
from types import TracebackType
from typing import Self


class Limit:
    """How long something may take: `with limit.watch():`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._watched: deque[Watch] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def watch(self) -> "Watch":
        """A context that raises TimeoutError once what is awaited in it takes longer. It is used once."""
        return Watch(self)

    def begin(self, watch: "Watch") -> None:
        """Called by a watch that begins."""
        self._watched.append(watch)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_at(watch.until, self._look)

    def end(self) -> None:
        """Called when a watch is over. Those that began later are forgotten no sooner than those before them."""
        while self._watched and self._watched[0].over:
            self._watched.popleft()

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = None
        self.end()
        while self._watched and self._watched[0].until <= loop.time():
            self._watched.popleft().expire()
            self.end()
        if self._watched:
            self._timer = loop.call_at(self._watched[0].until, self._look)


class Watch:
    """One wait under a limit, in the task that enters it. Nested with others it behaves as `asyncio.timeout` does."""

    __slots__ = ("_cancelling", "_late", "_limit", "_task", "over", "until")

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._late = self.over = False

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None
        self._task, self._cancelling = task, task.cancelling()
        self.until = task.get_loop().time() + self._limit.seconds
        self._limit.begin(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over = True
        self._limit.end()
        if self._late and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def expire(self) -> None:
        """The time is over."""
        self._late = True
        self._task.cancel()
