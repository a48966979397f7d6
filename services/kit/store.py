"""Rows in Redis: what the journals say, for readers and for fast starts. It can be thrown away at any time.

One shard's rows share the prefix `<service>:{<name>/<shard>}:` and so one slot of a cluster. The only file,
beside `rows.lua`, that speaks to Redis. Every answer of Redis is believed only from the script's reply:
redis-py's own retries are off, since a repeated script would look like a gap.
"""

import json
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal, TypeVar, cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from services.kit.contract import Fields, Rows
from services.kit.errors import Unavailable

T = TypeVar("T")
Answer = Literal["ok", "owner", "position", "dirty", "missing"]
SCAN_COUNT = 1_000
PAGE_ROWS = 2_000
REWRITING = "~"
"""A position that begins so stands for rows that are being replaced."""
META = "~meta"
"""Key of the meta row: no row of a lane or a view is called so, since no id may hold a tilde."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The meta row of a shard: whose rows they are, up to where, and whether a write was torn."""

    owner: int
    position: str
    book: str
    dirty: bool


@dataclass(frozen=True, slots=True)
class Write:
    """Rows of one shard on their way: `before` and `after` are the positions, `rows` what `Store.apply` takes."""

    at: str
    owner: int
    before: str
    after: str
    book: str
    rows: Mapping[str, Fields | None]

    def arguments(self) -> tuple[str, ...]:
        """Key and arguments of the script."""
        data = json.dumps(self.rows, ensure_ascii=False, separators=(",", ":"))
        return self.at + META, str(self.owner), self.before, self.after, self.book, data, self.at


def prefix(service: str, name: str, shard: int) -> str:
    """Prefix of every key of a shard; the braces keep them in one slot."""
    return f"{service}:{{{name}/{shard}}}:"


def connect(url: str, timeout_seconds: float, cafile: str | None = None) -> "Redis":
    """A client that tries once and gives up after `timeout_seconds`."""
    options: dict[str, object] = {
        "decode_responses": True,
        "socket_timeout": timeout_seconds,
        "socket_connect_timeout": timeout_seconds,
        "retry": Retry(NoBackoff(), 0),
    }
    if cafile:
        options["ssl_ca_certs"] = cafile
    return Redis.from_url(url, **options)  # type: ignore[arg-type]  # the stub wants each option apart


