"""The evaluation lane: command in, facts out, and what the facts cause."""

from datetime import timedelta
from typing import cast

import pytest

from schemas.base import Command, Fact
from schemas.intake import Document, ExportLicence
from schemas.notification import PARAMETERS, Notify
from schemas.policy import (
    AddLines,
    ApplicationApproved,
    ApplicationApprovedInPart,
    ApplicationEvaluated,
    ApplicationReferred,
    ApplicationSetAside,
    AuthorisationIssued,
    CaseCommandRefused,
    CaseCommandRepeated,
    Evaluate,
    OutcomeLine,
    RecordGroup,
    RecordOutcome,
)
from services.kit.contract import Lane
from services.policy.domain.bundle import Bundle
from services.policy.domain.ids import ID_HORIZON_DAYS
from services.policy.lanes import evaluation_lane
from tests.unit.policy.samples import AT, PROGRAMME, Shard, application, changed, only, sample

COMPANY = "lanwei-compute"


def _shard(known: Bundle | None = None) -> Shard:
    return Shard(cast(Lane[object], evaluation_lane(only(known or sample()))))


def _outcome(
    number: int, *lines: tuple[str, bool], units: int = 1_000, company_id: str = COMPANY, batch: str = "b1"
) -> RecordOutcome:
    """Every line whole: `units` each, at the sample's price."""
    return RecordOutcome(
        command_id=f"outcome-{company_id}-{number}-{batch}-{lines}".translate(str.maketrans("()', ", "-----")).strip(
            "-"
        ),
        company_id=company_id,
        application_id=f"app-{company_id}-{number}",
        programme_id=PROGRAMME,
        batch_id=f"{PROGRAMME}-{batch}",
        attempt=1,
        ledger_seq=7,
        lines=tuple(
            OutcomeLine(line_id=line, units=units, value=units * 2_700_000, posted=posted) for line, posted in lines
        ),
    )


def _group(confirmed: bool) -> RecordGroup:
    return RecordGroup(
        command_id=f"group-{confirmed}", company_id=COMPANY, group_id="lanwei-group", confirmed=confirmed
    )


def _claiming(number: int, confirmed: bool = False) -> Evaluate:
    asked = application(COMPANY, number)
    claim = asked.profile.model_copy(update={"group_id": "lanwei-group", "group_confirmed": confirmed})
    return asked.model_copy(update={"profile": claim})


def _of_category(category: str) -> Evaluate:
    asked = application(COMPANY, 1)
    return asked.model_copy(update={"profile": asked.profile.model_copy(update={"category": category})})


def _with_line(**changes: object) -> Evaluate:
    asked = application(COMPANY, 1)
    lines = tuple(line.model_copy(update=changes) for line in asked.application.use_lines)
    return asked.model_copy(update={"application": asked.application.model_copy(update={"use_lines": lines})})


