"""Valid messages for tests and examples: one builder per message, every field of which may be replaced.

`build(ledger.Draw, units=5)` gives a valid message of that class. Every company, person, place and number
is invented and illustrative. Times are fixed: no test depends on the day it runs.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TypeVar

from schemas.base import Actor, Message, Value
from schemas.intake import Application, Profile, UseLine
from schemas.ledger import GrantLine
from schemas.policy import ApprovedLine, BatchLine, CapLevel, Finding

Fields = Mapping[str, object]
V = TypeVar("V", bound=Value)
M = TypeVar("M", bound=Message)

COMPANY = "lanwei-compute"
RIVAL = "qingyun-models"
GROUP = "lanwei-group"
PROGRAMME = "h200-2026"
APPLICATION = "app-0001"
BATCH = "h200-2026-b1"
COMMAND = "01900000-0000-7000-8000-000000000001"
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
STARTS = datetime(2026, 4, 1, tzinfo=UTC)
ENDS = datetime(2027, 3, 31, tzinfo=UTC)
PRICE = 2_700_000
"""Price of one chip in cents: USD 27,000."""
DIGEST = "5d" * 32
OTHER_DIGEST = "a7" * 32


_COMMON: Fields = {"command_id": COMMAND, "command_sha256": DIGEST, "at": AT}
_ACTOR: Fields = {"person_id": "officer-wen", "role": "officer"}
_PARTNER: Fields = {"person_id": "partner-lin", "role": "partner"}
_PROFILE: Fields = {
    "company_id": COMPANY, "legal_name": "Lanwei Compute (illustrative)", "registry_no": "ILLUSTRATIVE-0001",
    "country": "CN", "category": "private", "language": "zh",
}  # fmt: skip
_USE_LINE: Fields = {
    "line_id": "u1", "use": "frontier-training", "workload": "Pre-training of an illustrative language model",
    "item": "H200", "units": 1_000, "unit": "chip", "unit_value": PRICE, "site": "Hall 1 (illustrative)",
    "starts_on": STARTS, "ends_on": ENDS,
    "why_not_domestic": "The interconnect of this cluster accepts one product class only.",
}  # fmt: skip
_APPLICATION: Fields = {
    "application_id": APPLICATION, "company_id": COMPANY, "programme_id": PROGRAMME, "form_version": 1,
    "currency": "USD", "use_lines": (_USE_LINE,), "domestic_plan": {"training": 3_000, "inference": 6_000},
}  # fmt: skip
_FINDING: Fields = {
    "rule": "company-cap", "kind": "cap", "effect": "limit", "code": "EXCEEDS_CAP", "line_id": "u1",
    "limit_units": 600,
    "operands": ({"name": "requested_units", "value": "1000"}, {"name": "cap_units", "value": "600"}),
    "law": "sample: illustrative rule 4", "text": {"zh": "公司上限为600件。", "en": "The company's cap is 600 units."},
}  # fmt: skip
_REFERRED: Fields = {**_FINDING, "effect": "refer", "code": "GROUP_UNCONFIRMED"}
_REJECTED: Fields = {**_FINDING, "effect": "reject", "code": "USE_NOT_NECESSARY"}
_APPROVED: Fields = {
    "line_id": "u1", "item": "H200", "use": "frontier-training", "units": 1_000, "value": 1_000 * PRICE,
}  # fmt: skip
_BATCHED: Fields = {
    **_APPROVED, "line_id": f"{APPLICATION}:u1", "application_id": APPLICATION, "company_id": COMPANY,
}  # fmt: skip
_GRANTED: Fields = {
    "line_id": f"{APPLICATION}:u1", "company_id": COMPANY, "units": 1_000, "value": 1_000 * PRICE,
}  # fmt: skip
_CAP: Fields = {"cap_id": "programme", "volume_units": 400_000, "used_units": 1_000}


def valid(model: type[V], fields: Fields, changes: Fields) -> V:
    """A value of `model` from its usual fields and the test's changes. Raises ValidationError."""
    return model.model_validate({**fields, **changes})


def build(message: type[M], **changes: object) -> M:
    """A valid message, with some fields replaced. Raises ValidationError."""
    common = {name: value for name, value in _COMMON.items() if name in message.model_fields}
    return valid(message, {**common, **USUAL[message.type]}, changes)


def actor(**changes: object) -> Actor:
    """An illustrative officer."""
    return valid(Actor, _ACTOR, changes)


