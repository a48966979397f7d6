"""The tree of caps: groups, product classes, uses, quarters; in units, value and TPP; no child above its parent."""

import pytest

from schemas.entries import EntryRecorded
from schemas.ledger import DefineCap, DefineProgramme, Draw, LedgerTick, Revoke, Transfer, company_cap
from services.ledger.domain.invariants import state_breaks
from tests.builders import AT, COMPANY, RIVAL
from tests.unit.ledger.play import SOON, Play, cap, granted, line, opened, restored

THIRD = "xinghe-labs"
BOTH = {"scope": "group:lanwei-group", "company_id": None, "cap_id": "lanwei-group", "members": (COMPANY, RIVAL)}
RESEARCH = {"scope": "use:research", "company_id": None, "cap_id": "research"}


def with_group(volume_units: int = 700) -> Play:
    play = opened()
    assert play.ask(DefineCap, **BOTH, volume_units=volume_units).code == "APPLIED"
    return play


def test_a_group_shares_a_cap() -> None:
    play = with_group()
    assert play.grant(line("u1", 400)).code == "APPLIED"
    entry = play.grant(line("u2", 301, company_id=RIVAL), line("u3", 300, company_id=THIRD))
    (figure,) = entry.figures
    assert (entry.code, figure.line_id, figure.cap_id, figure.available) == ("EXCEEDS_CAP", "u2", "lanwei-group", 300)
    last = play.grant(line("u2", 300, company_id=RIVAL))
    assert (cap(last, "lanwei-group").used_units, cap(last).used_units) == (700, 700)
    assert [told.cap_id for told in last.caps] == ["programme", company_cap(RIVAL), "lanwei-group"]


def test_a_company_brings_its_use_into_a_group_and_takes_it_out_again() -> None:
    play = granted()
    entry = play.ask(DefineCap, **BOTH, volume_units=600)
    assert (cap(entry, "lanwei-group").used_units, cap(entry, company_cap(COMPANY)).parent_id) == (500, "lanwei-group")
    left = play.ask(DefineCap, **{**BOTH, "members": (RIVAL,)}, volume_units=600)
    assert (cap(left, "lanwei-group").used_units, cap(left, company_cap(COMPANY)).parent_id) == (0, "programme")
    assert restored(play) == play.state
    assert state_breaks(play.state) == ()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"volume_units": 499}, "BELOW_USED"),
        ({"volume_units": 599}, "BELOW_USED"),
        ({"volume_units": 600}, "APPLIED"),
        ({"volume_units": 1_001}, "EXCEEDS_PROGRAMME"),
        ({"volume_units": 600, "cap_id": "programme"}, "VERSION_CONFLICT"),
        ({"volume_units": 600, "parent_id": "research"}, "VERSION_CONFLICT"),
    ],
)
def test_a_group_stands_above_its_companies_and_under_the_programme(changes: dict[str, object], code: str) -> None:
    play = granted()
    play.ask(DefineCap, **RESEARCH, volume_units=1_000)
    assert play.ask(DefineCap, **{**BOTH, **changes}).code == code


def test_a_company_is_in_one_group() -> None:
    play = with_group()
    other = {"scope": "group:other", "company_id": None, "cap_id": "other", "members": (COMPANY,)}
    entry = play.ask(DefineCap, **other, volume_units=700)
    assert (entry.code, entry.figures[0].field) == ("VERSION_CONFLICT", "members")


def research(play: Play, units: int, use: str = "research") -> EntryRecorded:
    return play.grant(line(f"r{play.position}", units, 0, COMPANY, use=use))


def test_a_part_of_a_cap_counts_the_lots_that_match_it() -> None:
    play = opened()
    play.ask(DefineCap, **RESEARCH, volume_units=100)
    assert research(play, 300, "inference").code == "APPLIED"
    assert cap(research(play, 80), "research").used_units == 80
    (figure,) = research(play, 21).figures
    assert (figure.code, figure.cap_id, figure.needed, figure.available) == ("EXCEEDS_CAP", "research", 21, 20)
    assert play.grant(line("u1", 100)).code == "APPLIED"


