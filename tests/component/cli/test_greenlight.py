"""The `greenlight` command against an edge that answers with the edge's own documents."""

import hashlib
import json
from pathlib import Path

import pytest
from pydantic import JsonValue

from services.cli.edge import REFUSED, USAGE
from tests.component.cli.edges import (
    APPLICATION,
    BROKEN,
    CHAIN,
    ISSUE,
    LETTER_PATH,
    PROGRAMME,
    ROUTES,
    SUBMITTED,
    TOKEN,
    WHY,
    Edge,
    act,
    dump,
    greenlight,
)

CASES: list[tuple[tuple[str, ...], str, tuple[str, ...]]] = [
    (
        ("status", APPLICATION),
        f"/v1/applications/{APPLICATION}",
        (
            "authorised",
            "60,000 chip, USD 1,620,000,000.00",
            "15,000 module-8",
            "EXCEEDS_CAP",
            "Findings that passed: 1; --all",
            "#4",
        ),
    ),
    (
        ("status", APPLICATION, "--all"),
        f"/v1/applications/{APPLICATION}",
        ("MIN_SHARE_MET", "企业上限", "illustrative rule 4", "sample-ai-import"),
    ),
    (
        ("ledger", PROGRAMME),
        f"/v1/programmes/{PROGRAMME}/ledger",
        ("(illustrative)", "250,000", "100", "10,800,000,000.00", "1,204", CHAIN),
    ),
    (
        ("ledger", PROGRAMME, "--as-of", "7"),
        f"/v1/programmes/{PROGRAMME}/ledger?as_of=7",
        ("qingyun-models",),
    ),
    (("batch", "list", PROGRAMME), f"/v1/programmes/{PROGRAMME}/batches", ("h200-2026-b2", "open", "posted")),
    (
        ("batch", "show", "h200-2026-b1"),
        "/v1/batches/h200-2026-b1",
        ("by next-attempt", "Refused by the ledger", "120,000", "Set aside", "leaves 60,000"),
    ),
    (
        ("batch", "release", PROGRAMME, *WHY),
        f"/v1/operator/batches/{PROGRAMME}/release",
        ("Recorded: release-batch h200-2026", "greenlight batch list h200-2026"),
    ),
    (("verify", PROGRAMME, *WHY), "/v1/operator/verify", ("every entry verified", "1,210", CHAIN)),
    (("rebuild", "ledger", *WHY), "/v1/operator/rebuild", ("Recorded: rebuild ledger", "greenlight services")),
    (("retry-parked", "policy/evaluation", *WHY), "/v1/operator/retry-parked", ("Recorded: retry-parked",)),
    (
        ("dead-letters", "list", "intake"),
        "/v1/operator/dead-letters/intake",
        ("intake-commands/0/17", "2026-03-02 09:30:00", "invalid", "/units"),
    ),
    (("dead-letters", "show", "intake", "intake-commands/0/17"), LETTER_PATH, ("lanwei", '{"units":"', "ce_type")),
    (
        ("dead-letters", "replay", "intake", "intake-commands/0/17", *WHY),
        f"{LETTER_PATH}/replay",
        ("Recorded: replay-dead-letter", "dead-letters list intake"),
    ),
    (ISSUE, "/v1/operator/tokens", ("Recorded: issue-token desk-1", "not shown again")),
    (
        ("tokens", "revoke", "desk-1", *WHY),
        "/v1/operator/tokens/desk-1/revoke",
        ("Recorded: revoke-token desk-1", "401"),
    ),
    (
        ("services",),
        "/v1/operator/services",
        ("policy-1", "Kafka does not answer", "12,345", "lanwei-compute", "the topic was recreated", "900,000"),
    ),
]


@pytest.mark.parametrize(("arguments", "path", "shown"), CASES)
@pytest.mark.parametrize("width", [120, 200])
def test_a_verb_asks_its_route_and_shows_the_answer(
    arguments: tuple[str, ...], path: str, shown: tuple[str, ...], width: int
) -> None:
    edge = Edge(ROUTES)
    result = greenlight(edge, *arguments, width=width)
    assert result.exit_code == 0, result.output
    assert edge.requests[-1].url.raw_path.decode() == path
    assert edge.requests[-1].headers["authorization"] == f"Bearer {TOKEN}"
    for words in shown:
        assert words in result.stdout