def profile(**changes: object) -> Profile:
    """An illustrative private company."""
    return valid(Profile, _PROFILE, changes)


def use_line(**changes: object) -> UseLine:
    """1,000 chips for frontier training."""
    return valid(UseLine, _USE_LINE, changes)


def application(**changes: object) -> Application:
    """An application with one use line."""
    return valid(Application, _APPLICATION, changes)


def finding(**changes: object) -> Finding:
    """A cap that limited a line to 600 units."""
    return valid(Finding, _FINDING, changes)


def approved_line(**changes: object) -> ApprovedLine:
    """1,000 approved units, base unit, with their value in cents."""
    return valid(ApprovedLine, _APPROVED, changes)


def batch_line(**changes: object) -> BatchLine:
    """The approved line in a batch."""
    return valid(BatchLine, _BATCHED, changes)


def grant_line(**changes: object) -> GrantLine:
    """The approved line as the ledger is asked to grant it."""
    return valid(GrantLine, _GRANTED, changes)


def cap_level(**changes: object) -> CapLevel:
    """The programme's cap, nearly unused."""
    return valid(CapLevel, _CAP, changes)


_TOLD = {"actor": _ACTOR, "reason": "Papers seen and found in order."}
_DESK = {"desk": "desk", **_TOLD}
_COMPANY = {"company_id": COMPANY}
_GROUPED = {**_COMPANY, "group_id": GROUP, "confirmed": True}
_CASE = {**_COMPANY, "application_id": APPLICATION, "programme_id": PROGRAMME}
_MONEY = {"currency": "USD", "unit": "chip"}
_PROGRAMME = {"programme_id": PROGRAMME}
_ATTEMPT = {**_PROGRAMME, "batch_id": BATCH, "attempt": 1}
_TOTALS = {"total_units": 1_000, "total_value": 1_000 * PRICE}
_POSTED = {**_ATTEMPT, "ledger_seq": 3}
_TOKEN = {"token_id": "t-0001", "token_sha256": DIGEST, "person_id": "partner-lin", "role": "partner", **_COMPANY}
_RECIPIENT = {"recipient_id": COMPANY}
_NOTICE = {**_RECIPIENT, "notice_id": "n-0001"}
_FAILING = {"line_id": f"{APPLICATION}:u1", "code": "EXCEEDS_CAP", "cap_id": "programme", "needed": 1_000,
            "available": 600}  # fmt: skip
