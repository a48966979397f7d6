import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from services.intake.http.body import INTEGER_DIGITS_MAX, KEY_CHARACTERS_MAX, idempotency_key, parse
from services.intake.http.forms import ApplicationForm
from services.intake.http.problems import ERRORS_MAX, ProblemError, pointer_of
from tests.component.intake.edge import form
from tests.component.intake.edge import line as use_line

GOOD = form()
LINE = use_line()


def sent(**changes: object) -> bytes:
    return json.dumps({**GOOD, **changes}).encode()


def line(**changes: object) -> bytes:
    return sent(use_lines=[{**LINE, **changes}])


def raw(name: str, value: str) -> bytes:
    """The good body with one figure of its line written in another way."""
    return json.dumps({**GOOD, "use_lines": [{**LINE, name: "@"}]}).replace('"@"', value).encode()


def outcome(body: bytes) -> ProblemError | None:
    try:
        parse(body, ApplicationForm)
    except ProblemError as raised:
        return raised
    return None


def problem(body: bytes) -> ProblemError:
    found = outcome(body)
    assert found is not None
    return found


UNITS, NAME, ENDS = "/use_lines/0/units", "/use_lines/0/site", "/use_lines/0/ends_on"
BAD: list[tuple[str, bytes, int, str]] = [
    ("empty", b"", 400, ""),
    ("no json", b"units: 10", 400, ""),
    ("two documents", sent() + sent(), 400, ""),
    ("comment", b"/* a */" + sent(), 400, ""),
    ("byte order mark", b"\xef\xbb\xbf" + sent(), 400, ""),
    ("utf-16", sent().decode().encode("utf-16"), 400, ""),
    ("utf-16 without mark", sent().decode().encode("utf-16-le"), 400, ""),
    ("bad utf-8", sent().replace(b"Hall", b"Ha\xff\xfe"), 400, ""),
    ("overlong utf-8", sent().replace(b"Hall", b"\xc0\xaf"), 400, ""),
    ("surrogate in utf-8", sent().replace(b"Hall", b"\xed\xa0\x80"), 400, ""),
    ("lone surrogate", raw("site", '"\\ud800"'), 400, NAME),
    ("surrogate as name", b'{"\\udc00":1}', 400, ""),
    ("raw control character", raw("site", '"a\x00b"'), 400, ""),
    ("nan", raw("units", "NaN"), 400, UNITS),
    ("infinity", raw("units", "Infinity"), 400, UNITS),
    ("minus infinity", raw("units", "-Infinity"), 400, UNITS),
    ("doubled key", raw("units", '1,"units":2'), 400, UNITS),
    ("doubled key, escaped", raw("units", '1,"\\u0075nits":2'), 400, UNITS),
    ("doubled unknown key", sent()[:-1] + b',"<b>":1,"<b>":1}', 400, ""),
    ("digits", raw("units", "9" * (INTEGER_DIGITS_MAX + 1)), 400, UNITS),
    ("deep arrays", b"[" * 100_000, 400, ""),
    ("deep arrays, closed", b'{"use_lines":' + b"[" * 300 + b"]" * 300 + b"}", 400, ""),
    ("deep objects", b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 400, ""),
    ("array", b"[]", 422, ""),
    ("text", b'"units"', 422, ""),
    ("null", b"null", 422, ""),
    ("1e400", raw("units", "1e400"), 422, UNITS),
    ("1e999999", raw("units", "1e999999"), 422, UNITS),
    ("exponent", raw("units", "1e3"), 422, UNITS),
    ("true", line(units=True), 422, UNITS),
    ("text as units", line(units="10"), 422, UNITS),
    ("fraction", line(units=10.0), 422, UNITS),
    ("zero", line(units=0), 422, UNITS),
    ("minus one", line(units=-1), 422, UNITS),
    ("negative zero", raw("units", "-0"), 422, UNITS),
    ("2^53", line(units=2**53), 422, UNITS),
    ("beyond 2^63", line(units=2**63), 422, UNITS),
    ("40 digits", line(units=int("9" * 40)), 422, UNITS),
    ("null units", line(units=None), 422, UNITS),
    ("no units", sent(use_lines=[{k: v for k, v in LINE.items() if k != "units"}]), 422, UNITS),
    ("no lines", sent(use_lines=[]), 422, "/use_lines"),
    ("10,000 lines", sent(use_lines=[LINE] * 10_000), 422, "/use_lines"),
    ("nul", line(site="a\x00b"), 422, NAME),
    ("bidi", line(site="a\u202eb"), 422, NAME),
    ("zero width", line(site="a\u200bb"), 422, NAME),
    ("line feed", line(site="a\r\nb"), 422, NAME),
    ("long name", line(site="a" * 201), 422, NAME),
    ("empty name", line(site=""), 422, NAME),
    ("unknown field", line(prioritised=True), 422, "/use_lines/0/prioritised"),
    ("unknown field, odd name", line(**{"<b>": 1}), 422, "/use_lines/0"),
    ("unknown field, long name", line(**{"n" * 100_000: 1}), 422, "/use_lines/0"),
    ("own application id", sent(application_id="app-mine"), 422, "/application_id"),
    ("own actor", sent(actor={"person_id": "a", "role": "officer"}), 422, "/actor"),
    ("future version", sent(form_version=2), 422, "/form_version"),
    ("old version", sent(form_version=0), 422, "/form_version"),
    ("currency", sent(currency="usd"), 422, "/currency"),
    ("use", line(use="gaming"), 422, "/use_lines/0/use"),
    ("product", line(item="h200 chips"), 422, "/use_lines/0/item"),
    ("unit code", line(unit="Chip"), 422, "/use_lines/0/unit"),
    ("company", sent(company_id="Lanwei!"), 422, "/company_id"),
    ("share", sent(domestic_plan={"training": 10_001, "inference": 0}), 422, "/domestic_plan/training"),
    ("document", sent(documents=[{"kind": "use-plan", "sha256": "5D" * 32}]), 422, "/documents/0/sha256"),
    ("unknown document", sent(documents=[{"kind": "novel", "sha256": "5d" * 32}]), 422, "/documents/0/kind"),
    (
        "licence",
        sent(export_licence={"licence_no": "ILLUSTRATIVE-0007", "expires_at": "soon"}),
        422,
        "/export_licence/expires_at",
    ),
    ("no zone", line(ends_on="2027-03-31T00:00:00"), 422, ENDS),
    ("no time", line(ends_on="2027-03-31"), 422, ENDS),
    ("number as time", line(ends_on=1_800_000_000), 422, ENDS),
    ("digits as time", line(ends_on="1800000000"), 422, ENDS),
    ("year 10000", line(ends_on="10000-01-01T00:00:00Z"), 422, ENDS),
    ("31 February", line(ends_on="2027-02-31T00:00:00Z"), 422, ENDS),
    ("leap second", line(ends_on="2027-03-31T23:59:60Z"), 422, ENDS),
]


