"""Every answer of the ledger has one row: what went before, the command, and the code of its entry."""

import re
from collections.abc import Callable
from datetime import datetime

import pytest

from schemas.base import Command
from schemas.entries import EntryRecorded
from schemas.ledger import (
    Block,
    CloseProgramme,
    Contra,
    DefineCap,
    DefineProgramme,
    Draw,
    Freeze,
    GrantLine,
    PlaceHold,
    Revoke,
    Suspend,
    Transfer,
    VoidHold,
)
from schemas.values import LINES_MAX, UNITS_MAX
from services.ledger.domain.codes import REPEATS, SENTENCES, SUCCESS, Code
from services.ledger.domain.rows import all_rows
from tests.builders import COMPANY, RIVAL
from tests.unit.ledger.play import LATER, SOON, Play, drawn, granted, held, line, malformed, opened

Act = Callable[[Play], EntryRecorded]
OLD_ID = "019bfec9-d9c0-7000-8000-000000000001"
"""Made 34 days before the play."""
FUTURE_ID = "019cb82e-c9c0-7000-8000-000000000001"
"""Made two days after it."""

ROWS: list[tuple[Callable[[], Play], Act, Code]] = [
    (opened, lambda play: play.send(malformed()), Code.MALFORMED),
    (granted, lambda play: play.ask(Draw, command_id=OLD_ID), Code.ID_TOO_OLD),
    (granted, lambda play: play.ask(Draw, command_id=FUTURE_ID), Code.ID_IN_FUTURE),
    (granted, lambda play: play.grant(line("u1", 500, 5_000), command_id="c-2"), Code.EXISTS),
    (granted, lambda play: play.grant(line("u1", 501, 5_000), command_id="c-2"), Code.EXISTS_DIFFERENT),
    (granted, lambda play: play.ask(Draw, unit="wafer"), Code.UNIT_MISMATCH),
    (granted, lambda play: play.ask(Draw, units=0), Code.BAD_UNITS),
    (opened, lambda play: play.grant(line("u1", 5), line_count=2), Code.LINE_COUNT_MISMATCH),
    (opened, lambda play: play.grant(line("u1", 5), total_units=6), Code.UNITS_TOTAL_MISMATCH),
    (opened, lambda play: play.grant(line("u1", 5), line("u1", 5)), Code.DUPLICATE_LINE),
    (opened, lambda play: play.grant(*(line(f"u{n}", 1) for n in range(LINES_MAX + 1))), Code.TOO_MANY_LINES),
    (granted, lambda play: play.ask(Transfer, to_company_id=COMPANY), Code.SAME_ACCOUNT),
    (granted, lambda play: play.ask(Revoke, reason=" "), Code.REASON_MISSING),
    (granted, lambda play: play.ask(Draw, authority=" "), Code.AUTHORITY_MISSING),
    (lambda: after(granted(), Freeze), lambda play: play.ask(Draw), Code.LEDGER_FROZEN),
    (Play, lambda play: play.ask(Draw), Code.PROGRAMME_NOT_FOUND),
    (lambda: after(granted(), CloseProgramme), lambda play: play.ask(Draw), Code.PROGRAMME_CLOSED),
    (lambda: on_terms(valid_from=SOON), lambda play: play.ask(Draw), Code.NOT_YET_VALID),
    (opened, lambda play: play.ask(Draw), Code.ACCOUNT_NOT_FOUND),
    (lambda: after(granted(), Suspend), lambda play: play.ask(PlaceHold), Code.ACCOUNT_SUSPENDED),
    (lambda: after(granted(), Block), lambda play: play.ask(Draw), Code.ACCOUNT_BLOCKED),
    (granted, lambda play: play.ask(Draw, line_id="u9"), Code.AUTHORISATION_NOT_FOUND),
    (granted, lambda play: play.ask(Draw, lot=2), Code.LOT_NOT_FOUND),
    (lambda: at(on_terms(expires_at=SOON), SOON), lambda play: play.ask(Draw), Code.LOT_EXPIRED),
    (lambda: after(granted(), Revoke, units=500), lambda play: play.ask(Draw, line_id="u1"), Code.LOT_REVOKED),
    (held, lambda play: play.ask(Draw, hold_id="h-2"), Code.HOLD_NOT_FOUND),
    (
        lambda: after(held(), Draw, hold_id="h-1", units=300),
        lambda play: play.ask(Draw, hold_id="h-1"),
        Code.HOLD_CONSUMED,
    ),
    (lambda: after(held(), VoidHold), lambda play: play.ask(Draw, hold_id="h-1"), Code.HOLD_VOIDED),
    (lambda: at(held(), LATER), lambda play: play.ask(Draw, hold_id="h-1"), Code.HOLD_EXPIRED),
    (lambda: on_terms(conditions_final=False), lambda play: play.ask(Draw), Code.CONDITIONS_NOT_ACCEPTED),
    (opened, lambda play: play.ask(DefineProgramme, item="H300"), Code.VERSION_CONFLICT),
    (held, lambda play: play.ask(Draw, hold_id="h-1", units=301), Code.EXCEEDS_HOLD),
    (granted, lambda play: play.ask(Draw, line_id="u1", units=501), Code.EXCEEDS_LOT),
    (granted, lambda play: play.ask(Draw, units=501), Code.EXCEEDS_AVAILABLE),
    (granted, lambda play: play.grant(line("u2", 101)), Code.EXCEEDS_CAP),
    (granted, lambda play: play.grant(line("u2", 501, company_id=RIVAL)), Code.EXCEEDS_PROGRAMME),
    (granted, lambda play: play.ask(DefineCap, volume_units=499), Code.BELOW_USED),
    (lambda: drawn(500), lambda play: play.ask(Revoke, units=1, at_most=True), Code.NOTHING_TO_TAKE),
    (lambda: after(drawn(), Contra), lambda play: play.ask(Contra), Code.ALREADY_CORRECTED),
    (granted, lambda play: play.ask(Draw, unit="module-8", units=UNITS_MAX), Code.OVERFLOW),
    (granted, lambda play: play.ask(Draw, units=500), Code.APPLIED),
    (granted, lambda play: play.ask(Revoke, units=501, at_most=True), Code.APPLIED_PARTIAL),
]

