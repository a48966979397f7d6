"""One good body per form, for the documentation. Every name and number is invented and illustrative."""

from pydantic import JsonValue

Example = dict[str, JsonValue]

_WHY: Example = {"reason": "Agreed in the meeting of 2 March 2026 (illustrative)."}

COMPANY: Example = {
    "company_id": "lanwei-compute",
    "legal_name": "蓝微计算 Lanwei Compute (illustrative)",
    "registry_no": "ILLUSTRATIVE-0001",
    "country": "CN",
    "category": "private",
    "language": "zh",
    "group_id": "lanwei-group",
}
APPLICATION: Example = {
    "company_id": "lanwei-compute",
    "programme_id": "h200-2026",
    "form_version": 1,
    "currency": "USD",
    "use_lines": [
        {
            "line_id": "u1",
            "use": "frontier-training",
            "workload": "Pre-training of an illustrative language model",
            "item": "H200",
            "units": 1_000,
            "unit": "chip",
            "unit_value": 2_700_000,
            "site": "Hall 1 (illustrative)",
            "starts_on": "2026-04-01T00:00:00Z",
            "ends_on": "2027-03-31T00:00:00Z",
            "why_not_domestic": "The interconnect of this cluster accepts one product class only.",
        }
    ],
    "domestic_plan": {"training": 3_000, "inference": 6_000},
}
ACT: Example = _WHY
PROGRAMME: Example = {
    **_WHY,
    "programme_id": "h200-2026",
    "name": "First round (illustrative)",
    "item": "H200",
    "unit": "chip",
    "coefficients": [{"unit": "module-8", "base_units": 8}],
    "currency": "USD",
    "volume_units": 400_000,
    "company_units": 120_000,
}
CAP: Example = {
    **_WHY,
    "programme_id": "h200-2026",
    "cap_id": "company:lanwei-compute",
    "company_id": "lanwei-compute",
    "volume_units": 90_000,
}
DRAW: Example = {
    **_WHY,
    "programme_id": "h200-2026",
    "company_id": "lanwei-compute",
    "unit": "module-8",
    "units": 25,
    "authority": "ILLUSTRATIVE-DECLARATION-0001",
}
REVOCATION: Example = {**DRAW, "unit": "chip", "units": 500, "at_most": True}
GROUP: Example = {**_WHY, "company_id": "lanwei-compute", "group_id": "lanwei-group", "confirmed": True}
TOKEN: Example = {
    **_WHY,
    "token_id": "lanwei-1",
    "token_sha256": "5d" * 32,
    "person_id": "partner-lin",
    "role": "partner",
    "company_id": "lanwei-compute",
    "expires_at": "2027-01-01T00:00:00Z",
}
VERIFICATION: Example = {**_WHY, "programme_id": "h200-2026"}
TARGET: Example = {**_WHY, "target": "ledger/ledger"}
