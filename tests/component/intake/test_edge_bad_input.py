"""Bad input at the front door, line by line: status and place as the outcome, never the content.

What each line of the list is and where it is held when not here:
bodies, ids, numbers, text     here; the same bodies one layer below, byte for byte, in unit/intake/test_intake_body.py
slow and cut bodies            test_edge_server.py, over a real connection
header floods, operators' part test_edge_gate.py
keys: again, twice at once     test_edge_partners.py; double clicks, whole dead-letter topics: test_edge_operators.py
unknown currency, product, unit unit/policy/test_policy_kernel.py: an application with one is referred, with a finding
out of order, cancel too early unit/ledger/test_ledger_takings.py
webhook addresses, CRLF, mail  unit/notification, component/notification; console markup: unit/cli
records of Kafka               unit/kit/test_envelope.py, component/kit/test_letters.py, connected
"""

import base64
import json

import pytest

from services.intake.http.body import BODY_BYTES_MAX, INTEGER_DIGITS_MAX
from tests.builders import COMPANY, GROUP, PROGRAMME, RIVAL
from tests.component.intake.edge import company, errors, form, line, shared
from tests.component.intake.test_edge_operators import CAP, DRAW, PROGRAMME_FORM, TOKEN, WHY

COMPANIES, APPLICATIONS = "/v1/companies", "/v1/applications"
DRAWS, CAPS, TOKENS = "/v1/operator/draws", "/v1/operator/caps", "/v1/operator/tokens"
LINE = "/use_lines/0"


def lines(**changes: object) -> bytes:
    """The good application with its line changed."""
    return json.dumps(form(use_lines=[line(**changes)])).encode()


def raw(value: str, name: str = "units") -> bytes:
    """The good application with one value of its line written as this text."""
    return lines(**{name: "@@"}).replace(b'"@@"', value.encode())


def other(**changes: object) -> bytes:
    """The good application with its own fields changed."""
    return json.dumps(form(**changes)).encode()


def firm(**changes: object) -> bytes:
    """A good company, changed."""
    return json.dumps({**company(), **changes}).encode()


