import base64
import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from html.parser import HTMLParser

import httpx
import pytest
from fastapi.routing import APIRoute

from schemas.intake import TokenIssued, TokenRevoked
from services.intake.http.body import BODY_BYTES_MAX
from services.intake.http.gate import HEADER_BYTES_MAX, HEADERS_MAX
from tests.builders import AT, COMPANY, build
from tests.component.intake.edge import TOKENS, Edge, edge, errors, form, shared

PATHS = [
    "/v1/applications/app-1",
    "/v1/companies/x",
    "/docs",
    "/openapi.json",
    "/nowhere",
    "/v1/operator/services",
    "/",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("presented", [None, "Bearer", "Bearer nobody", "Basic partner", "partner", "Bearer  "])
async def test_without_a_valid_token_nothing_answers(path: str, presented: str | None) -> None:
    async with shared().client(None) as client:
        answer = await client.get(path, headers={"authorization": presented} if presented else {})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert errors(answer) == []


async def test_two_tokens_are_none() -> None:
    async with shared().client(None) as client:
        both = [("authorization", "Bearer partner"), ("authorization", "Bearer operator")]
        answer = await client.get("/docs", headers=both)
    assert answer.status_code == 401


async def test_health_answers_without_a_token() -> None:
    answer = await shared().get("/healthz", None)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_a_revoked_token_is_nobodys_at_once() -> None:
    one = edge()
    assert (await one.get("/docs")).status_code == 200
    one.tokens.apply(build(TokenRevoked, token_id="partner"))
    assert (await one.get("/docs")).status_code == 401


async def test_an_expired_token_is_nobodys() -> None:
    one = edge(AT + timedelta(days=1))
    digest = hashlib.sha256(b"old").hexdigest()
    one.tokens.apply(build(TokenIssued, token_id="old", token_sha256=digest, expires_at=AT))
    assert (await one.get("/docs", "old")).status_code == 401


async def test_the_first_operator_comes_from_settings() -> None:
    assert (await shared().get("/v1/operator/services", "bootstrap")).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        [(f"x-{n}", "1") for n in range(HEADERS_MAX)],
        [("x-long", "a" * HEADER_BYTES_MAX)],
        [("authorization", "Bearer " + "a" * HEADER_BYTES_MAX)],
    ],
    ids=["many", "long", "long token"],
)
async def test_a_flood_of_headers_is_refused(headers: list[tuple[str, str]]) -> None:
    async with shared().client() as client:
        answer = await client.get("/docs", headers=headers)
    assert answer.status_code == 431
    assert len(answer.content) < 400


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/v1/companies/x/", 404),
        ("DELETE", "/v1/applications", 405),
        ("GET", "/v1/companies", 405),
        ("POST", "/healthz", 405),
    ],
)
async def test_unknown_paths_and_methods_are_problems(method: str, path: str, status: int) -> None:
    async with shared().client() as client:
        answer = await client.request(method, path)
    assert answer.status_code == status
    assert errors(answer) == []
    assert ("allow" in answer.headers) == (status == 405)


OPERATORS = sorted(
    route.path for route in edge().app.routes if isinstance(route, APIRoute) and "/operator/" in route.path
)


@pytest.mark.parametrize("path", OPERATORS)
@pytest.mark.parametrize("secret", [name for name, (role, _) in TOKENS.items() if role in ("partner", "reader")])
async def test_partners_and_readers_do_not_reach_the_operators_part(path: str, secret: str) -> None:
    for method in ("GET", "POST"):
        async with shared().client(secret) as client:
            assert (await client.request(method, path)).status_code == 403


async def submit(one: Edge, content: object, headers: dict[str, str]) -> httpx.Response:
    sent = {"content-type": "application/json", "idempotency-key": "k", **headers}
    async with one.client() as client:
        return await client.post("/v1/applications", content=content, headers=sent)  # type: ignore[arg-type]  # any body


@pytest.mark.parametrize(
    ("headers", "status", "named"),
    [
        ({"content-type": "text/plain"}, 415, "Content-Type"),
        ({"content-type": ""}, 415, "Content-Type"),
        ({"content-type": "application/json; charset=utf-16"}, 415, "Content-Type"),
        ({"content-type": "application/cloudevents+json"}, 415, "Content-Type"),
        ({"content-type": "multipart/form-data; boundary=a"}, 415, "Content-Type"),
        ({"content-encoding": "gzip"}, 415, "Content-Encoding"),
        ({"content-encoding": "br"}, 415, "Content-Encoding"),
        ({"content-length": "many"}, 400, "Content-Length"),
        ({"content-length": "-1"}, 400, "Content-Length"),
        ({"content-length": "3"}, 400, "Content-Length"),
        ({"content-length": "100"}, 400, "Content-Length"),
        ({"idempotency-key": ""}, 400, "Idempotency-Key"),
        ({"idempotency-key": "k" * 201}, 400, "Idempotency-Key"),
    ],
)
async def test_a_bad_header_of_a_body_is_named(headers: dict[str, str], status: int, named: str) -> None:
    answer = await submit(shared(), b"{}", headers)
    assert answer.status_code == status
    assert [error["header"] for error in errors(answer)] == [named]


