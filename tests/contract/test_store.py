"""What the store promises: a script that refuses whatever does not follow, whole rewrites, rows a person can read."""

from collections.abc import Callable

import pytest

from deploy.local.redis import Redis
from services.kit.contract import Fields
from services.kit.errors import Unavailable
from services.kit.store import META, PAGE_ROWS, REWRITING, Kept, Store, Write, prefix

AT = prefix("policy", "counts", 3)


async def begun(store: Store) -> None:
    """Rows of owner 5 at position 10."""
    assert await store.rewrite(AT, 5, "10", "book", {"aster": {"count": "1"}}) == "ok"


REFUSED = [
    # owner, before, what is set in the meta row first, answer
    (4, "10", {}, "owner"),
    (4, "*", {}, "owner"),
    (5, "9", {}, "position"),
    (5, "11", {}, "position"),
    (6, "9", {}, "position"),
    (5, "10", {"dirty": "1"}, "dirty"),
    (6, "10", {"dirty": "1"}, "dirty"),
    (4, "10", {"dirty": "1"}, "owner"),
    (5, "10", {"position": f"{REWRITING}5"}, "position"),
]


@pytest.mark.parametrize(("owner", "before", "meta", "answer"), REFUSED)
async def test_what_does_not_follow_is_refused_and_changes_nothing(
    store: Store, owner: int, before: str, meta: dict[str, str], answer: str
) -> None:
    await begun(store)
    for name, value in meta.items():
        await store._redis.hset(AT + META, name, value)
    known = await store._redis.hgetall(AT + META)
    assert await store.apply(AT, owner, before, "12", "late", {"aster": {"count": "9"}}) == answer
    assert await store.rows(AT) == {"aster": {"count": "1"}}
    assert await store._redis.hgetall(AT + META) == known


async def test_nothing_kept_is_missing(store: Store) -> None:
    assert await store.kept(AT) is None
    assert await store.apply(AT, 5, "10", "11", "", {"aster": {"count": "1"}}) == "missing"
    assert await store.rows(AT) == {}


async def test_what_follows_is_written_with_its_position_owner_and_book(store: Store) -> None:
    await begun(store)
    changed: dict[str, Fields | None] = {"aster": {"count": "2"}, "birch": {"count": "1", "more": "é\n键"}}
    assert await store.apply(AT, 6, "10", "12", "later", changed) == "ok"
    assert await store.kept(AT) == Kept(6, "12", "later", False)
    assert await store.rows(AT) == {"aster": {"count": "2"}, "birch": {"count": "1", "more": "é\n键"}}
    assert await store.row(AT, "birch") == {"count": "1", "more": "é\n键"}
    assert await store.row(AT, "cedar") is None


async def test_the_same_write_again_is_refused(store: Store) -> None:
    await begun(store)
    assert await store.apply(AT, 5, "10", "11", "", {}) == "ok"
    assert await store.apply(AT, 5, "10", "11", "", {}) == "position"


async def test_a_none_field_is_deleted_and_a_none_row_whole(store: Store) -> None:
    await begun(store)
    await store.apply(AT, 5, "10", "11", "", {"aster": {"old": "1"}, "birch": {"count": "1"}})
    assert await store.apply(AT, 5, "11", "12", "", {"aster": {"old": None}, "birch": None, "cedar": None}) == "ok"
    assert await store.rows(AT) == {"aster": {"count": "1"}}


async def test_a_row_of_many_fields_is_written_whole(store: Store) -> None:
    await begun(store)
    fields: Fields = {f"id:{n}": str(n) for n in range(5_003)}
    assert await store.apply(AT, 5, "10", "11", "", {"aster": fields}) == "ok"
    assert await store.row(AT, "aster") == {**fields, "count": "1"}


async def test_a_script_that_fails_half_way_leaves_the_shard_dirty(store: Store) -> None:
    await begun(store)
    await store._redis.set(AT + "zinnia", "of another type")
    rows: dict[str, Fields | None] = {name: {"count": "2"} for name in ("aster", "zinnia")}
    with pytest.raises(Unavailable, match="WRONGTYPE"):
        await store.apply(AT, 5, "10", "11", "", rows)
    kept = await store.kept(AT)
    assert kept is not None
    assert kept.dirty
    assert kept.position == "10"
    assert await store.apply(AT, 5, "10", "11", "", {}) == "dirty"


async def test_a_rewrite_replaces_every_row_whatever_stood_there(store: Store) -> None:
    await begun(store)
    await store._redis.set(AT + "zinnia", "of another type")
    await store._redis.hset(AT + META, mapping={"dirty": "1", "owner": "?", "position": "?"})
    many = {f"row-{n}": {"count": str(n)} for n in range(PAGE_ROWS * 2 + 1)}
    assert await store.rewrite(AT, 5, "20", "book", many) == "ok"
    assert await store.rows(AT) == many
    assert await store.kept(AT) == Kept(5, "20", "book", False)
    assert await store.rewrite(AT, 5, "21", "book", {"one": {"count": "1"}}) == "ok"
    assert await store.rows(AT) == {"one": {"count": "1"}}


async def test_a_rewrite_cut_short_is_seen_as_torn_and_can_be_begun_again(store: Store) -> None:
    await begun(store)
    await store.apply(AT, 5, "*", f"{REWRITING}5", "", {})
    kept = await store.kept(AT)
    assert kept is not None
    assert kept.dirty
    assert await store.apply(AT, 5, "10", "11", "", {}) == "position"
    assert await store.rewrite(AT, 5, "20", "book", {}) == "ok"
    assert await store.rows(AT) == {}


