"""The labelled variants: how many there are, how they are split, and that the aims hold on both parts."""

import pytest

from deploy.screening.generate import SAMPLE
from services.policy.screening import read_list
from tests.unit.policy_screening.quality import WHOLE, labelled, quality, told

ROWS_MIN, RECALL_MIN, FALSE_ALARMS_MAX = 300, 9_500, 1_000


def test_the_labelled_set_is_large_and_a_third_is_held_out() -> None:
    rows = labelled()
    held = sum(row.held_out for row in rows) * WHOLE // len(rows)
    assert sum(row.expected is not None for row in rows) >= ROWS_MIN
    assert 3_000 <= held <= 3_700
    assert len({row.query for row in rows}) == len(rows)
    assert {row.expected for row in rows} - {None} <= read_list(SAMPLE).entries.keys()


@pytest.mark.parametrize("held_out", [False, True])
def test_recall_and_false_alarms_keep_their_aims(held_out: bool) -> None:
    found = quality(row for row in labelled() if row.held_out is held_out)
    print(told("held out" if held_out else "tuned on", found))
    assert found.recall >= RECALL_MIN
    assert found.false_alarms <= FALSE_ALARMS_MAX
