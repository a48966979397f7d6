"""The view `cases`: one row per application, one per company, both in the company's shard.

application:<id>  company_id programme_id
                  not_accepted                  code and field, if intake refused it
                  currency submitted_at requested                        as submitted
                  outcome recommended                                    as evaluated
                  referred refused approved approved-in-part set-aside returned withdrawn   time of each
                  stage:<offset>                         how far people have come, see casework.py
                  findings:<type>:<offset>                               of each fact that has some
                  authorised:<authorisation>                             lines, batch and entry
                  t:<topic>:<partition>:<offset>                         the timeline
company:<id>      profile registered_at; group: as an officer last judged it
case:<id>, queue:<programme>                             of people's work, see casework.py
"""

from schemas import casework, intake, notification, policy
from schemas.base import Fact
from schemas.catalogue import APPLICATIONS, DECISIONS, NOTICES
from services.intake.domain.refusals import Refusal
from services.intake.views.casework import ended, stage, work_figures, worked
from services.intake.views.rows import text, texts
from services.intake.views.timeline import Figures, notice_figures, step_field
from services.kit.contract import Recorded, Rows, View

Decided = (
    policy.ApplicationReferred
    | policy.ApplicationRefused
    | policy.ApplicationApproved
    | policy.ApplicationApprovedInPart
    | policy.ApplicationSetAside
    | casework.ApplicationReturned
    | casework.ApplicationWithdrawn
)
Noticed = notification.NoticeQueued | notification.NoticeDelivered | notification.NoticeFailed
MARK = {
    policy.ApplicationReferred: "referred",
    policy.ApplicationRefused: "refused",
    policy.ApplicationApproved: "approved",
    policy.ApplicationApprovedInPart: "approved-in-part",
    policy.ApplicationSetAside: "set-aside",
    casework.ApplicationReturned: "returned",
    casework.ApplicationWithdrawn: "withdrawn",
}


def project(fact: Fact, recorded: Recorded) -> Rows:
    """What one fact of applications, decisions or notices says of an application or a company."""
    match fact:
        case intake.CompanyRegistered() | intake.GroupConfirmed():
            return _company(fact)
        case intake.ApplicationSubmitted():
            return _submitted(fact, recorded)
        case intake.CommandRefused() if fact.application_id and fact.code != Refusal.EXISTS_DIFFERENT:
            return _not_accepted(fact, fact.application_id, recorded)
        case policy.ApplicationEvaluated():
            return _evaluated(fact, recorded)
        case policy.AuthorisationIssued():
            return _authorised(fact, recorded)
        case (
            policy.ApplicationReferred()
            | policy.ApplicationRefused()
            | policy.ApplicationApproved()
            | policy.ApplicationSetAside()
            | casework.ApplicationReturned()
            | casework.ApplicationWithdrawn()
        ):
            return {**_decided(fact, recorded), **ended(fact)}
        case casework.CaseWorkFact():
            return {**_worked(fact, recorded), **worked(fact, recorded)}
        case notification.NoticeQueued() | notification.NoticeDelivered() | notification.NoticeFailed():
            return _noticed(fact, recorded)
    return {}


def _company(fact: intake.CompanyRegistered | intake.GroupConfirmed) -> Rows:
    key = f"company:{fact.company_id}"
    if isinstance(fact, intake.GroupConfirmed):
        return {key: {"group": text({"group_id": fact.group_id, "confirmed": fact.confirmed})}}
    return {key: {"profile": fact.profile.model_dump_json(), "registered_at": fact.at.isoformat()}}


def _row(application_id: str, fact: Fact, recorded: Recorded, figures: Figures, **fields: str) -> Rows:
    name, step = step_field(fact, recorded, figures)
    return {f"application:{application_id}": {**fields, name: step}}


def _submitted(fact: intake.ApplicationSubmitted, recorded: Recorded) -> Rows:
    application = fact.application
    figures: Figures = {
        "lines": len(application.use_lines),
        "requested_units": sum(line.units for line in application.use_lines),
        "requested_value": sum(line.units * line.unit_value for line in application.use_lines),
        "currency": application.currency,
        "person_id": fact.actor.person_id,
    }
    return _row(
        application.application_id,
        fact,
        recorded,
        figures,
        company_id=fact.company_id,
        programme_id=application.programme_id,
        currency=application.currency,
        submitted_at=fact.at.isoformat(),
        requested=texts(application.use_lines),
    )


def _not_accepted(fact: intake.CommandRefused, application_id: str, recorded: Recorded) -> Rows:
    refusal: Figures = {"code": fact.code, "field": fact.field or ""}
    return _row(application_id, fact, recorded, refusal, company_id=fact.company_id, not_accepted=text(dict(refusal)))


def _evaluated(fact: policy.ApplicationEvaluated, recorded: Recorded) -> Rows:
    figures: Figures = {
        "outcome": fact.outcome,
        "recommended_units": sum(line.recommended_units for line in fact.lines),
        "recommended_value": sum(line.recommended_value for line in fact.lines),
        "findings": len(fact.findings),
        "bundle_id": fact.bundle_id or "",
        "bundle_digest": fact.bundle_digest or "",
        "kernel": fact.kernel,
    }
    fields = {"outcome": fact.outcome, "recommended": texts(fact.lines)}
    return _concerning(fact, recorded, figures, fact.findings, fields)


def _decided(fact: Decided, recorded: Recorded) -> Rows:
    findings = getattr(fact, "findings", ())
    figures: dict[str, str | int] = {"findings": len(findings)}
    match fact:
        case policy.ApplicationApproved():
            figures |= {"approved_units": sum(line.units for line in fact.lines), "unit": fact.unit}
        case policy.ApplicationSetAside():
            figures |= {"batch_id": fact.batch_id, "attempt": fact.attempt}
    return _concerning(fact, recorded, figures, findings, {MARK[type(fact)]: fact.at.isoformat()})


def _worked(fact: casework.CaseWorkFact, recorded: Recorded) -> Rows:
    whose = {"company_id": fact.company_id, "programme_id": fact.programme_id}
    return _row(fact.application_id, fact, recorded, work_figures(fact), **whose, **stage(fact, recorded))


def _authorised(fact: policy.AuthorisationIssued, recorded: Recorded) -> Rows:
    figures: Figures = {
        "authorisation_id": fact.authorisation_id,
        "batch_id": fact.batch_id,
        "attempt": fact.attempt,
        "ledger_seq": fact.ledger_seq,
        "authorised_units": sum(line.units for line in fact.lines),
        "authorised_value": sum(line.value for line in fact.lines),
        "unit": fact.unit,
        "currency": fact.currency,
    }
    return _concerning(fact, recorded, figures, (), {f"authorised:{fact.authorisation_id}": fact.model_dump_json()})


def _concerning(
    fact: policy.ApplicationEvaluated | policy.AuthorisationIssued | Decided,
    recorded: Recorded,
    figures: Figures,
    findings: tuple[policy.Finding, ...],
    fields: dict[str, str],
) -> Rows:
    """A decision's fields: with the company, so that the row can be read before the submission is seen."""
    found = {f"findings:{recorded.offset:015d}": texts(findings)} if findings else {}
    whose = {"company_id": fact.company_id, "programme_id": fact.programme_id}
    return _row(fact.application_id, fact, recorded, figures, **whose, **fields, **found)


def _noticed(fact: Noticed, recorded: Recorded) -> Rows:
    if fact.application_id is None:
        return {}
    return _row(fact.application_id, fact, recorded, notice_figures(fact))


CASES = View(name="cases", service="intake", topics=(APPLICATIONS, DECISIONS, NOTICES), project=project)