REFERRED = ("ApplicationEvaluated", "ApplicationReferred", "CaseOpened")
TABLE: list[tuple[str, tuple[Command, ...], Command, tuple[str, ...]]] = [
    ("approved", (), application(COMPANY, 1), ("ApplicationEvaluated", "ApplicationApproved")),
    ("in part", (), application(COMPANY, 1, (120_001,)), ("ApplicationEvaluated", "ApplicationApprovedInPart")),
    ("refused", (), _of_category("military"), ("ApplicationEvaluated", "ApplicationRefused")),
    ("referred", (), _of_category("state-owned"), REFERRED),
    ("unjustified", (), _with_line(why_not_domestic=None), REFERRED),
    ("odd period", (), _with_line(ends_on=AT, starts_on=AT), REFERRED),
    ("cap used up", (application(COMPANY, 1, (120_000,)),), application(COMPANY, 2),
     ("ApplicationEvaluated", "ApplicationRefused")),
    ("cap freed", (application(COMPANY, 1, (120_000,)), _outcome(1, ("u1", False), units=120_000)),
     application(COMPANY, 2), ("ApplicationEvaluated", "ApplicationApproved")),
    ("cap kept by an authorisation", (application(COMPANY, 1, (120_000,)), _outcome(1, ("u1", True), units=120_000)),
     application(COMPANY, 2), ("ApplicationEvaluated", "ApplicationRefused")),
    ("another company's cap", (application("qingyun-models", 1, (120_000,)),), application(COMPANY, 2, (120_000,)),
     ("ApplicationEvaluated", "ApplicationApproved")),
    ("pending", (application(COMPANY, 1),), application(COMPANY, 1, command_id="again"), ("CaseCommandRefused",)),
    ("repeated", (application(COMPANY, 1),), application(COMPANY, 1), ("CaseCommandRepeated",)),
    ("id reused", (application(COMPANY, 1),), application(COMPANY, 1, (5,)), ("CaseCommandRefused",)),
    ("group unconfirmed", (), _claiming(1), REFERRED),
    ("group confirmed in the profile", (), _claiming(1, True), ("ApplicationEvaluated", "ApplicationApproved")),
    ("group confirmed here", (_group(True),), _claiming(1), ("ApplicationEvaluated", "ApplicationApproved")),
    ("group denied here", (_group(False),), _claiming(1, True), REFERRED),
    ("group recorded", (), _group(True), ("GroupRecorded",)),
    ("posted", (application(COMPANY, 1),), _outcome(1, ("u1", True)), ("AuthorisationIssued",)),
    ("set aside", (application(COMPANY, 1),), _outcome(1, ("u1", False)), ("ApplicationSetAside",)),
    ("split", (application(COMPANY, 1, (1_000, 1_000)),), _outcome(1, ("u1", True), ("u2", False)),
     ("AuthorisationIssued", "ApplicationSetAside")),
    ("part of a line set aside, the rest posted",
     (application(COMPANY, 1), _outcome(1, ("u1", False), units=400)), _outcome(1, ("u1", True), units=600, batch="b2"),
     ("AuthorisationIssued",)),
    ("more than waits", (application(COMPANY, 1),), _outcome(1, ("u1", True), units=1_001), ("CaseCommandRefused",)),
    ("outcome of nothing", (), _outcome(1, ("u1", True)), ("CaseCommandRefused",)),
    ("outcome of another line", (application(COMPANY, 1),), _outcome(1, ("u9", True)), ("CaseCommandRefused",)),
    ("outcome told twice in one", (application(COMPANY, 1),), _outcome(1, ("u1", True), ("u1", False)),
     ("CaseCommandRefused",)),
    ("outcome of a closed one", (application(COMPANY, 1), _outcome(1, ("u1", True))),
     _outcome(1, ("u1", True), batch="b2"), ("CaseCommandRefused",)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "before", "command", "names"), TABLE, ids=[row[0] for row in TABLE])
def test_each_command_has_its_facts(
    name: str, before: tuple[Command, ...], command: Command, names: tuple[str, ...]
) -> None:
    shard = _shard()
    for earlier in before:
        shard.take(earlier)

    facts = shard.take(command)

    assert tuple(type(fact).__name__ for fact in facts) == names
    assert {fact.command_id for fact in facts} == {command.command_id}
    assert shard.restored() == (shard.state, shard.state)


@pytest.mark.parametrize(
    ("before", "command", "code"),
    [
        ((application(COMPANY, 1),), application(COMPANY, 1, command_id="again"), "APPLICATION_PENDING"),
        ((application(COMPANY, 1),), application(COMPANY, 1, (5,)), "COMMAND_ID_REUSED"),
        ((), _outcome(1, ("u1", True)), "APPLICATION_NOT_FOUND"),
        ((application(COMPANY, 1),), _outcome(1, ("u9", True)), "LINE_NOT_FOUND"),
    ],
)
def test_each_refusal_has_its_code_and_is_final_for_its_id(
    before: tuple[Command, ...], command: Command, code: str
) -> None:
    shard = _shard()
    for earlier in before:
        shard.take(earlier)

    (refused,) = shard.take(command)
    (again,) = shard.take(command)

    assert isinstance(refused, CaseCommandRefused)
    assert refused.code == code
    if code != "COMMAND_ID_REUSED":
        assert isinstance(again, CaseCommandRepeated)
        assert again.outcome == code


