"""Folds a name: what only looks different becomes equal. Nothing of the meaning is taken away here."""

import re
import unicodedata
from functools import cache

from opencc import OpenCC

_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"})
_DOTTED = re.compile(r"\b(?:[^\W\d_]\.){2,}(?:[^\W\d_]\b)?")
_WITHIN = re.compile(r"['’‘`´ʼ·・]")
_OUTSIDE = re.compile(r"[^\w]+|_")
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
_HAN_RUN = re.compile(r"(?<=[\u3400-\u9fff\U00020000-\U0003ffff]) +| +(?=[\u3400-\u9fff\U00020000-\U0003ffff])")


@cache
def _to_simplified() -> OpenCC:
    return OpenCC("t2s")


def fold(text: str) -> str:
    """Width, unseen characters, traditional characters, case and accents made one. Punctuation stays."""
    whole = unicodedata.normalize("NFKC", text)
    if not whole.isprintable():
        whole = "".join(map(_seen, whole))
    if has_han(whole):
        whole = _to_simplified().convert(whole)
    folded = whole.casefold()
    if folded.isascii():
        return folded
    apart = unicodedata.normalize("NFD", folded.translate(_LETTERS))
    return unicodedata.normalize("NFC", "".join([one for one in apart if unicodedata.category(one) != "Mn"]))


def words(folded: str) -> str:
    """Words of folded text with one space between them; none beside a Chinese character. `s.a.` is `sa`."""
    closed = _DOTTED.sub(lambda found: found[0].replace(".", ""), folded)
    spaced = _OUTSIDE.sub(" ", _WITHIN.sub("", closed).replace("&", " and ")).strip()
    return _HAN_RUN.sub("", spaced)


def has_han(text: str) -> bool:
    """True if a Chinese character is in it."""
    return _HAN.search(text) is not None


def _seen(one: str) -> str:
    kind = unicodedata.category(one)
    if kind == "Cf":
        return ""
    return " " if kind[0] in "CZ" else one
