"""Composes the text of a notice: templates are data, substitution is plain, the result is plain text.

Nothing given as a parameter can add a line, a tag or a placeholder to the text: control and format characters become
a space, angle brackets become `‹` and `›`, and a value that looks like a placeholder is not read again.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from schemas.money import money_text
from schemas.notification import PARAMETERS, NoticeLanguage, Notify
from schemas.notification import Template as TemplateName
from schemas.policy import Texts
from schemas.values import Language

VALUE_CHARACTERS_MAX = 200
SUBJECT_CHARACTERS_MAX = 400
TEXT_CHARACTERS_MAX = 9_000
"""Of one language; a notice in both stays below the 20,000 characters of its message."""
REASONS_CHARACTERS_MAX = 6_000
MISSING = "-"

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_HIDDEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_BRACKETS = str.maketrans("<>", "‹›")


@dataclass(frozen=True, slots=True)
class Template:
    """Subject and text of one notice in one language, with `{name}` placeholders of `PARAMETERS`.

    `reasons`: what stands above its list, where that is not a list of reasons.
    """

    subject: str
    text: str
    reasons: str | None = None


@dataclass(frozen=True, slots=True)
class Wording:
    """Everything written in one language. `more_reasons` has the placeholder `{count}`."""

    notices: Mapping[TemplateName, Template]
    reasons: str
    more_reasons: str


@dataclass(frozen=True, slots=True)
class Templates:
    """All wordings, of one version."""

    version: int
    wordings: Mapping[Language, Wording]


@dataclass(frozen=True, slots=True)
class Written:
    """A notice's words."""

    language: NoticeLanguage
    subject: str
    text: str


def compose(templates: Templates, command: Notify, language: Language | None) -> Written:
    """Write the notice in the recipient's language, or in both where it is not known. Total."""
    if language is not None:
        return _in(templates, command, language)
    zh, en = _in(templates, command, "zh"), _in(templates, command, "en")
    return Written("zh+en", f"{zh.subject} / {en.subject}", f"{zh.text}\n\n{en.text}")


def _in(templates: Templates, command: Notify, language: Language) -> Written:
    wording = templates.wordings[language]
    template = wording.notices[command.template]
    values = values_of(command)
    text = _filled(template.text, values) + _reasons(
        template.reasons or wording.reasons, wording.more_reasons, [_reason(one, language) for one in command.reasons]
    )
    return Written(
        language,
        _clipped(_filled(template.subject, values), SUBJECT_CHARACTERS_MAX),
        _clipped(text, TEXT_CHARACTERS_MAX),
    )


def values_of(command: Notify) -> Mapping[str, str]:
    """The template's parameters as they are written; figures are grouped, money is in its currency's notation."""
    given = {one.name: one.value for one in command.parameters}
    return {name: _shown(name, given) for name in PARAMETERS[command.template]}


def _shown(name: str, given: Mapping[str, str]) -> str:
    value = given.get(name, "")
    figure = int(value) if value.isascii() and value.isdigit() and len(value) <= VALUE_CHARACTERS_MAX else None
    if figure is not None and name.endswith("units"):
        return f"{figure:,}"
    if figure is not None and name == "value":
        return money_text(figure, _plain(given.get("currency", ""))).strip()
    return _clipped(_plain(value), VALUE_CHARACTERS_MAX) or MISSING


def _filled(template: str, values: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda found: values.get(found[1], MISSING), template)


def _plain(text: str) -> str:
    """One line of visible characters that opens no tag."""
    seen = "".join(" " if unicodedata.category(one) in _HIDDEN else one for one in text)
    return " ".join(seen.translate(_BRACKETS).split())


def _clipped(text: str, characters_max: int) -> str:
    return text if len(text) <= characters_max else text[: characters_max - 1] + "…"


def _reason(texts: Texts, language: Language) -> str:
    return _plain(texts.zh if language == "zh" else texts.en)


def _reasons(heading: str, more: str, reasons: Sequence[str]) -> str:
    """The list of reasons, each once, as many as fit; the rest is counted, so that nothing is left out silently."""
    if not reasons:
        return ""
    distinct = tuple(dict.fromkeys(reasons))
    shown = tuple(_fitting(distinct))
    lines = [heading, *(f"- {reason}" for reason in shown)]
    if len(shown) < len(distinct):
        lines.append(_filled(more, {"count": str(len(distinct) - len(shown))}))
    return "\n\n" + "\n".join(lines)


def _fitting(reasons: tuple[str, ...]) -> Iterator[str]:
    left = REASONS_CHARACTERS_MAX
    for reason in reasons:
        left -= len(reason)
        if left < 0:
            return
        yield reason
