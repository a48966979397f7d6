"""Entries from FollowTheMoney JSON lines: one entity a line, `{"id", "schema", "properties": {name: [text, ...]}}`.

Read are Company, Organization, LegalEntity and Person, and the Address entities they point to; lines of other schemas
are passed over, as are properties not named here. Anything else that is odd refuses the whole list, naming its line
and field and never its content: an entry that was dropped in silence is a hit that is never made.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from services.policy.domain.screening.entries import Entry, Schema, ScreeningList, screening_list

LIST_BYTES_MAX = 512 * 1024 * 1024
LINE_BYTES_MAX = 256 * 1024
ENTRIES_MAX = 500_000
VALUES_MAX = 200
ID_CHARACTERS_MAX = 128
NAME_CHARACTERS_MAX = 500
VALUE_CHARACTERS_MAX = 2_000
SCHEMAS: Mapping[str, Schema] = {
    "Company": "Company", "Organization": "Organization", "LegalEntity": "LegalEntity", "Person": "Person",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refused:
    """A list that is not read: the line (from 1; 0: the whole), the field as a JSON pointer, and why."""

    line: int
    field: str
    why: str


def _telling(name: str) -> str:
    if not any(map(str.isalnum, name)):
        raise ValueError("has no letter or digit")
    return name


_Id = Annotated[str, StringConstraints(min_length=1, max_length=ID_CHARACTERS_MAX)]
_Name = Annotated[str, StringConstraints(min_length=1, max_length=NAME_CHARACTERS_MAX), AfterValidator(_telling)]
_Value = Annotated[str, StringConstraints(min_length=1, max_length=VALUE_CHARACTERS_MAX)]
_Country = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,7}(?:-[A-Za-z0-9]{1,5})?$")]
_Names = Annotated[tuple[_Name, ...], Field(max_length=VALUES_MAX)]
_Values = Annotated[tuple[_Value, ...], Field(max_length=VALUES_MAX)]
_Countries = Annotated[tuple[_Country, ...], Field(max_length=VALUES_MAX)]
_Ids = Annotated[tuple[_Id, ...], Field(max_length=VALUES_MAX)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class _Kind(_Strict):
    id: _Id
    schema_: Annotated[str, Field(alias="schema", min_length=1, max_length=ID_CHARACTERS_MAX)]


class _PartyProperties(_Strict):
    name: Annotated[_Names, Field(min_length=1)]
    alias: _Names = ()
    weakAlias: _Names = ()
    previousName: _Names = ()
    registrationNumber: _Values = ()
    uscCode: _Values = ()
    leiCode: _Values = ()
    country: _Countries = ()
    jurisdiction: _Countries = ()
    nationality: _Countries = ()
    address: _Values = ()
    addressEntity: _Ids = ()


class _PartyLine(_Strict):
    properties: _PartyProperties


class _AddressProperties(_Strict):
    full: Annotated[_Values, Field(min_length=1)]


class _AddressLine(_Strict):
    properties: _AddressProperties


class _Odd(ValueError):
    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field, self.why = field, why


@dataclass(frozen=True, slots=True)
class _Read:
    line: int
    entry_id: str
    schema: Schema
    properties: _PartyProperties


def read_entries(content: bytes) -> ScreeningList | Refused:
    """The list in these bytes, named by their SHA-256; or why it is refused."""
    if len(content) > LIST_BYTES_MAX:
        return Refused(0, "", f"has more than {LIST_BYTES_MAX} bytes")
    seen: dict[str, int] = {}
    parties: list[_Read] = []
    addresses: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(_lines(content), 1):
        try:
            _read_line(number, line, seen, parties, addresses)
        except _Odd as odd:
            return Refused(number, odd.field, odd.why)
        except ValidationError as error:
            return _refused(number, error)
    return _joined(hashlib.sha256(content).hexdigest(), parties, addresses)


def _lines(content: bytes) -> Iterator[bytes]:
    """Lines without their ends; the last may lack one."""
    start = 0
    while start < len(content):
        end = content.find(b"\n", start)
        end = len(content) if end < 0 else end
        yield content[start:end]
        start = end + 1


def _read_line(
    number: int, line: bytes, seen: dict[str, int], parties: list[_Read], addresses: dict[str, tuple[str, ...]]
) -> None:
    if len(line) > LINE_BYTES_MAX:
        raise _Odd("", f"has more than {LINE_BYTES_MAX} bytes")
    _refuse_doubles(line)
    kind = _Kind.model_validate_json(line)
    if kind.id in seen:
        raise _Odd("/id", f"the id is that of line {seen[kind.id]}")
    seen[kind.id] = number
    if kind.schema_ == "Address":
        addresses[kind.id] = _AddressLine.model_validate_json(line).properties.full
    elif kind.schema_ in SCHEMAS:
        if len(parties) >= ENTRIES_MAX:
            raise _Odd("", f"there are more than {ENTRIES_MAX} entries")
        found = _PartyLine.model_validate_json(line).properties
        parties.append(_Read(number, kind.id, SCHEMAS[kind.schema_], found))


def _refuse_doubles(line: bytes) -> None:
    """JSON readers take the last of two equal keys in silence: a name could hide behind another."""

    def pairs(found: list[tuple[str, object]]) -> None:
        keys = [key for key, _ in found]
        if len(set(keys)) != len(keys):
            raise _Odd("", "a key occurs twice in one object")

    try:
        json.loads(line, object_pairs_hook=pairs)
    except _Odd:
        raise
    except (ValueError, RecursionError) as error:
        raise _Odd("", "is not valid JSON") from error


def _refused(line: int, error: ValidationError) -> Refused:
    first = error.errors(include_url=False, include_input=False)[0]
    return Refused(line, "/" + "/".join(map(str, first["loc"])), first["msg"])


def _joined(digest: str, parties: Iterable[_Read], addresses: Mapping[str, tuple[str, ...]]) -> ScreeningList | Refused:
    entries = []
    for read in parties:
        for place, known in enumerate(read.properties.addressEntity):
            if known not in addresses:
                return Refused(read.line, f"/properties/addressEntity/{place}", "no Address of the list has this id")
        entries.append(_entry(read, addresses))
    return screening_list(digest, tuple(entries))


def _entry(read: _Read, addresses: Mapping[str, tuple[str, ...]]) -> Entry:
    told = read.properties
    countries = (*told.country, *told.jurisdiction, *told.nationality)
    written = (*told.address, *(full for one in told.addressEntity for full in addresses[one]))
    return Entry(
        entry_id=read.entry_id,
        schema=read.schema,
        names=_once(told.name),
        aliases=_once((*told.alias, *told.weakAlias, *told.previousName)),
        registry_nos=_once((*told.registrationNumber, *told.uscCode, *told.leiCode)),
        countries=_once(country.upper() for country in countries),
        addresses=_once(written),
    )


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