def test_a_part_counts_neither_in_nor_out_what_was_granted_before_it() -> None:
    play = opened()
    research(play, 300)
    entry = play.ask(DefineCap, **RESEARCH, volume_units=100)
    assert (cap(entry, "research").used_units, cap(entry, "research").since) == (0, 1)
    research(play, 60)
    assert [told.cap_id for told in play.ask(Revoke, lot=1, units=300).caps] == [company_cap(COMPANY), "programme"]
    assert cap(play.ask(Revoke, lot=2, units=20), "research").used_units == 40


def test_parts_stand_under_parts_and_are_never_above_them() -> None:
    play = opened()
    play.ask(DefineCap, **RESEARCH, volume_units=300)
    quarter = {"scope": "quarter:2026-q1", "company_id": None, "cap_id": "research-q1", "parent_id": "research"}
    assert play.ask(DefineCap, **quarter, volume_units=301).code == "EXCEEDS_CAP"
    assert play.ask(DefineCap, **quarter, volume_units=200).code == "APPLIED"
    assert play.ask(DefineCap, **RESEARCH, volume_units=199).code == "BELOW_USED"
    assert research(play, 201).figures[0].cap_id == "research-q1"
    assert [told.used_units for told in research(play, 200).caps] == [200, 200, 200, 200]
    play.at = AT.replace(month=4)
    assert research(play, 100).code == "APPLIED"


def test_a_company_has_parts_of_its_own() -> None:
    play = opened()
    own = {"scope": "use:research", "company_id": COMPANY, "cap_id": "own", "parent_id": company_cap(COMPANY)}
    play.ask(DefineCap, volume_units=500)
    assert cap(play.ask(DefineCap, **own, volume_units=50), "own").company_id == COMPANY
    assert research(play, 51).figures[0].cap_id == "own"
    assert play.grant(line("r", 51, 0, RIVAL, use="research")).code == "APPLIED"


def test_a_group_with_parts_keeps_its_members() -> None:
    play = with_group()
    part = {"scope": "use:research", "company_id": None, "cap_id": "part", "parent_id": "lanwei-group"}
    assert play.ask(DefineCap, **part, volume_units=50).code == "APPLIED"
    entry = play.ask(DefineCap, **{**BOTH, "members": ()}, volume_units=700)
    assert (entry.code, entry.figures[0].field) == ("VERSION_CONFLICT", "members")
    assert play.ask(DefineCap, **BOTH, volume_units=600).code == "APPLIED"


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"parent_id": "nowhere"}, "VERSION_CONFLICT", "parent_id"),
        ({"cap_id": "programme"}, "VERSION_CONFLICT", "cap_id"),
        ({"cap_id": "company:someone"}, "VERSION_CONFLICT", "cap_id"),
        ({"scope": "item:H20"}, "UNIT_MISMATCH", "scope"),
        ({"members": (COMPANY,)}, "VERSION_CONFLICT", "members"),
        ({"volume_tpp": 5}, "UNIT_MISMATCH", "volume_tpp"),
        ({"scope": "company:x", "parent_id": "programme", "company_id": "y"}, "VERSION_CONFLICT", "company_id"),
        ({"company_id": COMPANY}, "VERSION_CONFLICT", "company_id"),
        ({"reason": " "}, "REASON_MISSING", "reason"),
    ],
)
def test_a_cap_that_cannot_stand_there_is_refused(changes: dict[str, object], code: str, field: str) -> None:
    entry = opened().ask(DefineCap, **{**RESEARCH, "volume_units": 9, **changes})
    assert (entry.code, field in [figure.field for figure in entry.figures]) == (code, True)


MORE = {"product_classes": ({"item": "H20", "tpp_per_unit": 2},), "tpp_per_unit": 16}


