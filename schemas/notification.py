"""Messages owned by notification: one notice to one recipient about one fact."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from schemas.base import Command, Fact, Value
from schemas.findings import Texts
from schemas.values import ApplicationId, Code, CompanyId, Language, Name, NoticeId, Sha256, Text

Template = Literal[
    "company-registered",
    "application-received",
    "application-referred",
    "application-refused",
    "application-approved",
    "application-approved-in-part",
    "application-set-aside",
    "application-returned",
    "application-withdrawn",
    "information-requested",
    "information-reminded",
    "intent-to-refuse",
    "authorisation-issued",
    "units-revoked",
]

_CASE = ("application_id", "programme_id")
_AMOUNT = ("units", "unit", "value", "currency")
PARAMETERS: Mapping[Template, tuple[str, ...]] = MappingProxyType(
    {
        "company-registered": ("company_id",),
        "application-received": _CASE,
        "application-referred": _CASE,
        "application-refused": _CASE,
        "application-approved": (*_CASE, *_AMOUNT),
        "application-approved-in-part": (*_CASE, *_AMOUNT),
        "application-set-aside": (*_CASE, "batch_id"),
        "application-returned": _CASE,
        "application-withdrawn": _CASE,
        "information-requested": (*_CASE, "due_at"),
        "information-reminded": (*_CASE, "due_at"),
        "intent-to-refuse": (*_CASE, "due_at"),
        "authorisation-issued": (*_CASE, "authorisation_id", "batch_id", "ledger_seq", *_AMOUNT),
        "units-revoked": ("programme_id", "units", "available_units", "unit", "authority", "reason"),
    }
)
"""What a sender of `Notify` gives each template: the contract between the services.

Figures are plain integers as text: `*units` in the unit named by `unit`, `value` in minor units of `currency`.
A parameter that is not named here is ignored; one that is missing is written as `-`.
"""

NoticeLanguage = Literal["zh", "en", "zh+en"]
"""Language of a written notice; `zh+en` = both, for a recipient whose language is not known."""


Attempts = Annotated[int, Field(ge=1, description="How often delivery was tried.")]


class Parameter(Value):
    """One figure or id for a template's placeholder."""

    name: Name
    value: Annotated[str, Field(max_length=2_000, description="As text: an id, or a plain integer.")]


class RegisterRecipient(Command):
    """A recipient and its language are known."""

    type: ClassVar[str] = "notification.register-recipient.v1"
    recipient_id: CompanyId
    language: Annotated[Language, Field(description="Language in which the recipient is written to.")]


class Notify(Command):
    """Tell one recipient about one fact."""

    type: ClassVar[str] = "notification.notify.v1"
    recipient_id: CompanyId
    template: Annotated[Template, Field(description="Which notice it is.")]
    parameters: Annotated[tuple[Parameter, ...], Field(description="What `PARAMETERS` names for the template.")] = ()
    reasons: Annotated[tuple[Texts, ...], Field(description="Sentences of the findings, or what is asked.")] = ()
    application_id: Annotated[ApplicationId | None, Field(description="The application it is about, if any.")] = None


class RecordDelivery(Command):
    """What became of the attempt to deliver a notice."""

    type: ClassVar[str] = "notification.record-delivery.v1"
    recipient_id: CompanyId
    notice_id: NoticeId
    attempts: Attempts
    delivered: Annotated[bool, Field(description="True once the recipient's endpoint has acknowledged it.")]
    error: Annotated[str | None, Field(max_length=200, description="Class of the failure; never a body.")] = None


class RecipientRegistered(Fact):
    """A recipient and its language are known."""

    type: ClassVar[str] = "notification.recipient-registered.v1"
    command_sha256: Sha256
    recipient_id: CompanyId
    language: Annotated[Language, Field(description="Language in which the recipient is written to.")]


class NoticeQueued(Fact):
    """A notice is written, in the recipient's language, and waits for its sender."""

    type: ClassVar[str] = "notification.notice-queued.v1"
    command_sha256: Sha256
    recipient_id: CompanyId
    notice_id: NoticeId
    template: Annotated[Template, Field(description="Which notice it is.")]
    template_version: Annotated[int, Field(ge=1, description="Version of the words it was written with.")]
    language: Annotated[NoticeLanguage, Field(description="Language it is written in; `zh+en` is both.")]
    subject: Text
    text: Annotated[str, Field(min_length=1, max_length=20_000, description="Plain text in paragraphs, 1 to 20,000.")]
    cause: Annotated[str, Field(max_length=200, description="Correlation id of the application or act.")]
    application_id: Annotated[ApplicationId | None, Field(description="The application it is about, if any.")] = None


class NoticeDelivered(Fact):
    """The recipient's endpoint has acknowledged the notice."""

    type: ClassVar[str] = "notification.notice-delivered.v1"
    command_sha256: Sha256
    recipient_id: CompanyId
    notice_id: NoticeId
    attempts: Attempts
    application_id: Annotated[ApplicationId | None, Field(description="The application it is about, if any.")] = None


class NoticeFailed(Fact):
    """Every attempt failed; the notice stays readable in the journal."""

    type: ClassVar[str] = "notification.notice-failed.v1"
    command_sha256: Sha256
    recipient_id: CompanyId
    notice_id: NoticeId
    attempts: Attempts
    error: Annotated[str | None, Field(description="Class of the last failure; never a body.")] = None
    application_id: Annotated[ApplicationId | None, Field(description="The application it is about, if any.")] = None


class NoticeCommandRefused(Fact):
    """A notice command was refused, with its code."""

    type: ClassVar[str] = "notification.notice-command-refused.v1"
    command_sha256: Sha256
    recipient_id: CompanyId
    code: Code


class NoticeCommandRepeated(Fact):
    """The same notice command came again: the first outcome stands."""

    type: ClassVar[str] = "notification.notice-command-repeated.v1"
    recipient_id: CompanyId