@pytest.mark.parametrize(("body", "status", "pointer"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_bad_body_is_refused_naming_the_field_and_not_the_content(body: bytes, status: int, pointer: str) -> None:
    found = problem(body)
    assert found.status == status
    assert [error["pointer"] for error in found.errors] == [pointer]
    assert len(found.response().body) < 600


def test_a_good_body_is_the_form_it_holds() -> None:
    parsed = parse(sent(), ApplicationForm)
    assert parsed.use_lines[0].units == LINE["units"]


def test_papers_may_be_given() -> None:
    papers = {
        "documents": [{"kind": "use-plan", "sha256": "5d" * 32}],
        "export_licence": {"licence_no": "ILLUSTRATIVE-0007", "expires_at": "2027-03-31T00:00:00Z"},
    }
    parsed = parse(sent(**papers), ApplicationForm)
    assert parsed.documents[0].kind == "use-plan"
    assert parsed.export_licence is not None
    assert parse(sent(), ApplicationForm).documents == ()


def test_names_in_any_script_are_accepted_for_screening_to_judge() -> None:
    assert parse(line(site="蓝微一号厅 (示例)"), ApplicationForm).use_lines[0].site == "蓝微一号厅 (示例)"


def test_escaped_pairs_of_surrogates_are_text() -> None:
    assert parse(raw("site", '"\\ud83d\\ude80"'), ApplicationForm).use_lines[0].site == "\U0001f680"


def test_no_more_faults_are_listed_than_a_person_reads() -> None:
    assert len(problem(sent(use_lines=[{}] * 50)).errors) == ERRORS_MAX


@given(st.binary(max_size=200))
def test_no_bytes_are_a_failure_of_ours(body: bytes) -> None:
    assert problem(body).status in (400, 422)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(GOOD)), JSON)
def test_no_value_of_a_field_is_a_failure_of_ours(name: str, value: object) -> None:
    found = outcome(json.dumps({**GOOD, name: value}).encode())
    assert found is None or (found.status in (400, 422) and found.errors)


@pytest.mark.parametrize(
    ("path", "pointer"),
    [(("use_lines", 0, "units"), "/use_lines/0/units"), ((), ""), (("a", "<b>", "c"), "/a"), (("a/b",), "")],
)
def test_a_pointer_ends_where_a_name_is_not_plain(path: tuple[str | int, ...], pointer: str) -> None:
    assert pointer_of(path) == pointer


KEY = b"idempotency-key"


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(KEY, b"")],
        [(KEY, b"k" * (KEY_CHARACTERS_MAX + 1))],
        [(KEY, b"a\x00b")],
        [(KEY, b"a\tb")],
        [(KEY, b"a b")],
        [(KEY, b"\xe9")],
        [(KEY, b"a"), (KEY, b"b")],
    ],
    ids=["missing", "empty", "long", "nul", "tab", "space", "latin-1", "twice"],
)
def test_a_bad_idempotency_key_is_refused_naming_the_header(headers: list[tuple[bytes, bytes]]) -> None:
    with pytest.raises(ProblemError) as raised:
        idempotency_key(Headers(raw=headers))
    assert raised.value.status == 400
    assert [error["header"] for error in raised.value.errors] == ["Idempotency-Key"]


def test_the_longest_key_is_accepted() -> None:
    key = "~" * KEY_CHARACTERS_MAX
    assert idempotency_key(Headers(raw=[(KEY, key.encode())])) == key
