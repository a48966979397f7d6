"""A list is read whole or refused with its line and field; its digest is that of its bytes."""

import hashlib
from pathlib import Path

import pytest

from deploy.screening import generate
from services.policy.domain.screening import ftm
from services.policy.domain.screening.entries import Entry, ScreeningList
from services.policy.domain.screening.ftm import Refused, read_entries
from services.policy.screening import ListRefused, read_list
from tests.unit.policy_screening.lists import line


def test_a_list_holds_every_name_number_country_and_address() -> None:
    content = line(
        alias=["KV"], weakAlias=["Vane"], previousName=["Old Vane"], registrationNumber=["ILLUSTRATIVE-0001"],
        leiCode=["L"], uscCode=["U"], country=["sg"], jurisdiction=["SG"], nationality=["de"],
        address=["2 Vane Road"], addressEntity=["place"], topics=["sanction"],
    ) + line("place", "Address", full=["1 Vane Road"]) + line("other", "Vessel")  # fmt: skip
    found = read_entries(content)
    assert isinstance(found, ScreeningList)
    assert found.digest == hashlib.sha256(content).hexdigest()
    assert tuple(found.entries.values()) == (
        Entry(
            "illustrative-1", "Company", ("Kestrel Vane Ltd (illustrative)",), ("KV", "Vane", "Old Vane"),
            ("ILLUSTRATIVE-0001", "U", "L"), ("SG", "DE"), ("2 Vane Road", "1 Vane Road"),
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("content", "number", "field", "why"),
    [
        (b"{", 1, "", "not valid JSON"),
        (b"\n" + line(), 1, "", "not valid JSON"),
        (line() + b"[]\n", 2, "/", "should be an object"),
        (b'{"id":"a","id":"b","schema":"Company","properties":{"name":["A"]}}', 1, "", "twice"),
        (b'{"id":"a","schema":"Company","properties":{"name":["A"],"name":["B"]}}', 1, "", "twice"),
        (b'{"id":7,"schema":"Company","properties":{}}', 1, "/id", "valid string"),
        (b'{"schema":"Company","properties":{}}', 1, "/id", "required"),
        (b'{"id":"a","schema":"Company"}', 1, "/properties", "required"),
        (b'{"id":"a","schema":"Company","properties":{}}', 1, "/properties/name", "required"),
        (b"\xff\xfe{}", 1, "", "not valid JSON"),
        (line() + line(), 2, "/id", "the id is that of line 1"),
        (line(name=[]), 1, "/properties/name", "at least 1 item"),
        (line(name="A"), 1, "/properties/name", "valid"),
        (line(name=["A", 5]), 1, "/properties/name/1", "valid string"),
        (line(name=["…"]), 1, "/properties/name/0", "no letter or digit"),
        (line(name=["x" * 501]), 1, "/properties/name/0", "at most 500"),
        (line(alias=["A"] * 201), 1, "/properties/alias", "at most 200"),
        (line(country=["C N"]), 1, "/properties/country/0", "pattern"),
        (line(addressEntity=["gone"]), 1, "/properties/addressEntity/0", "no Address"),
        (line("place", "Address"), 1, "/properties/full", "required"),
        (line(notes=["x" * ftm.LINE_BYTES_MAX]), 1, "", "more than 262144 bytes"),
    ],
)
def test_anything_odd_refuses_the_list_with_its_place(content: bytes, number: int, field: str, why: str) -> None:
    found = read_entries(content)
    assert isinstance(found, Refused)
    assert (found.line, found.field) == (number, field)
    assert why in found.why


def test_more_entries_or_bytes_than_allowed_refuse_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ftm, "ENTRIES_MAX", 1)
    assert read_entries(line("a") + line("b")) == Refused(2, "", "there are more than 1 entries")
    monkeypatch.setattr(ftm, "LIST_BYTES_MAX", 10)
    assert read_entries(line()) == Refused(0, "", "has more than 10 bytes")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ListRefused, match=r"cannot be read \(FileNotFoundError\)"):
        read_list(tmp_path / "none")


def test_the_sample_list_is_what_its_generator_makes() -> None:
    made = "".join(generate.lines(generate.COUNT))
    assert generate.SAMPLE.read_text(encoding="utf-8") == made, "stale: python -m deploy.screening.generate"


def test_every_party_of_the_sample_list_is_marked_invented() -> None:
    for one in generate.SAMPLE.read_text(encoding="utf-8").splitlines():
        assert "illustrative" in one
