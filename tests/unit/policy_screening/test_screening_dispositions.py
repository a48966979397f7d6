"""A dismissed hit stays away until the party or the entry changes; a new list asks only what is new."""

import pytest

from services.policy.domain.screening.dispositions import (
    Disposition,
    ListChange,
    dismiss,
    list_change,
    open_hits,
    screen_again,
)
from services.policy.screening import Party, screen
from tests.unit.policy_screening.lists import entry, index, listed

VANE = entry("Kestrel Vane Ltd", entry_id="illustrative-1")
CHANGED = entry("Kestrel Vane Ltd", entry_id="illustrative-1", countries=("SG",))
OTHER = entry("Kestrel Vane Holdings", entry_id="illustrative-2")
PARTY = Party("Kestrel Vane")


def dismissed() -> Disposition:
    found = dismiss(screen(PARTY, index(VANE)), "illustrative-1", "Another company of that name, seen on site")
    assert found is not None
    return found


DISMISSED_AS_CHANGED = Disposition(PARTY.digest, CHANGED.entry_id, CHANGED.digest, "The same, looked at again")


@pytest.mark.parametrize(
    ("party", "entries", "open_ids"),
    [
        (PARTY, (VANE,), []),
        (PARTY, (VANE, OTHER), ["illustrative-2"]),
        (PARTY, (CHANGED,), ["illustrative-1"]),
        (Party("Kestrel Vane", country="SG"), (VANE,), ["illustrative-1"]),
    ],
)
def test_a_dismissed_hit_reopens_when_party_or_entry_changes(
    party: Party, entries: tuple[object, ...], open_ids: list[str]
) -> None:
    found = screen(party, index(*(one for one in entries if isinstance(one, type(VANE)))))
    assert [one.hit.entry_id for one in open_hits(found, [dismissed()])] == open_ids


@pytest.mark.parametrize(
    ("entry_id", "reason"), [("illustrative-9", "why"), ("illustrative-1", " "), ("illustrative-1", "x" * 2_001)]
)
def test_only_a_hit_with_a_reason_is_dismissed(entry_id: str, reason: str) -> None:
    assert dismiss(screen(PARTY, index(VANE)), entry_id, reason) is None


def test_a_list_change_names_entries_that_are_new_or_changed_and_ids_that_are_gone() -> None:
    assert list_change(listed(VANE), listed(CHANGED, OTHER)) == ListChange((OTHER,), (CHANGED,), ())
    assert list_change(listed(VANE, OTHER), listed(VANE)) == ListChange((), (), ("illustrative-2",))


@pytest.mark.parametrize(
    ("after", "dispositions", "found_ids"),
    [
        ((VANE,), (), []),
        ((VANE, OTHER), (), ["illustrative-2"]),
        ((CHANGED, OTHER), (dismissed(),), ["illustrative-1", "illustrative-2"]),
        ((CHANGED, OTHER), (DISMISSED_AS_CHANGED,), ["illustrative-2"]),
        ((entry("Someone Else", entry_id="illustrative-3"), VANE), (), []),
    ],
)
def test_screening_again_gives_what_is_new_or_changed(
    after: tuple[object, ...], dispositions: tuple[Disposition, ...], found_ids: list[str]
) -> None:
    new = listed(*(one for one in after if isinstance(one, type(VANE))))
    again = screen_again((PARTY, Party("Nobody Known")), listed(VANE), new, dispositions)
    assert [one.hit.entry_id for party in again for one in party.hits] == found_ids
    assert all(one.party == PARTY for one in again)


def test_the_order_of_an_entrys_values_changes_nothing() -> None:
    one, other = entry("Kestrel Vane", aliases=("A", "B")), entry("Kestrel Vane", aliases=("B", "A"))
    assert one.digest == other.digest
