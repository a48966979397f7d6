"""An edge that answers what a test says, with documents made by the edge's own answer models. All illustrative."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
from pydantic import BaseModel, JsonValue
from typer.testing import CliRunner, Result

from schemas.findings import Finding, Operand, Texts
from schemas.ledger import Balance, CapUse
from schemas.policy import BatchLine, CapLevel, FailingLine
from services.cli.app import build
from services.cli.settings import CliSettings
from services.intake.http.operators import Act
from services.intake.http.partners import AcceptedApplication
from services.intake.http.programmes import Batches
from services.intake.http.upkeep import Letter, Letters, Statuses, Verified
from services.intake.views import answers

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
APPLICATION = "app-" + "5d" * 16
PROGRAMME = "h200-2026"
CHAIN = "a7" * 32
TOKEN = "an-illustrative-token"

Handler = Callable[[httpx.Request], httpx.Response]


@dataclass(slots=True)
class Edge:
    """Answers by method and path, and keeps the requests. An unknown path is a 404 problem."""

    answers: Mapping[tuple[str, str], tuple[int, JsonValue]]
    requests: list[httpx.Request] = field(default_factory=list)

    def handle(self, request: httpx.Request) -> httpx.Response:
        """One answer."""
        self.requests.append(request)
        status, document = self.answers.get((request.method, request.url.raw_path.decode()), (404, NOT_FOUND))
        return httpx.Response(status, json=document)

    @property
    def body(self) -> dict[str, JsonValue]:
        """The last request's JSON."""
        found = json.loads(self.requests[-1].content)
        assert isinstance(found, dict)
        return found


def greenlight(
    handle: Handler | Edge, *arguments: str, width: int = 120, given: bytes | None = None, token: str = TOKEN
) -> Result:
    """Run the command against the edge."""
    handler = handle.handle if isinstance(handle, Edge) else handle
    settings = CliSettings.model_validate({"url": "http://edge.example", "token": token})
    command = build(settings, httpx.MockTransport(handler), width)
    return CliRunner().invoke(command, arguments, input=given)


def dump(answer: BaseModel) -> JsonValue:
    """As the edge sends it."""
    document: JsonValue = answer.model_dump(mode="json")
    return document


NOT_FOUND: JsonValue = {
    "type": "urn:greenlight:problem:not-found",
    "title": "Not Found",
    "status": 404,
    "detail": "There is no such thing here.",
}
INVALID: JsonValue = {
    "type": "urn:greenlight:problem:invalid-fields",
    "title": "Unprocessable Entity",
    "status": 422,
    "detail": "Some fields are not valid.",
    "errors": [
        {"pointer": "/use_lines/0/units", "detail": "Input should be greater than or equal to 1"},
        {"header": "Idempotency-Key", "detail": "is required"},
        {"parameter": "as_of", "detail": "is not a whole number"},
    ],
}


def _finding(effect: str, rule: str, code: str, en: str, zh: str) -> Finding:
    return Finding.model_validate(
        {
            "rule": rule,
            "kind": "cap.v1",
            "effect": effect,
            "code": code,
            "line_id": "u1",
            "limit_units": 60_000,
            "operands": (Operand(name="requested_units", value="120000"),),
            "law": "sample: illustrative rule 4",
            "text": Texts(en=en, zh=zh),
        }
    )


LIMITED = _finding(
    "limit",
    "company-cap",
    "EXCEEDS_CAP",
    "The company's cap leaves 60,000 of the 120,000 requested units.",
    "企业上限尚余 60,000 件,申请为 120,000 件。",
)
PASSED = _finding("pass", "domestic-share", "MIN_SHARE_MET", "The domestic share is 35.00 %.", "国产份额为 35.00%。")


def _step(
    topic: str, offset: int, type_: str, second: int, cause: str | None, **figures: str | int
) -> answers.TimelineStep:
    return answers.TimelineStep(
        id=f"{topic}/3/{offset}",
        type=type_,
        at=AT.replace(second=second),
        caused_by=cause,
        event=f"/greenlight/x#{offset}",
        command_id=f"c-{offset}",
        correlation_id="c-1",
        figures=figures,
    )


