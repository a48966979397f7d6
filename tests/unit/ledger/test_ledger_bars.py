"""What stops an account, a line or a programme stops what it says, no more, and is lifted by those who may."""

from collections.abc import Callable

import pytest

from schemas.base import Command
from schemas.entries import EntryRecorded
from schemas.ledger import (
    AcceptConditions,
    Block,
    CloseProgramme,
    Contra,
    DefineCap,
    Draw,
    ExtendHold,
    Freeze,
    LedgerTick,
    PlaceHold,
    RecordLate,
    Reinstate,
    Return,
    Revoke,
    SetCumulative,
    Suspend,
    Transfer,
    Unfreeze,
    VoidHold,
)
from tests.builders import COMPANY, RIVAL
from tests.unit.ledger.play import LATER, Play, granted, line, restored

Act = Callable[[Play], EntryRecorded]
ALL = {"company_id": None}
LINE = {"line_id": "u1"}


def ready() -> Play:
    """An account with a draw `d-1`, a hold `h-1`, and a line of a second company."""
    play = granted(400)
    play.ask(Draw, command_id="d-1", units=50)
    play.ask(PlaceHold, command_id="h-1", units=50, expires_at=LATER)
    play.grant(line("u2", 100, company_id=RIVAL))
    return play


ACTS: dict[str, Act] = {
    "grant": lambda play: play.grant(line("u3", 1)),
    "define-cap": lambda play: play.ask(DefineCap, volume_units=599),
    "place-hold": lambda play: play.ask(PlaceHold, units=1, expires_at=LATER),
    "extend-hold": lambda play: play.ask(ExtendHold),
    "draw": lambda play: play.ask(Draw, units=1),
    "draw of a hold": lambda play: play.ask(Draw, units=1, hold_id="h-1"),
    "transfer": lambda play: play.ask(Transfer, units=1),
    "transfer to it": lambda play: play.ask(Transfer, units=1, company_id=RIVAL, to_company_id=COMPANY),
    "void-hold": lambda play: play.ask(VoidHold),
    "record-late": lambda play: play.ask(RecordLate, units=1),
    "set-cumulative": lambda play: play.ask(SetCumulative, units=1),
    "contra": lambda play: play.ask(Contra),
    "revoke": lambda play: play.ask(Revoke, units=1),
    "return": lambda play: play.ask(Return, units=1),
    "accept-conditions": lambda play: play.ask(AcceptConditions),
    "tick": lambda play: play.ask(LedgerTick),
}
USE = {"draw", "draw of a hold", "transfer", "transfer to it"}
CLAIMS = {"place-hold", "extend-hold"}
NEW = {"grant", "define-cap"}
OF_LINE = {"transfer to it", "extend-hold"}


@pytest.mark.parametrize(
    ("bar", "where", "code", "stopped"),
    [
        (Suspend, {}, "ACCOUNT_SUSPENDED", USE | CLAIMS),
        (Suspend, ALL, "ACCOUNT_SUSPENDED", USE | CLAIMS),
        (Suspend, LINE, "ACCOUNT_SUSPENDED", (USE | CLAIMS) - OF_LINE),
        (Block, {}, "ACCOUNT_BLOCKED", USE),
        (Block, ALL, "ACCOUNT_BLOCKED", USE),
        (Block, LINE, "ACCOUNT_BLOCKED", USE - OF_LINE),
        (CloseProgramme, {}, "PROGRAMME_CLOSED", USE | CLAIMS | NEW),
        (Freeze, {}, "LEDGER_FROZEN", set(ACTS)),
    ],
    ids=lambda part: part.__name__ if isinstance(part, type) else None,
)
def test_a_bar_stops_what_it_says_and_lets_the_rest_go_on(
    bar: type[Command], where: dict[str, object], code: str, stopped: set[str]
) -> None:
    for name, act in ACTS.items():
        play = ready()
        assert play.ask(bar, **where).code == "APPLIED"
        play.state = restored(play)
        assert act(play).code == (code if name in stopped else "APPLIED"), name


