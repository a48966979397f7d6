"""What partners, officers and operators send: closed forms, each field with its bound. Unknown fields are refused.

Who acts is never in a form: it is the token's. An application's id is never in one either: it is made of the key.
"""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, ConfigDict, Field, StringConstraints

from schemas import intake
from schemas.base import Value
from schemas.entries import Coefficient
from schemas.values import (
    USE_LINES_MAX,
    CapId,
    Category,
    CompanyId,
    Country,
    Currency,
    Grade,
    Language,
    Minor,
    Name,
    PartNumber,
    PersonId,
    ProgrammeId,
    RegistryNo,
    Sha256,
    Text,
    TokenId,
    UnitCode,
    Units,
    plain_text,
)
from services.intake.http import examples
from services.intake.http.countries import known_country

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)
COEFFICIENTS_MAX = 20


def _rfc_3339(value: object) -> str:
    if isinstance(value, str) and _RFC_3339.fullmatch(value):
        return value
    raise ValueError("is not a time with its zone, such as 2026-03-01T00:00:00Z")


Moment = Annotated[
    AwareDatetime,
    Field(strict=False, description="RFC 3339 with a zone, e.g. 2026-03-01T00:00:00Z."),
    BeforeValidator(_rfc_3339),
]
Volume = Annotated[Units, Field(description="Most units that may be granted, in the programme's base unit.")]
Worth = Annotated[Minor, Field(description="Most value that may be granted, minor units of the programme's currency.")]
Authority = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200),
    AfterValidator(plain_text),
    Field(description="The declaration or decision it rests on."),
]


def closed(example: examples.Example) -> ConfigDict:
    """No other fields than the form's; its example stands in the documentation."""
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [example]})


class Form(Value):
    """A closed value: a field it does not know is an error."""

    model_config = ConfigDict(extra="forbid")


class CompanyForm(Form):
    """A company and the group it claims to belong to; the claim counts once an officer has confirmed it."""

    model_config = closed(examples.COMPANY)
    company_id: CompanyId
    legal_name: Name
    registry_no: RegistryNo
    country: Annotated[Country, AfterValidator(known_country)]
    category: Category
    language: Language
    group_id: Annotated[CompanyId | None, Field(description="The group it claims to belong to, by its head.")] = None


class UseLineForm(intake.UseLine):
    """One intended use."""

    model_config = ConfigDict(extra="forbid")
    starts_on: Moment
    ends_on: Moment


class DomesticPlanForm(intake.DomesticPlan):
    """The share of the work planned on domestic chips, in basis points."""

    model_config = ConfigDict(extra="forbid")


class DocumentForm(intake.Document):
    """A document filed with the application, by the SHA-256 of its bytes."""

    model_config = ConfigDict(extra="forbid")


class ExportLicenceForm(intake.ExportLicence):
    """A licence of the exporting country."""

    model_config = ConfigDict(extra="forbid")
    expires_at: Moment


class ApplicationForm(Form):
    """A company's request for units in a programme."""

    model_config = closed(examples.APPLICATION)
    company_id: CompanyId
    programme_id: ProgrammeId
    form_version: Annotated[int, Field(ge=1, le=1, description="Version of the form; 1 is the only one.")]
    currency: Currency
    use_lines: Annotated[
        tuple[UseLineForm, ...],
        Field(min_length=1, max_length=USE_LINES_MAX, description="Each intended use by itself."),
    ]
    domestic_plan: DomesticPlanForm
    documents: Annotated[
        tuple[DocumentForm, ...],
        Field(max_length=intake.DOCUMENTS_MAX, description="What is filed with it, by hash."),
    ] = ()
    export_licence: Annotated[
        ExportLicenceForm | None, Field(description="Licence of the exporting country, if one is held already.")
    ] = None


class ActForm(Form):
    """An act of an officer or operator: why, in a sentence that is kept with it."""

    model_config = closed(examples.ACT)
    reason: Text


class CoefficientForm(Coefficient):
    """One `unit` is `base_units` of the programme's base unit."""

    model_config = ConfigDict(extra="forbid")


class ProgrammeForm(ActForm):
    """A programme to define."""

    model_config = closed(examples.PROGRAMME)
    programme_id: ProgrammeId
    name: Name
    item: PartNumber
    unit: UnitCode
    coefficients: Annotated[
        tuple[CoefficientForm, ...], Field(max_length=COEFFICIENTS_MAX, description="Its other units.")
    ] = ()
    currency: Currency
    volume_units: Volume
    volume_value: Worth | None = None
    company_units: Annotated[Units | None, Field(description="Cap of a company that has none of its own.")] = None


class CapForm(ActForm):
    """A cap to set: the programme's own, or one company's."""

    model_config = closed(examples.CAP)
    programme_id: ProgrammeId
    cap_id: CapId
    company_id: CompanyId | None = None
    volume_units: Volume
    volume_value: Worth | None = None


class DrawForm(ActForm):
    """Units cleared: their final use."""

    model_config = closed(examples.DRAW)
    programme_id: ProgrammeId
    company_id: CompanyId
    unit: UnitCode
    units: Units
    authority: Authority


class RevocationForm(DrawForm):
    """Units to take back: all of them, or at most so many."""

    model_config = closed(examples.REVOCATION)
    at_most: Annotated[bool, Field(description="True: take what is there if it is less than `units`.")] = False


class GroupForm(ActForm):
    """An officer's judgement of a company's claim to a group."""

    model_config = closed(examples.GROUP)
    company_id: CompanyId
    group_id: CompanyId
    confirmed: Annotated[bool, Field(description="True: the claim is confirmed; false: denied.")]


class TokenForm(ActForm):
    """A token to issue. Its holder makes the secret; only the SHA-256 of it is sent."""

    model_config = closed(examples.TOKEN)
    token_id: TokenId
    token_sha256: Sha256
    person_id: PersonId
    role: Annotated[Literal["partner", "officer", "operator", "reader"], Field(description="What its holder may do.")]
    grade: Annotated[Grade, Field(description="An officer's rank, for countersigning; 1 is the lowest.")] = 1
    company_id: Annotated[
        CompanyId | None, Field(description="The only company it reaches: a partner's; a reader's if given.")
    ] = None
    expires_at: Annotated[Moment | None, Field(description="Not valid from then on; left out: no end.")] = None


class VerifyForm(ActForm):
    """The programme whose journal partition is to be verified."""

    model_config = closed(examples.VERIFICATION)
    programme_id: ProgrammeId


class TargetForm(ActForm):
    """What is to be rebuilt or tried again: a service, or one of its lanes or views."""

    model_config = closed(examples.TARGET)
    target: Annotated[
        str, StringConstraints(pattern=r"^[a-z]{1,20}(?:/[a-z-]{1,40})?$"),
        Field(description="service, service/lane or service/view."),
    ]  # fmt: skip
