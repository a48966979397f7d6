"""A case: an application that waits for people, as the evaluation lane keeps it until it is decided.

opened -> (information requested <-> provided) -> decision proposed -> countersigned; or lapsed, or withdrawn.
`Case` is a value: `after` gives the next one. At most one request for information and one proposal stand at a time,
and never both: asking voids the proposal, and nothing is proposed while an answer is awaited.
"""

from datetime import datetime

from pydantic import AwareDatetime

from schemas.base import Value
from schemas.casework import (
    AdviceGiven,
    AdviceWithdrawn,
    CaseEscalated,
    CaseLeft,
    CaseOpened,
    CaseTaken,
    CaseWorkFact,
    DecisionProposed,
    DecisionReturned,
    FlagCleared,
    FlagRaised,
    InformationProvided,
    InformationReminded,
    InformationRequested,
    IntentClosed,
    IntentIssued,
)
from schemas.decisions import CaseLine, DecisionLine, DecisionOutcome, DecisionReason, RuleLaw
from schemas.servicelevel import ServiceLevel
from services.policy.domain.causes import About, Cause, Work


class Proposal(Value):
    """The decision that stands, waiting for another person's signature."""

    person_id: str
    outcome: DecisionOutcome
    lines: tuple[DecisionLine, ...]
    reasons: tuple[DecisionReason, ...]
    authorised_value: int
    grade_needed: int
    decision_sha256: str


class Request(Value):
    """What awaits the company's answer: questions, or (`intent`) its reply to an intended refusal."""

    request_id: str
    questions: tuple[str, ...]
    asked_at: AwareDatetime
    due_at: AwareDatetime
    reminded: bool = False
    intent: bool = False

    @property
    def next_at(self) -> datetime:
        """When the company is reminded of questions, half-way; after that, when the time for an answer ends."""
        return self.due_at if self.reminded or self.intent else self.asked_at + (self.due_at - self.asked_at) / 2


class Lease(Value):
    """Who has the case, and until when."""

    person_id: str
    until: AwareDatetime


class Case(Value):
    """What officers decide on, and how far they have come.

    `heard`: the company has had its say on an intended refusal. `advice` names agencies that have an opinion, `flags`
    what stands and who raised it. `deadline_at` is that of the clock as it ran before a request that stands.
    """

    application_id: str
    programme_id: str
    version: int
    currency: str | None
    unit: str | None
    group_id: str | None
    group_confirmed: bool
    submitted_at: AwareDatetime
    lines: tuple[CaseLine, ...]
    rules: tuple[RuleLaw, ...]
    opened_at: AwareDatetime
    service_level: ServiceLevel | None = None
    deadline_at: AwareDatetime | None = None
    escalated: bool = False
    pauses: tuple[tuple[AwareDatetime, AwareDatetime], ...] = ()
    proposal: Proposal | None = None
    request: Request | None = None
    heard: bool = False
    lease: Lease | None = None
    advice: tuple[str, ...] = ()
    flags: tuple[tuple[str, str], ...] = ()

    @property
    def due_at(self) -> datetime | None:
        """When time next does something in it by itself: while the company is asked, its clock stands."""
        if self.request is not None:
            return self.request.next_at
        return None if self.escalated else self.deadline_at

    def taken_by_another(self, person_id: str, at: datetime) -> bool:
        """Whether somebody else has the case at this moment."""
        return self.lease is not None and self.lease.until > at and self.lease.person_id != person_id

    def about(self, cause: Cause) -> About:
        """What a fact says that ends it, or concerns the application as a whole."""
        return About(**cause, application_id=self.application_id, programme_id=self.programme_id)

    def work(self, cause: Cause, edited: bool = True) -> Work:
        """What a fact of its own says. `edited`: what a decision stands on changes, and with it the version."""
        return Work(**self.about(cause), version=self.version + edited)

    def after(self, fact: CaseWorkFact) -> "Case":
        """The case after a fact of its own."""
        changes: dict[str, object] = {"version": fact.version}
        match fact:
            case DecisionProposed():
                changes["proposal"] = _proposal(fact)
            case DecisionReturned():
                changes["proposal"] = None
            case InformationRequested():
                asked = Request(
                    request_id=fact.request_id, questions=fact.questions, asked_at=fact.at, due_at=fact.due_at
                )
                changes |= {"request": asked, "proposal": None}
            case InformationReminded():
                assert self.request is not None
                changes["request"] = self.request.model_copy(update={"reminded": True})
            case InformationProvided() | IntentClosed():
                assert self.request is not None
                pauses = (*self.pauses, (self.request.asked_at, fact.at))
                heard = self.heard or self.request.intent
                changes |= {"request": None, "pauses": pauses, "deadline_at": fact.deadline_at, "heard": heard}
            case IntentIssued():
                intended = Request(
                    request_id=fact.request_id, questions=(), asked_at=fact.at, due_at=fact.due_at, intent=True
                )
                changes |= {"request": intended, "proposal": None}
            case CaseTaken():
                changes["lease"] = Lease(person_id=fact.actor.person_id, until=fact.until)
            case CaseLeft():
                changes["lease"] = None
            case CaseEscalated():
                changes |= {"escalated": True, "lease": None}
            case AdviceGiven() | AdviceWithdrawn():
                others = tuple([known for known in self.advice if known != fact.agency])
                given = (fact.agency,) if isinstance(fact, AdviceGiven) else ()
                changes |= {"advice": (*others, *given), "proposal": None}
            case FlagRaised():
                changes |= {"flags": (*self.flags, (fact.flag, fact.actor.person_id)), "proposal": None}
            case FlagCleared():
                changes["flags"] = tuple([known for known in self.flags if known[0] != fact.flag])
        return self.model_copy(update=changes)


def opened(fact: CaseOpened) -> Case:
    """The case as it is opened."""
    return Case(
        application_id=fact.application_id,
        programme_id=fact.programme_id,
        version=fact.version,
        currency=fact.currency,
        unit=fact.unit,
        group_id=fact.group_id,
        group_confirmed=fact.group_confirmed,
        submitted_at=fact.submitted_at,
        opened_at=fact.at,
        service_level=fact.service_level,
        deadline_at=fact.deadline_at,
        lines=fact.lines,
        rules=fact.rules,
    )


def _proposal(fact: DecisionProposed) -> Proposal:
    return Proposal(
        person_id=fact.actor.person_id,
        outcome=fact.outcome,
        lines=fact.lines,
        reasons=fact.reasons,
        authorised_value=fact.authorised_value,
        grade_needed=fact.grade_needed,
        decision_sha256=fact.decision_sha256,
    )
