"""What a finding says to its reader: one template per code and language, `{name}` replaced by a figure.

A template is data, never code: braces may hold only the name of a figure of its code. Figures whose name
ends in `_units` or `_tpp` are grouped by thousands, those in `_bp` are shown as per cent, those in `_value` as money.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schemas.base import maker
from schemas.findings import Operand, Texts
from schemas.money import money_text

_texts = maker(Texts)
_PLACE = re.compile(r"\{([a-z_]+)\}")
TEMPLATE_CHARACTERS_MAX = 500


def places(template: str) -> frozenset[str]:
    """The names a template asks for. Raises ValueError where a brace holds anything else, or it is too long."""
    if not 0 < len(template) <= TEMPLATE_CHARACTERS_MAX:
        raise ValueError(f"must have 1 to {TEMPLATE_CHARACTERS_MAX} characters")
    if set("{}") & set(_PLACE.sub("", template)):
        raise ValueError("a brace may only hold the name of a figure")
    return frozenset(_PLACE.findall(template))


def shown(name: str, value: str, currency: str) -> str:
    """A figure as its reader sees it."""
    if name.endswith(("_units", "_tpp")):
        return f"{int(value):,}"
    if name.endswith("_bp"):
        return f"{int(value) // 100}.{int(value) % 100:02d} %"
    if name.endswith("_value"):
        return money_text(int(value), currency)
    return value


@dataclass(frozen=True, slots=True)
class Sentence:
    """Both templates of one code; `fixed` when neither asks for a figure, so that it is made once."""

    zh: str
    en: str
    fixed: Texts | None

    def say(self, figures: Iterable[Operand], currency: str = "") -> Texts:
        """The sentence with its figures; money is in `currency`."""
        if self.fixed is not None:
            return self.fixed
        values = {figure.name: shown(figure.name, figure.value, currency) for figure in figures}
        return _texts({"zh": self.zh.format_map(values), "en": self.en.format_map(values)})


Sentences = Mapping[str, Sentence]
"""By code."""


def sentence(zh: str, en: str) -> Sentence:
    """A sentence from its templates. Raises ValueError as `places` does."""
    varies = places(zh) | places(en)
    return Sentence(zh, en, None if varies else Texts(zh=zh, en=en))