GOOD = other()
NESTED = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
Row = tuple[str, str, str, bytes, int, str]
NUMBERS: list[Row] = [
    ("NaN", "partner", APPLICATIONS, raw("NaN"), 400, f"{LINE}/units"),
    ("Infinity", "partner", APPLICATIONS, raw("Infinity"), 400, f"{LINE}/units"),
    ("1e400", "partner", APPLICATIONS, raw("1e400"), 422, f"{LINE}/units"),
    ("40 digits", "partner", APPLICATIONS, raw("9" * 40), 422, f"{LINE}/units"),
    ("5,000 digits", "partner", APPLICATIONS, raw("9" * (INTEGER_DIGITS_MAX + 700)), 400, f"{LINE}/units"),
    ("negative zero", "partner", APPLICATIONS, raw("-0"), 422, f"{LINE}/units"),
    ("true", "partner", APPLICATIONS, raw("true"), 422, f"{LINE}/units"),
    ("text", "partner", APPLICATIONS, raw('"10"'), 422, f"{LINE}/units"),
    ("fraction", "partner", APPLICATIONS, raw("10.0"), 422, f"{LINE}/units"),
    ("zero", "partner", APPLICATIONS, raw("0"), 422, f"{LINE}/units"),
    ("minus one", "partner", APPLICATIONS, raw("-1"), 422, f"{LINE}/units"),
    ("beyond 2^63", "partner", APPLICATIONS, raw(str(2**63)), 422, f"{LINE}/units"),
    ("beyond 2^53 in sum", "partner", APPLICATIONS, raw(str(2**53 - 1)), 422, f"{LINE}/units"),
    ("true as a version", "partner", APPLICATIONS, other(form_version=True), 422, "/form_version"),
    ("share of 1.0", "partner", APPLICATIONS, other(domestic_plan={"training": 1.0, "inference": 0}), 422,
     "/domestic_plan/training"),
    ("10,000 lines", "partner", APPLICATIONS, other(use_lines=[line()] * 2_000), 422, "/use_lines"),
    ("true as units drawn", "operator", DRAWS, json.dumps({**DRAW, "units": True}).encode(), 422, "/units"),
    ("a cap of 0", "operator", CAPS, json.dumps({**CAP, "volume_units": 0}).encode(), 422, "/volume_units"),
    ("a cap of NaN", "operator", CAPS, json.dumps({**CAP, "volume_units": float("nan")}).encode(), 400,
     "/volume_units"),
]  # fmt: skip
BODIES: list[Row] = [
    ("empty", "partner", APPLICATIONS, b"", 400, ""),
    ("doubled key", "partner", APPLICATIONS, raw('1,"units":2'), 400, f"{LINE}/units"),
    ("100,000 deep", "partner", APPLICATIONS, NESTED, 400, ""),
    ("UTF-16", "partner", APPLICATIONS, GOOD.decode().encode("utf-16"), 400, ""),
    ("byte order mark", "partner", APPLICATIONS, b"\xef\xbb\xbf" + GOOD, 400, ""),
    ("bad UTF-8", "partner", APPLICATIONS, GOOD.replace(b"Hall", b"Ha\xff"), 400, ""),
    ("lone surrogate", "partner", APPLICATIONS, raw('"\\ud800"', "site"), 400, f"{LINE}/site"),
    ("unknown field", "partner", APPLICATIONS, lines(prioritised=True), 422, f"{LINE}/prioritised"),
    ("old version", "partner", APPLICATIONS, other(form_version=0), 422, "/form_version"),
    ("future version", "partner", APPLICATIONS, other(form_version=2), 422, "/form_version"),
    ("another principal", "partner", APPLICATIONS, other(actor={"person_id": "x", "role": "officer"}), 422, "/actor"),
    ("an id of its own", "partner", APPLICATIONS, other(application_id="app-1"), 422, "/application_id"),
    ("unknown field of a company", "officer", COMPANIES, firm(vip=True), 422, "/vip"),
    ("confirms itself", "partner", COMPANIES, firm(group_id=GROUP, group_confirmed=True), 422, "/group_confirmed"),
]
TEXT: list[Row] = [
    ("NUL", "partner", APPLICATIONS, lines(site="a\x00b"), 422, f"{LINE}/site"),
    ("CRLF", "partner", APPLICATIONS, lines(workload="a\r\nb: c"), 422, f"{LINE}/workload"),
    ("bidi", "partner", APPLICATIONS, lines(site="a\u202eb"), 422, f"{LINE}/site"),
    ("zero width", "partner", APPLICATIONS, lines(site="a\u200bb"), 422, f"{LINE}/site"),
    ("terminal escape", "partner", APPLICATIONS, lines(site="\x1b[31m"), 422, f"{LINE}/site"),
    ("NUL in a name", "officer", COMPANIES, firm(legal_name="a\x00b"), 422, "/legal_name"),
    ("bidi in a reason", "operator", DRAWS, json.dumps({**DRAW, "reason": "a\u2066b"}).encode(), 422, "/reason"),
    ("too long", "partner", APPLICATIONS, lines(why_not_domestic="a" * 2_001), 422, f"{LINE}/why_not_domestic"),
    ("homoglyphs, for screening to judge", "officer", COMPANIES, firm(company_id="homoglyph", legal_name="Lаnwei"),
     201, ""),
    ("HTML, template and formula, kept as text", "partner", APPLICATIONS, lines(workload="=1+1 <b>{{7*7}}</b>"), 201,
     ""),
]  # fmt: skip
TIMES: list[Row] = [
    ("no zone", "partner", APPLICATIONS, lines(ends_on="2027-03-31T00:00:00"), 422, f"{LINE}/ends_on"),
    ("year 9999", "partner", APPLICATIONS, lines(ends_on="9999-12-31T23:59:59-12:00"), 422, f"{LINE}/ends_on"),
    ("year 1", "partner", APPLICATIONS, lines(starts_on="0001-01-01T00:00:00+14:00"), 422, f"{LINE}/starts_on"),
    ("far future", "partner", APPLICATIONS, lines(ends_on="2060-01-01T00:00:00Z"), 422, f"{LINE}/ends_on"),
    ("a number", "partner", APPLICATIONS, raw("1800000000", "ends_on"), 422, f"{LINE}/ends_on"),
    ("a token that has ended", "operator", TOKENS, json.dumps({**TOKEN, "expires_at": "2020-01-01T00:00:00Z"}).encode(),
     422, "/expires_at"),
    ("a token without a zone", "operator", TOKENS, json.dumps({**TOKEN, "expires_at": "2030-01-01"}).encode(), 422,
     "/expires_at"),
]  # fmt: skip
NAMES: list[Row] = [
    ("unknown country", "officer", COMPANIES, firm(country="ZZ"), 422, "/country"),
    ("country as a word", "officer", COMPANIES, firm(country="China"), 422, "/country"),
    ("currency that cannot be one", "partner", APPLICATIONS, other(currency="usd"), 422, "/currency"),
    ("product that cannot be one", "partner", APPLICATIONS, lines(item="*"), 422, f"{LINE}/item"),
    ("unit that cannot be one", "partner", APPLICATIONS, lines(unit="Chip!"), 422, f"{LINE}/unit"),
    ("no unit", "partner", APPLICATIONS, raw("null", "unit"), 422, f"{LINE}/unit"),
    ("unknown use", "partner", APPLICATIONS, lines(use="gaming"), 422, f"{LINE}/use"),
    ("unknown category", "officer", COMPANIES, firm(category="friend"), 422, "/category"),
    ("unknown language", "officer", COMPANIES, firm(language="en-GB"), 422, "/language"),
    ("unknown role", "operator", TOKENS, json.dumps({**TOKEN, "role": "root"}).encode(), 422, "/role"),
    ("lines of one name", "partner", APPLICATIONS, other(use_lines=[line(), line()]), 422, "/use_lines/1/line_id"),
    ("unknown company", "officer", APPLICATIONS, other(company_id="nobody"), 422, "/company_id"),
    ("id that cannot be one", "officer", COMPANIES, firm(company_id="../x"), 422, "/company_id"),
    ("id of 64", "officer", COMPANIES, firm(company_id="a" * 64), 422, "/company_id"),
    ("token that is not there", "operator", f"{TOKENS}/t-none/revoke", json.dumps(WHY).encode(), 422, "/token_id"),
]


