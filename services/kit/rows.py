"""A shard's rows on their way to Redis: steps merged, one script at a time; rewritten whole when Redis differs.

Redis may be away: up to STEPS_WITHOUT_STORE_MAX steps wait in memory, then the shard waits too.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic

from prometheus_client import Histogram

from services.kit.backoff import Backoff
from services.kit.contract import Rows
from services.kit.errors import Fenced, Transient, Unavailable
from services.kit.step import merge
from services.kit.store import Store

STEPS_WITHOUT_STORE_MAX = 2_000
APPLY_ROWS_MAX = 20_000
"""More rows than this are not given to one script, which holds up all of Redis: the shard's rows are rewritten."""
CHECK_SECONDS = 1.0


@dataclass(slots=True)
class Waiting:
    """Rows not yet in Redis, merged over `steps` steps; they bring the shard to `position`."""

    position: str
    book: str
    rows: dict[str, dict[str, str | None]] = field(default_factory=dict)
    steps: int = 0


class RowWriter:
    """The writer of one shard's rows.

    `snapshot` gives the whole state as rows; it is called holding `between_steps`, so that it never shows what
    is not yet in the journal.
    `at_store` is the position the rows in Redis stand at; None: unknown or unusable, so write all of them.
    `confirm` makes sure this process is still the group's member for the shard; it raises StaleMember.
    """

    def __init__(
        self, store: Store, at: str, owner: int, waiting: Waiting, at_store: str | None,
        snapshot: Callable[[], Rows], between_steps: asyncio.Lock, confirm: Callable[[], Awaitable[None]],
        seconds: Histogram,
    ) -> None:  # fmt: skip
        self._store, self._at, self.owner = store, at, owner
        self._waiting, self._at_store = waiting, at_store
        self._doubtful: Waiting | None = None
        self._snapshot, self._between_steps = snapshot, between_steps
        self._confirm, self._seconds = confirm, seconds
        self._changed = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._writing = 0
        self._rewrite_wanted = False
        self.rewrites = 0

    @property
    def steps(self) -> int:
        """Steps whose rows are not yet in Redis."""
        return self._waiting.steps + self._writing

    @property
    def current(self) -> bool:
        """Whether Redis is known to hold everything decided so far."""
        return self._at_store == self._waiting.position and not self.steps and not self._rewrite_wanted

    def put(self, rows: dict[str, dict[str, str | None]], position: str, book: str) -> None:
        """Rows of one more step; they are the writer's from here on."""
        waiting = self._waiting
        if waiting.rows:
            merge(waiting.rows, rows)
        else:
            waiting.rows = rows
        waiting.position, waiting.book, waiting.steps = position, book, waiting.steps + 1
        if self.steps >= STEPS_WITHOUT_STORE_MAX:
            self._room.clear()
        self._changed.set()

    def rewrite(self) -> None:
        """Write all rows anew."""
        self._rewrite_wanted = True
        self._changed.set()

    def has_room(self) -> bool:
        """Whether fewer than STEPS_WITHOUT_STORE_MAX steps wait."""
        return self._room.is_set()

    async def room(self) -> None:
        """Wait until fewer than STEPS_WITHOUT_STORE_MAX steps wait."""
        await self._room.wait()

    async def run(self) -> None:
        """Write for ever. Raises Fenced when Redis knows a newer owner, StaleMember when the group does."""
        backoff = Backoff()
        while True:
            try:
                await self._once()
                backoff.reset()
            except Transient:
                await backoff.wait()

    async def _once(self) -> None:
        if self._doubtful is not None:
            await self._resolve(self._doubtful)
        if self._rewrite_wanted or self._at_store is None or len(self._waiting.rows) > APPLY_ROWS_MAX:
            await self._confirm()
            await self._rewrite()
        elif self._waiting.position != self._at_store:
            await self._apply(self._at_store)
        else:
            await self._check()
        self._room.set()

    async def _apply(self, before: str) -> None:
        waiting = self._take()
        self._doubtful = waiting
        started = monotonic()
        answer = await self._store.apply(self._at, self.owner, before, waiting.position, waiting.book, waiting.rows)
        self._seconds.observe(monotonic() - started)
        self._doubtful, self._writing = None, 0
        self._settle(answer, waiting.position)

    async def _resolve(self, doubtful: Waiting) -> None:
        """The answer to these rows was lost: read from Redis what became of them."""
        kept = await self._store.kept(self._at)
        self._doubtful, self._writing = None, 0
        if kept is None or kept.dirty or kept.position not in (self._at_store, doubtful.position):
            self._at_store = None
        elif kept.position == doubtful.position:
            self._at_store = doubtful.position
        else:
            merge(doubtful.rows, self._waiting.rows)
            self._waiting.rows = doubtful.rows
            self._waiting.steps += doubtful.steps

    async def _rewrite(self) -> None:
        async with self._between_steps:
            rows, waiting = self._snapshot(), self._take()
        self.rewrites += 1
        self._at_store, self._rewrite_wanted = None, False
        answer = await self._store.rewrite(self._at, self.owner, waiting.position, waiting.book, rows)
        self._writing = 0
        self._settle(answer, waiting.position)
        if self._at_store is None:
            raise Unavailable(f"{self._at}: the rows changed while they were rewritten")

    async def _check(self) -> None:
        """Nothing to write: see now and then that the rows are still there."""
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await self._changed.wait()
                self._changed.clear()
                return
        except TimeoutError:
            pass
        kept = await self._store.kept(self._at)
        if kept is not None and kept.owner > self.owner:
            raise Fenced(f"{self._at}: Redis knows a newer owner")
        if kept is None or kept.dirty or kept.position != self._at_store:
            self._at_store = None

    def _take(self) -> Waiting:
        taken = self._waiting
        self._waiting = Waiting(taken.position, taken.book)
        self._writing += taken.steps  # those of a rewrite that failed are still not in Redis
        return taken

    def _settle(self, answer: str, position: str) -> None:
        if answer == "ok":
            self._at_store = position
        elif answer == "owner":
            raise Fenced(f"{self._at}: Redis knows a newer owner")
        else:
            self._at_store = None
