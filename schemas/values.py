"""Values: what a number, a name or a code may be. Integers only; money in minor units; shares in basis points.

Bounds: units and minor units lie in 1 .. 2^53-1, so that every JSON reader keeps them exact.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

UNITS_MAX = 2**53 - 1
TEXT_CHARACTERS_MAX = 2_000
LINES_MAX = 1_000
USE_LINES_MAX = 50
SHARE_WHOLE = 10_000
"""100 % in basis points."""

_CONTROL = (*range(0x00, 0x20), 0x7F, *range(0x80, 0xA0), *range(0xD800, 0xE000))
_UNSEEN = (0x061C, *range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A), 0xFEFF)
_FORBIDDEN = frozenset(map(chr, (*_CONTROL, *_UNSEEN)))


def plain_text(text: str) -> str:
    """Refuse control, zero-width and bidirectional-override characters: they hide what a reader signs."""
    if not text.isprintable() and not _FORBIDDEN.isdisjoint(text):
        raise ValueError("holds a control, zero-width or bidirectional character")
    return text


_SLUG = r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"
_ID = r"^[A-Za-z0-9](?:[A-Za-z0-9._:-]{0,126}[A-Za-z0-9])?$"

Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200),
    AfterValidator(plain_text),
    Field(description="A name as its owner writes it, 1 to 200 characters."),
]
Text = Annotated[
    str,
    StringConstraints(min_length=1, max_length=TEXT_CHARACTERS_MAX),
    AfterValidator(plain_text),
    Field(description="Plain text in one paragraph, 1 to 2,000 characters, no control characters."),
]
CommandId = Annotated[str, StringConstraints(pattern=_ID), Field(description="Made by the client; one id is one wish.")]
CompanyId = Annotated[str, StringConstraints(pattern=_SLUG), Field(description="A company in this system.")]
ProgrammeId = Annotated[str, StringConstraints(pattern=_SLUG), Field(description="A scheme of rationing.")]
PersonId = Annotated[str, StringConstraints(pattern=_ID), Field(description="A person, as the tokens name them.")]
ApplicationId = Annotated[str, StringConstraints(pattern=_SLUG), Field(description="One application of one company.")]
AuthorisationId = Annotated[str, StringConstraints(pattern=_SLUG), Field(description="One issued authorisation.")]
BatchId = Annotated[str, StringConstraints(pattern=_SLUG), Field(description="One batch of one programme.")]
LineId = Annotated[str, StringConstraints(pattern=_ID), Field(description="One line, unique within its message.")]
CapId = Annotated[str, StringConstraints(pattern=_ID), Field(description="One cap of one programme.")]
NoticeId = Annotated[str, StringConstraints(pattern=_ID), Field(description="One notice to one recipient.")]
TokenId = Annotated[str, StringConstraints(pattern=_SLUG), Field(description="One bearer token, by its public name.")]
RegistryNo = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9 -]{1,38}[A-Z0-9]$"),
    Field(description="Number in the company register of its country."),
]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$"), Field(description="ISO 3166-1 alpha-2.")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), Field(description="ISO 4217.")]
PartNumber = Annotated[
    str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9.-]{0,39}$"), Field(description="Product class, e.g. H200.")
]
UnitCode = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$"),
    Field(description="What is counted: `chip`, `module-8`. A number without it is refused."),
]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$"), Field(description="SHA-256, lower-case hex.")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,47}$"), Field(description="A named answer.")]

Units = Annotated[int, Field(ge=1, le=UNITS_MAX, description="A count of the stated unit, 1 .. 2^53-1.")]
UnitsOrZero = Annotated[int, Field(ge=0, le=UNITS_MAX, description="A count, 0 .. 2^53-1.")]
Minor = Annotated[int, Field(ge=1, le=UNITS_MAX, description="Money in minor units (cents) of the stated currency.")]
MinorOrZero = Annotated[int, Field(ge=0, le=UNITS_MAX, description="Money in minor units, 0 .. 2^53-1.")]
Share = Annotated[int, Field(ge=0, le=SHARE_WHOLE, description="A share in basis points, 0 .. 10,000.")]
Grade = Annotated[int, Field(ge=1, le=9, description="Rank of an officer, 1 the lowest.")]
Seq = Annotated[int, Field(ge=0, description="Number of an entry in its journal partition, from 1; 0 is before all.")]

Use = Annotated[
    Literal["frontier-training", "research", "fine-tuning", "inference", "other"],
    Field(description="What the units are for."),
]
Category = Annotated[
    Literal["private", "state-owned", "military", "sensitive-agency", "critical-infrastructure"],
    Field(description="Kind of company; some kinds are excluded or judged case by case."),
]
Language = Annotated[Literal["zh", "en"], Field(description="Language a recipient reads.")]
DocumentKind = Annotated[
    Literal["use-plan", "domestic-plan", "end-user-statement", "site-lease"],
    Field(description="What a filed document is."),
]