def test_what_an_application_files_and_a_company_is_are_facts() -> None:
    papers = {
        "documents": (Document(kind="use-plan", sha256="5d" * 32),),
        "export_licence": ExportLicence(licence_no="ILLUSTRATIVE-0007", expires_at=AT + timedelta(days=1)),
    }
    asked = application(COMPANY, 1)
    asked = asked.model_copy(update={"application": asked.application.model_copy(update=papers)})

    evaluated = _shard().take(asked)[0]

    assert isinstance(evaluated, ApplicationEvaluated)
    assert {"DOCUMENT_FILED", "LICENCE_VALID"} <= {finding.code for finding in evaluated.findings}
    facts = evaluated.facts
    assert facts is not None
    assert [(known.kind, known.verdict) for known in facts.identifiers] == [("uscc", "malformed")]
    assert [(known.scope, known.units) for known in facts.taken] == [("group", 0)]
    assert facts.lines[0].site == asked.application.use_lines[0].site
    assert (facts.screening, facts.earlier) == (None, None)


def test_what_a_group_has_is_not_known_here() -> None:
    evaluated = _shard().take(_claiming(1, True))[0]

    assert isinstance(evaluated, ApplicationEvaluated)
    assert evaluated.facts is not None
    assert evaluated.facts.taken == ()


def test_the_evaluation_names_bundle_facts_and_kernel() -> None:
    known = sample()
    evaluated = _shard().take(application(COMPANY, 1))[0]

    assert isinstance(evaluated, ApplicationEvaluated)
    assert (evaluated.bundle_id, evaluated.bundle_version, evaluated.bundle_digest, evaluated.kernel) == (
        "sample-ai-import", 1, known.digest, "1",
    )  # fmt: skip
    assert evaluated.facts is not None
    assert evaluated.facts.approved_units == 0


def test_an_evaluation_without_a_bundle_is_referred() -> None:
    asked = application(COMPANY, 1)
    elsewhere = asked.application.model_copy(update={"programme_id": "elsewhere-2026"})

    evaluated, referred, _ = _shard().take(asked.model_copy(update={"application": elsewhere}))

    assert isinstance(evaluated, ApplicationEvaluated)
    assert evaluated.bundle_digest is None
    assert isinstance(referred, ApplicationReferred)


def test_where_a_programme_wants_an_officer_even_an_eligible_application_is_referred() -> None:
    evaluated, referred, _ = _shard(changed(sample(), approve_eligible=False)).take(application(COMPANY, 1))

    assert isinstance(evaluated, ApplicationEvaluated)
    assert evaluated.outcome == "eligible"
    assert isinstance(referred, ApplicationReferred)
    assert [finding.code for finding in referred.findings] == ["OFFICER_DECIDES"]


def test_a_cut_application_keeps_requested_and_approved_apart() -> None:
    approved = _shard().take(application(COMPANY, 1, (100_000, 30_000, 5_000)))[1]

    assert isinstance(approved, ApplicationApprovedInPart)
    assert (approved.requested_units, [line.units for line in approved.lines]) == (135_000, [100_000, 20_000])
    assert [finding.line_id for finding in approved.findings] == ["u2", "u3"]
    assert "30,000" in approved.findings[0].text.en


def test_a_command_is_new_again_after_the_horizon() -> None:
    shard = _shard()
    asked = _group(True)
    shard.take(asked)
    shard.at = AT + timedelta(days=ID_HORIZON_DAYS)
    assert isinstance(shard.take(asked)[0], CaseCommandRepeated)

    shard.at += timedelta(seconds=1)

    assert type(shard.take(asked)[0]).__name__ == "GroupRecorded"
    assert shard.restored() == (shard.state, shard.state)


