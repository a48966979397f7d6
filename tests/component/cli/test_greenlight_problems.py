"""What `greenlight` says when the edge refuses, is away, or is something else."""

import json

import httpx
import pytest

from services.cli.edge import REFUSED, UNREACHABLE, USAGE
from tests.component.cli.edges import (
    INVALID,
    ISSUE,
    LETTER_PATH,
    ROUTES,
    STATUSES,
    WHOLE_LETTER,
    WHY,
    Edge,
    dump,
    greenlight,
)


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