@pytest.mark.parametrize("where", [{}, ALL, LINE])
@pytest.mark.parametrize("bar", [Suspend, Block])
def test_what_is_reinstated_goes_on(bar: type[Command], where: dict[str, object]) -> None:
    play = ready()
    play.ask(bar, **where)
    (lifted,) = play.ask(Reinstate, **where).bars
    assert (lifted.state, lifted.authority) == ("none", "decision ILLUSTRATIVE-0003")
    assert play.ask(Draw, units=1).code == "APPLIED"
    assert restored(play) == play.state


def test_a_block_takes_the_place_of_a_suspension() -> None:
    play = ready()
    play.ask(Suspend)
    play.ask(Block)
    assert (ACTS["place-hold"](play).code, ACTS["draw"](play).code) == ("APPLIED", "ACCOUNT_BLOCKED")


def test_a_bar_of_one_company_or_line_leaves_others_alone() -> None:
    play = ready()
    play.ask(Suspend)
    assert play.ask(Draw, company_id=RIVAL, units=1).code == "APPLIED"
    play.ask(Reinstate)
    play.grant(line("u3", 10))
    play.ask(Suspend, **LINE)
    assert [each.lot for each in play.ask(Draw, units=10).postings] == [3]


@pytest.mark.parametrize(
    ("act", "code", "field"),
    [
        (lambda play: play.ask(Reinstate), "VERSION_CONFLICT", "command"),
        (lambda play: (play.ask(Suspend), play.ask(Suspend))[1], "VERSION_CONFLICT", "command"),
        (lambda play: play.ask(Suspend, company_id="nobody"), "ACCOUNT_NOT_FOUND", "company_id"),
        (lambda play: play.ask(Suspend, company_id=None, line_id="u1"), "ACCOUNT_NOT_FOUND", "company_id"),
        (lambda play: play.ask(Suspend, line_id="u2"), "AUTHORISATION_NOT_FOUND", "line_id"),
        (lambda play: play.ask(Suspend, authority=" "), "AUTHORITY_MISSING", "authority"),
        (lambda play: play.ask(Freeze, reason=" "), "REASON_MISSING", "reason"),
        (lambda play: play.ask(Unfreeze), "VERSION_CONFLICT", "programme_id"),
        (lambda play: play.ask(Freeze, programme_id="gone"), "PROGRAMME_NOT_FOUND", "programme_id"),
        (lambda play: play.ask(Suspend, programme_id="gone"), "PROGRAMME_NOT_FOUND", "programme_id"),
        (lambda play: play.ask(Unfreeze, programme_id="gone"), "PROGRAMME_NOT_FOUND", "programme_id"),
        (lambda play: (play.ask(Freeze), play.ask(Freeze))[1], "LEDGER_FROZEN", "programme_id"),
        (lambda play: (play.ask(Freeze), play.ask(Suspend))[1], "LEDGER_FROZEN", "programme_id"),
        (
            lambda play: (play.ask(CloseProgramme), play.ask(CloseProgramme))[1],
            "PROGRAMME_CLOSED",
            "programme_id",
        ),
    ],
)
def test_a_bar_that_cannot_be_set_or_lifted_is_refused(act: Act, code: str, field: str) -> None:
    entry = act(ready())
    assert (entry.code, entry.figures[0].field, entry.bars) == (code, field, ())


def test_two_people_release_a_frozen_programme() -> None:
    play = ready()
    play.ask(Freeze)
    (figure,) = play.ask(Unfreeze, countersigned_by="officer-wen").figures
    assert (figure.code, figure.field) == ("AUTHORITY_MISSING", "countersigned_by")
    assert play.ask(Unfreeze).code == "APPLIED"
    assert play.ask(Draw, units=1).code == "APPLIED"


def test_nothing_falls_due_in_a_frozen_programme_and_all_of_it_afterwards() -> None:
    play = ready()
    play.ask(Freeze)
    play.at = LATER
    assert play.lane.tick is not None
    assert (play.lane.due(play.state), play.lane.tick(play.state, LATER)) == (None, ())
    play.ask(Unfreeze)
    assert play.lane.due(play.state) == LATER
    assert play.ask(LedgerTick).holds[0].state == "expired"
