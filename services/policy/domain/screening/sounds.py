"""How a Chinese name sounds, in pinyin without tones or spaces: for queries in Latin letters only."""

from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import islice, product

from services.policy.domain.screening.names import Name
from services.policy.domain.screening.text import has_han
from services.policy.domain.screening.words import COMMON, LEGAL_SOUNDS, PLACES

READINGS_MAX = 8
"""Ways to read one name; the usual reading of each character comes first."""
SOUND_LETTERS_MIN = 4
"""Shorter sounds stand for too many names."""


@lru_cache(maxsize=30_000)
def _of_character(one: str) -> tuple[str, ...]:
    from pypinyin import Style, pinyin  # its dictionaries take a third of a second: read only where a list is screened

    if not has_han(one):
        return (one,)
    found = pinyin(one, style=Style.NORMAL, heteronym=True)[0]
    return tuple(dict.fromkeys(spelt for sound in found for spelt in (sound, sound.replace("v", "u"))))


def sounds(run: str) -> tuple[str, ...]:
    """Every way to say the characters, the usual first, at most READINGS_MAX. ü is told as v and as u."""
    return tuple(dict.fromkeys("".join(way) for way in islice(product(*map(_of_character, run)), READINGS_MAX)))


def same_sound(one: str, other: str) -> bool:
    """True if two characters can be said alike: how slips at a Chinese keyboard come about."""
    return not set(_of_character(one)).isdisjoint(_of_character(other))


@cache
def _endings() -> tuple[tuple[str, str], ...]:
    """Shared words as they sound, the longest first, each with the word."""
    found = [(sound, word) for word in COMMON if has_han(word) for sound in sounds(word)[:1]]
    return tuple(sorted(found, key=lambda pair: (-len(pair[0]), pair[0])))


def spoken(query: Name) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What a query in Latin letters may spell of a stem, each with the shared words spelt behind it.

    `qing lan bandaoti youxian gongsi` may be the stem qinglanbandaoti, or qinglan with 半导体.
    """
    run = _without_legal_sound("".join(one for one in query.stem if not one.isdigit()))
    starts = [run, *(run.removeprefix(place) for place in PLACES if run.startswith(place))]
    for start in dict.fromkeys((*starts, *map(_as_v, starts))):
        rest, words = start, list[str]()
        while len(rest) >= SOUND_LETTERS_MIN:
            yield rest, tuple(words)
            ending = next((pair for pair in _endings() if rest.endswith(pair[0])), None)
            if ending is None:
                break
            rest, words = rest.removesuffix(ending[0]), [*words, ending[1]]


def _as_v(run: str) -> str:
    """As passports spell ü; it may as well be two syllables: jun yun."""
    return run.replace("lyu", "lv").replace("nyu", "nv")


def _without_legal_sound(run: str) -> str:
    while ending := next((form for form in LEGAL_SOUNDS if run.endswith(form) and len(run) > len(form)), None):
        run = run.removesuffix(ending)
    return run