async def test_every_page_of_a_rewrite_is_refused_once_a_newer_owner_has_begun(store: Store) -> None:
    await begun(store)
    pages: list[str] = []
    apply = store.apply

    async def overtaken(*args: object) -> str:
        if len(pages) == 2:
            assert await apply(AT, 6, "*", f"{REWRITING}6", "", {}) == "ok"
        pages.append(await apply(*args))  # type: ignore[arg-type]  # handed on as they came
        return pages[-1]

    store.apply = overtaken  # type: ignore[method-assign, assignment]
    many = {f"row-{n}": {"count": "1"} for n in range(PAGE_ROWS * 3)}
    assert await store.rewrite(AT, 5, "20", "late", many) == "owner"
    assert pages == ["ok", "ok", "owner"]


async def test_rows_of_another_shard_are_left_alone(store: Store) -> None:
    others = [prefix("policy", "counts", 33), prefix("policy", "count", 3), prefix("ledger", "counts", 3)]
    for at in others:
        await store.rewrite(at, 5, "10", "", {"aster": {"count": "1"}})
    await store.rewrite(AT, 5, "10", "", {"aster": {"count": "2"}})
    await store.rewrite(AT, 5, "11", "", {})
    assert [await store.rows(at) for at in others] == [{"aster": {"count": "1"}}] * 3


async def test_a_person_can_read_a_row_with_redis_cli(store: Store, redis: Redis) -> None:
    await begun(store)
    assert AT == "policy:{counts/3}:"
    assert await store._redis.hgetall("policy:{counts/3}:aster") == {"count": "1"}
    assert await store._redis.type("policy:{counts/3}:aster") == "hash"
    assert await store._redis.ttl("policy:{counts/3}:aster") == -1


async def test_a_lease_is_held_by_one_until_it_runs_out(store: Store) -> None:
    assert await store.lease("lease", "a", 60.0)
    assert await store.lease("lease", "a", 60.0)
    assert not await store.lease("lease", "b", 60.0)
    await store._redis.delete("lease")
    assert await store.lease("lease", "b", 60.0)
    assert 0 < await store._redis.pttl("lease") <= 60_000


CALLS: list[Callable[[Store], object]] = [
    lambda store: store.ping(),
    lambda store: store.kept(AT),
    lambda store: store.row(AT, "aster"),
    lambda store: store.rows(AT),
    lambda store: store.apply(AT, 5, "10", "11", "", {}),
    lambda store: store.rewrite(AT, 5, "11", "", {}),
    lambda store: store.lease("lease", "a", 1.0),
]


@pytest.mark.parametrize("how", ["stopped", "frozen", "full"])
async def test_a_redis_that_cannot_answer_is_unavailable(store: Store, redis: Redis, how: str) -> None:
    await begun(store)
    if how == "stopped":
        redis.stop()
    elif how == "frozen":
        redis.freeze()
    else:
        await store._redis.config_set("maxmemory", 1)
    for call in CALLS[4:] if how == "full" else CALLS:
        with pytest.raises(Unavailable):
            await call(store)  # type: ignore[misc]  # each is awaitable
    assert isinstance(redis.pid, int) == (how != "stopped")


async def test_a_call_is_never_sent_twice(store: Store, redis: Redis) -> None:
    await begun(store)
    redis.freeze()
    with pytest.raises(Unavailable):
        await store.apply(AT, 5, "10", "11", "", {"aster": {"count": "2"}})
    redis.thaw()
    calls = int((await store._redis.info("commandstats")).get("cmdstat_evalsha", {}).get("calls", 0))
    kept = await store.kept(AT)
    assert kept is not None
    assert kept.position in ("10", "11")
    assert calls <= 5


def second(before: str, after: str, shard: int = 1) -> Write:
    """A write to another shard than the one that `begun` left behind."""
    return Write(prefix("policy", "counts", shard), 5, before, after, "", {"aster": {"count": after}})


async def test_writes_to_several_shards_are_each_answered_in_their_order(store: Store) -> None:
    await begun(store)
    mine = Write(AT, 5, "10", "11", "", {"aster": {"count": "11"}})
    writes = (second("*", "1"), mine, second("7", "8", shard=2), second("*", "3", shard=4))
    assert await store.apply_all(writes) == ["ok", "ok", "missing", "ok"]
    assert await store.row(AT, "aster") == {"count": "11"}
    assert await store.row(second("", "").at, "aster") == {"count": "1"}
    assert await store.row(second("", "", shard=2).at, "aster") is None


async def test_writes_to_several_shards_survive_a_redis_that_has_forgotten_the_script(store: Store) -> None:
    assert await store.apply_all((second("*", "1"), second("*", "1", shard=2))) == ["ok", "ok"]
    await store._redis.script_flush()
    assert await store.apply_all((second("1", "2"), second("1", "2", shard=2))) == ["ok", "ok"]
    assert await store.apply_all((second("2", "3"),)) == ["ok"]


async def test_a_script_that_fails_among_several_is_said_and_leaves_its_own_shard_dirty(store: Store) -> None:
    await begun(store)
    await store._redis.set(AT + "zinnia", "of another type")
    bad = Write(AT, 5, "10", "11", "", {"zinnia": {"count": "1"}})
    with pytest.raises(Unavailable, match="refused"):
        await store.apply_all((bad, second("*", "1")))
    kept, other = await store.kept(AT), await store.kept(second("", "").at)
    assert kept is not None
    assert other is not None
    assert (kept.dirty, other.dirty, other.position) == (True, False, "1")


async def test_a_row_is_found_in_each_shard_that_has_it(store: Store) -> None:
    await begun(store)
    await store.apply_all((second("*", "1"), second("*", "1", shard=2)))
    ats = [second("", "").at, second("", "", shard=4).at, AT]
    assert await store.row_in_each(ats, "aster") == [{"count": "1"}, {}, {"count": "1"}]
