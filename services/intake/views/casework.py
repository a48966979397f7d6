"""Officers' part of the view `cases`: the case as it stands, and the queue of its programme.

application:<id>    stage:<offset>   what each fact made of it; the last one counts
case:<id>           opened request proposal   the facts that stand; information:<offset> each answer; version; ended
queue:<programme>   <application>   the case as it was opened; gone when it ends
                    <application>.proposal, <application>.request   who proposed what; until when is asked
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping

from schemas import casework, policy
from schemas.casework import CaseOpened, DecisionProposed, InformationProvided, InformationRequested
from services.intake.views.answers import CaseState
from services.intake.views.case_answers import CaseWork, Queue, QueueCase, QueueState
from services.intake.views.rows import text
from services.kit.contract import Recorded, Rows

Row = Mapping[str, str]
_STAGE = "stage:"
_INFORMATION = "information:"
STAGES: Mapping[type[casework.CaseWorkFact], CaseState] = {
    casework.CaseOpened: "referred",
    casework.DecisionProposed: "proposed",
    casework.DecisionReturned: "referred",
    casework.InformationRequested: "information-requested",
    casework.InformationProvided: "referred",
}
"""What a fact makes of an application that waits for people."""


def case_key(application_id: str) -> str:
    """The row of a case."""
    return f"case:{application_id}"


def queue_key(programme_id: str) -> str:
    """The row of a programme's open cases of one shard."""
    return f"queue:{programme_id}"


def stage(fact: casework.CaseWorkFact, recorded: Recorded) -> dict[str, str]:
    """The field by which the application's row knows how far people have come."""
    made = STAGES.get(type(fact))
    return {f"{_STAGE}{recorded.offset:015d}": made} if made else {}


def stage_of(row: Row) -> CaseState | None:
    """The last stage of an application's row; None: no case was opened."""
    last = max((name for name in row if name.startswith(_STAGE)), default=None)
    return next((each for each in STAGES.values() if last and each == row[last]), None)


INSIDE: frozenset[str] = frozenset(
    (CaseOpened.type, DecisionProposed.type, casework.DecisionReturned.type, casework.DecisionCountersigned.type)
)
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
    gone: dict[str, str | None] = dict.fromkeys((id_, f"{id_}.proposal", f"{id_}.request"))
    return {case_key(id_): {"ended": fact.type}, queue_key(fact.programme_id): gone}


def _changes(fact: casework.CaseWorkFact, recorded: Recorded) -> tuple[dict[str, str | None], dict[str, str | None]]:
    """Fields of the case's row, and of its programme's queue."""
    proposal, request = f"{fact.application_id}.proposal", f"{fact.application_id}.request"
    whole = fact.model_dump_json()
    match fact:
        case CaseOpened():
            return {"opened": whole}, {fact.application_id: _listed(fact)}
        case DecisionProposed():
            by = text(
                {
                    "proposed_by": fact.actor.person_id,
                    "outcome": fact.outcome,
                    "grade_needed": fact.grade_needed,
                }
            )
            return {"proposal": whole}, {proposal: by}
        case casework.DecisionReturned():
            return {"proposal": None}, {proposal: None}
        case InformationRequested():
            until = text({"due_at": fact.due_at.isoformat()})
            return {"request": whole, "proposal": None}, {request: until, proposal: None}
        case InformationProvided():
            return {"request": None, f"{_INFORMATION}{recorded.offset:015d}": whole}, {request: None}
    return {}, {}


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
    return CaseWork(
        version=int(row["version"]),
        opened=CaseOpened.model_validate_json(row["opened"]),
        proposal=DecisionProposed.model_validate_json(row["proposal"]) if "proposal" in row else None,
        request=InformationRequested.model_validate_json(row["request"]) if "request" in row else None,
        information=tuple(InformationProvided.model_validate_json(row[name]) for name in answers),
        ended=row.get("ended"),
    )


def queue(programme_id: str, rows: Iterable[Row], code: str | None, limit: int) -> Queue:
    """The open cases of a programme, oldest first: those of one code, or all; at most `limit` of them."""
    cases = sorted((case for row in rows for case in _queued(row)), key=lambda one: (one.opened_at, one.application_id))
    counts = Counter(each for case in cases for each in case.queues)
    wanted = [case for case in cases if code is None or code in case.queues]
    return Queue(
        programme_id=programme_id, waiting=len(cases), by_code=dict(sorted(counts.items())), cases=tuple(wanted[:limit])
    )


def _queued(row: Row) -> Iterable[QueueCase]:
    for name, value in row.items():
        if "." in name:
            continue
        proposal = json.loads(row.get(f"{name}.proposal", "{}"))
        request = json.loads(row.get(f"{name}.request", "{}"))
        state: QueueState = "proposed" if proposal else "information-requested" if request else "waiting"
        listed = json.loads(value) | proposal | request | {"state": state}
        yield QueueCase.model_validate_json(json.dumps(listed))
