"""Hits an officer has dismissed, and screening again when a list changes. Pure: who and when are the caller's facts."""

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.values import TEXT_CHARACTERS_MAX
from services.policy.domain.screening.entries import Entry, Party, ScreeningList, screening_list
from services.policy.domain.screening.index import Index
from services.policy.domain.screening.outcome import Judged, Screening, screen


@dataclass(frozen=True, slots=True)
class Disposition:
    """A hit dismissed: this party, as it was, is not this entry, as it was, because."""

    party_digest: str
    entry_id: str
    entry_digest: str
    reason: str


@dataclass(frozen=True, slots=True)
class ListChange:
    """What a new list has beside an old one; `changed` holds entries as they are now, `removed` ids."""

    added: tuple[Entry, ...]
    changed: tuple[Entry, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Again:
    """A party with the hits that a new list brings: on entries new or changed, and not dismissed."""

    party: Party
    list_digest: str
    hits: tuple[Judged, ...]


def dismiss(screening: Screening, entry_id: str, reason: str) -> Disposition | None:
    """The disposition of one of these hits; None if there is no such hit, or no reason, or one too long."""
    found = next((one.hit for one in screening.hits if one.hit.entry_id == entry_id), None)
    if found is None or not reason.strip() or len(reason) > TEXT_CHARACTERS_MAX:
        return None
    return Disposition(screening.party_digest, entry_id, found.entry_digest, reason)


def open_hits(screening: Screening, dispositions: Iterable[Disposition]) -> tuple[Judged, ...]:
    """Hits not dismissed for this very party and this very entry: a change of either reopens them."""
    closed = {(one.entry_id, one.entry_digest) for one in dispositions if one.party_digest == screening.party_digest}
    return tuple([one for one in screening.hits if (one.hit.entry_id, one.hit.entry_digest) not in closed])


def list_change(old: ScreeningList, new: ScreeningList) -> ListChange:
    """Entries by id; an entry with other content is changed. In the order of the new list, removed ids sorted."""
    added = [entry for key, entry in new.entries.items() if key not in old.entries]
    changed = [
        entry for key, entry in new.entries.items() if key in old.entries and old.entries[key].digest != entry.digest
    ]
    return ListChange(tuple(added), tuple(changed), tuple(sorted(old.entries.keys() - new.entries.keys())))


def screen_again(
    parties: Iterable[Party], old: ScreeningList, new: ScreeningList, dispositions: Iterable[Disposition] = ()
) -> tuple[Again, ...]:
    """Parties with an open hit on an entry that is new or changed, each with those hits alone."""
    change = list_change(old, new)
    index = Index(screening_list(new.digest, (*change.added, *change.changed)))
    closed = tuple(dispositions)
    found = [Again(party, new.digest, open_hits(screen(party, index), closed)) for party in parties]
    return tuple([one for one in found if one.hits])
