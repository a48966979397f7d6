"""Two lanes without business. `toy` counts commands per company and causes one command per count; `tally` counts those.

`toy` knows its commands by id, as every lane of a service does; `tally` does not: what it counts twice, or
never, shows that the runtime delivered it twice, or never.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

from schemas.base import Command, Fact, Malformed, Received, derived_id
from schemas.catalogue import BATCH_COMMANDS, Topic
from schemas.policy import BatchTick
from services.kit.contract import Lane, Rows

COMPANIES = ("aster", "birch", "cedar", "dogwood")
"""Illustrative."""


class Count(Command):
    """Counts one for a company; what was counted expires after a while, if one is given."""

    type: ClassVar[str] = "policy.count.v1"
    company_id: str
    expires_ms: int = 0


class Expire(Command):
    """The tick: what is due for a company expires."""

    type: ClassVar[str] = "policy.expire.v1"
    company_id: str


class Counted(Fact):
    """A company has been counted."""

    type: ClassVar[str] = "policy.counted.v1"
    company_id: str
    count: int
    expires_at: datetime | None = None


class Repeated(Fact):
    """A command that was known already."""

    type: ClassVar[str] = "policy.repeated.v1"
    company_id: str


class Expired(Fact):
    """Nothing is due any more for a company."""

    type: ClassVar[str] = "policy.expired.v1"
    company_id: str


class Tallied(Fact):
    """A tick has been counted for a programme."""

    type: ClassVar[str] = "policy.tallied.v1"
    programme_id: str
    count: int


COMMANDS = Topic("toy-commands", "policy", "inbox", "company_id", 4, ("policy",), (Count, Expire))
COUNTS = Topic("toy-counts", "policy", "journal", "company_id", 4, ("policy",), (Counted, Repeated, Expired))
TALLIES = Topic("toy-tallies", "policy", "journal", "programme_id", 4, ("policy",), (Tallied,))


@dataclass
class Company:
    """One company's count, when it expires, and the ids of its commands."""

    count: int = 0
    expires_at: datetime | None = None
    ids: set[str] = field(default_factory=set)


Counts = dict[str, Company]
Tallies = dict[str, int]


@dataclass
class Faults:
    """What goes wrong, changed by a test while the lane runs. The sets name companies."""

    raises: set[str] = field(default_factory=set)
    raises_after: set[str] = field(default_factory=set)
    raises_reacting: set[str] = field(default_factory=set)
    reacts: int = 1


def command(company: str, number: int) -> Count:
    return Count(command_id=f"{company}-{number}", company_id=company)


def toy_lane(faults: Faults | None = None, on_bug: str = "park") -> Lane[Counts]:
    known = faults or Faults()

    def decide(state: Counts, command: Command, received: Received) -> tuple[Fact, ...]:
        assert isinstance(command, Count | Expire)
        name, id_, at = command.company_id, command.command_id, received.at
        if name in known.raises:
            raise ValueError("decide raised")
        company = state.get(name, Company())
        if isinstance(command, Expire):
            return (Expired(command_id=id_, at=at, company_id=name),)
        if id_ in company.ids:
            return (Repeated(command_id=id_, at=at, company_id=name),)
        expires_at = at + timedelta(milliseconds=command.expires_ms) if command.expires_ms else company.expires_at
        return (Counted(command_id=id_, at=at, company_id=name, count=company.count + 1, expires_at=expires_at),)

    def evolve(state: Counts, fact: Fact) -> Counts:
        assert isinstance(fact, Counted | Repeated | Expired)
        company = state.setdefault(fact.company_id, Company())
        if isinstance(fact, Counted):
            company.count, company.expires_at = fact.count, fact.expires_at
            company.ids.add(fact.command_id)
        elif isinstance(fact, Expired):
            company.expires_at = None
        if fact.company_id in known.raises_after:
            raise ValueError("evolve raised")
        return state

    def react(fact: Fact) -> tuple[Command, ...]:
        if not isinstance(fact, Counted):
            return ()
        if fact.company_id in known.raises_reacting:
            raise ValueError("react raised")
        ids = (derived_id(fact.command_id, str(n)) for n in range(known.reacts))
        return tuple(BatchTick(command_id=id_, programme_id=fact.company_id) for id_ in ids)

    def malformed(state: Counts, record: Malformed, received: Received) -> tuple[Fact, ...]:
        return (Repeated(command_id=record.sha256, at=received.at, company_id="malformed"),)

    return Lane(
        name="toy", service="policy", inbox=COMMANDS, journal=COUNTS, initial=lambda _: {}, decide=decide,
        evolve=evolve, react=react, rows=_rows, all_rows=_all_rows, restore=_restore, malformed=malformed,
        due=_due, tick=_tick, on_bug="stop" if on_bug == "stop" else "park",
    )  # fmt: skip


def _rows(state: Counts, fact: Fact) -> Rows:
    assert isinstance(fact, Counted | Repeated | Expired)
    company = state[fact.company_id]
    known = {f"id:{fact.command_id}": "1"} if isinstance(fact, Counted) else {}
    return {fact.company_id: {"count": str(company.count), "expires_at": _text(company.expires_at), **known}}


def _all_rows(state: Counts) -> Rows:
    return {name: _row(company) for name, company in state.items()}


def _row(company: Company) -> dict[str, str | None]:
    row: dict[str, str | None] = {"count": str(company.count), **{f"id:{id_}": "1" for id_ in company.ids}}
    return row | {"expires_at": company.expires_at.isoformat()} if company.expires_at else row


def _text(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


def _restore(_: int, kept: Mapping[str, Mapping[str, str]]) -> Counts:
    return {
        name: Company(
            int(row["count"]),
            datetime.fromisoformat(row["expires_at"]) if "expires_at" in row else None,
            {key.removeprefix("id:") for key in row if key.startswith("id:")},
        )
        for name, row in kept.items()
    }


def _due(state: Counts) -> datetime | None:
    return min((company.expires_at for company in state.values() if company.expires_at), default=None)


def _tick(state: Counts, due: datetime) -> tuple[Command, ...]:
    return tuple(
        Expire(command_id=derived_id(name, due.isoformat()), company_id=name)
        for name, company in state.items()
        if company.expires_at is not None and company.expires_at <= due
    )


def tally_lane() -> Lane[Tallies]:
    def decide(state: Tallies, command: Command, received: Received) -> tuple[Fact, ...]:
        assert isinstance(command, BatchTick)
        name = command.programme_id
        count = state.get(name, 0) + 1
        return (Tallied(command_id=command.command_id, at=received.at, programme_id=name, count=count),)

    def evolve(state: Tallies, fact: Fact) -> Tallies:
        assert isinstance(fact, Tallied)
        state[fact.programme_id] = fact.count
        return state

    def rows(state: Tallies, fact: Fact) -> Rows:
        assert isinstance(fact, Tallied)
        return {fact.programme_id: {"count": str(state[fact.programme_id])}}

    return Lane(
        name="tally", service="policy", inbox=BATCH_COMMANDS, journal=TALLIES, initial=lambda _: {}, decide=decide,
        evolve=evolve, react=lambda _: (), rows=rows,
        all_rows=lambda state: {name: {"count": str(count)} for name, count in state.items()},
        restore=lambda _, kept: {name: int(row["count"]) for name, row in kept.items()},
    )  # fmt: skip