def test_ids_beyond_the_horizon_leave_state_and_rows() -> None:
    shard = _shard()
    for number in range(40):
        shard.take(_of_category("military").model_copy(update={"command_id": f"old-{number}"}))
    shard.at = AT + timedelta(days=ID_HORIZON_DAYS, seconds=1)

    for number in range(3):
        shard.take(_of_category("military").model_copy(update={"command_id": f"new-{number}"}))

    kept = {name for key, fields in shard.kept.items() if key.startswith("ids:") for name in fields}
    assert kept == {"new-0", "new-1", "new-2"}
    assert shard.restored() == (shard.state, shard.state)


def _told(shard: Shard) -> list[tuple[str, str]]:
    return [(c.recipient_id, c.template) for c in shard.reacts if isinstance(c, Notify)]


@pytest.mark.parametrize(
    ("commands", "told"),
    [
        ((application(COMPANY, 1), _outcome(1, ("u1", True))), ["application-approved", "authorisation-issued"]),
        ((application(COMPANY, 1, (130_000,)), _outcome(1, ("u1", False))),
         ["application-approved-in-part", "application-set-aside"]),
        ((_of_category("military"),), ["application-refused"]),
        ((_of_category("state-owned"),), ["application-referred"]),
        ((application(COMPANY, 1), application(COMPANY, 1), _group(True)), ["application-approved"]),
    ],
)  # fmt: skip
def test_an_applicant_hears_each_result_once(commands: tuple[Command, ...], told: list[str]) -> None:
    shard = _shard()
    for command in commands:
        shard.take(command)

    assert _told(shard) == [(COMPANY, template) for template in told]


def test_a_notice_has_the_parameters_its_template_names_and_the_reasons_that_decided() -> None:
    shard = _shard()
    for command in (
        application(COMPANY, 1, (1_000, 1_000)),
        _outcome(1, ("u1", True), ("u2", False)),
        application(COMPANY, 2, (130_000,)),
        _claiming(3),
        _of_category("military").model_copy(update={"command_id": "x"}),
    ):
        shard.take(command)

    notices = [command for command in shard.reacts if isinstance(command, Notify)]
    assert len({notice.command_id for notice in notices}) == len(notices) == 6
    for notice in notices:
        assert tuple(parameter.name for parameter in notice.parameters) == PARAMETERS[notice.template]
        assert bool(notice.reasons) == (notice.template not in ("application-approved", "authorisation-issued"))


def test_an_approval_asks_for_its_lines_to_be_added() -> None:
    shard = _shard()
    shard.take(application(COMPANY, 1, (5, 7)))

    (added,) = [command for command in shard.reacts if isinstance(command, AddLines)]

    assert [(line.line_id, line.units, line.company_id) for line in added.lines] == [
        ("u1", 5, COMPANY),
        ("u2", 7, COMPANY),
    ]
    assert sum(line.value for line in added.lines) == 12 * 2_700_000


def test_an_authorisation_has_one_id_however_often_it_is_computed() -> None:
    issued: list[Fact] = []
    for _ in range(2):
        shard = _shard()
        shard.take(application(COMPANY, 1))
        issued += shard.take(_outcome(1, ("u1", True)))

    assert isinstance(issued[0], AuthorisationIssued)
    assert issued[0] == issued[1]


def test_a_line_set_aside_without_a_finding_is_explained_all_the_same() -> None:
    shard = _shard()
    approved = shard.take(application(COMPANY, 1))[1]
    (aside,) = shard.take(_outcome(1, ("u1", False)))

    assert isinstance(approved, ApplicationApproved)
    assert isinstance(aside, ApplicationSetAside)
    assert aside.lines == approved.lines
    assert [finding.line_id for finding in aside.findings] == ["u1"]