@pytest.mark.parametrize(("arguments", "path", "shown"), CASES)
def test_a_table_fits_eighty_columns(arguments: tuple[str, ...], path: str, shown: tuple[str, ...]) -> None:
    result = greenlight(Edge(ROUTES), *arguments, width=80)
    assert result.exit_code == 0
    assert path
    assert shown
    assert "…" not in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


@pytest.mark.parametrize(("arguments", "path", "shown"), [case for case in CASES if case[0] != ISSUE])
def test_json_is_the_edges_document(arguments: tuple[str, ...], path: str, shown: tuple[str, ...]) -> None:
    result = greenlight(Edge(ROUTES), *arguments, "--json", width=40)
    method = "GET" if ("GET", path) in ROUTES else "POST"
    assert shown
    assert json.loads(result.stdout) == ROUTES[method, path][1]


@pytest.mark.parametrize("arguments", [case[0] for case in CASES if "--reason" in case[0]])
def test_an_act_is_sent_with_its_reason_and_a_key(arguments: tuple[str, ...]) -> None:
    edge = Edge(ROUTES)
    greenlight(edge, *arguments)
    assert edge.body["reason"] == WHY[1]
    assert edge.requests[-1].headers["idempotency-key"]


@pytest.mark.parametrize("arguments", [case[0] for case in CASES if "--reason" in case[0]])
def test_an_act_without_a_reason_is_wrong_usage(arguments: tuple[str, ...]) -> None:
    edge = Edge(ROUTES)
    result = greenlight(edge, *(one for one in arguments if one not in WHY))
    assert result.exit_code == USAGE
    assert "--reason" in result.stderr
    assert edge.requests == []


def test_a_status_leaves_out_what_did_not_decide_and_shows_money_as_money() -> None:
    shown = greenlight(Edge(ROUTES), "status", APPLICATION).stdout
    assert "MIN_SHARE_MET" not in shown
    assert "sample-ai-import" not in shown
    assert "authorised_value USD 1,620,000,000.00" in " ".join(shown.split())


def test_an_application_of_which_little_is_known_is_shown() -> None:
    bare: JsonValue = {
        "application_id": APPLICATION, "company_id": "lanwei-compute", "state": "not-accepted", "code": "GONE",
    }  # fmt: skip
    shown = greenlight(Edge({("GET", f"/v1/applications/{APPLICATION}"): (200, bare)}), "status", APPLICATION).stdout
    for words in ("not-accepted", "GONE at /", "No lines are known yet.", "No fact is known yet."):
        assert words in shown


def test_the_same_key_can_be_given_again() -> None:
    edge = Edge(ROUTES)
    greenlight(edge, "rebuild", "ledger", *WHY, "--key", "wish-1")
    assert edge.requests[-1].headers["idempotency-key"] == "wish-1"


def test_a_file_is_submitted_as_it_is_and_is_one_wish(tmp_path: Path) -> None:
    edge = Edge(ROUTES)
    content = b'{"company_id": "lanwei-compute", "units": 1.0}'
    (tmp_path / "application.json").write_bytes(content)
    result = greenlight(edge, "submit", str(tmp_path / "application.json"))
    assert result.exit_code == 0
    assert f"greenlight status {APPLICATION}" in result.stdout
    assert edge.requests[-1].content == content
    assert edge.requests[-1].headers["idempotency-key"] == f"file-{hashlib.sha256(content).hexdigest()}"


def test_a_file_comes_from_standard_input_too() -> None:
    edge = Edge(ROUTES)
    assert greenlight(edge, "submit", "-", given=b"{}").exit_code == 0
    assert edge.requests[-1].content == b"{}"


def test_an_application_that_is_not_answered_yet_says_so() -> None:
    pending = dump(SUBMITTED.model_copy(update={"state": "pending"}))
    result = greenlight(Edge({("POST", "/v1/applications"): (202, pending)}), "submit", "-", given=b"{}")
    assert result.exit_code == 0
    assert "not answered yet" in result.stdout


