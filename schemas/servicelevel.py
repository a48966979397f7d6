"""By when officers are to decide: working days of a calendar that is data. Part of policy's messages."""

from datetime import date
from typing import Annotated

from pydantic import Field

from schemas.base import Value

DAYS_MAX = 366
DATES_MAX = 400
OFFSET_MINUTES_MAX = 14 * 60


class WorkingCalendar(Value):
    """Which days count. A day begins at midnight of the stated offset from UTC."""

    utc_offset_minutes: Annotated[
        int, Field(ge=-OFFSET_MINUTES_MAX, le=OFFSET_MINUTES_MAX, description="Local midnight, e.g. 480.")
    ]
    weekend: Annotated[
        tuple[Annotated[int, Field(ge=1, le=7)], ...], Field(max_length=6, description="ISO weekdays, Monday is 1.")
    ] = (6, 7)
    holidays: Annotated[tuple[date, ...], Field(max_length=DATES_MAX, description="Weekdays that do not count.")] = ()
    workdays: Annotated[
        tuple[date, ...],
        Field(max_length=DATES_MAX, description="Days that count although they are weekend or holiday."),
    ] = ()


class ServiceLevel(Value):
    """How many working days officers have from the opening of a case; the clock stands while the company is asked."""

    working_days: Annotated[int, Field(ge=1, le=DAYS_MAX, description="Whole working days.")]
    calendar: WorkingCalendar
