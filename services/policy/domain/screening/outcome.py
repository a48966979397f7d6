"""What hits allow. Only an equal number, or an equal name with a second fact, may reject; every other hit refers."""

from dataclasses import dataclass
from typing import Literal

from services.policy.domain.screening.entries import Entry, Party, address_key, number_key
from services.policy.domain.screening.identifiers import Check, check_number
from services.policy.domain.screening.index import Index
from services.policy.domain.screening.matching import Found, Hit, matches
from services.policy.domain.screening.names import is_shared

Outcome = Literal["pass", "refer", "reject"]
Second = Literal["country", "registry-no", "address"]
HITS_MAX = 50
"""Hits that are told; a common name may have more, and refers all the same."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A hit, the facts beside the name that agree with it, and what it alone allows."""

    hit: Hit
    facts: tuple[Second, ...]
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Screening:
    """A party screened against one list. `number`: what its own number shows. `left_off`: hits beyond HITS_MAX."""

    party_digest: str
    list_digest: str
    outcome: Outcome
    hits: tuple[Judged, ...]
    left_off: int
    number: Check


def screen(party: Party, index: Index) -> Screening:
    """The party against the list. A name without a letter refers: nothing was compared."""
    judged = tuple([_judged(found, party) for found in matches(party, index)])
    number = check_number(party.registry_no, party.country)
    outcomes = {one.outcome for one in judged}
    if number.refers or not any(one.isalnum() for one in party.name):
        outcomes.add("refer")
    return Screening(
        party_digest=party.digest,
        list_digest=index.digest,
        outcome="reject" if "reject" in outcomes else "refer" if outcomes else "pass",
        hits=judged[:HITS_MAX],
        left_off=max(0, len(judged) - HITS_MAX),
        number=number,
    )


def _judged(found: Found, party: Party) -> Judged:
    facts = _second_facts(party, found.entry)
    return Judged(found.hit, facts, "reject" if _may_reject(found, facts) else "refer")


def _may_reject(found: Found, facts: tuple[Second, ...]) -> bool:
    """An equal name of a person, or of nothing but shared words, and its country are too common to reject."""
    if found.hit.tier == "identifier":
        return True
    common = found.entry.schema == "Person" or is_shared(found.hit.name)
    return found.hit.tier == "exact" and bool(facts) and not (common and facts == ("country",))


def _second_facts(party: Party, entry: Entry) -> tuple[Second, ...]:
    found: list[Second] = []
    if party.country is not None and party.country in entry.countries:
        found.append("country")
    if party.registry_no and number_key(party.registry_no) in map(number_key, entry.registry_nos):
        found.append("registry-no")
    if party.address and address_key(party.address) in map(address_key, entry.addresses):
        found.append("address")
    return tuple(found)
