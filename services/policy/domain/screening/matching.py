"""Judges candidates: which tier, how alike in basis points, and why. Integers only; equal input, equal answer.

A score starts from the stem (equal, or by the share of letters that differ) and is lowered by what disagrees: sectors,
places, what a bracket says. Below SCORE_MIN it is no hit.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from rapidfuzz.distance import OSA

from schemas.values import SHARE_WHOLE
from services.policy.domain.screening.entries import Entry, Party, number_key
from services.policy.domain.screening.identifiers import GLOBAL_SCHEMES, check_number
from services.policy.domain.screening.index import Form, Index
from services.policy.domain.screening.names import Name, readings
from services.policy.domain.screening.sounds import same_sound, spoken
from services.policy.domain.screening.words import SECTORS

Tier = Literal["identifier", "exact", "script", "alias", "pinyin"]
TIERS: tuple[Tier, ...] = ("identifier", "exact", "script", "alias", "pinyin")
Why = Literal[
    "NUMBER_EQUAL",
    "NAME_EQUAL",
    "STEM_EQUAL",
    "WORD_ORDER",
    "SPELLING",
    "WORDS_WITHIN",
    "SOUND_EQUAL",
    "SOUND_NEAR",
    "NUMBER_ALIKE",
]
REASONS: Mapping[Why, str] = MappingProxyType(
    {
        "NUMBER_EQUAL": "the same number in a register",
        "NAME_EQUAL": "the same name, but for its legal form",
        "STEM_EQUAL": "the same distinctive part",
        "WORD_ORDER": "the same words in another order",
        "SPELLING": "a few letters differ",
        "WORDS_WITHIN": "all words of one in the other",
        "SOUND_EQUAL": "the same sound in pinyin",
        "SOUND_NEAR": "nearly the same sound in pinyin",
        "NUMBER_ALIKE": "the same number, but short or of another country's register",
    }
)
SCORE_MIN = 7_500
STEM_EQUAL, WORD_ORDER, SOUND_EQUAL = 9_800, 9_600, 9_000
ONE_SAYS_MORE = 200
"""Sectors of one are among those of the other, or only one has any."""
OTHER_SECTORS = 2_000
OTHER_SECTORS_SHORT_STEM = 5_000
OTHER_PLACES = 500
ONE_PLACE = 100
OTHER_ASIDE = 100
SAME_SECTORS = 1_000
"""What equal sectors add to a stem that is spelt differently."""
DISTINCT_HAN_MIN, DISTINCT_LETTERS_MIN = 4, 10
"""A stem of this length names one owner, whatever he does."""
NUMBER_CHARACTERS_MIN = 6
"""A shorter number is given by many registers."""
SLIP_HAN_MIN, SLIP_LETTERS_MIN, TWO_SLIPS_LETTERS_MIN = 3, 5, 10


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry a party may be. `score` in basis points; `name` as the list has it; `alias`: it is not a main name."""

    entry_id: str
    entry_digest: str
    tier: Tier
    score: int
    why: Why
    name: str
    alias: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A hit with the entry it names."""

    hit: Hit
    entry: Entry


def matches(party: Party, index: Index) -> tuple[Found, ...]:
    """Every hit, one per entry, the best first: by tier, score, id."""
    best: dict[str, Found] = {}
    for found in (*_by_number(party, index), *_by_name(party, index)):
        known = best.get(found.entry.entry_id)
        if known is None or _rank(found) < _rank(known):
            best[found.entry.entry_id] = found
    return tuple(sorted(best.values(), key=_rank))


def _rank(found: Found) -> tuple[int, int, str, str, str]:
    hit = found.hit
    return TIERS.index(hit.tier), -hit.score, hit.entry_id, hit.why, hit.name


def _by_number(party: Party, index: Index) -> Iterator[Found]:
    for entry in index.numbered(party.registry_no) if party.registry_no else ():
        known, name = (entry.entry_id, entry.digest), entry.names[0]
        if _is_one_register(party, entry):
            yield Found(Hit(*known, "identifier", SHARE_WHOLE, "NUMBER_EQUAL", name, False), entry)
        else:
            yield Found(Hit(*known, "script", SCORE_MIN, "NUMBER_ALIKE", name, False), entry)


def _is_one_register(party: Party, entry: Entry) -> bool:
    """An equal number of one country's register says little of a company in another."""
    number = party.registry_no or ""
    if check_number(number, party.country).scheme in GLOBAL_SCHEMES:
        return True
    elsewhere = party.country and entry.countries and party.country not in entry.countries
    return len(number_key(number)) >= NUMBER_CHARACTERS_MIN and not elsewhere


def _by_name(party: Party, index: Index) -> Iterator[Found]:
    for query in readings(party.name):
        yield from _written(query, index)
        if not query.han:
            yield from _sounding(query, index)


