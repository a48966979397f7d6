"""A name is taken apart into what tells companies apart and what many share."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.policy.domain.screening.names import is_shared, readings
from services.policy.domain.screening.sounds import READINGS_MAX, sounds


@pytest.mark.parametrize(
    ("name", "stem", "sectors", "places"),
    [
        ("青岚半导体科技有限公司", "青岚", {"semiconductor"}, set()),
        ("清嵐半導體股份有限公司", "清岚", {"semiconductor"}, set()),
        ("广东省深圳市青岚科技有限公司", "青岚", set(), {"广东", "深圳"}),
        ("青岚（上海）电子（集团）有限公司", "青岚", {"electronics"}, {"上海"}),
        ("青岚通信国际有限公司广州市分公司", "青岚", {"telecom"}, {"广州"}),
        ("ＡＢＣ科技有限公司", "abc", set(), set()),
        ("国际贸易有限公司", "国际贸易", {"trade"}, set()),
        ("有限公司", "有限", set(), set()),
        ("上海分公司", "上海", set(), set()),
        ("Veltor Marsh Shipping Co., Ltd.", "veltormarsh", {"marine"}, set()),
        ("VELTOR MARSH (Hong Kong) Sp. z o.o.", "veltormarsh", set(), {"香港"}),
        ("The Veltor-Marsh Integrated Circuits L.L.C.", "veltormarsh", {"semiconductor"}, set()),
        ("Véltør & Märsh S.A.", "veltormarsh", set(), set()),
        ("O\u200bru\u202e Vantelis", "oruvantelis", set(), set()),
        ("青\ufe0f岚\U000e0100科技", "青岚", set(), set()),
        ("Global Technologies Ltd", "globaltechnology", set(), set()),
        ("Limited", "limited", set(), set()),
        ("The", "the", set(), set()),
        ("(Veltor)", "veltor", set(), set()),
        ("Kestrel Vane (illustrative)", "kestrelvane", set(), set()),
    ],
)
def test_a_name_is_taken_apart(name: str, stem: str, sectors: set[str], places: set[str]) -> None:
    found = readings(name)[0]
    assert (found.stem, set(found.sectors), set(found.places)) == (stem, sectors, places)


@pytest.mark.parametrize(
    ("name", "stems"),
    [
        ("霏曜半导体（Feiyao Semiconductor Ltd）", {"霏曜", "feiyao"}),
        ("Feiyao Semiconductor Ltd (霏曜半导体)", {"霏曜", "feiyao"}),
        ("霏曜半导体有限公司 Feiyao Semiconductor Co., Ltd.", {"霏曜", "feiyao"}),
        ("Brelkin科技有限公司", {"brelkin"}),
        ("ABC霏曜科技", {"abc霏曜"}),
    ],
)
def test_a_name_in_both_scripts_is_read_in_each(name: str, stems: set[str]) -> None:
    assert stems <= {one.stem for one in readings(name)}


@pytest.mark.parametrize("name", ["", "  ", "…（）", "\u200b", "&"])
def test_a_name_without_a_letter_has_no_reading(name: str) -> None:
    assert [one.stem for one in readings(name)] == (["and"] if name == "&" else [])


@pytest.mark.parametrize(
    ("name", "shared"),
    [
        ("国际贸易有限公司", True),
        ("Global Technology Limited", True),
        ("青岚贸易", False),
        ("Veltor Technology", False),
    ],
)
def test_a_name_of_shared_words_alone_is_known_as_such(name: str, shared: bool) -> None:
    assert is_shared(name) is shared


def test_a_character_of_several_readings_is_heard_in_each_the_usual_first() -> None:
    assert sounds("青岚")[0] == "qinglan"
    assert set(sounds("长行")) >= {"changxing", "zhanghang"}
    assert {"lvhe", "luhe"} <= set(sounds("绿禾"))
    assert len(sounds("重行长朝乐")) == READINGS_MAX


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=40))
def test_any_text_has_a_reading_with_a_stem_or_none(name: str) -> None:
    assert all(one.stem and one.core for one in readings(name))
    assert readings(name) or not any(map(str.isalnum, name))
