"""Officers' part of the view `cases`: the case as it stands, and the queue of its programme.

application:<id>    stage:<offset>   what each fact did to it, read together in their order
case:<id>           opened request intent proposal lease   the facts that stand; version; ended
                    information:<offset> each answer; advice:<agency>, flag:<kind> those that stand
queue:<programme>   <application>   the case as it was opened; gone when it ends
                    <application>.<aspect>   what moves: proposal, request, lease, deadline, escalated
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from schemas import casework, policy
from schemas.casework import CaseOpened, DecisionProposed, InformationProvided, InformationRequested
from services.intake.views.answers import CaseState
from services.intake.views.case_answers import CaseWork, Queue, QueueCase, QueueState
from services.intake.views.rows import text
from services.kit.contract import Recorded, Rows

Row = Mapping[str, str]
_STAGE = "stage:"
_INFORMATION = "information:"
_ADVICE = "advice:"
_FLAG = "flag:"
ASPECTS = ("proposal", "request", "lease", "deadline", "escalated")
Fields = dict[str, str | None]
STEPS: Mapping[type[casework.CaseWorkFact], str] = {
    casework.CaseOpened: "opened",
    casework.DecisionProposed: "proposed",
    casework.DecisionReturned: "void",
    casework.InformationRequested: "asked",
    casework.InformationProvided: "answered",
    casework.IntentIssued: "intended",
    casework.IntentClosed: "answered",
    casework.AdviceGiven: "void",
    casework.AdviceWithdrawn: "void",
    casework.FlagRaised: "void",
}
"""What a fact does to an application that waits for people: `asked`, `intended` and `void` end a proposal."""


def case_key(application_id: str) -> str:
    """The row of a case."""
    return f"case:{application_id}"


def queue_key(programme_id: str) -> str:
    """The row of a programme's open cases of one shard."""
    return f"queue:{programme_id}"


def stage(fact: casework.CaseWorkFact, recorded: Recorded) -> dict[str, str]:
    """The field by which the application's row knows how far people have come."""
    made = STEPS.get(type(fact))
    return {f"{_STAGE}{recorded.offset:015d}": made} if made else {}


def stage_of(row: Row) -> CaseState | None:
    """How far people have come, of an application's row; None: no case was opened."""
    steps = [row[name] for name in sorted(row) if name.startswith(_STAGE)]
    if not steps:
        return None
    asked = [step for step in steps if step in ("asked", "intended", "answered")]
    if asked and asked[-1] != "answered":
        return "information-requested" if asked[-1] == "asked" else "intent-to-refuse"
    proposed = [step for step in steps if step in ("proposed", "void", "asked", "intended")]
    return "proposed" if proposed and proposed[-1] == "proposed" else "referred"


INSIDE: frozenset[str] = frozenset(
    fact.type
    for fact in (
        CaseOpened, DecisionProposed, casework.DecisionReturned, casework.DecisionCountersigned, casework.CaseTaken,
        casework.CaseLeft, casework.CaseEscalated, casework.AdviceGiven, casework.AdviceWithdrawn,
        casework.FlagRaised, casework.FlagCleared,
    )
)  # fmt: skip
"""Facts of officers among themselves: their company is told of what comes of them."""


def work_figures(fact: casework.CaseWorkFact) -> dict[str, str | int]:
    """What the timeline tells of a fact of people's work: no word that was written, only figures and names."""
    figures: dict[str, str | int] = {"version": fact.version}
    if isinstance(fact, casework.PersonFact | InformationProvided):
        figures["person_id"] = fact.actor.person_id
    match fact:
        case DecisionProposed():
            figures |= {"outcome": fact.outcome, "proposed_units": fact.authorised_units}
            figures["decision_sha256"] = fact.decision_sha256
        case casework.DecisionCountersigned() | casework.DecisionReturned():
            figures["decision_sha256"] = fact.decision_sha256
        case casework.AdviceGiven():
            figures |= {"agency": fact.agency, "opinion": fact.opinion}
        case casework.FlagRaised() | casework.FlagCleared():
            figures["flag"] = fact.flag
        case casework.IntentIssued():
            figures["due_at"] = fact.due_at.isoformat()
        case InformationRequested() | casework.InformationReminded():
            figures |= {"questions": len(fact.questions), "due_at": fact.due_at.isoformat()}
    return figures


def worked(fact: casework.CaseWorkFact, recorded: Recorded) -> Rows:
    """What a fact of people's work changes in the case and in the queue."""
    known, listed = _changes(fact, recorded)
    rows: dict[str, Mapping[str, str | None]] = {case_key(fact.application_id): {"version": str(fact.version), **known}}
    if listed:
        rows[queue_key(fact.programme_id)] = listed
    return rows


def ended(fact: policy.CaseFact) -> Rows:
    """What the end of an application changes there; nothing, if it is no end."""
    if not isinstance(
        fact,
        policy.ApplicationRefused
        | policy.ApplicationApproved
        | casework.ApplicationReturned
        | casework.ApplicationWithdrawn,
    ):
        return {}
    id_ = fact.application_id
    gone: dict[str, str | None] = dict.fromkeys((id_, *(f"{id_}.{aspect}" for aspect in ASPECTS)))
    return {case_key(id_): {"ended": fact.type}, queue_key(fact.programme_id): gone}