@pytest.mark.parametrize("length", [str(BODY_BYTES_MAX + 1), "9" * 40])
async def test_a_body_that_says_it_is_too_large_is_not_read(length: str) -> None:
    answer = await submit(shared(), b"{}", {"content-length": length})
    assert answer.status_code == 413


async def test_a_body_that_grows_too_large_is_refused_while_it_comes() -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 50 * BODY_BYTES_MAX:
            sent += 65_536
            yield b" " * 65_536

    answer = await submit(shared(), endless(), {})
    assert answer.status_code == 413
    assert errors(answer) == []


async def test_a_charset_of_utf_8_is_accepted() -> None:
    one = edge()
    await one.submitted()
    answer = await one.post("/v1/applications", form(), content_type='application/json; charset="UTF-8"', key="k2")
    assert answer.status_code == 201


class Names(HTMLParser):
    """Ids and link targets of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.targets: set[str] = set()
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        self.ids.add(given.get("id") or "")
        self.targets.add((given.get("href") or "#").removeprefix("#"))


async def test_the_documentation_is_one_page_without_scripts_whose_links_lead_somewhere() -> None:
    answer = await shared().get("/docs")
    page = Names(answer.text)
    assert page.targets <= page.ids | {"", "/openapi.json"}
    assert page.tags.isdisjoint({"script", "link", "img", "form"})
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


async def test_the_documentation_lists_every_operation_and_shows_bounds_and_an_example_of_every_body() -> None:
    one = edge()
    page, document = (await one.get("/docs")).text, (await one.get("/openapi.json")).json()
    for path, methods in document["paths"].items():
        for method in methods:
            assert page.count(f'"#{method}-{path}"') == 1
            assert page.count(f'id="{method}-{path}"') == 1
    bodies = sum("post" in methods for methods in document["paths"].values())
    assert page.count("<h4>Example</h4><pre>{") == bodies > 10
    assert "1 to 2<sup>53</sup>−1" in page
    assert "1 to 50 of them" in page


def credentials(secret: str, user: str = "anybody") -> dict[str, str]:
    """What a browser sends once a person has typed name and password."""
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()}


@pytest.mark.parametrize("user", ["anybody", "", "蓝微"])
@pytest.mark.parametrize("path", ["/docs", "/openapi.json"])
async def test_a_browser_reads_the_documentation_with_the_token_as_password(path: str, user: str) -> None:
    async with shared().client(None) as client:
        asked = await client.get(path)
        challenges = asked.headers.get_list("www-authenticate")
        given = await client.get(path, headers=credentials("partner", user))
    assert [challenge.split()[0] for challenge in challenges] == ["Bearer", "Basic"]
    assert given.status_code == 200


@pytest.mark.parametrize(
    "presented",
    [
        credentials("nobody"), credentials(""), {"authorization": "Basic"}, {"authorization": "Basic cGFydG5lcg=="},
        {"authorization": "Basic ###"}, {"authorization": "Basic /w=="}, {"authorization": "Basic cGFydG5lcg"},
        {"authorization": "Digest partner"},
    ],
)  # fmt: skip
async def test_a_wrong_password_is_asked_for_again(presented: dict[str, str]) -> None:
    async with shared().client(None) as client:
        answer = await client.get("/docs", headers=presented)
    assert answer.status_code == 401
    assert len(answer.headers.get_list("www-authenticate")) == 2


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/docs"),
        ("HEAD", "/docs"),
        ("GET", "/docs/"),
        ("GET", f"/v1/companies/{COMPANY}"),
        ("POST", "/v1/companies"),
        ("GET", "/v1/operator/services"),
    ],
)
async def test_a_password_counts_nowhere_else(method: str, path: str) -> None:
    async with shared().client(None) as client:
        answer = await client.request(method, path, headers=credentials("operator"))
    assert answer.status_code == 401
    assert answer.headers.get_list("www-authenticate") == ['Bearer error="invalid_token"']


async def test_tokens_that_were_known_go_on_to_count_while_kafka_is_away() -> None:
    one = edge()
    one.known = False
    answer = await one.get("/docs")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert (await one.get("/healthz", None)).status_code == 200
    one.known = True
    assert (await one.get("/docs")).status_code == 200
    one.known = False
    assert (await one.get("/docs")).status_code == 200


async def test_the_document_is_openapi_3_1_and_shows_what_every_post_takes() -> None:
    document = (await shared().get("/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert document["security"]
    for path, methods in document["paths"].items():
        if "post" in methods:
            operation = methods["post"]
            assert operation["requestBody"]["required"], path
            assert "Idempotency-Key" in {parameter["name"] for parameter in operation["parameters"]}, path


async def test_a_bug_is_a_problem_that_says_nothing_of_its_cause() -> None:
    one = edge()
    one.cases.rows[(0, "company:broken")] = {"profile": "not json", "registered_at": "x"}
    for shard in range(8):
        one.cases.rows[(shard, "company:broken")] = one.cases.rows[(0, "company:broken")]
    answer = await one.get("/v1/companies/broken", "officer")
    assert answer.status_code == 500
    assert errors(answer) == []
    assert "not json" not in answer.text
