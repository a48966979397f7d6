"""A dry run judges as the ledger would, and leaves everything as it is; versions protect what a sender relied on."""

import pytest

from schemas.base import Command
from schemas.ledger import Draw, PlaceHold, RecordLate, Revoke
from services.ledger.domain.decide import dry_run
from services.ledger.domain.rows import all_rows
from services.ledger.lanes import JUDGES
from tests.builders import build
from tests.unit.ledger.play import LATER, granted, held


@pytest.mark.parametrize(
    "command",
    [
        build(Draw, command_id="x", units=200),
        build(Draw, command_id="x", units=201),
        build(Draw, command_id="x", units=1, hold_id="h-1"),
        build(Revoke, command_id="x", units=300, at_most=True),
        build(RecordLate, command_id="x", units=900),
        build(PlaceHold, command_id="x", units=0, expires_at=LATER),
    ],
)
def test_a_dry_run_says_what_the_entry_will_say(command: Command) -> None:
    play = held()
    before = all_rows(play.state)
    decision = dry_run(JUDGES, play.state, command, play.at)
    assert all_rows(play.state) == before
    entry = play.send(command)
    assert (decision.code.name, decision.figures, decision.postings) == (entry.code, entry.figures, entry.postings)
    assert (decision.balances, decision.lots, decision.holds) == (entry.balances, entry.lots, entry.holds)


@pytest.mark.parametrize("act", [Draw, PlaceHold, Revoke, RecordLate])
def test_a_command_that_relied_on_another_version_is_refused_and_told_which(act: type[Command]) -> None:
    play = granted()
    (figure,) = play.ask(act, expected_version=2).figures
    assert (figure.code, figure.field, figure.needed, figure.available) == (
        "VERSION_CONFLICT", "expected_version", 2, 1,
    )  # fmt: skip
    assert play.ask(act, expected_version=1).code == "APPLIED"
