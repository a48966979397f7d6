"""A ledger to play with: sends commands to the lane's functions as the runtime would, and keeps what comes out."""

from datetime import datetime, timedelta

from schemas.base import Command, Malformed, Received
from schemas.entries import Balance, CapUse, EntryRecorded, HoldState, LotBalance
from schemas.ledger import DefineProgramme, Draw, GrantBatch, GrantLine, PlaceHold
from services.ledger.domain.state import Ledger
from services.ledger.lanes import ledger_lane
from tests import builders

Row = dict[str, str]
SOON = builders.AT + timedelta(days=1)
LATER = builders.AT + timedelta(days=10)


class Play:
    """One shard. `rows` is what Redis would hold, `published` the bytes of the journal."""

    def __init__(self) -> None:
        self.lane = ledger_lane("0.1.0")
        self.state = self.lane.initial(0)
        self.position = -1
        self.at = builders.AT
        self.entries: list[EntryRecorded] = []
        self.rows: dict[str, Row] = {}

    @property
    def last(self) -> EntryRecorded:
        return self.entries[-1]

    @property
    def published(self) -> list[bytes]:
        return [EntryRecorded.__pydantic_serializer__.to_json(entry) for entry in self.entries]

    def send(self, message: Command | Malformed, at: datetime | None = None) -> EntryRecorded:
        """Decide, fold and write one message at the next position."""
        self.position += 1
        self.at = at or self.at
        received = Received(self.position, self.at)
        if isinstance(message, Malformed):
            assert self.lane.malformed is not None
            facts = self.lane.malformed(self.state, message, received)
        else:
            facts = self.lane.decide(self.state, message, received)
        (entry,) = facts
        assert isinstance(entry, EntryRecorded)
        self.state = self.lane.evolve(self.state, entry)
        self.entries.append(entry)
        self._write(entry)
        return entry

    def ask(self, command: type[Command], **changes: object) -> EntryRecorded:
        """Send a usual command with changes, under a new id unless one is given: `c-1` is the first."""
        fresh = {"command_id": f"c-{self.position + 2}"}
        return self.send(builders.build(command, **{**fresh, **changes}))

    def grant(self, *lines: GrantLine, **changes: object) -> EntryRecorded:
        """Send a batch of these lines, rightly counted unless changed."""
        counted = {"line_count": len(lines), "total_units": sum(line.units for line in lines)}
        return self.ask(GrantBatch, **{"lines": lines, **counted, **changes})

    def skip(self, positions: int) -> None:
        """Let the next command stand further on: what is between is a transport's affair and has no entry."""
        self.position += positions

    def _write(self, entry: EntryRecorded) -> None:
        for key, fields in self.lane.rows(self.state, entry).items():
            row = self.rows.setdefault(key, {})
            for name, text in fields.items():
                if text is None:
                    row.pop(name, None)
                else:
                    row[name] = text
            if not row:
                del self.rows[key]


def opened(**changes: object) -> Play:
    """A ledger with one programme: 1,000 chips, at most 600 for a company, modules of 8, no value limit."""
    play = Play()
    terms = {"volume_units": 1_000, "company_units": 600, **changes}
    assert play.ask(DefineProgramme, **terms).code == "APPLIED"
    return play


def granted(units: int = 500, value: int = 5_000, **changes: object) -> Play:
    """The same, and one company has been granted units of that value."""
    play = opened(**changes)
    assert play.grant(line("u1", units, value)).code == "APPLIED"
    return play


def held(units: int = 300, **changes: object) -> Play:
    """The same, and an order reserves some of them; the hold is `h-1`."""
    play = granted()
    assert play.ask(PlaceHold, command_id="h-1", units=units, expires_at=LATER, **changes).code == "APPLIED"
    return play


def drawn(units: int = 200, **terms: object) -> Play:
    """Of 500 units granted on terms, some are drawn on their line; the draw is `d-1`."""
    play = opened()
    assert play.grant(line("u1", 500, 5_000, builders.COMPANY, **terms)).code == "APPLIED"
    assert play.ask(Draw, command_id="d-1", line_id="u1", units=units).code == "APPLIED"
    return play


def line(line_id: str, units: int, value: int = 0, company_id: str = builders.COMPANY, **terms: object) -> GrantLine:
    """A line to grant, on terms if any are given."""
    return builders.grant_line(line_id=line_id, units=units, value=value, company_id=company_id, terms=terms or None)


def malformed(key: str = builders.PROGRAMME, reason: str = "units: not a number") -> Malformed:
    return Malformed(reason=reason, field="/units", sha256=builders.DIGEST, key=key)


def balance(entry: EntryRecorded, company_id: str = builders.COMPANY) -> Balance:
    return next(told for told in entry.balances if told.company_id == company_id)


def cap(entry: EntryRecorded, cap_id: str = "programme") -> CapUse:
    return next(told for told in entry.caps if told.cap_id == cap_id)


def lot(entry: EntryRecorded, number: int = 1) -> LotBalance:
    return next(told for told in entry.lots if told.lot == number)


def hold(entry: EntryRecorded) -> HoldState:
    return entry.holds[0]


def restored(play: Play) -> Ledger:
    """The state as a new owner of the shard would read it from Redis."""
    return play.lane.restore(0, play.rows)