def test_an_act_that_is_not_recorded_yet_says_so() -> None:
    late = Edge({("POST", "/v1/operator/rebuild"): (202, act("rebuild", "ledger", None))})
    assert "not recorded yet" in greenlight(late, "rebuild", "ledger", *WHY).stdout


@pytest.mark.parametrize(("content", "title"), [(None, "File not readable"), (b" " * 1_048_577, "File too large")])
def test_a_file_that_cannot_be_sent_is_wrong_usage(tmp_path: Path, content: bytes | None, title: str) -> None:
    edge = Edge(ROUTES)
    file = tmp_path / "application.json"
    if content is not None:
        file.write_bytes(content)
    result = greenlight(edge, "submit", str(file))
    assert (result.exit_code, edge.requests) == (USAGE, [])
    assert title in result.stderr


def test_one_company_is_shown_with_the_programmes_own_caps() -> None:
    result = greenlight(Edge(ROUTES), "ledger", PROGRAMME, "--company", "lanwei-compute")
    assert "lanwei-compute" in result.stdout
    assert "399,999" in result.stdout
    assert "qingyun-models" not in result.stdout
    assert "10,800,000,000.00" not in result.stdout


def test_one_companys_json_holds_no_other_company() -> None:
    result = greenlight(Edge(ROUTES), "ledger", PROGRAMME, "--company", "qingyun-models", "--json")
    document = json.loads(result.stdout)
    assert [one["company_id"] for one in document["accounts"]] == ["qingyun-models"]
    assert [one["company_id"] for one in document["caps"]] == [None, "qingyun-models"]


def test_a_company_without_an_account_is_not_found() -> None:
    result = greenlight(Edge(ROUTES), "ledger", PROGRAMME, "--company", "nobody")
    assert result.exit_code == REFUSED
    assert f"greenlight ledger {PROGRAMME}" in result.stderr


def test_a_broken_chain_is_named_and_fails_the_command() -> None:
    edge = Edge({("POST", "/v1/operator/verify"): (200, dump(BROKEN))})
    result = greenlight(edge, "verify", PROGRAMME, *WHY)
    assert result.exit_code == REFUSED
    assert "Broken at entry 1,200: hash wrong" in result.stdout


def test_a_tokens_secret_is_printed_once_and_only_its_hash_is_sent() -> None:
    edge = Edge(ROUTES)
    secret = greenlight(edge, *ISSUE).stdout.splitlines()[0]
    assert len(secret) >= 43
    assert edge.body["token_sha256"] == hashlib.sha256(secret.encode()).hexdigest()
    assert secret.encode() not in edge.requests[-1].content
    assert json.loads(greenlight(edge, *ISSUE, "--json").stdout)["token"] != secret


def test_an_unknown_role_is_wrong_usage() -> None:
    result = greenlight(Edge(ROUTES), "tokens", "issue", "t", "--person", "p", "--role", "king", *WHY)
    assert result.exit_code == USAGE


def test_dead_letters_of_every_service_are_listed_together() -> None:
    edge = Edge(ROUTES)
    result = greenlight(edge, "dead-letters", "list")
    assert len(edge.requests) == 4
    assert "intake-commands/0/17" in result.stdout


def test_no_dead_letters_is_said_in_words() -> None:
    assert greenlight(Edge(ROUTES), "dead-letters", "list", "policy").stdout.strip() == "No dead letters."


@pytest.mark.parametrize("letter", ["17", "intake-commands/0", "intake-commands/0/x", "/0/17", "a/0/17/1"])
def test_what_is_no_letters_id_is_wrong_usage(letter: str) -> None:
    edge = Edge(ROUTES)
    result = greenlight(edge, "dead-letters", "show", "intake", letter)
    assert (result.exit_code, edge.requests) == (USAGE, [])
    assert "greenlight dead-letters list intake" in result.stderr


def test_help_lists_every_verb() -> None:
    result = greenlight(Edge({}), "--help")
    for verb in ("submit", "status", "ledger", "batch", "verify", "rebuild", "topics", "dead-letters", "tokens"):
        assert f"  {verb}" in result.stdout
    assert "..." not in result.stdout.partition("Commands:")[2]