_DECLARED = {"authority": "declaration ILLUSTRATIVE-0002"}
_DECIDED = {"authority": "decision ILLUSTRATIVE-0003"}
_CHIPS = {**_PROGRAMME, **_COMPANY, "unit": "chip", **_DECLARED}
_CHIPS_OF_HOLD = {**_PROGRAMME, **_COMPANY, "hold_id": "h-1", "authority": "order ILLUSTRATIVE-0004"}
_ENTRY = {
    "seq": 3, **_PROGRAMME, "command": "grant-batch", "covers_from": 7, "covers_to": 7,
    "code": "APPLIED", "batch_id": BATCH, "attempt": 1,
    "postings": ({"company_id": COMPANY, "column": "granted", "units": 1_000, "value": 1_000 * PRICE,
                  "line_id": f"{APPLICATION}:u1", "lot": 1},),
    "balances": ({"company_id": COMPANY, "version": 1, "granted_units": 1_000, "granted_value": 1_000 * PRICE,
                  "drawn_units": 0, "revoked_units": 0, "revoked_value": 0, "available_units": 1_000},),
    "caps": ({"cap_id": "programme", "volume_units": 400_000, "used_units": 1_000, "used_value": 1_000 * PRICE},),
    "release": "0.1.0", "previous": DIGEST, "chain": OTHER_DIGEST,
}  # fmt: skip
_CHECKPOINT = {
    "origin": "ledger.example/2", "size": 3, "note": (
        "ledger.example/2\n3\n4toCQpNus47JlqVDYBs6HaQiY5H/kgFO0aeiSKzjY0c=\n"
        f"chain {OTHER_DIGEST}\ncovers 7\nlines 1 R8M6QscJojpht/qaL3gDspc7Eeq3aH0HwhDFY0nVORA= 5d5d5d5d\n\n"
        "\u2014 ledger.example 057Nwk+1a5nGKntqn+N/wJj1KB9RjTrQJ5yNx+C94m9rG42g/u5T2RGFb6mCMb80DN0m8cdXop5s1RlugyoT"
        "/8jb0Qc=\n"
    ),
    "after_size": 0, "after_lines": 0, "entries_path": (), "lines_path": (),
    "entries_frontier": ("6bcf0e2e93e0a18e22789aee965e6553f4fbe93f0acfc4a705d691c8311c4965",
                         "583c7dfb7b3055d99465544032a571e10a134b1b6f769422bbb71fd7fa167a5d"),
    "lines_frontier": ("47c33a42c709a23a61b7fa9a2f7803b2973b11eab7687d07c210c56349d53910",),
    "position": 4, "owner": 0,
}  # fmt: skip
_EVALUATED = {
    **_CASE, "evaluation_id": "e-0001", "bundle_id": "sample-2026", "bundle_digest": DIGEST, "kernel": "1",
    "facts_digest": OTHER_DIGEST, "outcome": "eligible-in-part", "findings": (_FINDING,),
    "lines": ({"line_id": "u1", "item": "H200", "use": "frontier-training", "requested_units": 1_000,
               "recommended_units": 600, "unit_value": PRICE, "recommended_value": 600 * PRICE},),
}  # fmt: skip
_WORKED = {**_TOLD, **_COMPANY, "application_id": APPLICATION}
_ANSWERED = {"actor": _PARTNER, **_COMPANY, "application_id": APPLICATION}
_QUESTION = "How many domestic nodes does the site run?"
_ANSWER = "Forty, as the plan of the site shows."
_ASKED = {**_CASE, "version": 2, "request_id": "r-0001", "questions": (_QUESTION,), "due_at": STARTS}
_NOTED = {**_CASE, **_TOLD, "version": 2}
_ADVICE = {"agency": "industry", "opinion": "proviso", "text": "Only for the stated site (illustrative)."}
_REASON = {"code": "SUPPLY_SHORT", "rule": "necessary-use"}
_CASE_LINE = {
    "line_id": "u1", "item": "H200", "use": "frontier-training", "requested_units": 1_000, "recommended_units": 800,
    "step_units": 1, "step_value": PRICE,
}  # fmt: skip
_DECIDED_LINE = {
    "line_id": "u1", "requested_units": 1_000, "recommended_units": 800, "authorised_units": 600,
    "authorised_value": 600 * PRICE,
}  # fmt: skip
_PLAN = {
    "method": "pro_rata", "supply_units": 600, "demand_units": 1_000,
    "shares": ({
        "line_id": f"{APPLICATION}:u1", "application_id": APPLICATION, **_COMPANY, "requested_units": 1_000,
        "limit_units": 1_000, "step_units": 1, "applied_at": AT, "score": 0, "allocated_units": 600,
        "allocated_value": 600 * PRICE,
    },),
    "caps": ({
        "cap_id": "programme", "volume_units": 400_000, "used_units": 399_400, "after_units": 400_000,
        "used_value": 0, "after_value": 600 * PRICE,
    },),
    "total_units": 600, "total_value": 600 * PRICE,
}  # fmt: skip
_SIGNED = {**_CASE, **_TOLD, "version": 2, "decision_sha256": OTHER_DIGEST}