CASE = answers.CaseFile(
    application_id=APPLICATION,
    company_id="lanwei-compute",
    programme_id=PROGRAMME,
    state="authorised",
    submitted_at=AT,
    currency="USD",
    outcome="eligible-in-part",
    lines=(
        answers.CaseLine(
            line_id="u1",
            use="frontier-training",
            item="H200",
            unit="module-8",
            requested_units=15_000,
            requested_value=324_000_000_000,
            requested_base_units=120_000,
            recommended_units=60_000,
            recommended_value=162_000_000_000,
            authorised_units=60_000,
            authorised_value=162_000_000_000,
        ),
    ),
    authorisations=(
        answers.CaseAuthorisation(
            authorisation_id="auth-0001",
            batch_id="h200-2026-b1",
            attempt=1,
            ledger_seq=1_204,
            currency="USD",
            unit="chip",
        ),
    ),
    findings=(PASSED, LIMITED),
    timeline=(
        _step("applications", 10, "intake.application-submitted.v1", 0, None, requested_lines=1),
        _step("decisions", 21, "policy.application-evaluated.v1", 1, "applications/3/10", outcome="eligible-in-part",
              recommended_units=60_000, bundle_id="sample-ai-import", kernel="1"),
        _step("decisions", 22, "policy.application-approved-in-part.v1", 1, "decisions/3/21", approved_units=60_000),
        _step("decisions", 40, "policy.authorisation-issued.v1", 9, "decisions/3/22",
              authorisation_id="auth-0001", ledger_seq=1_204, authorised_value=162_000_000_000),
        _step("notices", 7, "notification.notice-queued.v1", 9, "decisions/3/40",
              template="authorisation-issued", language="zh"),
    ),
)  # fmt: skip


def _balance(company: str, granted: int) -> Balance:
    return Balance(
        company_id=company,
        version=2,
        granted_units=granted,
        granted_value=granted * 2_700_000,
        drawn_units=1_000,
        revoked_units=0,
        revoked_value=0,
        available_units=granted - 1_000,
    )


LEDGER = answers.ProgrammeLedger(
    programme_id=PROGRAMME,
    name="H200 imports 2026 (illustrative)",
    item="H200",
    unit="chip",
    currency="USD",
    seq=1_204,
    at=AT,
    head=answers.LedgerHead(seq=1_210, chain=CHAIN, at=AT),
    totals=answers.Totals(
        granted_units=400_000,
        granted_value=1_080_000_000_000,
        drawn_units=2_000,
        available_units=398_000,
    ),
    caps=(
        CapUse(cap_id="total", volume_units=400_000, used_units=399_999, used_value=0),
        CapUse(cap_id="company", company_id="lanwei-compute", volume_units=250_000, used_units=250_000, used_value=0),
        CapUse(cap_id="company", company_id="qingyun-models", used_units=150_000, used_value=0),
    ),
    accounts=(_balance("lanwei-compute", 250_000), _balance("qingyun-models", 150_000)),
)
BATCH_LIST = Batches(
    programme_id=PROGRAMME,
    batches=(
        answers.BatchSummary(batch_id="h200-2026-b1", programme_id=PROGRAMME, state="posted", attempt=2, at=AT),
        answers.BatchSummary(batch_id="h200-2026-b2", programme_id=PROGRAMME, state="open", attempt=1, at=AT),
    ),
)
_LINE = BatchLine(
    line_id="u1", application_id=APPLICATION, company_id="lanwei-compute", item="H200",
    use="frontier-training", units=60_000, value=162_000_000_000,
)  # fmt: skip
BATCH = answers.BatchFile(
    batch_id="h200-2026-b1",
    programme_id=PROGRAMME,
    state="posted",
    attempt=2,
    opened_at=AT,
    lines=(_LINE,),
    set_aside=(answers.LineSetAside(attempt=1, line=_LINE, finding=LIMITED),),
    released=answers.BatchStep(attempt=2, at=AT, cause="next-attempt", total_units=60_000, total_value=162_000_000_000),
    refused=answers.BatchStep(
        attempt=1,
        at=AT,
        ledger_seq=1_199,
        code="BATCH_REFUSED",
        failing=(FailingLine(line_id="u1", code="EXCEEDS_CAP", cap_id="total", needed=120_000, available=60_000),),
        caps=(CapLevel(cap_id="total", volume_units=400_000, used_units=340_000),),
    ),
    posted=answers.BatchStep(attempt=2, at=AT, ledger_seq=1_204, total_units=60_000, total_value=162_000_000_000),
)
LETTER = Letter(
    id="intake-commands/0/17",
    reason="invalid",
    detail="/units: Input should be a valid integer",
    where="/greenlight/intake/intake/0",
    release="0.1.0",
    timestamp=1_772_443_800_000,
    sha256=CHAIN,
    bytes=12,
)
WHOLE_LETTER = LETTER.model_copy(
    update={"headers": ("ce_type", "ce_id"), "key_base64": "bGFud2Vp", "value_base64": "eyJ1bml0cyI6IhtbMm0ifQ=="}
)
LETTERS = Letters(service="intake", letters=(LETTER,))
NO_LETTERS = Letters(service="policy", letters=())
VERIFIED = Verified(programme_id=PROGRAMME, partition=2, good=True, seq=1_210, chain=CHAIN)
BROKEN = Verified(
    programme_id=PROGRAMME, partition=2, good=False, seq=1_199, chain=CHAIN, bad_seq=1_200, why="hash wrong"
)
STATUSES = Statuses(
    services=(
        {
            "service": "policy",
            "instance": "policy-1",
            "release": "0.1.0",
            "ready": True,
            "problems": [],
            "workers": {
                "loop": {"lag_seconds": 0.0012},
                "policy.evaluation": {
                    "0": {"running": True, "owner": 4, "position": 12_345, "facts": 12_400, "lag": 3,
                          "parked": ["lanwei-compute"], "steps_not_in_store": 0, "reacts_unacknowledged": 2},
                    "1": {"running": False, "halted": None},
                },
                "policy.batching": {"0": {"running": False, "halted": "the topic was recreated"}},
            },
        },
        {
            "service": "intake", "instance": "intake-1", "release": "0.1.0", "ready": False,
            "problems": ["asker: Kafka does not answer"],
            "workers": {
                "policy.statistics": {
                    "through": {"0": 12},
                    "totals": {"eligible": {"applications": 40, "units": 900_000}},
                    "windows": [
                        {"minute": f"2026-03-02T09:{m}Z", "outcome": "eligible", "applications": 1, "units": 20_000}
                        for m in range(30, 42)
                    ],
                }
            },
        },
    )
)  # fmt: skip
SUBMITTED = AcceptedApplication(
    application_id=APPLICATION, state="submitted", status_url=f"/v1/applications/{APPLICATION}"
)


