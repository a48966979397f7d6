"""Looks rows up in views. A miss is believed only of a view that has seen everything accepted before the question.

To ask the log what was accepted before costs far more than to look again: who has just been answered 201 asks at
once, and the view follows within milliseconds.
"""

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from schemas.catalogue import Topic
from services.intake.http.ports import ViewReader
from services.intake.http.problems import ProblemError, not_found

BEHIND_RETRY_SECONDS = 1
AGAIN_SECONDS = (0.004, 0.008, 0.016)
"""Pauses before a row is looked for again."""
SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")

T = TypeVar("T")
Read = Callable[[Mapping[str, str]], T | None]
"""Makes the answer of a row; None where the row, for this reader, holds nothing."""


class Lookup:
    """Rows of one view, whose `inbox` holds the commands that make them."""

    def __init__(self, view: ViewReader, inbox: Topic, wait_seconds: float) -> None:
        self._view, self._inbox, self._wait_seconds = view, inbox, wait_seconds

    async def find(self, shards: Iterable[int], key: str, read: Read[T]) -> T:
        """The answer of the first shard that has one. Raises ProblemError (404, or 503 while behind), Unavailable."""
        wanted = tuple(shards)
        found = await self._look(wanted, key, read)
        if found is None and not await self._view.caught_up(self._inbox, self._wait_seconds):
            raise ProblemError(
                503, "view-behind", "What was accepted is not readable yet; try again.",
                headers={"Retry-After": str(BEHIND_RETRY_SECONDS)},
            )  # fmt: skip
        found = found if found is not None else await self.glance(wanted, key, read)
        if found is None:
            raise not_found()
        return found

    async def _look(self, shards: tuple[int, ...], key: str, read: Read[T]) -> T | None:
        found = await self.glance(shards, key, read)
        for pause in AGAIN_SECONDS:
            if found is not None:
                break
            await asyncio.sleep(pause)
            found = await self.glance(shards, key, read)
        return found

    async def glance(self, shards: Iterable[int], key: str, read: Read[T]) -> T | None:
        """As `find`, without waiting. Raises Unavailable."""
        for row in await self._view.row_in_each(tuple(shards), key):
            if row and (found := read(row)) is not None:
                return found
        return None


def named(slug: str) -> str:
    """An id of a path, if it can be one. Raises ProblemError."""
    if not SLUG.fullmatch(slug):
        raise not_found()
    return slug
