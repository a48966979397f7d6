"""The `greenlight` command against an edge that answers with the edge's own documents."""

import hashlib
import json
from pathlib import Path

import httpx
import pytest
from pydantic import JsonValue

from services.cli.edge import REFUSED, UNREACHABLE, USAGE
from tests.component.cli.edges import (
    APPLICATION,
    BATCH,
    BATCH_LIST,
    BROKEN,
    CASE,
    CHAIN,
    INVALID,
    LEDGER,
    LETTERS,
    NO_LETTERS,
    PROGRAMME,
    STATUSES,
    SUBMITTED,
    TOKEN,
    VERIFIED,
    WHOLE_LETTER,
    Edge,
    act,
    dump,
    greenlight,
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


def test_a_problem_names_each_field_and_what_to_do() -> None:
    result = greenlight(Edge({("POST", "/v1/applications"): (422, INVALID)}), "submit", "-", given=b"{}")
    assert (result.exit_code, result.stdout) == (REFUSED, "")
    for words in (
        "Unprocessable Entity (422)",
        "/use_lines/0/units  Input should be greater",
        "header Idempotency-Key  is required",
        "parameter as_of  is not a whole number",
        "Mend the fields",
    ):
        assert words in result.stderr


def test_a_problem_in_json_is_on_standard_error() -> None:
    refused = Edge({("POST", "/v1/applications"): (422, INVALID)})
    result = greenlight(refused, "submit", "-", "--json", given=b"{}")
    document = json.loads(result.stderr)
    assert result.stdout == ""
    assert document["errors"][0]["pointer"] == "/use_lines/0/units"
    assert document["next_step"].startswith("Mend")


@pytest.mark.parametrize(
    ("status", "exit_code", "next_step"),
    [
        (302, REFUSED, "use the address it points to"),
        (401, REFUSED, "GREENLIGHT_TOKEN"),
        (403, REFUSED, "whose role allows"),
        (404, REFUSED, "Check the id"),
        (409, REFUSED, "already"),
        (422, REFUSED, "Mend the fields"),
        (429, REFUSED, "Wait"),
        (500, REFUSED, "its log says why"),
        (502, UNREACHABLE, "Try again in a moment. The same wish again: --key wish-1"),
        (503, UNREACHABLE, "Try again in a moment. The same wish again: --key wish-1"),
        (504, UNREACHABLE, "Try again in a moment. The same wish again: --key wish-1"),
    ],
)
def test_every_status_ends_with_its_code_and_a_next_step(status: int, exit_code: int, next_step: str) -> None:
    edge = Edge({("POST", "/v1/operator/rebuild"): (status, None)})
    result = greenlight(edge, "rebuild", "ledger", *WHY, "--key", "wish-1")
    assert result.exit_code == exit_code
    assert next_step in result.stderr
    assert "Traceback" not in result.stderr


def test_how_long_to_wait_is_said_as_the_edge_said_it() -> None:
    result = greenlight(lambda _: httpx.Response(503, headers={"retry-after": "2"}), "services")
    assert result.exit_code == UNREACHABLE
    assert "Wait 2 s and try again." in result.stderr


@pytest.mark.parametrize(
    ("error", "arguments", "words"),
    [
        (httpx.ConnectError, ("services",), ("Nothing answers at http://edge.example", "make up")),
        (httpx.ReadTimeout, ("services",), ("did not answer in time (ReadTimeout)", "Try again.")),
        (httpx.ReadTimeout, ("rebuild", "l", *WHY, "--key", "wish-1"), ("outcome is not known", "--key wish-1")),
        (httpx.ReadTimeout, ISSUE, ("greenlight tokens revoke desk-1",)),
        (httpx.RemoteProtocolError, ("services",), ("broke off",)),
    ],
)
def test_an_edge_that_does_not_answer_is_unreachable(
    error: type[httpx.TransportError], arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise error("refused")

    result = greenlight(fail, *arguments)
    assert result.exit_code == UNREACHABLE
    for one in words:
        assert one in result.stderr


@pytest.mark.parametrize(
    ("response", "words"),
    [
        (httpx.Response(200, text="<html>"), ("without JSON", "Check GREENLIGHT_URL")),
        (httpx.Response(200, json={"services": 7}), ("not what this release expects at /services", "--json")),
        (httpx.Response(200, json=[]), ("not what this release expects",)),
        (httpx.Response(500, text="<html>"), ("Internal Server Error (500)",)),
        (httpx.Response(404, json={"status": "x"}), ("Not Found (404)",)),
    ],
)
def test_an_answer_of_something_else_is_told_apart(response: httpx.Response, words: tuple[str, ...]) -> None:
    result = greenlight(lambda _: response, "services")
    assert result.exit_code == REFUSED
    for one in words:
        assert one in result.stderr


def test_what_the_edge_sends_cannot_write_to_the_terminal() -> None:
    letter = WHOLE_LETTER.model_copy(update={"detail": "\x1b[2J[bold]gone[/bold]\u202e", "where": ":smile:"})
    edge = Edge({("GET", LETTER_PATH): (200, dump(letter))})
    result = greenlight(edge, "dead-letters", "show", "intake", "intake-commands/0/17")
    assert "\x1b" not in result.stdout
    assert "\u202e" not in result.stdout
    assert "[bold]gone[/bold]" in result.stdout
    assert ":smile:" in result.stdout


def test_what_a_person_types_cannot_leave_the_route() -> None:
    edge = Edge({})
    greenlight(edge, "status", "../operator/services?x=1#y")
    assert edge.requests[-1].url.raw_path == b"/v1/applications/..%2Foperator%2Fservices%3Fx%3D1%23y"


def test_statistics_of_every_instance_are_added_up_and_only_the_last_minutes_shown() -> None:
    one = dump(STATUSES)
    assert isinstance(one, dict)
    processes = one["services"]
    assert isinstance(processes, list)
    doubled = Edge({("GET", "/v1/operator/services"): (200, {"services": [*processes, processes[-1]]})})
    shown = greenlight(doubled, "services").stdout
    assert "1,800,000" in shown
    assert "2026-03-02T09:32Z" in shown
    assert "2026-03-02T09:31Z" not in shown


def test_a_stack_without_the_statistics_agent_says_so() -> None:
    alone = Edge({("GET", "/v1/operator/services"): (200, {"services": [{"instance": "embedded-1", "ready": True}]})})
    assert "agent is absent" in greenlight(alone, "services").stdout


def test_without_a_token_no_header_is_sent() -> None:
    edge = Edge(ROUTES)
    greenlight(edge, "services", token="")
    assert "authorization" not in edge.requests[-1].headers


def test_the_address_on_the_command_line_goes_first() -> None:
    edge = Edge(ROUTES)
    greenlight(edge, "--url", "https://other.example", "services")
    assert edge.requests[-1].url.host == "other.example"


def test_an_address_that_is_none_is_wrong_usage() -> None:
    assert greenlight(Edge({}), "--url", "edge.example", "services").exit_code == USAGE


def test_help_lists_every_verb() -> None:
    result = greenlight(Edge({}), "--help")
    for verb in ("submit", "status", "ledger", "batch", "verify", "rebuild", "topics", "dead-letters", "tokens"):
        assert f"  {verb}" in result.stdout
    assert "..." not in result.stdout.partition("Commands:")[2]