PRECEDENCE = [
    "MALFORMED", "ID_TOO_OLD", "ID_IN_FUTURE", "EXISTS", "EXISTS_DIFFERENT", "UNIT_MISMATCH", "BAD_UNITS",
    "LINE_COUNT_MISMATCH", "UNITS_TOTAL_MISMATCH", "DUPLICATE_LINE", "TOO_MANY_LINES", "SAME_ACCOUNT",
    "REASON_MISSING", "AUTHORITY_MISSING", "LEDGER_FROZEN", "PROGRAMME_NOT_FOUND", "PROGRAMME_CLOSED",
    "NOT_YET_VALID", "ACCOUNT_NOT_FOUND", "ACCOUNT_SUSPENDED", "ACCOUNT_BLOCKED", "AUTHORISATION_NOT_FOUND",
    "LOT_NOT_FOUND", "LOT_EXPIRED", "LOT_REVOKED", "HOLD_NOT_FOUND", "HOLD_CONSUMED", "HOLD_VOIDED",
    "HOLD_EXPIRED", "CONDITIONS_NOT_ACCEPTED", "VERSION_CONFLICT", "EXCEEDS_HOLD", "EXCEEDS_LOT",
    "EXCEEDS_AVAILABLE", "EXCEEDS_CAP", "EXCEEDS_PROGRAMME", "BELOW_USED", "NOTHING_TO_TAKE",
    "ALREADY_CORRECTED", "OVERFLOW", "APPLIED", "APPLIED_PARTIAL",
]  # fmt: skip


def after(play: Play, command: type[Command], **changes: object) -> Play:
    """The play once a command was applied."""
    assert play.ask(command, **changes).code == "APPLIED"
    return play


def at(play: Play, time: datetime) -> Play:
    """The play at that time."""
    play.at = time
    return play


def on_terms(**terms: object) -> Play:
    """500 units granted on these terms."""
    return played(line("u1", 500, 5_000, COMPANY, **terms))