@pytest.mark.parametrize(
    ("name", "secret", "path", "body", "status", "pointer"),
    [pytest.param(*row, id=row[0]) for row in (*NUMBERS, *BODIES, *TEXT, *TIMES, *NAMES)],
)
async def test_a_bad_body_is_answered_with_its_place(
    name: str, secret: str, path: str, body: bytes, status: int, pointer: str
) -> None:
    one = shared()
    await one.post(COMPANIES, company(), key="company")
    answer = await one.post(path, body, secret, key=name.encode().hex()[:200])
    assert answer.status_code == status, answer.text
    if status >= 400:
        assert [error["pointer"] for error in errors(answer)] == [pointer]
        assert len(answer.content) < 600


BEARER = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJvcGVyYXRvciIsInJvbGUiOiJvcGVyYXRvciJ9."


@pytest.mark.parametrize(
    ("headers", "status", "named"),
    [
        ({"content-type": "text/plain"}, 415, "Content-Type"),
        ({"content-type": "application/json; charset=utf-16"}, 415, "Content-Type"),
        ({"content-type": "application/x-www-form-urlencoded"}, 415, "Content-Type"),
        ({"content-encoding": "gzip"}, 415, "Content-Encoding"),
        ({"content-encoding": "identity, deflate"}, 415, "Content-Encoding"),
        ({"content-length": "1"}, 400, "Content-Length"),
        ({"content-length": "0x10"}, 400, "Content-Length"),
        ({"content-length": str(50 * BODY_BYTES_MAX)}, 413, None),
        ({"idempotency-key": ""}, 400, "Idempotency-Key"),
        ({"idempotency-key": "k" * 201}, 400, "Idempotency-Key"),
        ({"idempotency-key": "a b"}, 400, "Idempotency-Key"),
        ({"idempotency-key": "a\x01b"}, 400, "Idempotency-Key"),
        ({"authorization": f"Bearer {BEARER}"}, 401, None),
        ({"authorization": f"Bearer {BEARER}c2lnbmF0dXJl"}, 401, None),
        ({"authorization": "Basic " + base64.b64encode(b"x:partner").decode()}, 401, None),
        ({"authorization": "Bearer " + "a" * 10_000}, 401, None),
    ],
)
async def test_a_bad_header_is_answered_with_its_name(headers: dict[str, str], status: int, named: str | None) -> None:
    sent = {"content-type": "application/json", "idempotency-key": "key", **headers}
    async with shared().client() as client:
        answer = await client.post(APPLICATIONS, content=GOOD, headers=sent)
    assert answer.status_code == status
    assert [error["header"] for error in errors(answer)] == ([named] if named else [])


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"/v1/companies/{RIVAL}", None),
        ("GET", "/v1/companies/%00", None),
        ("GET", "/v1/companies/%2e%2e%2fapplications", None),
        ("GET", "/v1/companies/" + "a" * 5_000, None),
        ("GET", "/v1/companies/蓝微", None),
        ("GET", "/v1/applications/app-" + "0" * 32, None),
        ("GET", f"/v1/programmes/{PROGRAMME}/accounts/{RIVAL}", None),
        ("GET", f"/v1/programmes/none%0d%0a/accounts/{COMPANY}", None),
        ("POST", COMPANIES, company(RIVAL)),
        ("POST", APPLICATIONS, form(company_id=RIVAL)),
    ],
)
async def test_anothers_id_and_one_that_is_none_are_not_found(method: str, path: str, body: object) -> None:
    one = shared()
    answer = await (one.get(path) if method == "GET" else one.post(path, body))
    assert answer.status_code == 404
    assert errors(answer) == []


async def test_a_programme_is_defined_with_nothing_it_does_not_know() -> None:
    answer = await shared().post("/v1/operator/programmes", {**PROGRAMME_FORM, "unlimited": True}, "operator")
    assert [error["pointer"] for error in errors(answer)] == ["/unlimited"]
