"""`python -m tests.unit.policy_screening.variants`: writes names to variants.tsv by rules; a person reviews them.

It makes variants of the sample list's names (to be found) and names of other parties (not to be found). The file is
what counts: DROPPED are rows that a reviewer has struck out, WRITTEN are rows a reviewer has added.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import TypeVar

from opencc import OpenCC
from pypinyin import Style, lazy_pinyin, pinyin

from deploy.screening.generate import CODAS, HAN, LATIN_FORMS, ONSETS, SAMPLE, SECTORS, VOWELS
from services.policy.screening import Entry, read_list
from tests.unit.policy_screening.written import DROPPED, WRITTEN

FILE = Path(__file__).with_name("variants.tsv")
HEADER = """\
# Labelled variants of invented names, illustrative. Columns: kind, entry that must be found (-: none may be), query.
# Rows are made by variants.py and reviewed by hand; quality.py reads them and says how they are split.
# Not among them, since no rule here claims to find them: initials, translated stems, scripts other than Han and Latin.
"""
SEED = 11
EN = dict(SECTORS)
HAN_FORMS = ("股份有限公司", "有限责任公司", "有限公司", "集团有限公司")
PLACES = ("成都", "武汉", "广州市", "浙江省", "天津")
SHORT = {"Technology": "Tech", "Technologies": "Tech.", "International": "Intl", "Industries": "Ind.",
         "Semiconductor": "Semicon", "Electronics": "Elec.", "Pharmaceutical": "Pharma",
         "Machinery": "Machine"}  # fmt: skip
T = TypeVar("T")
Row = tuple[str, str, str]
Rule = Callable[[Random, Entry], str | None]


def one(rng: Random, stock: Sequence[T]) -> T:
    """One of them."""
    return stock[rng.randrange(len(stock))]


def is_han(name: str) -> bool:
    """True if the name is in Chinese characters."""
    return "\u4e00" <= name[0] <= "\u9fff"


def han_parts(entry: Entry) -> tuple[str, str, str, str, str] | None:
    """Place, stem, sector, neutral word, legal form of a generated Chinese name."""
    name = entry.names[0]
    if not is_han(name) or entry.schema == "Person":
        return None
    place = next((place for place in ("上海", "北京", "深圳市", "江苏") if name.startswith(place)), "")
    rest = name.removeprefix(place)
    form = next(
        (form for form in ("集团有限公司", "股份有限公司", "有限责任公司", "有限公司") if rest.endswith(form)), ""
    )
    rest = rest.removesuffix(form)
    neutral = next((word for word in ("科技", "实业", "国际") if rest.endswith(word)), "")
    rest = rest.removesuffix(neutral)
    sector = next((word for word, _ in SECTORS if rest.endswith(word)), "")
    stem = rest.removesuffix(sector)
    return (place, stem, sector, neutral, form) if sector and set(stem) <= set(HAN) else None


def latin_parts(entry: Entry) -> tuple[list[str], list[str], str] | None:
    """Words of the stem, common words, legal form of a generated Latin name."""
    name = entry.names[0]
    if is_han(name) or entry.schema == "Person":
        return None
    form = next((form for form in sorted(LATIN_FORMS, key=len, reverse=True) if name.endswith(f" {form}")), "")
    words = name.removesuffix(form).split()
    common = [word for word in words if word in SHORT or word in EN.values()]
    stem = [word for word in words if word not in common]
    return (stem, common, form) if form and common else None


def traditional(rng: Random, entry: Entry) -> str | None:
    """In traditional characters as Hong Kong or Taiwan writes them."""
    name = entry.names[0]
    changed = OpenCC(one(rng, ("s2hk", "s2tw", "s2t"))).convert(name)
    return changed if is_han(name) and changed != name else None


def width(rng: Random, entry: Entry) -> str | None:
    """Full-width letters, or spaces of full width."""
    name = entry.names[0]
    if is_han(name):
        return "　".join((name[:2], name[2:])) if entry.schema != "Person" else None
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else "\u3000" for c in name)


def letter_case(rng: Random, entry: Entry) -> str | None:
    """Capitals and punctuation."""
    name = entry.names[0]
    return None if is_han(name) else one(rng, (name.upper(), name.lower(), name.replace(" ", "  ").replace(".", "")))


def legal_form(rng: Random, entry: Entry) -> str | None:
    """Another legal form, or none."""
    if han := han_parts(entry):
        return "".join(han[:4]) + one(rng, ("", *[form for form in HAN_FORMS if form != han[4]]))
    if latin := latin_parts(entry):
        form = one(rng, ("", "Limited Liability Company", "Pty Ltd", "PLC", "Corp.", "L.L.C.", "Sp. z o.o.", "AG"))
        return " ".join(filter(None, (*latin[0], *latin[1], form)))
    return None


def abbreviated(rng: Random, entry: Entry) -> str | None:
    """The short form people use."""
    if han := han_parts(entry):
        return han[1] + one(rng, (han[2], han[3] or han[2], f"{han[2]}公司"))
    if latin := latin_parts(entry):
        words = [SHORT.get(word, word) for word in latin[1]]
        return " ".join((*latin[0], *one(rng, (words, words[:1], [*words, "Co."]))))
    return None


def reordered(rng: Random, entry: Entry) -> str | None:
    """The same words in another order."""
    if han := han_parts(entry):
        return f"{han[1]}{han[3]}{han[2]}{han[4]}" if han[3] and not han[0] else None
    latin = latin_parts(entry)
    if latin and len(latin[0]) > 1:
        return " ".join((*reversed(latin[0]), *latin[1], latin[2]))
    return None


def typo_latin(rng: Random, entry: Entry) -> str | None:
    """One slip in the stem: a letter left out, doubled, replaced, or two swapped."""
    latin = latin_parts(entry)
    if not latin or len("".join(latin[0])) < 6:
        return None
    return " ".join((slip(rng, " ".join(latin[0])), *latin[1], latin[2]))


def two_typos_latin(rng: Random, entry: Entry) -> str | None:
    """Two slips in a long stem."""
    latin = latin_parts(entry)
    if not latin or len("".join(latin[0])) < 11:
        return None
    return " ".join((slip(rng, slip(rng, " ".join(latin[0]))), *latin[1], latin[2]))


def slip(rng: Random, text: str) -> str:
    """The text with one slip at a letter."""
    place = one(rng, [at for at in range(len(text) - 1) if text[at].isalpha() and text[at + 1].isalpha()])
    head, letter, following, tail = text[:place], text[place], text[place + 1], text[place + 2 :]
    return one(
        rng,
        (
            head + following + tail,
            head + letter + letter + following + tail,
            head + one(rng, "aeiourst") + following + tail,
            head + following + letter + tail,
        ),
    )


def typo_han(rng: Random, entry: Entry) -> str | None:
    """One character of a stem of three or more typed as another of the same sound, or two swapped."""
    han = han_parts(entry)
    if not han or len(han[1]) < 3:
        return None
    place, stem = rng.randrange(len(han[1]) - 1), han[1]
    swapped = stem[:place] + stem[place + 1] + stem[place] + stem[place + 2 :]
    return han[0] + one(rng, (swapped, homophone(rng, stem, place), homophone(rng, stem, place))) + "".join(han[2:])


def homophone(rng: Random, stem: str, place: int) -> str:
    """The stem with one character replaced by another of the same sound."""
    others = [other for other in SAME_SOUND[lazy_pinyin(stem[place])[0]] if other != stem[place]]
    return stem[:place] + (one(rng, others) if others else stem[place]) + stem[place + 1 :]


def _same_sound() -> dict[str, list[str]]:
    """The 3,755 common characters (GB 2312, first level) by their sound."""
    found: dict[str, list[str]] = defaultdict(list)
    codes = ((row, cell) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF) if (row, cell) <= (0xD7, 0xF9))
    for character in (bytes(code).decode("gb2312") for code in codes):
        found[lazy_pinyin(character)[0]].append(character)
    return found


SAME_SOUND = _same_sound()


def spelt(rng: Random, entry: Entry) -> str | None:
    """In pinyin: joined or by syllables, with tones or without, the sector in pinyin or in English."""
    han = han_parts(entry)
    if not han:
        return None
    toned = one(rng, (False, False, True))
    stem = [sound[0] for sound in pinyin(han[1], style=Style.TONE if toned else Style.NORMAL)]
    written = one(rng, (" ", "", "", "-")).join(stem)
    sector = one(rng, (EN[han[2]], EN[han[2]], "".join(lazy_pinyin(han[2])), " ".join(lazy_pinyin(han[2]))))
    neutral = one(rng, ("", "Keji", "Technology")) if han[3] == "科技" else ""
    form = one(rng, ("Co., Ltd.", "Youxian Gongsi", "Ltd", ""))
    return " ".join(filter(None, (one(rng, (written.title(), written.upper())), sector.title(), neutral, form)))


def placed(rng: Random, entry: Entry) -> str | None:
    """With a place in brackets, before or after."""
    if han := han_parts(entry):
        rest, place = "".join(han[2:]), one(rng, PLACES)
        added = (f"{place}{han[1]}{rest}", f"{han[1]}（{place}）{rest}", f"{han[1]}{rest}{place}分公司")
        return one(rng, added) if not han[0] else f"{han[1]}{rest}"
    if latin := latin_parts(entry):
        stem, common, form = " ".join(latin[0]), " ".join(latin[1]), latin[2]
        added = (
            f"{stem} (Shanghai) {common} {form}",
            f"{stem} {common} (China) {form}",
            f"{stem} {common} Asia {form}",
        )
        return one(rng, (*added, f"Chengdu {stem} {common} {form}", f"{stem} (Group) {common} {form}"))
    return None


def alias(rng: Random, entry: Entry) -> str | None:
    """Another or a former name, as a company would write it."""
    if not entry.aliases:
        return None
    name = one(rng, entry.aliases)
    if is_han(name):
        return name.replace("有限公司", "股份有限公司")
    return one(rng, (name, f"{name} Ltd", name.upper(), f"The {name} Company"))


def person(rng: Random, entry: Entry) -> str | None:
    """Family name first or last, in capitals, in pinyin, in traditional characters."""
    if entry.schema != "Person":
        return None
    name = entry.names[0]
    if is_han(name):
        family, given = lazy_pinyin(name[0])[0].title(), "".join(lazy_pinyin(name[1:])).title()
        return one(rng, (f"{given} {family}", f"{family} {given}", f"{family.upper()}, {given}"))
    first, last = name.split(" ", 1)
    return one(rng, (f"{last} {first}", f"{last.upper()}, {first}", f"{first} K. {last}", f"Mr {first} {last}"[3:]))


def other_stem(rng: Random, entry: Entry) -> str | None:
    """A company with the same common words and another stem."""
    if han := han_parts(entry):
        return "".join((han[0], strange(rng, len(han[1]), han[1]), *han[2:]))
    if latin := latin_parts(entry):
        return " ".join((*[one(rng, WORDS) for _ in latin[0]], *latin[1], latin[2]))
    return None


def half_stem(rng: Random, entry: Entry) -> str | None:
    """A company that shares half of the stem."""
    if han := han_parts(entry):
        kept = len(han[1]) // 2
        return "".join((han[1][:kept], strange(rng, len(han[1]) - kept, han[1]), *han[2:]))
    latin = latin_parts(entry)
    if latin and len(latin[0]) == 2:
        return " ".join(
            (*one(rng, ((latin[0][0], one(rng, WORDS)), (one(rng, WORDS), latin[0][1]))), *latin[1], latin[2])
        )
    return None


def near_stem(rng: Random, entry: Entry) -> str | None:
    """A company alike: another syllable in one word, or another character, not of the same sound, among three."""
    if han := han_parts(entry):
        place, stem = rng.randrange(3), han[1]
        if len(stem) != 3:
            return None
        other = strange(rng, 1, stem)
        alike = lazy_pinyin(other) == lazy_pinyin(stem[place])
        return None if alike else "".join((han[0], stem[:place] + other + stem[place + 1 :], *han[2:]))
    if latin := latin_parts(entry):
        word = latin[0][-1]
        syllable = one(rng, ONSETS).replace(word[-3:-2], "") + one(rng, VOWELS) + one(rng, CODAS)
        return " ".join((*latin[0][:-1], word[:-3] + syllable, *latin[1], latin[2]))
    return None


def same_sound(rng: Random, entry: Entry) -> str | None:
    """A company whose stem sounds the same in other characters, every one of them."""
    han = han_parts(entry)
    if not han:
        return None
    stem = han[1]
    for place in range(len(stem)):
        stem = homophone(rng, stem, place)
    differ = sum(a != b for a, b in zip(stem, han[1], strict=True))
    return "".join((han[0], stem, *han[2:])) if differ == len(stem) else None


def other_sector(rng: Random, entry: Entry) -> str | None:
    """A company with the same short stem in another line of business."""
    if (han := han_parts(entry)) and len(han[1]) < 4:
        return f"{han[1]}{one(rng, ('家具', '旅游', '印刷', '玩具', '教育', '农业'))}{han[4]}"
    latin = latin_parts(entry)
    if latin and len("".join(latin[0])) < 10:
        return " ".join(
            (*latin[0], one(rng, ("Furniture", "Travel", "Printing", "Toys", "Education", "Farming")), latin[2])
        )
    return None


def other_person(rng: Random, entry: Entry) -> str | None:
    """A person of the same family name."""
    if entry.schema != "Person":
        return None
    name = entry.names[0]
    if is_han(name):
        return name[0] + strange(rng, len(name) - 1, name)
    return f"{one(rng, WORDS)} {name.split()[1]}"


def strange(rng: Random, length: int, unlike: str) -> str:
    """Characters of the list's own stock that are not in the stem."""
    return "".join(one(rng, [character for character in HAN if character not in unlike]) for _ in range(length))