USUAL: Mapping[str, Fields] = MappingProxyType(
    {
        "intake.register-company.v1": {"actor": _PARTNER, **_PROFILE},
        "intake.confirm-group.v1": {**_TOLD, **_GROUPED},
        "intake.submit-application.v1": {"actor": _PARTNER, **_COMPANY, "application": _APPLICATION},
        "intake.company-registered.v1": {
            **_COMPANY, "profile": _PROFILE, "actor": _PARTNER,
        },
        "intake.group-confirmed.v1": {**_TOLD, **_GROUPED},
        "intake.application-submitted.v1": {
            **_COMPANY, "application": _APPLICATION, "profile": _PROFILE,
            "actor": _PARTNER,
        },
        "intake.command-repeated.v1": {**_COMPANY, "outcome": "submitted", "application_id": APPLICATION},
        "intake.command-refused.v1": {
            **_COMPANY, "code": "COMPANY_UNKNOWN", "field": "/company_id",
        },
        "intake.record-act.v1": {**_DESK, "verb": "release-batch", "target": PROGRAMME},
        "intake.issue-token.v1": {**_DESK, **_TOKEN, "expires_at": ENDS},
        "intake.revoke-token.v1": {**_DESK, "token_id": "t-0001"},
        "intake.operator-acted.v1": {**_DESK, "verb": "release-batch", "target": PROGRAMME},
        "intake.token-issued.v1": {"desk": "desk", **_TOKEN, "expires_at": ENDS},
        "intake.token-revoked.v1": {"desk": "desk", "token_id": "t-0001"},
        "intake.act-repeated.v1": {"desk": "desk", "outcome": "acted"},
        "intake.act-refused.v1": {
            "desk": "desk", "actor": _ACTOR, "code": "TOKEN_UNKNOWN", "field": "/token_id",
        },
        "policy.evaluate.v1": {**_COMPANY, "application": _APPLICATION, "profile": _PROFILE, "submitted_at": AT},
        "policy.record-group.v1": _GROUPED,
        "policy.record-outcome.v1": {
            **_CASE, "batch_id": BATCH, "attempt": 1, "ledger_seq": 3,
            "lines": ({"line_id": "u1", "units": 1_000, "value": 1_000 * PRICE, "posted": True},),
        },
        "policy.application-evaluated.v1": _EVALUATED,
        "policy.application-referred.v1": {**_CASE, "findings": (_REFERRED,)},
        "policy.application-refused.v1": {**_CASE, "findings": (_REJECTED,)},
        "policy.application-approved.v1": {**_CASE, **_MONEY, "requested_units": 1_000, "lines": (_APPROVED,)},
        "policy.application-approved-in-part.v1": {
            **_CASE, **_MONEY, "requested_units": 1_000, "findings": (_FINDING,),
            "lines": ({**_APPROVED, "units": 600, "value": 600 * PRICE},),
        },
        "policy.authorisation-issued.v1": {
            **_CASE, **_MONEY, "authorisation_id": "auth-0001", "batch_id": BATCH, "attempt": 1, "ledger_seq": 3,
            "lines": (_APPROVED,),
        },
        "policy.application-set-aside.v1": {
            **_CASE, "batch_id": BATCH, "attempt": 1, "lines": (_APPROVED,), "findings": (_FINDING,),
        },
        "policy.group-recorded.v1": _GROUPED,
        "policy.case-command-refused.v1": {**_COMPANY, "code": "EXISTS_DIFFERENT"},
        "policy.case-command-repeated.v1": {**_COMPANY, "outcome": "DONE"},
        "policy.propose-decision.v1": {
            **_WORKED, "version": 1, "outcome": "approve-in-part", "reasons": (_REASON,),
            "lines": ({"line_id": "u1", "authorised_units": 600},),
        },
        "policy.countersign-decision.v1": {**_WORKED, "decision_sha256": OTHER_DIGEST},
        "policy.return-decision.v1": {**_WORKED, "decision_sha256": OTHER_DIGEST},
        "policy.request-information.v1": {**_WORKED, "questions": (_QUESTION,), "due_at": STARTS},
        "policy.provide-information.v1": {
            **_ANSWERED, "answers": (_ANSWER,), "documents": ({"sha256": DIGEST, "kind": "site plan"},),
        },
        "policy.withdraw-application.v1": {**_ANSWERED, "reason": "The project is postponed."},
        "policy.case-tick.v1": {**_COMPANY, "application_id": APPLICATION},
        "policy.issue-intent.v1": {**_WORKED, "reasons": (_REASON,), "due_at": STARTS},
        "policy.intent-issued.v1": {
            **_NOTED, "request_id": "r-0002", "reasons": (_REASON,), "due_at": STARTS, "findings": (_REJECTED,),
        },
        "policy.intent-closed.v1": {**_CASE, "version": 3, "request_id": "r-0002", "due_at": STARTS},
        "policy.take-case.v1": {**_WORKED, "lease_seconds": 3_600},
        "policy.leave-case.v1": _WORKED,
        "policy.give-advice.v1": {**_WORKED, **_ADVICE},
        "policy.withdraw-advice.v1": {**_WORKED, "agency": "industry"},
        "policy.raise-flag.v1": {**_WORKED, "flag": "screening"},
        "policy.clear-flag.v1": {**_WORKED, "flag": "screening"},
        "policy.case-taken.v1": {**_NOTED, "until": STARTS},
        "policy.case-left.v1": _NOTED,
        "policy.case-escalated.v1": {**_CASE, "version": 2, "deadline_at": STARTS},
        "policy.advice-given.v1": {**_NOTED, **_ADVICE},
        "policy.advice-withdrawn.v1": {**_NOTED, "agency": "industry"},
        "policy.flag-raised.v1": {**_NOTED, "flag": "screening"},
        "policy.flag-cleared.v1": {**_NOTED, "flag": "screening"},
        "policy.case-opened.v1": {
            **_CASE, "version": 1, "queues": ("CATEGORY_CASE_BY_CASE",), **_MONEY, "submitted_at": AT,
            "lines": (_CASE_LINE,), "rules": ({"rule": "necessary-use", "law": "sample: illustrative rule 2"},),
        },
        "policy.decision-proposed.v1": {
            **_SIGNED, "outcome": "approve-in-part", "lines": (_DECIDED_LINE,), "reasons": (_REASON,),
            "authorised_units": 600, "authorised_value": 600 * PRICE, "grade_needed": 2,
        },
        "policy.decision-countersigned.v1": {**_SIGNED, "outcome": "approve-in-part", "proposed_by": "officer-wen"},
        "policy.decision-returned.v1": {**_SIGNED, "proposed_by": "officer-wen"},
        "policy.application-returned.v1": {**_CASE, "findings": (_REJECTED,)},
        "policy.information-requested.v1": {**_ASKED, **_TOLD},
        "policy.information-reminded.v1": _ASKED,
        "policy.information-provided.v1": {
            **_CASE, "version": 3, "actor": _PARTNER, "request_id": "r-0001", "answers": (_ANSWER,), "documents": (),
        },
        "policy.request-lapsed.v1": {**_CASE, "version": 2, "request_id": "r-0001", "due_at": STARTS},
        "policy.application-withdrawn.v1": {**_CASE, "actor": _PARTNER, "reason": "The project is postponed."},
        "policy.add-lines.v1": {**_PROGRAMME, **_MONEY, "lines": (_BATCHED,)},
        "policy.record-entry.v1": {
            **_PROGRAMME, "seq": 3, "code": "EXCEEDS_CAP", "applied": False, "batch_id": BATCH, "attempt": 1,
            "failing": (_FAILING,), "caps": (_CAP,),
        },
        "policy.release-batch.v1": {**_TOLD, **_PROGRAMME},
        "policy.batch-tick.v1": _PROGRAMME,
        "policy.simulate-batch.v1": {**_TOLD, **_PROGRAMME},
        "policy.propose-batch.v1": {**_TOLD, **_PROGRAMME, "batch_id": BATCH},
        "policy.countersign-batch.v1": {**_TOLD, **_PROGRAMME, "batch_id": BATCH, "batch_sha256": OTHER_DIGEST},
        "policy.return-batch.v1": {**_TOLD, **_PROGRAMME, "batch_id": BATCH, "batch_sha256": OTHER_DIGEST},
        "policy.batch-simulated.v1": {**_TOLD, **_ATTEMPT, "plan": _PLAN},
        "policy.batch-proposed.v1": {
            **_TOLD, **_ATTEMPT, "plan": _PLAN, "grade_needed": 2, "batch_sha256": OTHER_DIGEST,
        },
        "policy.batch-countersigned.v1": {
            **_TOLD, **_ATTEMPT, "proposed_by": "officer-zhao", "batch_sha256": OTHER_DIGEST,
        },
        "policy.batch-returned.v1": {
            **_TOLD, **_ATTEMPT, "proposed_by": "officer-zhao", "batch_sha256": OTHER_DIGEST,
        },
        "policy.batch-opened.v1": {**_PROGRAMME, "batch_id": BATCH},
        "policy.lines-added.v1": {**_PROGRAMME, "batch_id": BATCH, **_MONEY, "lines": (_BATCHED,)},
        "policy.lines-set-aside.v1": {**_ATTEMPT, "lines": (_BATCHED,), "findings": (_FINDING,)},
        "policy.batch-released.v1": {**_ATTEMPT, **_MONEY, **_TOTALS, "lines": (_BATCHED,), "cause": "count"},
        "policy.batch-posted.v1": {**_POSTED, **_TOTALS, "lines": (_BATCHED,), "caps": (_CAP,)},
        "policy.batch-refused.v1": {
            **_POSTED, "code": "EXCEEDS_CAP", "failing": (_FAILING,), "caps": (_CAP,),
        },
        "policy.batch-closed.v1": _ATTEMPT,
        "policy.caps-noted.v1": {**_PROGRAMME, "seq": 3, "caps": (_CAP,)},
        "policy.batch-command-refused.v1": {**_PROGRAMME, "code": "NOTHING_TO_RELEASE"},
        "policy.batch-command-repeated.v1": {**_PROGRAMME, "outcome": "DONE"},
        "ledger.define-programme.v1": {
            **_TOLD, **_PROGRAMME, "name": "First round (illustrative)", "item": "H200", **_MONEY,
            "coefficients": ({"unit": "module-8", "base_units": 8},), "volume_units": 400_000,
            "company_units": 200_000,
        },
        "ledger.define-cap.v1": {
            **_TOLD, **_PROGRAMME, "cap_id": f"company:{COMPANY}", **_COMPANY, "volume_units": 150_000,
        },
        "ledger.grant-batch.v1": {
            **_ATTEMPT, **_MONEY, "line_count": 1, "total_units": 1_000, "lines": (_GRANTED,),
        },
        "ledger.place-hold.v1": {**_CHIPS, "units": 300, "expires_at": STARTS, "authority": "order ILLUSTRATIVE-0004"},
        "ledger.extend-hold.v1": {**_CHIPS_OF_HOLD, "expires_at": ENDS},
        "ledger.void-hold.v1": _CHIPS_OF_HOLD,
        "ledger.draw.v1": {**_CHIPS, "units": 200},
        "ledger.record-late.v1": {**_CHIPS, "line_id": "u1", "units": 50, "effective_at": AT},
        "ledger.set-cumulative.v1": {**_CHIPS, "line_id": "u1", "units": 250},
        "ledger.adjust.v1": {**_CHIPS, "corrects": "d-1", "units": 150},
        "ledger.contra.v1": {**_PROGRAMME, **_COMPANY, "corrects": "d-1", **_DECLARED},
        "ledger.revoke.v1": {**_TOLD, **_CHIPS, "units": 100, **_DECIDED},
        "ledger.return.v1": {**_TOLD, **_CHIPS, "units": 100, **_DECIDED},
        "ledger.surrender.v1": {**_TOLD, **_PROGRAMME, **_COMPANY, "line_id": "u1", **_DECIDED},
        "ledger.transfer.v1": {
            **_TOLD, **_CHIPS, "units": 100, "to_company_id": RIVAL, "to_line_id": "u1-moved", **_DECIDED,
        },
        "ledger.accept-conditions.v1": {**_TOLD, **_PROGRAMME, **_COMPANY, "line_id": "u1", **_DECIDED},
        "ledger.suspend.v1": {**_TOLD, **_PROGRAMME, **_COMPANY, **_DECIDED},
        "ledger.block.v1": {**_TOLD, **_PROGRAMME, **_COMPANY, **_DECIDED},
        "ledger.reinstate.v1": {**_TOLD, **_PROGRAMME, **_COMPANY, **_DECIDED},
        "ledger.freeze.v1": {**_TOLD, **_PROGRAMME, **_DECIDED},
        "ledger.unfreeze.v1": {**_TOLD, **_PROGRAMME, "countersigned_by": "officer-hai", **_DECIDED},
        "ledger.close-programme.v1": {**_TOLD, **_PROGRAMME, **_DECIDED},
        "ledger.tick.v1": _PROGRAMME,
        "ledger.entry-recorded.v1": _ENTRY,
        "ledger.checkpoint-signed.v1": _CHECKPOINT,
        "notification.register-recipient.v1": {**_RECIPIENT, "language": "zh"},
        "notification.notify.v1": {
            **_RECIPIENT, "template": "application-approved-in-part",
            "parameters": ({"name": "application_id", "value": APPLICATION},), "reasons": (_FINDING["text"],),
        },
        "notification.record-delivery.v1": {**_NOTICE, "attempts": 1, "delivered": True},
        "notification.recipient-registered.v1": {**_RECIPIENT, "language": "zh"},
        "notification.notice-queued.v1": {
            **_NOTICE, "template": "authorisation-issued", "template_version": 1, "language": "en",
            "subject": "Authorisation auth-0001", "text": "1,000 units are authorised (illustrative).",
            "cause": APPLICATION,
        },
        "notification.notice-delivered.v1": {**_NOTICE, "attempts": 1},
        "notification.notice-failed.v1": {**_NOTICE, "attempts": 8, "error": "TimeoutError"},
        "notification.notice-command-refused.v1": {**_RECIPIENT, "code": "RECIPIENT_UNKNOWN"},
        "notification.notice-command-repeated.v1": _RECIPIENT,
    }
)  # fmt: skip
"""The usual fields of every message, beside those in `_COMMON`."""
