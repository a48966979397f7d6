"""`greenlight screen` and `greenlight lists check`: offline, with hits, tiers, reasons and an outcome."""

import json
from pathlib import Path

import pytest
from typer.testing import Result

from deploy.screening.generate import SAMPLE
from services.cli.edge import REFUSED, USAGE
from tests.component.cli.edges import Edge, greenlight
from tests.unit.policy_screening.lists import line

OFFLINE = Edge({})


def run(*arguments: str) -> Result:
    result = greenlight(OFFLINE, *arguments, width=160)
    assert OFFLINE.requests == []
    return result


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        (("泠硯半導體股份有限公司", "--country", "cn"), REFUSED, ("reject", "exact", "country", "泠砚半导体有限公司")),
        (("Lingyan Semiconductor",), REFUSED, ("refer", "pinyin", "90.00", "same sound")),
        (("Paper Crane Trading",), 0, ("pass", "No hits.")),
        (("Paper Crane", "--registry-no", "918200000000000000", "--country", "CN"), REFUSED, ("refer", "checksum")),
    ],
)
def test_a_name_is_screened_and_the_outcome_decides_the_exit_code(
    arguments: tuple[str, ...], exit_code: int, words: tuple[str, ...]
) -> None:
    result = run("screen", *arguments, "--list", str(SAMPLE))
    assert result.exit_code == exit_code
    for word in words:
        assert word in result.stdout


def test_json_holds_digests_and_every_hit() -> None:
    document = json.loads(run("screen", "Brelkin Ltd", "--country", "SG", "--list", str(SAMPLE), "--json").stdout)
    assert (document["outcome"], document["entries"], len(document["list_digest"])) == ("refer", 212, 64)
    assert document["hits"] == [
        {
            "entry_id": "illustrative-000207", "entry_digest": document["hits"][0]["entry_digest"], "tier": "script",
            "score": 9_700, "why": "STEM_EQUAL", "name": "Brelkin (Holdings) Ltd", "alias": False,
            "facts": ["country"], "outcome": "refer",
        }
    ]  # fmt: skip


def test_a_number_is_never_printed() -> None:
    number = "110100189901010003"
    result = run("screen", "Paper Crane", "--registry-no", number, "--list", str(SAMPLE), "--json")
    assert result.exit_code == REFUSED
    assert number not in result.output


@pytest.mark.parametrize(
    "arguments", [("",), ("x" * 201,), ("Vane", "--country", "CHN"), ("Vane", "--country", "中国")]
)
def test_wrong_usage_is_said(arguments: tuple[str, ...]) -> None:
    assert run("screen", *arguments, "--list", str(SAMPLE)).exit_code == USAGE


def test_a_good_list_is_shown_with_its_digest() -> None:
    document = json.loads(run("lists", "check", str(SAMPLE), "--json").stdout)
    assert (document["entries"], document["schemas"]["Person"]) == (212, 24)


def test_a_bad_list_is_refused_with_line_and_field(tmp_path: Path) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_bytes(line() + line("b", name=[7]))
    for verb in (("lists", "check", str(file)), ("screen", "Vane", "--list", str(file))):
        result = run(*verb)
        assert result.exit_code == REFUSED
        assert "bad.jsonl: line 2: /properties/name/0" in result.stderr
