"""`python -m deploy.screening.generate [--count N] [--seed S] [FILE]`: an invented screening list as JSON lines.

Without arguments it writes deploy/screening/sample.ftm.jsonl anew: the seed is fixed, so it is the same every time.
Every party is invented and marked illustrative; a likeness to a real one is chance. TRAPS are entries that a bad
matcher confuses with others.
"""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import TypeVar

SEED = 20_260_302
COUNT = 200
SAMPLE = Path(__file__).with_name("sample.ftm.jsonl")
ENTITY_ID = "illustrative-{:06d}"

HAN = (
    "青岚砚澈岫鸢霁芜泷骊鹭渊潋涧钧锦烁翎棠栎桓峤岑汐沅湜珩琮璟瑜晗昀晔曜朔彧泓滢澜浔漪霖霏霄云龙凤兰苇芷蘅荻萧蓟葭"
    "筠筱箬箫笙磐砺硕碣碧稷穆颖颂顺颐顾频长重行乐朝"
)
SURNAMES = "岑栾郜蔺逄仝宓亓"
_ONSETS = "b br d dr f fl g h k kr l m n p qu s sk st t tr v w z"
ONSETS = tuple(_ONSETS.split())
VOWELS = ("a", "e", "i", "o", "u", "ai", "ea", "io")
CODAS = ("", "", "l", "n", "r", "s", "th", "x", "nd", "rk", "lt")
SECTORS: Sequence[tuple[str, str]] = (
    ("半导体", "Semiconductor"), ("电子", "Electronics"), ("智能", "Intelligence"), ("软件", "Software"),
    ("通信", "Communications"), ("物流", "Logistics"), ("航运", "Shipping"), ("医药", "Pharmaceutical"),
    ("能源", "Energy"), ("化工", "Chemical"), ("机械", "Machinery"), ("贸易", "Trading"), ("食品", "Food"),
    ("光电", "Photonics"), ("投资", "Investment"), ("建筑", "Construction"), ("纺织", "Textile"), ("航空", "Aviation"),
)  # fmt: skip
NEUTRAL: Sequence[tuple[str, str]] = (
    ("", ""), ("", ""), ("科技", "Technology"), ("科技", "Technologies"), ("实业", "Industries"),
    ("国际", "International"),
)  # fmt: skip
HAN_FORMS = ("有限公司", "有限公司", "股份有限公司", "有限责任公司", "集团有限公司")
LATIN_FORMS = ("Ltd", "Limited", "Inc.", "LLC", "GmbH", "Co., Ltd.", "Pte. Ltd.", "S.A.", "B.V.")
HAN_PLACES = ("", "", "", "上海", "北京", "深圳市", "江苏")
COUNTRIES = ("sg", "ae", "my", "de", "nl", "kz", "tr", "ch")
T = TypeVar("T")

TRAPS: Sequence[Mapping[str, Sequence[str] | str]] = (
    {"schema": "Company", "name": ("泠砚半导体有限公司",), "country": ("cn",)},
    {"schema": "Company", "name": ("凌焰半导体有限公司",), "country": ("cn",)},  # sounds as the one before
    {"schema": "Company", "name": ("国际贸易有限公司",), "country": ("cn",)},  # nothing but shared words
    {"schema": "Company", "name": ("Global Technology Limited",), "country": ("sg",)},
    {"schema": "Company", "name": ("重朔长行科技有限公司",), "country": ("cn",)},  # read in many ways
    {"schema": "Company", "name": ("霏曜半导体（Feiyao Semiconductor Ltd）",), "country": ("cn",)},
    {"schema": "Company", "name": ("Brelkin (Holdings) Ltd",), "alias": ("BKN",), "country": ("sg",)},
    {"schema": "Company", "name": ("Kovatrel & Stainder GmbH",), "country": ("de",)},
    {"schema": "Person", "name": ("Oru Vantelis",), "alias": ("Oru K. Vantelis",), "country": ("ch",)},
    {"schema": "Person", "name": ("岑砚澈",), "country": ("cn",)},
    {"schema": "Organization", "name": ("浔澜集成电路研究院",), "country": ("cn",)},
    {"schema": "LegalEntity", "name": ("Trastell Aldivor Shipping LLC",), "previousName": ("Trastell Marine LLC",),
     "country": ("ae",)},
)  # fmt: skip