def _written(query: Name, index: Index) -> Iterator[Found]:
    judged: set[int] = set()
    for form in (*index.equal(query), *index.near(query, slips(query)), *index.within(query)):
        if id(form) not in judged:
            judged.add(id(form))
            score, why = _compared(query, form.name)
            if score >= SCORE_MIN:
                yield _found(form, score, why, "exact" if why == "NAME_EQUAL" else "script")


def _found(form: Form, score: int, why: Why, tier: Tier) -> Found:
    if form.alias and tier != "pinyin":
        tier = "alias"
    entry = form.entry
    return Found(Hit(entry.entry_id, entry.digest, tier, score, why, form.written, form.alias), entry)


def slips(query: Name) -> int:
    """How many letters of a stem of this length may differ."""
    length = len(query.stem)
    if query.han:
        return int(length >= SLIP_HAN_MIN)
    return int(length >= SLIP_LETTERS_MIN) + int(length >= TWO_SLIPS_LETTERS_MIN)


def _compared(query: Name, listed: Name) -> tuple[int, Why]:
    """Score and reason of two names in the same script."""
    if query.core == listed.core and query.places == listed.places and query.aside == listed.aside:
        return SHARE_WHOLE, "NAME_EQUAL"
    score, why = _stems_compared(query, listed)
    if why == "SPELLING" and query.sectors and query.sectors == listed.sectors:
        score = min(score + SAME_SECTORS, STEM_EQUAL)
    return score - _disagreement(query, listed, query.sectors), why


def _stems_compared(query: Name, listed: Name) -> tuple[int, Why]:
    if query.stem == listed.stem or query.core == listed.core:
        return STEM_EQUAL, "STEM_EQUAL"
    if query.ordered == listed.ordered:
        return WORD_ORDER, "WORD_ORDER"
    inside, shorter, longer = _within(query, listed)
    if inside:
        return SCORE_MIN + (STEM_EQUAL - SCORE_MIN) * shorter // longer, "WORDS_WITHIN"
    return max(_spelt(query.stem, listed.stem, query.han), _spelt(query.ordered, listed.ordered, query.han)), "SPELLING"


def _within(query: Name, listed: Name) -> tuple[bool, int, int]:
    """All words of one, at least two, in the other; and both counts of letters."""
    few, many = sorted((query.tokens, listed.tokens), key=len)
    inside = len(set(few)) > 1 and set(few) < set(many)
    return inside, len("".join(few)), len("".join(many))


def _spelt(one: str, other: str, han: bool) -> int:
    """Alikeness of two stems by the letters that differ; 0 where no slip is believed."""
    shorter, longer = sorted((len(one), len(other)))
    distance = OSA.distance(one, other)
    if han and not _believed_han(one, other, shorter, distance):
        return 0
    if not han and distance > (shorter >= SLIP_LETTERS_MIN) + (shorter >= TWO_SLIPS_LETTERS_MIN):
        return 0
    return SHARE_WHOLE - distance * SHARE_WHOLE // longer


def _believed_han(one: str, other: str, shorter: int, distance: int) -> bool:
    """In three characters only a swap or one of the same sound is a slip; from four on any one is."""
    if distance > 1 or shorter < SLIP_HAN_MIN:
        return False
    if shorter > SLIP_HAN_MIN or sorted(one) == sorted(other):
        return True
    return len(one) == len(other) and all(a == b or same_sound(a, b) for a, b in zip(one, other, strict=True))


def _disagreement(query: Name, listed: Name, sectors: frozenset[str]) -> int:
    """What is taken from the score for sectors, places and brackets that do not agree."""
    return (
        _sectors_apart(sectors, listed)
        + (0 if query.places == listed.places else OTHER_PLACES if query.places and listed.places else ONE_PLACE)
        + (0 if query.aside == listed.aside else OTHER_ASIDE)
    )


def _sectors_apart(sectors: frozenset[str], listed: Name) -> int:
    if sectors == listed.sectors:
        return 0
    if not sectors or not listed.sectors or sectors & listed.sectors:
        return ONE_SAYS_MORE
    distinct = len(listed.stem) >= (DISTINCT_HAN_MIN if listed.han else DISTINCT_LETTERS_MIN)
    return OTHER_SECTORS if distinct else OTHER_SECTORS_SHORT_STEM


def _sounding(query: Name, index: Index) -> Iterator[Found]:
    """Chinese names that sound as a query in Latin letters."""
    for sound, words in spoken(query):
        told = query.sectors | {SECTORS[word] for word in words if word in SECTORS}
        for form, found in index.sounding(sound):
            score = SOUND_EQUAL if found == sound else _spelt(sound, found, False)
            score -= _disagreement(query, form.name, frozenset(told))
            if score >= SCORE_MIN:
                yield _found(form, score, "SOUND_EQUAL" if found == sound else "SOUND_NEAR", "pinyin")
