"""One outcome per command id, and one entry per record: repeats, other content, malformed records, positions."""

from datetime import timedelta

import pytest

from schemas.base import Received
from schemas.ledger import Draw, LedgerTick, Revoke
from schemas.policy import BatchOpened
from services.ledger.domain.ids import EVICTIONS_MAX, ID_HORIZON_DAYS
from tests import builders
from tests.unit.ledger.play import Play, granted, line, malformed, opened, restored

MADE_NOW = "019cade2-11c0-7000-8000-000000000001"
"""A UUIDv7 of the moment the play begins."""


def test_a_repeat_is_answered_with_its_first_outcome_and_moves_nothing() -> None:
    play = granted()
    first = play.ask(Draw, command_id="d-1", units=500)
    again = play.ask(Draw, command_id="d-1", units=500)
    assert (again.code, again.repeats, again.figures[0].code) == ("EXISTS", first.seq, "APPLIED")
    assert (again.command_sha256, again.postings, again.balances) == (first.command_sha256, (), ())


def test_a_refusal_is_final_for_its_id() -> None:
    play = opened()
    refused = play.grant(line("u1", 601), command_id="b-1")
    play.ask(LedgerTick)
    again = play.grant(line("u1", 601), command_id="b-1")
    assert (refused.code, again.code, again.repeats) == ("EXCEEDS_CAP", "EXISTS", refused.seq)
    assert again.figures[0].code == "EXCEEDS_CAP"


def test_an_id_with_other_units_is_refused_and_the_first_outcome_stands() -> None:
    play = granted()
    first = play.ask(Draw, command_id="d-1", units=100)
    other = play.ask(Draw, command_id="d-1", units=101)
    assert (other.code, other.repeats, other.figures[0].field) == ("EXISTS_DIFFERENT", first.seq, "content")
    assert play.ask(Draw, command_id="d-1", units=100).code == "EXISTS"


def test_an_id_used_for_another_command_is_refused_and_says_so() -> None:
    play = granted()
    play.ask(Draw, command_id="d-1", units=100)
    assert play.ask(Revoke, command_id="d-1", units=100).figures[0].field == "command"


def test_a_repeat_is_known_after_a_restore() -> None:
    play = granted()
    play.ask(Draw, command_id="d-1", units=500)
    play.state = restored(play)
    assert play.ask(Draw, command_id="d-1", units=500).code == "EXISTS"


def test_an_id_is_known_for_the_whole_horizon_and_new_after_it() -> None:
    play = granted()
    play.ask(Draw, command_id="d-1", units=100)
    play.at += timedelta(days=ID_HORIZON_DAYS)
    assert play.ask(Draw, command_id="d-1", units=100).code == "EXISTS"
    play.at += timedelta(days=1)
    play.ask(LedgerTick)
    assert play.ask(Draw, command_id="d-1", units=100).code == "APPLIED"


def test_an_id_that_says_when_it_was_made_is_never_run_after_the_horizon() -> None:
    play = granted()
    assert play.ask(Draw, command_id=MADE_NOW, units=100).code == "APPLIED"
    play.at += timedelta(days=ID_HORIZON_DAYS)
    assert play.ask(Draw, command_id=MADE_NOW, units=100).code == "EXISTS"
    play.at += timedelta(days=1)
    for _ in range(2):
        entry = play.ask(Draw, command_id=MADE_NOW, units=100)
        assert (entry.code, entry.figures[0].field, entry.repeats) == ("ID_TOO_OLD", "command_id", None)
    assert MADE_NOW not in play.state.ids


def test_an_id_from_the_future_is_refused_for_good() -> None:
    play = granted()
    play.at -= timedelta(days=2)
    assert play.ask(Draw, command_id=MADE_NOW, units=100).code == "ID_IN_FUTURE"
    play.at += timedelta(days=2)
    again = play.ask(Draw, command_id=MADE_NOW, units=100)
    assert (again.code, again.figures[0].code) == ("EXISTS", "ID_IN_FUTURE")


@pytest.mark.parametrize("days", [-1, 0, 1, ID_HORIZON_DAYS])
def test_a_clock_that_is_a_day_off_does_no_harm(days: int) -> None:
    play = granted()
    play.at += timedelta(days=days)
    assert play.ask(Draw, command_id=MADE_NOW).code == "APPLIED"


def test_a_repeat_does_not_lengthen_the_memory_of_its_id() -> None:
    play = granted()
    for _ in range(3):
        play.at += timedelta(days=ID_HORIZON_DAYS // 2)
        play.grant(line("u1", 500, 5_000), command_id="c-2")
    play.at += timedelta(days=1)
    play.ask(LedgerTick)
    assert "c-2" not in play.state.ids


def test_an_entry_evicts_a_few_ids_and_its_rows_forget_them_too() -> None:
    play = opened()
    for _ in range(3 * EVICTIONS_MAX):
        play.ask(LedgerTick)
    held = len(play.state.ids)
    play.at += timedelta(days=ID_HORIZON_DAYS + 1)
    play.ask(LedgerTick)
    assert len(play.state.ids) == held + 1 - EVICTIONS_MAX
    assert restored(play) == play.state


@pytest.mark.parametrize(
    ("key", "programme_id"),
    [(builders.PROGRAMME, builders.PROGRAMME), ("", ""), ("\ufffd\ud800", ""), ("x" * 5_000, ""), ("A B", "")],
)
def test_a_malformed_record_has_an_entry_of_its_own(key: str, programme_id: str) -> None:
    play = granted()
    entry = play.send(malformed(key=key))
    assert (entry.code, entry.command, entry.programme_id) == ("MALFORMED", "malformed", programme_id)
    assert (entry.command_sha256, entry.figures[0].field) == (builders.DIGEST, "/units")
    assert play.send(malformed(key=key)).code == "MALFORMED"
    assert list(play.state.ids) == ["c-1", "c-2"]


def test_what_is_wrong_with_a_record_may_hold_any_character() -> None:
    play = Play()
    entry = play.send(malformed(reason="\ud800" * 500))
    assert entry.reason is not None
    assert entry.reason.startswith("\\ud800")
    assert play.published


def test_entries_cover_every_position_once() -> None:
    play = Play()
    play.skip(3)
    play.send(malformed())
    play.skip(2)
    play.ask(LedgerTick)
    assert [(entry.seq, entry.covers_from, entry.covers_to) for entry in play.entries] == [(1, 0, 3), (2, 4, 6)]


def test_an_entry_names_the_release_and_the_time_of_the_shard() -> None:
    entry = opened().last
    assert (entry.release, entry.at) == ("0.1.0", builders.AT)


@pytest.mark.parametrize("changes", [{"seq": 7}, {"previous": "a" * 64}, {"covers_from": 1}, {"covers_to": -1}])
def test_an_entry_that_does_not_follow_is_not_folded(changes: dict[str, object]) -> None:
    play = Play()
    (entry,) = play.lane.decide(play.state, builders.build(LedgerTick), Received(0, builders.AT))
    with pytest.raises(ValueError, match="entry"):
        play.lane.evolve(play.state, entry.model_copy(update=changes))


def test_another_fact_is_not_folded() -> None:
    play = Play()
    with pytest.raises(TypeError, match=r"batch-opened\.v1 is not a fact of ledger-entries"):
        play.lane.evolve(play.state, builders.build(BatchOpened))
