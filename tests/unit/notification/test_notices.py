"""Composing a notice: language, figures, reasons, and nothing that a value could smuggle in."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.base import Received
from schemas.notification import PARAMETERS, NoticeQueued, Notify, Parameter, Template
from schemas.policy import Texts
from schemas.values import Language
from services.notification.adapters.templates import load_templates
from services.notification.domain.decide import decide
from services.notification.domain.notices import (
    MISSING,
    PLACEHOLDER,
    REASONS_CHARACTERS_MAX,
    SUBJECT_CHARACTERS_MAX,
    TEXT_CHARACTERS_MAX,
    compose,
)
from services.notification.domain.state import NoticesState
from tests.unit.notification.samples import AT

TEMPLATES = load_templates()


def notify(template: Template, parameters: dict[str, str], reasons: tuple[Texts, ...] = ()) -> Notify:
    return Notify(
        command_id="notice-1",
        recipient_id="northwind-compute",
        template=template,
        parameters=tuple(Parameter(name=name, value=value) for name, value in parameters.items()),
        reasons=reasons,
    )


AUTHORISED = {
    "application_id": "app-7",
    "programme_id": "h200-2026",
    "authorisation_id": "auth-7",
    "batch_id": "batch-1",
    "ledger_seq": "12",
    "units": "120000",
    "unit": "chip",
    "value": "324000000000",
    "currency": "USD",
}


@pytest.mark.parametrize(
    ("language", "subject", "sentence"),
    [
        ("en", "Authorisation auth-7 has been issued", "Authorised: 120,000 (chip), value USD 3,240,000,000.00."),
        ("zh", "授权 auth-7 已签发", "授权数量：120,000（chip），价值 USD 3,240,000,000.00。"),
    ],
)
def test_a_notice_is_written_in_the_recipients_language(language: Language, subject: str, sentence: str) -> None:
    written = compose(TEMPLATES, notify("authorisation-issued", AUTHORISED), language)
    assert (written.language, written.subject) == (language, subject)
    assert sentence in written.text.splitlines()


def test_a_recipient_of_unknown_language_is_written_to_in_both() -> None:
    written = compose(TEMPLATES, notify("application-refused", AUTHORISED), None)
    assert written.language == "zh+en"
    assert written.subject == "申请 app-7 不予批准 / Application app-7 has been refused"
    assert written.text.index("方案 h200-2026") < written.text.index("The application app-7")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("", "-"),
        ("   ", "-"),
        ("app-7", "app-7"),
        ("two\r\nlines", "two lines"),
        ("a\x00b\u202ec\u200bd\u2028e", "a b c d e"),
        ("<b>bold</b>", "‹b›bold‹/b›"),
        ("{programme_id}", "{programme_id}"),
        ("x" * 300, "x" * 199 + "…"),
    ],
)
def test_a_value_is_written_as_one_plain_line(value: str, shown: str) -> None:
    written = compose(TEMPLATES, notify("application-refused", {"application_id": value}), "en")
    assert written.subject == f"Application {shown} has been refused"


@pytest.mark.parametrize(
    ("parameters", "line"),
    [
        ({"units": "1234567", "unit": "chip", "value": "100", "currency": "JPY"}, "1,234,567 (chip), value JPY 100."),
        ({"units": "1", "unit": "chip", "value": "1234", "currency": "KWD"}, "1 (chip), value KWD 1.234."),
        ({"units": "many", "unit": "chip", "value": "-5", "currency": "USD"}, "many (chip), value -5."),
        ({"units": "0", "value": "5"}, "0 (-), value 0.05."),
        ({}, "- (-), value -."),
    ],
)
def test_figures_are_grouped_and_money_is_in_its_currencys_notation(parameters: dict[str, str], line: str) -> None:
    written = compose(TEMPLATES, notify("application-approved", parameters), "en")
    assert f"Approved: {line}" in written.text.splitlines()


def test_each_reason_is_listed_once_in_the_recipients_language() -> None:
    reason = Texts(zh="超出企业上限。", en="The company's cap is exceeded.")
    written = compose(TEMPLATES, notify("application-refused", AUTHORISED, (reason, reason)), "en")
    assert written.text.endswith("\n\nReasons:\n- The company's cap is exceeded.")


def test_reasons_beyond_the_limit_are_counted_and_not_silently_dropped() -> None:
    reasons = tuple(Texts(zh="理", en=f"{number:04d}" + "x" * 1_496) for number in range(10))
    written = compose(TEMPLATES, notify("application-refused", AUTHORISED, reasons), "en")
    shown = REASONS_CHARACTERS_MAX // 1_500
    assert written.text.count("xxxx\n") == shown
    assert written.text.endswith(f"{10 - shown} more reasons are shown with the application.")


@pytest.mark.parametrize("template", PARAMETERS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_sender_that_keeps_the_contract_leaves_no_gap(template: Template, language: Language) -> None:
    written = compose(TEMPLATES, notify(template, dict.fromkeys(PARAMETERS[template], "given")), language)
    assert PLACEHOLDER.search(written.subject + written.text) is None
    assert MISSING not in written.subject + written.text


@given(
    template=st.sampled_from(sorted(PARAMETERS)),
    values=st.dictionaries(st.sampled_from(sorted({n for p in PARAMETERS.values() for n in p})), st.text(max_size=400)),
    reasons=st.lists(st.text("ab漢<\u00e9 ", min_size=1, max_size=1_800), max_size=12),
    language=st.sampled_from(["zh", "en", None]),
)
def test_whatever_is_given_a_valid_plain_notice_comes_out(
    template: Template, values: dict[str, str], reasons: list[str], language: Language | None
) -> None:
    command = notify(template, values, tuple(Texts(zh=one, en=one) for one in reasons))
    state = NoticesState({} if language is None else {"northwind-compute": language})
    (fact,) = decide(TEMPLATES, state, command, Received(0, AT))
    assert isinstance(fact, NoticeQueued)
    assert len(fact.subject) <= 2 * SUBJECT_CHARACTERS_MAX + 3
    assert len(fact.text) <= 2 * TEXT_CHARACTERS_MAX + 2
    assert not set(fact.text) & {"<", ">", "\r"}
    assert all(unicodedata.category(one) not in ("Cc", "Cf", "Cs") for one in fact.text if one != "\n")
