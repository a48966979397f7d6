"""Takes a name apart: its stem, which tells companies apart, and what many share.

    上海青岚半导体科技（集团）有限公司  ->  stem 青岚, sectors {semiconductor}, places {上海}
    Veltor Marsh Shipping Co., Ltd.   ->  stem veltor marsh, sectors {marine}

A stem is never empty: a name of shared words alone is its own stem.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from services.policy.domain.screening import text
from services.policy.domain.screening.words import (
    COMMON,
    COMMON_CHARACTERS_MAX,
    LEGAL_HAN,
    LEGAL_LATIN,
    PLACE_CHARACTERS_MAX,
    PLACE_ENDINGS,
    PLACES,
    SECTORS,
    VOID_HAN,
    VOID_LATIN,
)

STEM_HAN_MIN = 2
"""Characters a Chinese stem keeps: shared words are taken away only as long as that many are left."""
_BRACKETS = re.compile(r"[(\[{【〔]([^()\[\]{}【】〔〕]*)[)\]}】〕]")
_LATIN_RUN = re.compile(r"[a-z][a-z0-9 ]{4,}")


@dataclass(frozen=True, slots=True)
class Name:
    """A name taken apart. All parts are folded.

    `core`: without legal form, places and brackets, as one run of letters. `tokens`: the stem's words (one if Chinese).
    `sectors`: what the company says it does. `aside`: what a bracket says beyond places and forms.
    `shared`: every word of it is one that many names share.
    """

    core: str
    tokens: tuple[str, ...]
    sectors: frozenset[str]
    places: frozenset[str]
    aside: str
    han: bool
    shared: bool

    @property
    def stem(self) -> str:
        """The stem as one run of letters."""
        return "".join(self.tokens)

    @property
    def ordered(self) -> str:
        """The stem with its words in alphabetical order: the same for every order of them."""
        return "".join(sorted(self.tokens))


@dataclass(slots=True)
class _Parts:
    core: str
    tokens: tuple[str, ...]
    common: tuple[str, ...]
    places: tuple[str, ...]
    shared: bool


def readings(name: str) -> tuple[Name, ...]:
    """A name, and others where it gives one in the other script too. None if it holds no letter or digit."""
    folded = text.fold(name)
    outside = text.words(_BRACKETS.sub(" ", folded))
    inside = [text.words(found) for found in _BRACKETS.findall(folded)]
    if not outside:
        outside, inside = text.words(folded), []
    if not outside:
        return ()
    main = _name(outside, inside)
    second = [one for one in inside if one and text.has_han(one) != main.han]
    others = [_name(one, []) for one in (*second, *_scripts_apart(outside))]
    return (main, *(one for one in others if len(one.core) > STEM_HAN_MIN and not one.shared))


def _scripts_apart(outside: str) -> tuple[str, ...]:
    """The Chinese and the Latin part of a name that holds both, one after the other: 青岚 Qinglan Ltd."""
    latin = _LATIN_RUN.search(outside) if text.has_han(outside) else None
    if latin is None:
        return ()
    return (outside[: latin.start()] + outside[latin.end() :], latin[0])


def is_shared(name: str) -> bool:
    """True if every word of the name is one that many names share."""
    return all(one.shared for one in readings(name)[:1])


def _name(outside: str, inside: Iterable[str]) -> Name:
    parts = _apart(outside)
    asides = [_apart(one) for one in inside if one]
    common = {*parts.common, *(word for one in asides for word in one.common)}
    return Name(
        core=parts.core,
        tokens=parts.tokens,
        sectors=_shared_set(frozenset(SECTORS[word] for word in common if word in SECTORS)),
        places=_shared_set(frozenset({*parts.places, *_places_of(asides)})),
        aside="".join(token for one in asides for token in one.tokens if not _is_place_or_form(token)),
        han=text.has_han(outside),
        shared=parts.shared,
    )


def _places_of(asides: Iterable[_Parts]) -> Iterator[str]:
    """Places beside other words in a bracket, or alone in it."""
    for one in asides:
        yield from one.places
        yield from (PLACES[token] for token in one.tokens if token in PLACES)


def _is_place_or_form(token: str) -> bool:
    return any(token in told for told in (PLACES, LEGAL_LATIN, LEGAL_HAN, VOID_LATIN, VOID_HAN))


@lru_cache(maxsize=4_096)
def _shared_set(found: frozenset[str]) -> frozenset[str]:
    """One object for equal sets: a list of 100,000 entries has few different ones."""
    return found


def _apart(words: str) -> _Parts:
    return _han_apart(words.replace(" ", "")) if text.has_han(words) else _latin_apart(words.split())


def _han_apart(run: str) -> _Parts:
    for void in VOID_HAN:
        run = run.replace(void, "") or run
    core, places = _without_places(_without_legal_form(run))
    rest, common = core, []
    while found := _common_at_end(rest):
        common.append(found)
        rest = rest.removesuffix(found)
    shared = rest in COMMON or _is_place_or_form(rest)
    return _Parts(core, (core if rest in COMMON else rest,), tuple(common), places, shared)


def _without_legal_form(run: str) -> str:
    while ending := next((form for form in LEGAL_HAN if run != form and run.endswith(form)), None):
        run = run.removesuffix(ending)
    return run


def _without_places(run: str) -> tuple[str, tuple[str, ...]]:
    """The run without places before it or after it, as long as something is left."""
    places: list[str] = []
    while (found := _place_at(run)) and len(found[0]) >= STEM_HAN_MIN:
        run = _without_legal_form(found[0])
        places.append(found[1])
    return run, tuple(places)


def _place_at(run: str) -> tuple[str, str] | None:
    """What is left beside a place at either end, and the place."""
    bare = run.removesuffix(next((ending for ending in PLACE_ENDINGS if run.endswith(ending)), ""))
    for length in range(min(PLACE_CHARACTERS_MAX, len(run)), 1, -1):
        if run[:length] in PLACES:
            rest = run[length:]
            return rest.removeprefix(next(filter(rest.startswith, PLACE_ENDINGS), "")), PLACES[run[:length]]
        for end in (run, bare):
            if end[-length:] in PLACES:
                return end[:-length], PLACES[end[-length:]]
    return None


def _common_at_end(run: str) -> str:
    for length in range(min(COMMON_CHARACTERS_MAX, len(run) - STEM_HAN_MIN), 1, -1):
        if run[-length:] in COMMON:
            return run[-length:]
    return ""


def _latin_apart(words: list[str]) -> _Parts:
    joined = _joined(words)
    kept = [word for word in joined if word not in VOID_LATIN] or joined
    while len(kept) > 1 and kept[-1] in LEGAL_LATIN:
        kept.pop()
    while len(kept) > 1 and kept[0] in LEGAL_LATIN:
        kept.pop(0)
    places = tuple(PLACES[word] for word in kept if word in PLACES)
    core = [word for word in kept if word not in PLACES] or kept
    common = tuple(filter(None, map(_common_word, core)))
    telling = [word for word in core if not _common_word(word) and word not in LEGAL_LATIN]
    tokens = telling or [_common_word(word) or word for word in core]
    return _Parts("".join(core), tuple(tokens), common, places, not telling or all(map(_is_place_or_form, telling)))


def _joined(words: list[str]) -> list[str]:
    """Words, two of them as one where they are one thing: hong kong, integrated circuits."""
    found: list[str] = []
    for word in words:
        pair = found[-1] + word if found else ""
        if pair in PLACES or _common_word(pair):
            found[-1] = pair
        else:
            found.append(word)
    return found


def _common_word(word: str) -> str:
    """The word as it stands among the shared ones, also from its plural; empty if it is none of them."""
    if word in COMMON:
        return word
    single = word.removesuffix("ies") + "y" if word.endswith("ies") else word.removesuffix("s")
    return single if single in COMMON else ""
