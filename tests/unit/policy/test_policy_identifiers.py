"""Registry numbers as facts of an evaluation: what their check says, in the facts' words. All are invented."""

import pytest

from services.policy.domain.identifiers import of_registry


@pytest.mark.parametrize(
    ("country", "registry_no", "verdicts"),
    [
        ("CN", "91350100M000100Y43", ["valid"]),  # the example of GB 32100-2015
        ("CN", "91350100M000100Y44", ["checksum-failed"]),
        ("CN", "98350100M000100Y4D", ["malformed"]),  # its checksum holds, and no such department registers
        ("CN", "11010519491231002X", ["resident-id"]),  # the example of GB 11643-1999
        ("CN", "ILLUSTRATIVE-0001", ["malformed"]),
        ("SG", "91350100M000100Y43", []),
    ],
)
def test_a_registry_number_is_told_by_its_verdict_alone(country: str, registry_no: str, verdicts: list[str]) -> None:
    assert [known.verdict for known in of_registry(country, registry_no)] == verdicts