def act(verb: str, target: str, at: datetime | None = AT) -> JsonValue:
    """A recorded act."""
    return dump(
        Act.model_validate(
            {"act_id": "act-1", "verb": verb, "target": target, "at": at, "caused_command_id": None, "watch": None}
        )
    )


LETTER_PATH = "/v1/operator/dead-letters/intake/intake-commands/0/17"
WHY = ("--reason", "incident 12, illustrative")
ROUTES: dict[tuple[str, str], tuple[int, JsonValue]] = {
    ("POST", "/v1/applications"): (201, dump(SUBMITTED)),
    ("GET", f"/v1/applications/{APPLICATION}"): (200, dump(CASE)),
    ("GET", f"/v1/programmes/{PROGRAMME}/ledger"): (200, dump(LEDGER)),
    ("GET", f"/v1/programmes/{PROGRAMME}/ledger?as_of=7"): (200, dump(LEDGER)),
    ("GET", f"/v1/programmes/{PROGRAMME}/batches"): (200, dump(BATCH_LIST)),
    ("GET", "/v1/batches/h200-2026-b1"): (200, dump(BATCH)),
    ("POST", f"/v1/operator/batches/{PROGRAMME}/release"): (202, act("release-batch", PROGRAMME)),
    ("POST", "/v1/operator/verify"): (200, dump(VERIFIED)),
    ("POST", "/v1/operator/rebuild"): (202, act("rebuild", "ledger")),
    ("POST", "/v1/operator/retry-parked"): (202, act("retry-parked", "policy/evaluation")),
    ("GET", "/v1/operator/dead-letters/intake"): (200, dump(LETTERS)),
    ("GET", "/v1/operator/dead-letters/policy"): (200, dump(NO_LETTERS)),
    ("GET", "/v1/operator/dead-letters/ledger"): (200, dump(NO_LETTERS)),
    ("GET", "/v1/operator/dead-letters/notification"): (200, dump(NO_LETTERS)),
    ("GET", LETTER_PATH): (200, dump(WHOLE_LETTER)),
    ("POST", f"{LETTER_PATH}/replay"): (202, act("replay-dead-letter", "intake:intake-commands/0/17")),
    ("POST", "/v1/operator/tokens"): (202, act("issue-token", "desk-1")),
    ("POST", "/v1/operator/tokens/desk-1/revoke"): (202, act("revoke-token", "desk-1")),
    ("GET", "/v1/operator/services"): (200, dump(STATUSES)),
}
ISSUE = ("tokens", "issue", "desk-1", "--person", "officer-wen", "--role", "officer", *WHY)
