"""The timeline of an application: one step per fact, in the order of time, each with the step that caused it.

A step is one field of the application's row, `t:<topic>:<offset>`. Facts do not name the fact that caused them, only
their command; the cause is worked out in reading, from what may cause a type of fact (CAUSES).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TypedDict

from schemas import casework, intake, notification, policy
from schemas.base import Fact
from schemas.catalogue import APPLICATIONS, DECISIONS, NOTICES
from schemas.notification import NoticeDelivered, NoticeFailed, NoticeQueued
from services.kit.contract import Recorded

PREFIX = "t:"
_RANK = MappingProxyType({topic.name: rank for rank, topic in enumerate((APPLICATIONS, DECISIONS, NOTICES))})

Figures = Mapping[str, str | int]

_SUBMITTED = intake.ApplicationSubmitted.type
_EVALUATED = policy.ApplicationEvaluated.type
_SIGNED = casework.DecisionCountersigned.type
_INTENT = casework.IntentIssued.type
_ASKED = casework.InformationRequested.type
_REFERRED = policy.ApplicationReferred.type
_NOTES = (
    casework.CaseTaken, casework.CaseLeft, casework.CaseEscalated, casework.AdviceGiven, casework.AdviceWithdrawn,
    casework.FlagRaised, casework.FlagCleared,
)  # fmt: skip
_APPROVED = (policy.ApplicationApproved.type, policy.ApplicationApprovedInPart.type)

CAUSES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        _EVALUATED: (_SUBMITTED,),
        _REFERRED: (_EVALUATED,),
        policy.ApplicationRefused.type: (_EVALUATED, _SIGNED),
        policy.ApplicationApproved.type: (_EVALUATED, _SIGNED),
        policy.ApplicationApprovedInPart.type: (_EVALUATED, _SIGNED),
        casework.CaseOpened.type: (_REFERRED,),
        casework.DecisionProposed.type: (casework.CaseOpened.type,),
        casework.DecisionReturned.type: (casework.DecisionProposed.type,),
        _SIGNED: (casework.DecisionProposed.type,),
        _ASKED: (casework.CaseOpened.type,),
        **{fact.type: (casework.CaseOpened.type,) for fact in _NOTES},
        casework.InformationReminded.type: (_ASKED,),
        casework.InformationProvided.type: (_ASKED, _INTENT),
        _INTENT: (casework.CaseOpened.type,),
        casework.IntentClosed.type: (_INTENT,),
        "intent-to-refuse": (_INTENT,),
        casework.RequestLapsed.type: (_ASKED,),
        casework.ApplicationReturned.type: (_SIGNED, casework.RequestLapsed.type),
        policy.AuthorisationIssued.type: _APPROVED,
        policy.ApplicationSetAside.type: _APPROVED,
        "application-received": (_SUBMITTED,),
        "application-referred": (_REFERRED,),
        "application-refused": (policy.ApplicationRefused.type,),
        "application-approved": (policy.ApplicationApproved.type,),
        "application-approved-in-part": (policy.ApplicationApprovedInPart.type,),
        "application-set-aside": (policy.ApplicationSetAside.type,),
        "application-returned": (casework.ApplicationReturned.type,),
        "application-withdrawn": (casework.ApplicationWithdrawn.type,),
        "information-requested": (_ASKED,),
        "information-reminded": (casework.InformationReminded.type,),
        "authorisation-issued": (policy.AuthorisationIssued.type,),
        notification.NoticeDelivered.type: (notification.NoticeQueued.type,),
        notification.NoticeFailed.type: (notification.NoticeQueued.type,),
    }
)
"""What may cause a step: types, by the step's type, or by its template where it is a queued notice."""


class _Kept(TypedDict):
    at: str
    type: str
    id: str
    command_id: str
    correlation_id: str
    figures: dict[str, str | int]


@dataclass(frozen=True, slots=True)
class Step:
    """One fact about an application. `id` is `<journal>/<partition>/<offset>`; `caused_by` is another step's id."""

    id: str
    type: str
    at: datetime
    event: str
    command_id: str
    correlation_id: str
    figures: Figures
    caused_by: str | None = None


def step_field(fact: Fact, recorded: Recorded, figures: Figures) -> tuple[str, str]:
    """The field that a fact adds to its application's row."""
    kept: _Kept = {
        "at": fact.at.isoformat(),
        "type": fact.type,
        "id": f"{recorded.source}#{recorded.id}",
        "command_id": fact.command_id,
        "correlation_id": recorded.correlation_id,
        "figures": dict(figures),
    }
    name = f"{PREFIX}{recorded.topic}:{recorded.partition}:{recorded.offset:015d}"
    return name, json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def notice_figures(fact: NoticeQueued | NoticeDelivered | NoticeFailed) -> Figures:
    """What the timeline tells of a notice."""
    match fact:
        case NoticeQueued():
            return {"notice_id": fact.notice_id, "template": fact.template, "language": fact.language}
        case NoticeDelivered():
            return {"notice_id": fact.notice_id, "attempts": fact.attempts}
        case NoticeFailed():
            return {"notice_id": fact.notice_id, "attempts": fact.attempts, "error": fact.error or ""}


def steps(row: Mapping[str, str], hidden: frozenset[str] = frozenset()) -> tuple[Step, ...]:
    """The steps of an application's row, oldest first, each with its cause if that is among them.

    `hidden`: types that are left out.
    """
    found = [(_order(name, value), _step(name, value)) for name, value in row.items() if name.startswith(PREFIX)]
    ordered = [step for _, step in sorted(found, key=lambda pair: pair[0]) if step.type not in hidden]
    return tuple(_with_cause(step, ordered) for step in ordered)


def _order(name: str, value: str) -> tuple[datetime, int, int]:
    _, topic, _, offset = name.split(":")
    return datetime.fromisoformat(json.loads(value)["at"]), _RANK.get(topic, len(_RANK)), int(offset)


def _step(name: str, value: str) -> Step:
    _, topic, partition, offset = name.split(":")
    kept: _Kept = json.loads(value)
    return Step(
        id=f"{topic}/{partition}/{int(offset)}",
        type=kept["type"],
        at=datetime.fromisoformat(kept["at"]),
        event=kept["id"],
        command_id=kept["command_id"],
        correlation_id=kept["correlation_id"],
        figures=kept["figures"],
    )


def _with_cause(step: Step, ordered: list[Step]) -> Step:
    causes = CAUSES.get(str(step.figures.get("template", step.type)), ())
    candidates = [other for other in ordered if other.type in causes and _same_thing(step, other)]
    if not candidates:
        return step
    before = [other for other in candidates if other.at <= step.at] or candidates
    return Step(
        step.id, step.type, step.at, step.event, step.command_id, step.correlation_id, step.figures, before[-1].id
    )


def _same_thing(step: Step, cause: Step) -> bool:
    """A delivery belongs to its own notice; everything else to the one application whose row this is."""
    notice = step.figures.get("notice_id")
    return cause.type != notification.NoticeQueued.type or cause.figures.get("notice_id") == notice
