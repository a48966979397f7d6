"""Each guard of the runtime is one that some test stands for: without it, that test fails.

The gate tries the guards that everything else leans on; `make mutations` tries them all.
"""

import pytest

from tests.component.kit.mutations import MUTATIONS, ROOT, SECONDS_MAX, Mutation, mutated, tried

GATE = frozenset(
    (
        "the broker's fence",
        "the reader's owner rule",
        "a number seen is dropped",
        "dirty is refused by the script",
        "the position before is compared",
    )
)


@pytest.mark.slow
@pytest.mark.timeout(SECONDS_MAX + 30)
@pytest.mark.parametrize("mutation", [pytest.param(each, id=each.name) for each in MUTATIONS if each.name in GATE])
def test_a_guard_taken_out_is_noticed(mutation: Mutation) -> None:
    found = tried(mutation)
    assert found.noticed, found.said


def test_every_guard_of_the_gate_is_in_the_table() -> None:
    assert {mutation.name for mutation in MUTATIONS} >= GATE


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_guard_stands_where_the_table_says(mutation: Mutation) -> None:
    assert (ROOT / mutation.path).read_text(encoding="utf-8").count(mutation.before) == 1


def test_a_guard_that_has_moved_is_an_error(tmp_path_factory: pytest.TempPathFactory) -> None:
    moved = Mutation("moved", "services/kit/book.py", "text that is nowhere", "", ())
    with pytest.raises(ValueError, match="holds the guard's text 0 times"):
        mutated(moved, tmp_path_factory.mktemp("moved"))
