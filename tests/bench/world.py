"""The small invented world of the benches over HTTP: companies, their applications, one operator's token."""

import hashlib
from collections.abc import Mapping

TOKEN = "illustrative-bench-token"
TOKEN_SHA256 = hashlib.sha256(TOKEN.encode()).hexdigest()
PROGRAMME = "h200-2026"


def company_id(number: int) -> str:
    """An invented company."""
    return f"company-{number:03d}"


def company(company_id: str) -> Mapping[str, object]:
    """As it registers."""
    return {
        "company_id": company_id, "legal_name": f"{company_id} (illustrative)", "country": "CN",
        "registry_no": "ILLUSTRATIVE-0001", "category": "private", "language": "zh",
    }  # fmt: skip


def application(company_id: str, units: int = 1) -> Mapping[str, object]:
    """As it applies: two lines for this many units each."""
    lines = [
        {
            "line_id": f"line-{number}", "use": "research", "workload": "Long-context research, illustrative",
            "item": "H200", "units": units, "unit": "chip", "unit_value": 2_700_000, "site": "Site 1 (illustrative)",
            "starts_on": "2026-12-01T00:00:00Z", "ends_on": "2027-11-30T00:00:00Z",
            "why_not_domestic": "The model does not fit the memory of one domestic node.",
        }
        for number in (1, 2)
    ]  # fmt: skip
    return {
        "company_id": company_id, "programme_id": PROGRAMME, "form_version": 1, "currency": "USD",
        "use_lines": lines, "domestic_plan": {"training": 3_000, "inference": 8_000},
    }  # fmt: skip


def programme() -> Mapping[str, object]:
    """As an officer defines it."""
    return {
        "reason": "Open the illustrative programme", "programme_id": PROGRAMME, "name": "First batch (illustrative)",
        "item": "H200", "unit": "chip", "currency": "USD", "volume_units": 2**50,
    }  # fmt: skip
