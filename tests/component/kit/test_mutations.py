"""Each guard of the runtime is one that some test stands for: without it, that test fails."""

import pytest

from tests.component.kit.mutations import MUTATIONS, SECONDS_MAX, Mutation, mutated, tried


@pytest.mark.slow
@pytest.mark.timeout(SECONDS_MAX + 30)
@pytest.mark.parametrize("mutation", MUTATIONS, ids=[mutation.name for mutation in MUTATIONS])
def test_a_guard_taken_out_is_noticed(mutation: Mutation) -> None:
    found = tried(mutation)
    assert found.noticed, found.said


def test_a_guard_that_has_moved_is_an_error(tmp_path_factory: pytest.TempPathFactory) -> None:
    moved = Mutation("moved", "services/kit/book.py", "text that is nowhere", "", ())
    with pytest.raises(ValueError, match="holds the guard's text 0 times"):
        mutated(moved, tmp_path_factory.mktemp("moved"))
