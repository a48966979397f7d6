"""What every fact of a case says of the command that caused it, and how such a command is refused."""

from datetime import datetime
from typing import TypedDict

from schemas.base import Fact
from schemas.decisions import CaseCode
from schemas.policy import ApprovedLine, CaseCommandRefused


class Cause(TypedDict):
    """What every fact says of the command that caused it."""

    command_id: str
    at: datetime
    command_sha256: str
    company_id: str


class About(Cause):
    """The same, of an application."""

    application_id: str
    programme_id: str


class Work(About):
    """The same, of a case at the version that the fact leaves it in."""

    version: int


class Approval(About):
    """What every approval says."""

    currency: str
    unit: str
    requested_units: int
    group_id: str | None
    applied_at: datetime | None
    lines: tuple[ApprovedLine, ...]


def refused(cause: Cause, code: CaseCode, field: str | None = None) -> tuple[Fact, ...]:
    """The one fact of a refused command. `field`: JSON pointer of what decided."""
    return (CaseCommandRefused(**cause, code=code.value, field=field),)