def test_a_limit_of_tpp_counts_each_product_class_by_its_coefficient() -> None:
    play = opened(**MORE, volume_tpp=1_000)
    entry = play.grant(line("u1", 50), line("u2", 100, 0, COMPANY, item="H20"))
    assert (cap(entry).used_tpp, cap(entry).volume_tpp) == (1_000, 1_000)
    (figure,) = play.grant(line("u3", 1, 0, RIVAL, item="H20")).figures
    assert (figure.code, figure.field, figure.needed, figure.available) == ("EXCEEDS_PROGRAMME", "tpp", 2, 0)
    assert cap(play.ask(Revoke, line_id="u1", units=10)).used_tpp == 840


def test_a_product_class_has_a_cap_in_tpp_and_units() -> None:
    play = opened(**MORE)
    item = {"scope": "item:H20", "company_id": None, "cap_id": "h20"}
    play.ask(DefineCap, **item, volume_units=100, volume_tpp=100)
    assert play.grant(line("u1", 51, 0, COMPANY, item="H20")).figures[0].field == "tpp"
    assert cap(play.grant(line("u1", 50, 0, COMPANY, item="H20")), "h20").used_tpp == 100


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"volume_tpp": 9}, "volume_tpp"),
        ({"volume_tpp": 9, "tpp_per_unit": 1, "product_classes": ({"item": "H20"},)}, "volume_tpp"),
        ({"product_classes": ({"item": "H200"},)}, "product_classes"),
    ],
)
def test_a_programme_declares_what_its_limits_need(changes: dict[str, object], field: str) -> None:
    entry = Play().ask(DefineProgramme, **changes)
    assert (entry.code, entry.figures[0].field) == ("UNIT_MISMATCH", field)


def test_a_transfer_within_a_group_leaves_the_groups_use() -> None:
    play = with_group(600)
    play.grant(line("u1", 500))
    assert cap(play.ask(Transfer, units=500), "lanwei-group").used_units == 500


def test_what_expires_frees_every_cap_that_counted_it() -> None:
    play = with_group()
    play.ask(DefineCap, **RESEARCH, volume_units=300)
    play.grant(line("u1", 200, 0, COMPANY, use="research", expires_at=SOON))
    play.at = SOON
    entry = play.ask(LedgerTick)
    assert {told.cap_id: told.used_units for told in entry.caps} == {
        company_cap(COMPANY): 0, "lanwei-group": 0, "programme": 0, "research": 0,
    }  # fmt: skip


def told(entry: EntryRecorded) -> list[tuple[object, ...]]:
    return [(each.kind, each.cap_id or each.company_id, each.percent, each.old_units, each.new_units)
            for each in entry.crossings]  # fmt: skip


def test_thresholds_exhaustion_and_reopening_are_told_with_old_and_new_figures() -> None:
    play = opened(company_units=None)
    assert told(play.grant(line("u1", 799))) == []
    assert told(play.grant(line("u2", 1))) == [("reached", "programme", 80, 201, 200)]
    assert told(play.grant(line("u3", 200))) == [("exhausted", "programme", 100, 200, 0)]
    assert told(play.ask(Revoke, units=100)) == [("reopened", "programme", 100, 0, 100)]
    assert told(play.ask(Revoke, units=200)) == [("eased", "programme", 80, 100, 300)]


def test_an_account_near_its_end_is_told_too() -> None:
    play = granted()
    assert told(play.ask(Draw, units=399)) == []
    assert told(play.ask(Draw, units=1)) == [("reached", COMPANY, 80, 101, 100)]
    assert told(play.ask(Draw, units=75)) == [("reached", COMPANY, 95, 100, 25)]
    assert told(play.ask(Draw, units=25)) == [("exhausted", COMPANY, 100, 25, 0)]
    assert ("reopened", COMPANY, 100, 0, 50) in told(play.grant(line("u2", 50)))


def test_a_change_of_a_cap_is_told_when_it_passes_a_threshold() -> None:
    play = opened(company_units=None)
    play.grant(line("u1", 500))
    own = {"company_id": None, "cap_id": "programme"}
    assert told(play.ask(DefineCap, **own, volume_units=500)) == [("exhausted", "programme", 100, 500, 0)]
    assert told(play.ask(DefineCap, **own, volume_units=900)) == [("reopened", "programme", 100, 0, 400)]
