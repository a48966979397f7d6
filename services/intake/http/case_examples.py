"""One good body per form about a case, for the documentation. Everything is invented and illustrative."""

from services.intake.http.examples import Example

PROPOSAL: Example = {
    "reason": "The need is shown for part of the request (illustrative).",
    "version": 1,
    "outcome": "approve-in-part",
    "lines": [{"line_id": "u1", "authorised_units": 600}],
    "reasons": [{"code": "SUPPLY_SHORT", "rule": "company-cap", "note": "The rest may be asked for next quarter."}],
}
SIGNATURE: Example = {"reason": "Read and agreed (illustrative).", "decision_sha256": "a7" * 32}
QUESTIONS: Example = {
    "reason": "The plan of the site does not say it (illustrative).",
    "questions": ["How many domestic nodes does the site run?"],
    "due_at": "2026-12-15T00:00:00Z",
}
INFORMATION: Example = {
    "answers": ["Forty, as the plan of the site shows."],
    "documents": [{"sha256": "5d" * 32, "kind": "site plan"}],
}
WITHDRAWAL: Example = {"reason": "The project is postponed (illustrative)."}
BATCH: Example = {"reason": "Agreed in the meeting (illustrative).", "batch_id": "h200-2026-b1"}
BATCH_SIGNATURE: Example = {**BATCH, "batch_sha256": "a7" * 32}
WHY: Example = {"reason": "Agreed in the meeting (illustrative)."}
LEASE: Example = {**WHY, "lease_seconds": 28_800}
AGENCY: Example = {**WHY, "agency": "industry"}
ADVICE: Example = {**AGENCY, "opinion": "proviso", "text": "Only for the stated site (illustrative)."}
FLAG: Example = {**WHY, "flag": "screening"}
INTENT: Example = {
    **WHY,
    "reasons": [{"code": "NEED_NOT_SHOWN", "rule": "necessary-use"}],
    "due_at": "2026-12-15T00:00:00Z",
}