def played(*lines: GrantLine) -> Play:
    play = opened()
    assert play.grant(*lines).code == "APPLIED"
    return play


@pytest.mark.parametrize(("before", "act", "code"), ROWS, ids=[row[2].name for row in ROWS])
def test_the_entry_has_the_code(before: Callable[[], Play], act: Act, code: Code) -> None:
    assert act(before()).code == code.name


@pytest.mark.parametrize(("before", "act", "code"), ROWS, ids=[row[2].name for row in ROWS])
def test_a_refused_command_moves_nothing(before: Callable[[], Play], act: Act, code: Code) -> None:
    play = before()
    kept = {key: row for key, row in all_rows(play.state).items() if not key.startswith(("shard", "ids:"))}
    entry = act(play)
    moved = {key: row for key, row in all_rows(play.state).items() if not key.startswith(("shard", "ids:"))}
    assert (moved == kept) is (code.name not in SUCCESS)
    told = entry.postings or entry.balances or entry.caps or entry.lots or entry.holds or entry.bars
    assert bool(told) is (code.name in SUCCESS)


def test_every_code_has_one_row() -> None:
    assert [row[2] for row in ROWS] == list(Code)


def test_every_code_has_a_sentence_in_both_languages() -> None:
    assert list(SENTENCES) == list(Code)
    for sentence in SENTENCES.values():
        assert re.search(r"[\u4e00-\u9fff]", sentence.zh)
        assert sentence.zh.endswith("。")
        assert sentence.en.endswith(".")


def test_codes_rise_in_the_order_of_precedence_and_repeat_no_number() -> None:
    names = [code.name for code in sorted(Code)]
    assert names == PRECEDENCE
    assert len(Code.__members__) == len(set(Code))


def test_numbers_are_those_that_were_published() -> None:
    assert [code.value for code in Code] == [
        10, 110, 120, 130, 140, 210, 220, 230, 240, 250, 260, 270, 280, 290, 310, 320, 330, 340, 350, 360, 370, 380,
        390, 400, 410, 420, 430, 440, 450, 460, 470, 510, 520, 530, 540, 550, 560, 570, 580, 590, 910, 920,
    ]  # fmt: skip


def test_repeats_and_successes_are_codes() -> None:
    assert set(Code.__members__) >= SUCCESS | REPEATS


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda play: play.grant(line("u1", 0), line("u2", 700)), "BAD_UNITS"),
        (lambda play: play.grant(line("u1", 700), line_count=2), "LINE_COUNT_MISMATCH"),
        (lambda play: play.grant(line("u1", 700), line("u2", 1), line("u2", 1), total_units=1), "UNITS_TOTAL_MISMATCH"),
        (lambda play: play.grant(line("u1", 700), unit="wafer"), "UNIT_MISMATCH"),
        (lambda play: play.grant(line("u1", 700), currency="CNY", line_count=9), "UNIT_MISMATCH"),
        (lambda play: play.grant(line("u1", 700), programme_id="gone"), "PROGRAMME_NOT_FOUND"),
        (lambda play: play.grant(line("u1", 0), programme_id="gone"), "BAD_UNITS"),
        (lambda play: play.grant(line("u1", 601), line("u2", 600), line("u3", 500, 0, RIVAL)), "EXCEEDS_CAP"),
        (lambda play: play.ask(Draw, unit="wafer", units=0, authority=""), "UNIT_MISMATCH"),
        (lambda play: play.ask(Draw, units=0, authority=""), "BAD_UNITS"),
        (lambda play: play.ask(Draw, authority="", programme_id="gone"), "AUTHORITY_MISSING"),
        (lambda play: play.ask(Revoke, reason=" ", authority=""), "REASON_MISSING"),
        (lambda play: play.ask(DefineProgramme, reason=" ", item="H300"), "REASON_MISSING"),
        (lambda play: play.ask(DefineCap, reason=" ", programme_id="gone"), "REASON_MISSING"),
        (lambda play: play.grant(), "LINE_COUNT_MISMATCH"),
    ],
)
def test_of_several_faults_the_first_in_precedence_is_the_code(act: Act, code: str) -> None:
    assert act(opened()).code == code
