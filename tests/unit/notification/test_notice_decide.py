"""The notification lane: one fact for every command, first answers stand, rows and state are the same thing."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.base import Command, Fact, Received
from schemas.notification import (
    NoticeCommandRefused,
    NoticeCommandRepeated,
    NoticeDelivered,
    NoticeFailed,
    NoticeQueued,
    RecipientRegistered,
)
from schemas.policy import BatchTick
from services.notification.adapters.templates import load_templates
from services.notification.domain.decide import Refusal, decide
from services.notification.domain.evolve import FORGOTTEN_PER_FACT_MAX, ID_HORIZON_DAYS, evolve
from services.notification.domain.state import NoticesState, all_rows, restore, rows
from services.notification.lanes import notification_lane
from tests.unit.notification.samples import AT, delivery, notify, play, register

TEMPLATES = load_templates()


@pytest.mark.parametrize(
    ("commands", "answer"),
    [
        ((register(),), RecipientRegistered),
        ((register(), register()), NoticeCommandRepeated),
        ((register(), register(language="zh")), Refusal.ID_REUSED),
        ((register(), register("register-2", "zh")), RecipientRegistered),
        ((notify(),), NoticeQueued),
        ((notify(), notify()), NoticeCommandRepeated),
        ((notify(), notify(application_id="app-8")), Refusal.ID_REUSED),
        ((delivery(),), Refusal.NOTICE_NOT_OPEN),
        ((notify(), delivery()), NoticeDelivered),
        ((notify(), delivery(delivered=False)), NoticeFailed),
        ((notify(), delivery(recipient_id="borealis-labs")), Refusal.NOTICE_NOT_OPEN),
        ((notify(), delivery(), delivery()), NoticeCommandRepeated),
        ((notify(), delivery(), delivery(delivered=False)), Refusal.ID_REUSED),
        ((notify(), delivery(), delivery("delivery-2", delivered=False)), Refusal.NOTICE_NOT_OPEN),
        ((notify(), delivery(), notify()), NoticeCommandRepeated),
        ((delivery(), notify(), delivery()), NoticeCommandRepeated),
    ],
)
def test_every_command_has_one_answer(commands: tuple[Command, ...], answer: type[Fact] | Refusal) -> None:
    facts = play(TEMPLATES, NoticesState(), commands)
    assert len(facts) == len(commands)
    last = facts[-1]
    if isinstance(answer, Refusal):
        assert isinstance(last, NoticeCommandRefused)
        assert last.code == answer.value
    else:
        assert type(last) is answer


def test_a_notice_carries_its_cause_its_application_and_the_version_of_its_words() -> None:
    (_, fact) = play(TEMPLATES, NoticesState(), (register(), notify()))
    assert isinstance(fact, NoticeQueued)
    assert (fact.notice_id, fact.cause, fact.application_id) == ("notice-1", "cause-1", "app-7")
    assert (fact.template_version, fact.language, fact.at) == (TEMPLATES.version, "en", AT)


def test_an_outcome_names_the_application_and_the_class_of_failure() -> None:
    (_, fact) = play(TEMPLATES, NoticesState(), (notify(), delivery(delivered=False)))
    assert isinstance(fact, NoticeFailed)
    assert (fact.application_id, fact.attempts, fact.error) == ("app-7", 2, "http-503")


def test_a_cause_longer_than_its_field_is_cut() -> None:
    (fact,) = decide(TEMPLATES, NoticesState(), notify(), Received(0, AT, correlation_id="c" * 512))
    assert isinstance(fact, NoticeQueued)
    assert fact.cause == "c" * 200


def test_a_command_of_another_inbox_is_a_bug_and_not_an_answer() -> None:
    foreign = BatchTick(command_id="foreign-1", programme_id="h200-2026")
    with pytest.raises(TypeError, match="BatchTick"):
        decide(TEMPLATES, NoticesState(), foreign, Received(0, AT))


def test_an_id_is_a_new_wish_after_the_horizon() -> None:
    state = NoticesState()
    play(TEMPLATES, state, (register(),))
    play(TEMPLATES, state, (register("register-2"),), AT + timedelta(days=ID_HORIZON_DAYS, seconds=1))
    assert list(state.ids) == ["register-2"]
    assert state.recipients == {"northwind-compute": "en"}


def test_ids_are_forgotten_a_bounded_number_at_a_time() -> None:
    state = NoticesState()
    play(TEMPLATES, state, tuple(register(f"register-{number}") for number in range(FORGOTTEN_PER_FACT_MAX + 5)))
    play(TEMPLATES, state, (register("late"),), AT + timedelta(days=2 * ID_HORIZON_DAYS))
    assert len(state.forgotten) == FORGOTTEN_PER_FACT_MAX
    assert len(state.ids) == 6


def test_an_open_notice_outlives_the_horizon_until_it_has_its_outcome() -> None:
    state = NoticesState()
    play(TEMPLATES, state, (notify(),))
    (fact,) = play(TEMPLATES, state, (delivery(),), AT + timedelta(days=3 * ID_HORIZON_DAYS))
    assert isinstance(fact, NoticeDelivered)
    assert state.open_notices == {}


def test_the_lanes_facts_cause_no_command() -> None:
    lane = notification_lane(TEMPLATES)
    facts = play(TEMPLATES, NoticesState(), (register(), notify(), delivery()))
    assert [lane.react(fact) for fact in facts] == [(), (), ()]


COMMANDS = st.one_of(
    st.builds(register, st.sampled_from(["a", "b", "c"]), st.sampled_from(["zh", "en"])),
    st.builds(notify, st.sampled_from(["n1", "n2", "a"]), st.sampled_from(["app-1", "app-2"])),
    st.builds(delivery, st.sampled_from(["d1", "d2", "n1"]), st.sampled_from(["n1", "n2"]), st.booleans()),
)


@given(steps=st.lists(st.tuples(COMMANDS, st.integers(0, 20)), max_size=40))
def test_rows_merged_in_order_restore_the_state(steps: list[tuple[Command, int]]) -> None:
    state, now = NoticesState(), AT
    stored: dict[str, dict[str, str]] = {}
    for command, days in steps:
        now += timedelta(days=days)
        (fact,) = decide(TEMPLATES, state, command, Received(0, now))
        evolve(state, fact)
        merge(stored, rows(state, fact))
    whole: dict[str, dict[str, str]] = {}
    merge(whole, all_rows(state))
    assert stored == whole
    assert restore(0, dict(reversed(stored.items()))) == state


def merge(stored: dict[str, dict[str, str]], changed: object) -> None:
    """As the store does: absolute fields, None deletes, a hash without fields is none."""
    assert isinstance(changed, dict)
    for key, fields in changed.items():
        row = {**stored.get(key, {}), **fields}
        kept = {name: value for name, value in row.items() if value is not None}
        stored.pop(key, None)
        if kept:
            stored[key] = kept
