"""What the registered numbers of a company are worth as facts: verdicts only, never the number."""

from collections.abc import Mapping

from schemas.findings import Identifier, Verdict
from services.policy.domain.screening import identifiers

_VERDICTS: Mapping[identifiers.Verdict, Verdict] = {
    "VALID": "valid",
    "CHECKSUM": "checksum-failed",
    "RESIDENT_NUMBER": "resident-id",
}


def of_registry(country: str, registry_no: str) -> tuple[Identifier, ...]:
    """What a registry number is worth: in China it is the unified social credit code; elsewhere nothing is known."""
    if country != "CN":
        return ()
    found = identifiers.check_uscc(registry_no).verdict
    return (Identifier(kind="uscc", verdict=_VERDICTS.get(found, "malformed")),)
