"""Allocation: a row per rule, and what holds of every supply and every list of asks."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.policy.domain.allocation import Ask, allocate

T0 = datetime(2026, 3, 2, tzinfo=UTC)
Rule = Literal["fcfs", "pro_rata", "priority"]
METHODS: tuple[Rule, ...] = ("fcfs", "pro_rata", "priority")


def ask(key: str, units: int, minute: int = 0, score: int = 0, step: int = 1) -> Ask:
    return Ask(key, units, step, T0 + timedelta(minutes=minute), score)


THREE = (ask("a", 50, 3, 1), ask("b", 30, 1), ask("c", 40, 2, 1))
TIED = (ask("b", 1), ask("a", 1), ask("c", 1, -1))


@pytest.mark.parametrize(
    ("method", "supply", "asks", "shares"),
    [
        ("fcfs", None, THREE, {"a": 50, "b": 30, "c": 40}),
        ("fcfs", 120, THREE, {"a": 50, "b": 30, "c": 40}),
        ("fcfs", 60, THREE, {"b": 30, "c": 30, "a": 0}),
        ("fcfs", 0, THREE, {"a": 0, "b": 0, "c": 0}),
        ("fcfs", -5, THREE, {"a": 0, "b": 0, "c": 0}),
        ("fcfs", 1, (Ask("a", 1), ask("b", 1, 9)), {"a": 0, "b": 1}),
        ("priority", 60, THREE, {"c": 40, "a": 20, "b": 0}),
        ("pro_rata", 60, THREE, {"a": 25, "b": 15, "c": 20}),
        ("pro_rata", 61, THREE, {"a": 26, "b": 15, "c": 20}),
        ("pro_rata", 62, THREE, {"a": 26, "b": 15, "c": 21}),
        ("pro_rata", 1, TIED, {"c": 1, "a": 0, "b": 0}),
        ("pro_rata", 2, TIED, {"c": 1, "a": 1, "b": 0}),
        ("pro_rata", 20, (ask("a", 24, step=8), ask("b", 16)), {"a": 8, "b": 12}),
        ("pro_rata", 7, (ask("a", 24, step=8), ask("b", 24, 1, step=8)), {"a": 0, "b": 0}),
        ("pro_rata", 24, (ask("a", 24, step=8), ask("b", 24, 1, step=8)), {"a": 16, "b": 8}),
        ("fcfs", 20, (ask("a", 24, step=8), ask("b", 16, 1)), {"a": 16, "b": 4}),
        ("fcfs", 100, (ask("a", 25, step=8),), {"a": 24}),
    ],
)
def test_each_rule_gives_its_shares(
    method: Rule, supply: int | None, asks: tuple[Ask, ...], shares: dict[str, int]
) -> None:
    assert allocate(method, supply, asks) == shares


ASKS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 5), st.integers(0, 3)), min_size=1, max_size=8).map(
    lambda found: tuple(ask(f"l{n}", units, minute, score) for n, (units, minute, score) in enumerate(found))
)
MODULES = st.lists(st.tuples(st.integers(0, 60), st.sampled_from([1, 4, 8])), min_size=1, max_size=8).map(
    lambda found: tuple(ask(f"l{n}", units, step=step) for n, (units, step) in enumerate(found))
)
SUPPLY = st.integers(0, 300)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(METHODS), SUPPLY, ASKS, st.randoms(use_true_random=False))
def test_shares_add_up_stay_below_what_is_asked_and_do_not_depend_on_the_order(
    method: Rule, supply: int, asks: tuple[Ask, ...], order: Random
) -> None:
    shares = allocate(method, supply, asks)
    assert sum(shares.values()) == min(supply, sum(one.units for one in asks))
    assert all(0 <= shares[one.key] <= one.units for one in asks)
    shuffled = list(asks)
    order.shuffle(shuffled)
    assert allocate(method, supply, shuffled) == shares


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(METHODS), SUPPLY, ASKS, st.integers(1, 40))
def test_who_asks_for_more_never_gets_less(method: Rule, supply: int, asks: tuple[Ask, ...], more: int) -> None:
    first = asks[0]
    larger = (Ask(first.key, first.units + more, 1, first.at, first.score), *asks[1:])
    assert allocate(method, supply, larger)[first.key] >= allocate(method, supply, asks)[first.key]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(METHODS), SUPPLY, ASKS, st.integers(1, 40))
def test_a_larger_supply_costs_nobody_more_than_the_rounding(
    method: Rule, supply: int, asks: tuple[Ask, ...], more: int
) -> None:
    before, after = allocate(method, supply, asks), allocate(method, supply + more, asks)
    lost = 1 if method == "pro_rata" else 0
    assert all(after[key] >= before[key] - lost for key in before)


@settings(max_examples=60, deadline=None)
@given(SUPPLY, ASKS)
def test_pro_rata_keeps_within_a_unit_of_the_exact_quota(supply: int, asks: tuple[Ask, ...]) -> None:
    demand = sum(one.units for one in asks)
    if demand <= supply:
        return
    shares = allocate("pro_rata", supply, asks)
    assert all(abs(shares[one.key] * demand - one.units * supply) < demand for one in asks)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(METHODS), SUPPLY, MODULES)
def test_modules_stay_whole_and_little_is_left(method: Rule, supply: int, asks: tuple[Ask, ...]) -> None:
    shares = allocate(method, supply, asks)
    assert all(shares[one.key] % one.step == 0 for one in asks)
    left = supply - sum(shares.values())
    assert left >= 0
    assert all(left < one.step for one in asks if shares[one.key] < one.whole)
