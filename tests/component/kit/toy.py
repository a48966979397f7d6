"""A lane without business: it counts commands per company and causes one command per count."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from schemas.base import Command, Fact, Malformed, Received, derived_id
from schemas.catalogue import Topic
from schemas.policy import BatchTick
from services.kit.contract import Lane, Rows

Counts = dict[str, int]


class Count(Command):
    """Counts one for a company."""

    type: ClassVar[str] = "policy.count.v1"
    company_id: str


class Counted(Fact):
    """A company has been counted."""

    type: ClassVar[str] = "policy.counted.v1"
    company_id: str
    count: int


COMMANDS = Topic("toy-commands", "policy", "inbox", "company_id", 8, ("policy",), (Count,))
COUNTS = Topic("toy-counts", "policy", "journal", "company_id", 8, ("policy",), (Counted,))


@dataclass
class Faults:
    """What goes wrong, changed by a test while the lane runs. The sets name companies."""

    raises: set[str] = field(default_factory=set)
    raises_after: set[str] = field(default_factory=set)
    reacts: int = 1


def command(company: str, number: int) -> Count:
    return Count(command_id=f"{company}-{number}", company_id=company)


def toy_lane(faults: Faults | None = None, on_bug: str = "park") -> Lane[Counts]:
    known = faults or Faults()

    def decide(state: Counts, command: Command, received: Received) -> tuple[Fact, ...]:
        assert isinstance(command, Count)
        if command.company_id in known.raises:
            raise ValueError("decide raised")
        count = state.get(command.company_id, 0) + 1
        return (Counted(command_id=command.command_id, at=received.at, company_id=command.company_id, count=count),)

    def evolve(state: Counts, fact: Fact) -> Counts:
        assert isinstance(fact, Counted)
        state[fact.company_id] = fact.count
        if fact.company_id in known.raises_after:
            raise ValueError("evolve raised")
        return state

    def react(fact: Fact) -> tuple[Command, ...]:
        assert isinstance(fact, Counted)
        ids = (derived_id(fact.command_id, str(n)) for n in range(known.reacts))
        return tuple(BatchTick(command_id=id_, programme_id=fact.company_id) for id_ in ids)

    def rows(state: Counts, fact: Fact) -> Rows:
        assert isinstance(fact, Counted)
        return {fact.company_id: {"count": str(state[fact.company_id])}}

    def restore(_: int, kept: Mapping[str, Mapping[str, str]]) -> Counts:
        return {company: int(fields["count"]) for company, fields in kept.items()}

    def malformed(state: Counts, record: Malformed, received: Received) -> tuple[Fact, ...]:
        return (Counted(command_id=record.sha256, at=received.at, company_id="malformed", count=1),)

    return Lane(
        name="toy",
        service="policy",
        inbox=COMMANDS,
        journal=COUNTS,
        initial=lambda _: {},
        decide=decide,
        evolve=evolve,
        react=react,
        rows=rows,
        all_rows=lambda state: {company: {"count": str(count)} for company, count in state.items()},
        restore=restore,
        malformed=malformed,
        on_bug="stop" if on_bug == "stop" else "park",
    )
