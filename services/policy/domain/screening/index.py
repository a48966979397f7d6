"""A list made ready for one name at a time: candidates by equal parts, and by stems that differ in few letters.

Whether an entry is a candidate for a name depends on that entry alone, never on the rest of the list: so a changed
list may be screened by its changed entries only.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from rapidfuzz import process
from rapidfuzz.distance import OSA

from services.policy.domain.screening.entries import Entry, ScreeningList, number_key
from services.policy.domain.screening.names import Name, readings
from services.policy.domain.screening.sounds import SOUND_LETTERS_MIN, sounds

TOKENS_MAX = 8
"""Words of a stem that are paired; a longer name is still found by its stem as a whole."""
SOUND_SLIP_LETTERS_MIN = 8
"""From this length on, one letter of a sound may differ."""


@dataclass(frozen=True, slots=True)
class Form:
    """One name of one entry. `written`: as the list has it; `alias`: it is another or a former name."""

    entry: Entry
    written: str
    alias: bool
    name: Name


Key = tuple[bool, int, bool, str]
"""Script, length, which end of the stem, the letter there."""
Buckets = Mapping[Key, Sequence[str]]
"""Different stems, each under its first and its last letter: what is compared letter by letter."""


class Index:
    """A list's names, found again by what they share with a query. Built once, never changed."""

    def __init__(self, listed: ScreeningList) -> None:
        self.digest = listed.digest
        self.entries = len(listed.entries)
        self._numbers: dict[str, list[Entry]] = defaultdict(list)
        self._cores: dict[str, list[Form]] = defaultdict(list)
        self._stems: dict[tuple[bool, str], list[Form]] = defaultdict(list)
        self._pairs: dict[tuple[str, str], list[Form]] = defaultdict(list)
        self._sounds: dict[str, list[Form]] = defaultdict(list)
        for entry in listed.entries.values():
            self._add(entry)
        forms = [form.name for forms in self._stems.values() for form in forms]
        self._stem_buckets = _buckets((name.han, name.stem) for name in forms)
        self._ordered_buckets = _buckets((name.han, name.ordered) for name in forms if len(name.tokens) > 1)
        self._sound_buckets = _buckets((False, sound) for sound in self._sounds)

    def numbered(self, number: str) -> Sequence[Entry]:
        """Entries with this number."""
        return self._numbers.get(number_key(number), ())

    def equal(self, query: Name) -> Iterator[Form]:
        """Forms with the query's core or stem, in any order of its words."""
        yield from self._cores.get(query.core, ())
        for stem in dict.fromkeys((query.stem, query.ordered)):
            yield from self._stems.get((query.han, stem), ())

    def near(self, query: Name, slips: int) -> Iterator[Form]:
        """Forms whose stem is at most so many slips away: letters put in, left out, replaced, or two swapped."""
        for stem, buckets in ((query.stem, self._stem_buckets), (query.ordered, self._ordered_buckets)):
            for found in _near(stem, query.han, slips, buckets):
                yield from self._stems[query.han, found]

    def within(self, query: Name) -> Iterator[Form]:
        """Forms that share two words of their stem with the query."""
        for pair in _pairs(query.tokens):
            yield from self._pairs.get(pair, ())

    def sounding(self, sound: str) -> Iterator[tuple[Form, str]]:
        """Chinese forms whose stem or core sounds so, or nearly so; each with its sound."""
        yield from ((form, sound) for form in self._sounds.get(sound, ()))
        if len(sound) >= SOUND_SLIP_LETTERS_MIN:
            for found in _near(sound, False, 1, self._sound_buckets):
                yield from ((form, found) for form in self._sounds[found])

    def _add(self, entry: Entry) -> None:
        for number in dict.fromkeys(map(number_key, entry.registry_nos)):
            self._numbers[number].append(entry)
        for written, alias in (*((one, False) for one in entry.names), *((one, True) for one in entry.aliases)):
            for place, name in enumerate(readings(written)):
                self._add_form(Form(entry, written, alias or place > 0, name))

    def _add_form(self, form: Form) -> None:
        name = form.name
        self._cores[name.core].append(form)
        for stem in {name.stem, name.ordered}:
            self._stems[name.han, stem].append(form)
        for pair in _pairs(name.tokens):
            self._pairs[pair].append(form)
        if name.han:
            for sound in _spoken_parts(name, form.entry.schema == "Person"):
                self._sounds[sound].append(form)


def _spoken_parts(name: Name, person: bool) -> set[str]:
    """Sounds of stem and core; a person's also with the family name last."""
    told = {*sounds(name.stem), *sounds(name.core)}
    if person:
        told |= {sound for length in (1, 2) for sound in sounds(name.core[length:] + name.core[:length])}
    return {sound for sound in told if len(sound) >= SOUND_LETTERS_MIN}


def _pairs(tokens: Iterable[str]) -> Iterator[tuple[str, str]]:
    return combinations(sorted(set(tokens))[:TOKENS_MAX], 2)


def _buckets(stems: Iterable[tuple[bool, str]]) -> Buckets:
    found: dict[Key, list[str]] = defaultdict(list)
    for han, stem in dict.fromkeys(stems):
        for key in _ends(han, len(stem), stem):
            found[key].append(stem)
    return dict(found)


def _ends(han: bool, length: int, stem: str) -> tuple[Key, Key]:
    return (han, length, False, stem[0]), (han, length, True, stem[-1])


def _near(stem: str, han: bool, slips: int, buckets: Buckets) -> Iterator[str]:
    """Stems 1 to `slips` away, by optimal string alignment, that begin or end with the same letter.

    Only two slips can change both ends, and hardly ever do; a fifth of the stems is left to compare.
    """
    if slips == 0:
        return
    found: dict[str, None] = {}
    for length in range(len(stem) - slips, len(stem) + slips + 1):
        for key in _ends(han, length, stem):
            choices = buckets.get(key, ())
            near = process.extract(stem, choices, scorer=OSA.distance, score_cutoff=slips, limit=None)
            found.update(dict.fromkeys(other for other, away, _ in near if away))
    yield from found
