"""What makes an application acceptable by itself, before anything is known of its company.

Pointers are into the request's body: the application's own fields stand at its top.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from schemas.base import derived_id
from schemas.intake import Application, SubmitApplication, UseLine
from schemas.values import UNITS_MAX
from services.intake.domain.refusals import Refusal

PERIOD_PAST_DAYS_MAX = 366
PERIOD_AHEAD_DAYS_MAX = 3_660
_PAST = timedelta(days=PERIOD_PAST_DAYS_MAX)
_AHEAD = timedelta(days=PERIOD_AHEAD_DAYS_MAX)

Found = tuple[Refusal, str]
"""A refusal and the JSON pointer of the field that decided."""


def application_id_of(command_id: str) -> str:
    """The id of the application that a submission makes: the same for the same command."""
    return "app-" + derived_id(command_id, "application").replace("-", "")


def first_fault(command: SubmitApplication, now: datetime) -> Found | None:
    """The first reason, in order of precedence, to refuse the application for itself."""
    application = command.application
    if application.company_id != command.company_id:
        return Refusal.COMPANY_MISMATCH, "/company_id"
    if application.application_id != application_id_of(command.command_id):
        return Refusal.APPLICATION_ID_MISMATCH, "/application_id"
    return _duplicate(application) or _period(application, now) or _total(application)


def _duplicate(application: Application) -> Found | None:
    seen: set[str] = set()
    for index, line in enumerate(application.use_lines):
        if line.line_id in seen:
            return Refusal.LINE_DUPLICATE, f"/use_lines/{index}/line_id"
        seen.add(line.line_id)
    return None


def _period(application: Application, now: datetime) -> Found | None:
    lines = tuple(enumerate(application.use_lines))
    for index, line in lines:
        if line.ends_on <= line.starts_on:
            return Refusal.PERIOD_INVALID, f"/use_lines/{index}/ends_on"
    first, last = now - _PAST, now + _AHEAD
    for index, line in lines:
        for name, moment in _moments(line):
            if not first <= moment <= last:
                return Refusal.PERIOD_OUT_OF_RANGE, f"/use_lines/{index}/{name}"
    return None


def _moments(line: UseLine) -> Iterator[tuple[str, datetime]]:
    yield "starts_on", line.starts_on
    yield "ends_on", line.ends_on


def _total(application: Application) -> Found | None:
    units = value = 0
    for index, line in enumerate(application.use_lines):
        units += line.units
        value += line.units * line.unit_value
        if units > UNITS_MAX or value > UNITS_MAX:
            return Refusal.TOTAL_TOO_LARGE, f"/use_lines/{index}/units"
    return None