class Store:
    """The rows of all shards of a process. Every method raises Unavailable when Redis cannot answer."""

    def __init__(self, redis: "Redis") -> None:
        self._redis = redis
        self._script = redis.register_script(files("services.kit").joinpath("rows.lua").read_text())

    async def stop(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    async def kept(self, at: str) -> Kept | None:
        """The meta row below prefix `at`; None if there is none."""
        known = cast(dict[str, str], await _ask(self._redis.hgetall(at + META)))
        if "position" not in known:
            return None
        owner = known.get("owner", "")
        torn = known.get("dirty") != "0" or known["position"].startswith(REWRITING) or not owner.isdecimal()
        return Kept(int(owner) if owner.isdecimal() else -1, known["position"], known.get("book", ""), torn)

    async def apply(
        self, at: str, owner: int, before: str, after: str, book: str, rows: Mapping[str, Fields | None]
    ) -> Answer:
        """Write rows in one step, if this owner stands at `before`; a row that is None is deleted whole."""
        key, *given = Write(at, owner, before, after, book, rows).arguments()
        return cast(Answer, await _ask(self._script(keys=[key], args=given)))

    async def apply_all(self, writes: Sequence[Write]) -> Sequence[Answer]:
        """As `apply` for each, of shards that differ, in one exchange with Redis; answers in their order."""
        if len(writes) == 1:
            one = writes[0]
            return [await self.apply(one.at, one.owner, one.before, one.after, one.book, one.rows)]
        try:
            return await self._apply_all(writes)
        except NoScriptError:  # said of each of them, so none was done
            await _ask(self._redis.script_load(self._script.script))
            return await self._apply_all(writes)

    async def _apply_all(self, writes: Sequence[Write]) -> Sequence[Answer]:
        async with self._redis.pipeline(transaction=False) as pipe:
            for write in writes:
                pipe.evalsha(self._script.sha, 1, *write.arguments())
            answers = await _ask(pipe.execute(raise_on_error=False))
        if all(isinstance(answer, NoScriptError) for answer in answers):
            raise NoScriptError
        for answer in answers:
            if isinstance(answer, ResponseError):
                raise _refused(answer) from answer
        return cast(Sequence[Answer], answers)

    async def rewrite(self, at: str, owner: int, position: str, book: str, rows: Rows) -> Answer:
        """Replace all rows of the shard, in pages; every page is refused once a newer owner exists."""
        before, answer = f"{REWRITING}{owner}", await self.apply(at, owner, "*", f"{REWRITING}{owner}", "", {})
        for page in _pages(dict.fromkeys(await self._names(at))):
            if answer == "ok":
                answer = await self.apply(at, owner, before, before, "", page)
        for page in _pages(rows):
            if answer == "ok":
                answer = await self.apply(at, owner, before, before, "", page)
        return answer if answer != "ok" else await self.apply(at, owner, before, position, book, {})

    async def rows(self, at: str) -> dict[str, dict[str, str]]:
        """Every row below prefix `at`, without the meta row, read in pages."""
        names = await self._names(at)
        found: dict[str, dict[str, str]] = {}
        for first in range(0, len(names), PAGE_ROWS):
            page = names[first : first + PAGE_ROWS]
            async with self._redis.pipeline(transaction=False) as pipe:
                for name in page:
                    pipe.hgetall(at + name)
                answers = await _ask(pipe.execute())
            found.update((name, row) for name, row in zip(page, answers, strict=True) if row)
        return found

    async def row(self, at: str, key: str) -> dict[str, str] | None:
        """One row; None if it does not exist."""
        return cast(dict[str, str], await _ask(self._redis.hgetall(at + key))) or None

    async def row_in_each(self, ats: Sequence[str], key: str) -> Sequence[Mapping[str, str]]:
        """The row below each of these prefixes, in their order, in one exchange; empty where there is none."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for at in ats:
                pipe.hgetall(at + key)
            return cast(Sequence[Mapping[str, str]], await _ask(pipe.execute()))

    async def lease(self, name: str, holder: str, seconds: float) -> bool:
        """Hold the named lease for a while, taking it if it is free. True while this holder has it."""
        milliseconds = int(seconds * 1000)
        if await _ask(self._redis.set(name, holder, nx=True, px=milliseconds)):
            return True
        if await _ask(self._redis.get(name)) != holder:
            return False
        return bool(await _ask(self._redis.pexpire(name, milliseconds)))

    async def ping(self) -> None:
        """Raise Unavailable unless Redis answers."""
        await _ask(cast(Awaitable[object], self._redis.ping()))

    async def _names(self, at: str) -> list[str]:
        """Names of the rows below prefix `at`, without it."""
        pattern = at.replace("[", "\\[") + "*"
        found: set[str] = set()
        cursor = 0
        while True:
            cursor, page = await _ask(self._redis.scan(cursor, match=pattern, count=SCAN_COUNT))
            found.update(name[len(at) :] for name in cast(list[str], page))
            if cursor == 0:
                return sorted(found - {META})


def _pages(rows: Mapping[str, Fields | None]) -> Iterator[Mapping[str, Fields | None]]:
    names = list(rows)
    for first in range(0, len(names), PAGE_ROWS):
        yield {name: rows[name] for name in names[first : first + PAGE_ROWS]}


async def _ask(reply: Awaitable[T]) -> T:
    """The reply, or Unavailable: a timeout, a lost connection, a full or loading server."""
    try:
        return await reply
    except (RedisConnectionError, RedisTimeoutError, OSError) as error:
        raise Unavailable(f"Redis: {type(error).__name__}") from error
    except ResponseError as error:
        raise _refused(error) from error
    except RedisError as error:
        raise Unavailable(f"Redis: {type(error).__name__}") from error


def _refused(error: ResponseError) -> Unavailable:
    return Unavailable(f"Redis refused: {str(error).split(' ', 1)[0]}")
