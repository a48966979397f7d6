"""Deadlines in working days, from the intervals in which a case's clock ran. Pure; the calendar is data."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import NamedTuple

from schemas.servicelevel import ServiceLevel, WorkingCalendar

LOOKED_AHEAD_DAYS_MAX = 4_000
"""A calendar on which so many days in a row hold too few that count has no deadline."""
_DAY = timedelta(days=1)


class Pause(NamedTuple):
    """An interval in which the clock stood."""

    start: datetime
    end: datetime


def counts(calendar: WorkingCalendar, day: date) -> bool:
    """Whether a day is a working day; `workdays` stands above the rest."""
    if day in calendar.workdays:
        return True
    return day.isoweekday() not in calendar.weekend and day not in calendar.holidays


def deadline(level: ServiceLevel, opened_at: datetime, pauses: Sequence[Pause] = ()) -> datetime | None:
    """The moment by which the working time since `opened_at`, less the pauses, adds up to the level's days.

    Pauses lie in order and do not overlap. None: the calendar never holds so many working days.
    """
    left = level.working_days * _DAY
    zone = timezone(timedelta(minutes=level.calendar.utc_offset_minutes))
    day = opened_at.astimezone(zone).date()
    for _ in range(LOOKED_AHEAD_DAYS_MAX):
        if counts(level.calendar, day):
            start = max(datetime.combine(day, time(), zone), opened_at)
            end = datetime.combine(day + _DAY, time(), zone)
            for first, last in _running(start, end, pauses):
                if last - first >= left:
                    return (first + left).astimezone(UTC)
                left -= last - first
        day += _DAY
    return None


def _running(start: datetime, end: datetime, pauses: Sequence[Pause]) -> list[tuple[datetime, datetime]]:
    """The parts of an interval in which the clock ran."""
    parts, at = [], start
    for pause in pauses:
        if pause.end <= at or pause.start >= end:
            continue
        if pause.start > at:
            parts.append((at, pause.start))
        at = min(pause.end, end)
    if at < end:
        parts.append((at, end))
    return parts
