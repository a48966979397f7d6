"""The garbage collector looks seldom, and never again at what was there when it was told so."""

import gc
from collections.abc import Iterator

import pytest

from services.kit.garbage import NEW_CONTAINERS, collect_seldom


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_what_is_there_is_not_looked_at_again_and_the_rest_seldom() -> None:
    kept = {"as": "long as the process"}
    collect_seldom()
    assert gc.get_threshold()[0] == NEW_CONTAINERS
    assert gc.get_freeze_count() > 0
    assert not any(found is kept for found in gc.get_objects())


def test_garbage_that_references_itself_is_still_found() -> None:
    collect_seldom()
    for _ in range(3 * NEW_CONTAINERS):
        loop: list[object] = []
        loop.append(loop)
    assert len(gc.get_objects(generation=0)) <= NEW_CONTAINERS