def _changes(fact: casework.CaseWorkFact, recorded: Recorded) -> tuple[Fields, Fields]:
    """Fields of the case's row, and of its programme's queue."""
    id_, whole = fact.application_id, fact.model_dump_json()
    match fact:
        case CaseOpened():
            return {"opened": whole}, {id_: _listed(fact), f"{id_}.deadline": _moment("deadline_at", fact.deadline_at)}
        case DecisionProposed():
            return {"proposal": whole}, {f"{id_}.proposal": _proposed(fact)}
        case casework.DecisionReturned():
            return _void(id_, {})
        case InformationRequested() | casework.IntentIssued():
            name = "request" if isinstance(fact, InformationRequested) else "intent"
            known, listed = _void(id_, {name: whole})
            asked = {f"{id_}.request": _moment("due_at", fact.due_at), f"{id_}.deadline": None}
            return known, {**listed, **asked}
        case InformationProvided():
            answered: Fields = {"request": None, "intent": None, f"{_INFORMATION}{recorded.offset:015d}": whole}
            moved = _moment("deadline_at", fact.deadline_at)
            return answered, {f"{id_}.request": None, f"{id_}.deadline": moved}
        case casework.IntentClosed():
            moved = _moment("deadline_at", fact.deadline_at)
            return {"intent": None}, {f"{id_}.request": None, f"{id_}.deadline": moved}
    return _noted(fact, id_, whole)


def _noted(fact: casework.CaseWorkFact, id_: str, whole: str) -> tuple[Fields, Fields]:
    """The same, of what officers note beside a decision."""
    match fact:
        case casework.CaseTaken():
            taken = text({"taken_by": fact.actor.person_id, "taken_until": fact.until.isoformat()})
            return {"lease": whole}, {f"{id_}.lease": taken}
        case casework.CaseLeft():
            return {"lease": None}, {f"{id_}.lease": None}
        case casework.CaseEscalated():
            return {"lease": None, "escalated": whole}, {f"{id_}.lease": None, f"{id_}.escalated": '{"escalated":true}'}
        case casework.AdviceGiven():
            return _void(id_, {f"{_ADVICE}{fact.agency}": whole})
        case casework.AdviceWithdrawn():
            return _void(id_, {f"{_ADVICE}{fact.agency}": None})
        case casework.FlagRaised():
            return _void(id_, {f"{_FLAG}{fact.flag}": whole})
        case casework.FlagCleared():
            return {f"{_FLAG}{fact.flag}": None}, {}
    return {}, {}


def _void(id_: str, fields: Fields) -> tuple[Fields, Fields]:
    """With these fields, a proposal that stood is gone."""
    return {**fields, "proposal": None}, {f"{id_}.proposal": None}


def _moment(name: str, at: datetime | None) -> str | None:
    return text({name: at.isoformat()}) if at else None


def _proposed(fact: DecisionProposed) -> str:
    return text({"proposed_by": fact.actor.person_id, "outcome": fact.outcome, "grade_needed": fact.grade_needed})


def _listed(fact: CaseOpened) -> str:
    return QueueCase(
        application_id=fact.application_id,
        company_id=fact.company_id,
        queues=fact.queues,
        opened_at=fact.at,
        submitted_at=fact.submitted_at,
        requested_units=sum(line.requested_units or 0 for line in fact.lines),
        recommended_units=sum(line.recommended_units for line in fact.lines),
        unit=fact.unit,
    ).model_dump_json()


def case_work(row: Row) -> CaseWork | None:
    """The case as it stands; None while no case is opened."""
    if "opened" not in row:
        return None
    answers = sorted(name for name in row if name.startswith(_INFORMATION))
    advised = sorted(name for name in row if name.startswith(_ADVICE))
    raised = sorted(name for name in row if name.startswith(_FLAG))
    advice = tuple(casework.AdviceGiven.model_validate_json(row[name]) for name in advised)
    return CaseWork(
        version=int(row["version"]),
        opened=CaseOpened.model_validate_json(row["opened"]),
        proposal=DecisionProposed.model_validate_json(row["proposal"]) if "proposal" in row else None,
        request=InformationRequested.model_validate_json(row["request"]) if "request" in row else None,
        intent=casework.IntentIssued.model_validate_json(row["intent"]) if "intent" in row else None,
        information=tuple(InformationProvided.model_validate_json(row[name]) for name in answers),
        lease=casework.CaseTaken.model_validate_json(row["lease"]) if "lease" in row else None,
        advice=advice,
        conflicting=_conflicting({one.opinion for one in advice}),
        flags=tuple(casework.FlagRaised.model_validate_json(row[name]) for name in raised),
        escalated="escalated" in row,
        ended=row.get("ended"),
    )


def _conflicting(opinions: set[str]) -> bool:
    """Whether one agency is against what another is for; who has no view disagrees with nobody."""
    return "refuse" in opinions and not opinions.isdisjoint(("approve", "proviso"))


def queue(programme_id: str, rows: Iterable[Row], code: str | None, limit: int) -> Queue:
    """The open cases of a programme: escalated first, then the oldest; those of one code, or all; at most `limit`."""
    found = (case for row in rows for case in _queued(row))
    cases = sorted(found, key=lambda one: (not one.escalated, one.opened_at, one.application_id))
    counts = Counter(each for case in cases for each in case.queues)
    wanted = [case for case in cases if code is None or code in case.queues]
    return Queue(
        programme_id=programme_id, waiting=len(cases), by_code=dict(sorted(counts.items())), cases=tuple(wanted[:limit])
    )


def _queued(row: Row) -> Iterable[QueueCase]:
    for name, value in row.items():
        if "." in name:
            continue
        aspects = {aspect: json.loads(row.get(f"{name}.{aspect}", "{}")) for aspect in ASPECTS}
        asked, proposed = bool(aspects["request"]), bool(aspects["proposal"])
        state: QueueState = "proposed" if proposed else "information-requested" if asked else "waiting"
        listed = json.loads(value) | {"state": state}
        for known in aspects.values():
            listed |= known
        yield QueueCase.model_validate_json(json.dumps(listed))
