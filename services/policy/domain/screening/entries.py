"""A list's entries and the party that is screened: values, each named by the digest of its content."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from services.policy.domain.screening import text

Schema = Literal["Company", "Organization", "Person", "LegalEntity"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One party a list names. `aliases` are other and former names; `registry_nos` numbers of any register.

    `countries`: ISO 3166-1 alpha-2, upper case. `addresses`: as written.
    """

    entry_id: str
    schema: Schema
    names: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    registry_nos: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        told = (self.names, self.aliases, self.registry_nos, self.countries, self.addresses)
        object.__setattr__(self, "digest", _digest(self.entry_id, self.schema, *map(sorted, told)))


@dataclass(frozen=True, slots=True)
class ScreeningList:
    """Entries by id, and the SHA-256 of the bytes they were read from."""

    digest: str
    entries: Mapping[str, Entry]


@dataclass(frozen=True, slots=True)
class Party:
    """Who is screened: a name as its owner writes it, and what else is known."""

    name: str
    country: str | None = None
    registry_no: str | None = None
    address: str | None = None
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", _digest(self.name, self.country, self.registry_no, self.address))


def screening_list(digest: str, entries: tuple[Entry, ...]) -> ScreeningList:
    """A list of entries with different ids."""
    return ScreeningList(digest, MappingProxyType({entry.entry_id: entry for entry in entries}))


def number_key(number: str) -> str:
    """A register's number as it is compared: width, case, spaces and punctuation made one."""
    return text.words(text.fold(number)).replace(" ", "").upper()


def address_key(address: str) -> str:
    """An address as it is compared: its words, without order of punctuation and spaces."""
    return text.words(text.fold(address)).replace(" ", "")


def _digest(*parts: object) -> str:
    canonical = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