_WORDS = """
Marlow Pentrith Oskelune Dunvara Calbrook Wyndelar Hestergate Tamsin Juvenko Arbolind Perrigold Sandlark Ullerby
Quintavel Norbeck Elmshore
"""
WORDS = tuple(_WORDS.split())
POSITIVE: Sequence[tuple[Rule, int]] = (
    (traditional, 24), (width, 18), (letter_case, 12), (legal_form, 40), (abbreviated, 36), (reordered, 28),
    (typo_latin, 34), (two_typos_latin, 12), (typo_han, 26), (spelt, 44), (placed, 36), (alias, 24), (person, 18),
)  # fmt: skip
NEGATIVE: Sequence[tuple[Rule, int]] = (
    (other_stem, 46), (half_stem, 40), (near_stem, 40), (same_sound, 34), (other_sector, 34), (other_person, 14),
)  # fmt: skip


def rows() -> Iterator[Row]:
    """Every row that stands, in order of kind; each query once."""
    entries, seen = tuple(read_list(SAMPLE).entries.values()), set(DROPPED)
    for rules, found in ((POSITIVE, True), (NEGATIVE, False)):
        for rule, count in rules:
            for entry, query in _made(rule, count, entries):
                if query not in seen:
                    seen.add(query)
                    yield rule.__name__, entry.entry_id if found else "-", query
    yield from (row for row in WRITTEN if row[2] not in seen)


def _made(rule: Rule, count: int, entries: Sequence[Entry]) -> Iterator[tuple[Entry, str]]:
    """So many queries of a rule, of entries in an order of the rule's own."""
    rng = Random(f"{SEED} {rule.__name__}")
    made = 0
    for entry in rng.sample(entries, len(entries)):
        query = rule(rng, entry)
        if query and query not in entry.names and made < count:
            made += 1
            yield entry, query


def main() -> None:
    """Write the file."""
    FILE.write_text(HEADER + "".join(f"{kind}\t{entry}\t{query}\n" for kind, entry, query in rows()), encoding="utf-8")


if __name__ == "__main__":
    main()
