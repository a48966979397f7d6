"""What an entry causes: policy learns of caps and batches, a company of units taken back, a draw causes nothing."""

from collections.abc import Callable

import pytest

from schemas.base import Command, derived_id
from schemas.ledger import DefineCap, DefineProgramme, Draw, EntryRecorded, LedgerTick, Revoke, company_cap
from schemas.notification import Notify
from schemas.policy import RecordEntry
from tests.builders import BATCH, COMPANY, RIVAL
from tests.unit.ledger.play import Play, granted, line, malformed, opened

Act = Callable[[Play], EntryRecorded]


def reacts(play: Play, entry: EntryRecorded) -> tuple[Command, ...]:
    return play.lane.react(entry)


def recorded(play: Play, entry: EntryRecorded) -> RecordEntry:
    told = reacts(play, entry)[0]
    assert isinstance(told, RecordEntry)
    return told


@pytest.mark.parametrize(
    ("act", "kinds"),
    [
        (lambda play: play.ask(DefineProgramme, programme_id="h300-2027"), [RecordEntry]),
        (lambda play: play.ask(DefineCap, volume_units=550), [RecordEntry]),
        (lambda play: play.grant(line("u2", 1)), [RecordEntry]),
        (lambda play: play.grant(line("u2", 999)), [RecordEntry]),
        (lambda play: play.grant(line("u2", 1), programme_id="gone"), [RecordEntry]),
        (lambda play: play.ask(Revoke, units=1), [RecordEntry, Notify]),
        (lambda play: play.ask(Revoke, units=999, at_most=True), [RecordEntry, Notify]),
        (lambda play: play.grant(line("u1", 500, 5_000), command_id="c-2"), []),
        (lambda play: play.grant(line("u1", 1), command_id="c-2"), []),
        (lambda play: play.ask(DefineProgramme), []),
        (lambda play: play.ask(DefineCap, volume_units=1), []),
        (lambda play: play.ask(Revoke, units=999), []),
        (lambda play: play.ask(Draw, units=1), []),
        (lambda play: play.ask(Draw, units=999), []),
        (lambda play: play.ask(LedgerTick), []),
        (lambda play: play.send(malformed()), []),
    ],
)
def test_who_hears_of_an_entry(act: Act, kinds: list[type[Command]]) -> None:
    play = granted()
    assert [type(command) for command in reacts(play, act(play))] == kinds


def test_policy_hears_of_a_granted_batch_with_the_caps_after_it() -> None:
    play = opened()
    entry = play.grant(line("u1", 500, 5_000))
    told = recorded(play, entry)
    assert (told.programme_id, told.seq, told.code, told.applied) == (entry.programme_id, entry.seq, "APPLIED", True)
    assert (told.batch_id, told.attempt, told.failing) == (BATCH, 1, ())
    assert [(cap.cap_id, cap.company_id, cap.volume_units, cap.used_units, cap.used_value) for cap in told.caps] == [
        ("programme", None, 1_000, 500, 5_000),
        (company_cap(COMPANY), COMPANY, 600, 500, 5_000),
    ]


def test_policy_hears_which_lines_failed_and_by_how_much() -> None:
    play = granted()
    told = recorded(play, play.grant(line("u2", 0), line("u3", 101), line("u4", 501, company_id=RIVAL), line_count=9))
    assert (told.code, told.applied, told.caps) == ("BAD_UNITS", False, ())
    assert [(each.line_id, each.code, each.cap_id, each.needed, each.available) for each in told.failing] == [
        ("u2", "BAD_UNITS", None, 0, 0),
        ("u3", "EXCEEDS_CAP", company_cap(COMPANY), 101, 100),
        ("u4", "EXCEEDS_PROGRAMME", "programme", 501, 500),
    ]


def test_policy_hears_of_caps_that_count_all_of_a_company_or_programme_and_of_no_others() -> None:
    play = granted()
    part = {"company_id": None, "cap_id": "research", "scope": "use:research"}
    assert reacts(play, play.ask(DefineCap, **part, volume_units=5)) == ()
    group = {"company_id": None, "cap_id": "g", "scope": "group:lanwei-group", "members": (COMPANY,)}
    told = recorded(play, play.ask(DefineCap, **group, volume_units=600))
    assert [cap.cap_id for cap in told.caps] == [company_cap(COMPANY)]


def test_the_company_hears_what_was_revoked_and_why() -> None:
    play = granted()
    entry = play.ask(Revoke, units=120)
    notify = reacts(play, entry)[1]
    assert isinstance(notify, Notify)
    assert (notify.recipient_id, notify.template) == (COMPANY, "units-revoked")
    assert {parameter.name: parameter.value for parameter in notify.parameters} == {
        "programme_id": entry.programme_id,
        "units": "120",
        "available_units": "380",
        "unit": "chip",
        "authority": "decision ILLUSTRATIVE-0003",
        "reason": "Papers seen and found in order.",
    }


def test_what_is_caused_is_named_by_its_cause() -> None:
    play = granted()
    entry = play.ask(Revoke, units=120)
    ids = [command.command_id for command in reacts(play, entry)]
    assert ids == [derived_id(entry.command_id, "record-entry"), derived_id(entry.command_id, "notify")]
    assert reacts(play, entry) == reacts(play, EntryRecorded.model_validate_json(play.published[-1]))


def test_what_is_caused_is_a_valid_message() -> None:
    play = granted()
    for command in reacts(play, play.ask(Revoke, units=120)):
        assert type(command).model_validate_json(command.model_dump_json()) == command
