"""Which entries a name meets, in which tier, and what that allows."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.screening.generate import SAMPLE
from services.policy.domain.screening import matching
from services.policy.domain.screening.entries import Entry, screening_list
from services.policy.domain.screening.outcome import HITS_MAX
from services.policy.screening import Index, Party, read_list, screen
from tests.unit.policy_screening.lists import entry, index, person
from tests.unit.policy_screening.quality import labelled

HAN = "青岚曜半导体科技有限公司"
LATIN = "Veltor Marshwick Shipping Ltd"


@pytest.mark.parametrize(
    ("query", "name", "tier", "why"),
    [
        (HAN, HAN, "exact", "NAME_EQUAL"),
        ("青嵐曜半導體科技股份有限公司", HAN, "exact", "NAME_EQUAL"),
        ("veltor marshwick shipping gmbh", LATIN, "exact", "NAME_EQUAL"),
        ("青岚曜半导体科技（示例）", HAN, "exact", "NAME_EQUAL"),
        ("Veltor Marshwick Shipping (illustrative)", LATIN, "exact", "NAME_EQUAL"),
        ("Veltor Marshwick Shipping (Holdings) Ltd", LATIN, "script", "STEM_EQUAL"),
        ("上海青岚曜半导体科技有限公司", HAN, "script", "STEM_EQUAL"),
        ("青岚曜集成电路有限公司", HAN, "script", "STEM_EQUAL"),
        ("Marshwick Veltor Shipping", LATIN, "script", "WORD_ORDER"),
        ("Veltr Marshwick Shipping", LATIN, "script", "SPELLING"),
        ("Veltr Marhswick Shipping", LATIN, "script", "SPELLING"),
        ("Veltor Marhswikc Shipping", LATIN, "script", "SPELLING"),
        ("Marshwick Veltr Shipping", LATIN, "script", "SPELLING"),
        ("Veltor K. Marshwick", LATIN, "script", "WORDS_WITHIN"),
        ("青蓝曜半导体科技有限公司", HAN, "script", "SPELLING"),
        ("岚青曜半导体科技有限公司", HAN, "script", "SPELLING"),
        ("Qinglanyao Semiconductor Co Ltd", HAN, "pinyin", "SOUND_EQUAL"),
        ("QĪNG LÁN YÀO bandaoti youxian gongsi", HAN, "pinyin", "SOUND_EQUAL"),
        ("qing1 lan2 yao4 keji", HAN, "pinyin", "SOUND_EQUAL"),
        ("Qinlanyao Semiconductor", HAN, "pinyin", "SOUND_NEAR"),
    ],
)
def test_a_variant_is_found_in_its_tier(query: str, name: str, tier: str, why: str) -> None:
    (hit,) = screen(Party(query), index(entry(name))).hits
    assert (hit.hit.tier, hit.hit.why) == (tier, why)


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("清澜耀半导体科技有限公司", HAN),  # sounds the same, other characters
        ("青岚玩具有限公司", "青岚半导体有限公司"),  # short stem, other sector
        ("青山曜半导体科技有限公司", HAN),  # one character of three, of another sound
        ("青岚半导体科技有限公司", "清岚半导体科技有限公司"),  # one character of two
        ("Marshwick Harbour Shipping Ltd", LATIN),
        ("Veltor Toys Ltd", "Veltor Shipping Ltd"),
        ("Xeltormarshwicx Shipping", "Veltormarshwick Shipping"),  # both ends differ
        ("Veto Shipping", "Velo Shipping"),  # four letters are too few for a slip
        ("国际科技有限公司", "国际贸易有限公司"),
        ("Global Shipping Ltd", "Global Technology Limited"),
        ("青岚曜半导体", "Qinglanyao Semiconductor Ltd"),  # pinyin is for Latin queries only
    ],
)
def test_another_company_is_not(query: str, name: str) -> None:
    found = screen(Party(query), index(entry(name)))
    assert (found.hits, found.outcome) == ((), "pass")


def test_a_distinctive_stem_refers_in_any_sector() -> None:
    assert screen(Party("青岚曜霁玩具有限公司"), index(entry("青岚曜霁半导体有限公司"))).outcome == "refer"


def test_a_person_is_found_with_the_family_name_last() -> None:
    (hit,) = screen(Party("Yanche Cen"), index(person("岑砚澈", "CN"))).hits
    assert hit.hit.tier == "pinyin"


NUMBER = "ILLUSTRATIVE-0001"
FULL = entry(HAN, aliases=(LATIN,), numbers=(NUMBER,), countries=("CN",), addresses=("1 Vane Road, Marsh",))


@pytest.mark.parametrize(
    ("party", "listed", "outcome", "facts"),
    [
        (Party(HAN), FULL, "refer", ()),
        (Party(HAN, country="CN"), FULL, "reject", ("country",)),
        (Party(HAN, address="1 VANE ROAD (MARSH)"), FULL, "reject", ("address",)),
        (Party(HAN, country="SG"), FULL, "refer", ()),
        (Party("Another Name", registry_no="illustrative 0001"), FULL, "reject", ("registry-no",)),
        (Party("Another Name", "CN", NUMBER), FULL, "reject", ("country", "registry-no")),
        (Party("Another Name", "SG", NUMBER), FULL, "refer", ("registry-no",)),
        (Party(HAN, "SG", NUMBER), FULL, "reject", ("registry-no",)),
        (Party("Another Name", "CN", "A-17"), entry(HAN, numbers=("A17",), countries=("CN",)), "refer",
         ("country", "registry-no")),
        (Party(LATIN, country="CN"), FULL, "refer", ("country",)),
        (Party(f"上海{HAN}", country="CN"), FULL, "refer", ("country",)),
        (Party("Qinglanyao Semiconductor", country="CN"), FULL, "refer", ("country",)),
        (Party("岑砚澈", country="CN"), person("岑砚澈", "CN"), "refer", ("country",)),
        (Party("国际贸易有限公司", country="CN"), entry("国际贸易有限公司", countries=("CN",)), "refer", ("country",)),
        (Party("…"), FULL, "refer", None),
        (Party("Another Name", country="CN"), FULL, "pass", None),
    ],
)  # fmt: skip
def test_only_a_number_or_a_name_and_a_second_fact_may_reject(
    party: Party, listed: Entry, outcome: str, facts: tuple[str, ...] | None
) -> None:
    found = screen(party, index(listed))
    assert found.outcome == outcome
    assert [one.facts for one in found.hits] == ([] if facts is None else [facts])


def test_the_best_tier_of_an_entry_is_told_once_and_the_best_entry_first() -> None:
    found = screen(
        Party(HAN, "CN", NUMBER),
        index(entry(HAN, entry_id="illustrative-2"), FULL, entry(f"上海{HAN}", entry_id="illustrative-0")),
    )
    assert [(one.hit.entry_id, one.hit.tier) for one in found.hits] == [
        ("illustrative-1", "identifier"), ("illustrative-2", "exact"), ("illustrative-0", "script"),
    ]  # fmt: skip


def test_hits_beyond_the_limit_are_counted() -> None:
    found = screen(Party(HAN), index(*(entry(HAN, entry_id=f"illustrative-{n:03d}") for n in range(HITS_MAX + 3))))
    assert (len(found.hits), found.left_off, found.outcome) == (HITS_MAX, 3, "refer")


def test_a_number_that_fails_its_check_refers_without_any_hit() -> None:
    found = screen(Party("Another Name", "CN", "918200000000000000"), index(FULL))
    assert (found.outcome, found.number.verdict, found.hits) == ("refer", "CHECKSUM", ())


ENTRIES = tuple(read_list(SAMPLE).entries.values())
WHOLE = Index(read_list(SAMPLE))
SOME = st.sampled_from(labelled())
EDITS = st.lists(st.tuples(st.integers(0, 40), st.sampled_from("aezn青岚曜 (（.公司")), max_size=4)


def edited(query: str, edits: list[tuple[int, str]]) -> str:
    for place, letter in edits:
        query = query[:place] + letter + query[place + 1 :]
    return query


@settings(max_examples=120, deadline=None)
@given(SOME, EDITS, st.sampled_from([None, "CN", "SG"]))
def test_an_entry_is_hit_whatever_else_is_on_the_list(row: object, edits: list[tuple[int, str]], country: str) -> None:
    party = Party(edited(getattr(row, "query", ""), edits), country)
    found = screen(party, WHOLE)
    for one in found.hits:
        alone = Index(screening_list(WHOLE.digest, (read_list(SAMPLE).entries[one.hit.entry_id],)))
        assert screen(party, alone).hits == (one,)


@settings(max_examples=120, deadline=None)
@given(SOME, EDITS, st.sampled_from([None, "CN", "SG"]))
def test_no_tier_but_two_rejects_and_scores_are_integers_in_range(
    row: object, edits: list[tuple[int, str]], country: str
) -> None:
    found = screen(Party(edited(getattr(row, "query", ""), edits), country), WHOLE)
    for one in found.hits:
        assert one.outcome == "refer" or one.hit.tier == "identifier" or (one.hit.tier == "exact" and one.facts)
        assert isinstance(one.hit.score, int)
        assert matching.SCORE_MIN <= one.hit.score <= 10_000
    assert (found.outcome == "pass") == (not found.hits)
