"""The ledger's lane: each command on the left, the pure function that judges it on the right."""

from functools import partial

from schemas import ledger
from schemas.base import Command, Fact
from schemas.catalogue import LEDGER_COMMANDS, LEDGER_ENTRIES
from schemas.entries import EntryRecorded
from services.kit.contract import Lane, Rows
from services.ledger.domain import bars, corrections, holds, takings
from services.ledger.domain.caps import define_cap
from services.ledger.domain.decide import Judges, decide, malformed
from services.ledger.domain.evolve import evolve
from services.ledger.domain.expiry import due, pass_time, ticks
from services.ledger.domain.grants import grant_batch
from services.ledger.domain.programmes import define_programme
from services.ledger.domain.react import react
from services.ledger.domain.rows import all_rows, restore, rows
from services.ledger.domain.state import Ledger
from services.ledger.domain.transfers import transfer

JUDGES: Judges = {
    ledger.DefineProgramme: define_programme,
    ledger.DefineCap: define_cap,
    ledger.GrantBatch: grant_batch,
    ledger.PlaceHold: holds.place_hold,
    ledger.ExtendHold: holds.extend_hold,
    ledger.VoidHold: holds.void_hold,
    ledger.Draw: takings.draw,
    ledger.RecordLate: corrections.record_late,
    ledger.SetCumulative: corrections.set_cumulative,
    ledger.Adjust: corrections.adjust,
    ledger.Contra: corrections.contra,
    ledger.Revoke: takings.revoke,
    ledger.Return: takings.give_back,
    ledger.Surrender: takings.surrender,
    ledger.Transfer: transfer,
    ledger.AcceptConditions: bars.accept_conditions,
    ledger.Suspend: bars.suspend,
    ledger.Block: bars.block,
    ledger.Reinstate: bars.reinstate,
    ledger.Freeze: bars.freeze,
    ledger.Unfreeze: bars.unfreeze,
    ledger.CloseProgramme: bars.close_programme,
    ledger.LedgerTick: pass_time,
}
"""Whatever comes, its function's decision is sealed into exactly one `EntryRecorded`."""


def ledger_lane(release: str) -> Lane[Ledger]:
    """The lane. `release` is the version of the code, named in every entry. A bug stops the shard."""
    return Lane(
        name="ledger",
        service="ledger",
        inbox=LEDGER_COMMANDS,
        journal=LEDGER_ENTRIES,
        initial=Ledger,
        decide=partial(decide, JUDGES, release),
        malformed=partial(malformed, release),
        evolve=_evolve,
        react=_react,
        rows=_rows,
        all_rows=all_rows,
        restore=restore,
        due=due,
        tick=ticks,
        on_bug="stop",
    )


def _evolve(state: Ledger, fact: Fact) -> Ledger:
    return evolve(state, _entry(fact))


def _react(fact: Fact) -> tuple[Command, ...]:
    return react(_entry(fact))


def _rows(state: Ledger, fact: Fact) -> Rows:
    return rows(state, _entry(fact))


def _entry(fact: Fact) -> EntryRecorded:
    """The one fact of this journal. Raises TypeError for any other."""
    if not isinstance(fact, EntryRecorded):
        raise TypeError(f"{fact.type} is not a fact of {LEDGER_ENTRIES.name}")
    return fact
