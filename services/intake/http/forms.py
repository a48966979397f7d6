"""What partners, officers and operators send: closed forms, each field with its bound. Unknown fields are refused.

Who acts is never in a form: it is the token's. An application's id is never in one either: it is made of the key.
"""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, ConfigDict, Field, StringConstraints

from schemas import intake, ledger
from schemas.base import Value
from schemas.values import (
    USE_LINES_MAX,
    CapId,
    Category,
    CompanyId,
    Country,
    Currency,
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
Authority = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200),
    AfterValidator(plain_text),
    Field(description="The declaration or decision it rests on."),
]


class Form(Value):
    """A closed value: a field it does not know is an error."""

    model_config = ConfigDict(extra="forbid")


class CompanyForm(Form):
    """A company and the group it claims to belong to; the claim counts once an officer has confirmed it."""

    company_id: CompanyId
    legal_name: Name
    registry_no: RegistryNo
    country: Country
    category: Category
    language: Language
    group_id: CompanyId | None = None


class UseLineForm(intake.UseLine):
    """One intended use."""

    model_config = ConfigDict(extra="forbid")
    starts_on: Moment
    ends_on: Moment


class DomesticPlanForm(intake.DomesticPlan):
    """The share of the work planned on domestic chips, in basis points."""

    model_config = ConfigDict(extra="forbid")


class ApplicationForm(Form):
    """A company's request for units in a programme."""

    company_id: CompanyId
    programme_id: ProgrammeId
    form_version: Annotated[int, Field(ge=1, le=1)]
    currency: Currency
    use_lines: Annotated[tuple[UseLineForm, ...], Field(min_length=1, max_length=USE_LINES_MAX)]
    domestic_plan: DomesticPlanForm


class ActForm(Form):
    """An act of an officer or operator: why, in a sentence that is kept with it."""

    reason: Text


class CoefficientForm(ledger.Coefficient):
    """One `unit` is `base_units` of the programme's base unit."""

    model_config = ConfigDict(extra="forbid")


class ProgrammeForm(ActForm):
    """A programme to define."""

    programme_id: ProgrammeId
    name: Name
    item: PartNumber
    unit: UnitCode
    coefficients: Annotated[tuple[CoefficientForm, ...], Field(max_length=COEFFICIENTS_MAX)] = ()
    currency: Currency
    volume_units: Units
    volume_value: Minor | None = None
    company_units: Units | None = None


class CapForm(ActForm):
    """A cap to set: the programme's own, or one company's."""

    programme_id: ProgrammeId
    cap_id: CapId
    company_id: CompanyId | None = None
    volume_units: Units
    volume_value: Minor | None = None


class DrawForm(ActForm):
    """Units cleared: their final use."""

    programme_id: ProgrammeId
    company_id: CompanyId
    unit: UnitCode
    units: Units
    authority: Authority


class RevocationForm(DrawForm):
    """Units to take back: all of them, or at most so many."""

    at_most: bool = False


class GroupForm(ActForm):
    """An officer's judgement of a company's claim to a group."""

    company_id: CompanyId
    group_id: CompanyId
    confirmed: bool


class TokenForm(ActForm):
    """A token to issue. Its holder makes the secret; only the SHA-256 of it is sent."""

    token_id: TokenId
    token_sha256: Sha256
    person_id: PersonId
    role: Literal["partner", "officer", "operator", "reader"]
    company_id: CompanyId | None = None
    expires_at: Moment | None = None


class VerifyForm(ActForm):
    """The programme whose journal partition is to be verified."""

    programme_id: ProgrammeId


class TargetForm(ActForm):
    """What is to be rebuilt or tried again: a service, or one of its lanes or views."""

    target: Annotated[
        str, StringConstraints(pattern=r"^[a-z]{1,20}(?:/[a-z-]{1,40})?$"),
        Field(description="service, service/lane or service/view."),
    ]  # fmt: skip