def entities(count: int, seed: int = SEED) -> Iterator[Mapping[str, object]]:
    """So many invented parties, with an Address for every tenth; the same for the same seed."""
    rng = Random(seed)
    for number in range(1, count + 1):
        made = _person(rng) if number % 9 == 0 else _han(rng) if number % 2 else _latin(rng)
        schema, properties = made
        properties["registrationNumber"] = (f"ILLUSTRATIVE-{number:04d}",)
        if number % 10 == 0:
            address_id = f"illustrative-address-{number:06d}"
            full = f"{rng.randrange(1, 400)} {_word(rng).title()} Street (illustrative), {_word(rng).title()}"
            yield {"id": address_id, "schema": "Address", "properties": {"full": (full,)}}
            properties["addressEntity"] = (address_id,)
        yield _entity(number, schema, properties)
    for number, trap in enumerate(TRAPS, count + 1):
        yield _entity(
            number, str(trap["schema"]), {key: tuple(value) for key, value in trap.items() if key != "schema"}
        )


def lines(count: int, seed: int = SEED) -> Iterator[str]:
    """The same as JSON lines."""
    return (json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n" for one in entities(count, seed))


def _entity(number: int, schema: str, properties: Mapping[str, object]) -> Mapping[str, object]:
    return {"id": ENTITY_ID.format(number), "schema": schema, "properties": {**properties, "notes": ("illustrative",)}}


def _han(rng: Random) -> tuple[str, dict[str, object]]:
    stem = "".join(_one(rng, HAN) for _ in range(_one(rng, (2, 2, 3, 3, 4))))
    sector, neutral = _one(rng, SECTORS)[0], _one(rng, NEUTRAL)[0]
    place, form = _one(rng, HAN_PLACES), _one(rng, HAN_FORMS)
    properties: dict[str, object] = {"name": (f"{place}{stem}{sector}{neutral}{form}",), "country": ("cn",)}
    if rng.randrange(4) == 0:
        properties["alias"] = (f"{_word(rng).title()} {_word(rng).title()}",)
    if rng.randrange(8) == 0:
        former = "".join(_one(rng, HAN) for _ in range(3))
        properties["previousName"] = (f"{former}{sector}有限公司",)
    return "Company", properties


def _latin(rng: Random) -> tuple[str, dict[str, object]]:
    stem = " ".join(_word(rng).title() for _ in range(_one(rng, (1, 2, 2))))
    words = (stem, _one(rng, SECTORS)[1], _one(rng, NEUTRAL)[1], _one(rng, LATIN_FORMS))
    properties: dict[str, object] = {"name": (" ".join(filter(None, words)),), "country": (_one(rng, COUNTRIES),)}
    if rng.randrange(5) == 0:
        properties["alias"] = (f"{_word(rng).title()} {_word(rng).title()}",)
    return _one(rng, ("Company", "LegalEntity")), properties


def _person(rng: Random) -> tuple[str, dict[str, object]]:
    if rng.randrange(2):
        name = _one(rng, SURNAMES) + "".join(_one(rng, HAN) for _ in range(_one(rng, (1, 2, 2))))
        return "Person", {"name": (name,), "nationality": ("cn",)}
    return "Person", {"name": (f"{_word(rng).title()} {_word(rng).title()}",), "nationality": (_one(rng, COUNTRIES),)}


def _word(rng: Random) -> str:
    return "".join(_one(rng, ONSETS) + _one(rng, VOWELS) + _one(rng, CODAS) for _ in range(_one(rng, (2, 2, 3))))


def _one(rng: Random, stock: Sequence[T]) -> T:
    return stock[rng.randrange(len(stock))]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m deploy.screening.generate", description=__doc__.splitlines()[2])
    parser.add_argument("file", nargs="?", type=Path, default=SAMPLE)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    given.file.write_text("".join(lines(given.count, given.seed)), encoding="utf-8")


if __name__ == "__main__":
    main()
