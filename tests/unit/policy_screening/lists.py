"""Builders: entries, lists, parties. All invented, illustrative."""

import json

from pydantic import JsonValue

from services.policy.domain.screening.entries import Entry, screening_list
from services.policy.screening import Index, ScreeningList

DIGEST = "0" * 64


def entry(
    name: str,
    *,
    entry_id: str = "illustrative-1",
    aliases: tuple[str, ...] = (),
    numbers: tuple[str, ...] = (),
    countries: tuple[str, ...] = (),
    addresses: tuple[str, ...] = (),
) -> Entry:
    """A company's entry."""
    return Entry(entry_id, "Company", (name,), aliases, numbers, countries, addresses)


def person(name: str, *countries: str) -> Entry:
    """A person's entry."""
    return Entry("illustrative-person", "Person", (name,), countries=countries)


def listed(*entries: Entry) -> ScreeningList:
    """A list of these."""
    return screening_list(DIGEST, entries)


def index(*entries: Entry) -> Index:
    """The same made ready."""
    return Index(listed(*entries))


def line(entity_id: str = "illustrative-1", schema: str = "Company", **properties: JsonValue) -> bytes:
    """One FollowTheMoney entity, named unless told otherwise."""
    told = {"name": ["Kestrel Vane Ltd (illustrative)"], **properties} if schema != "Address" else properties
    return json.dumps({"id": entity_id, "schema": schema, "properties": told}).encode() + b"\n"
