"""Deadlines in working days: weekends, holidays, make-up days, pauses, midnight of the office."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.servicelevel import ServiceLevel, WorkingCalendar
from services.policy.domain.deadlines import Pause, counts, deadline

HOLIDAYS = (date(2026, 3, 5),)
WORKDAYS = (date(2026, 3, 7),)
OFFICE = WorkingCalendar(utc_offset_minutes=480, holidays=HOLIDAYS, workdays=WORKDAYS)


def utc(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A moment of March 2026, whose 2nd is a Monday."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "expected"),
    [(2, True), (5, False), (6, True), (7, True), (8, False), (14, False)],
    ids=["weekday", "holiday", "friday", "weekend made up for", "sunday", "saturday"],
)
def test_each_kind_of_day_counts_or_does_not(day: int, expected: bool) -> None:
    assert counts(OFFICE, date(2026, 3, day)) is expected


@pytest.mark.parametrize(
    ("days", "opened_at", "pauses", "expected"),
    [
        (1, utc(2, 1), (), utc(3, 1)),
        (1, utc(4, 1), (), utc(6, 1)),
        (2, utc(6, 1), (), utc(9, 1)),
        (1, utc(7, 20), (), utc(9, 16)),
        (1, utc(2, 1), (Pause(utc(2, 2), utc(2, 5)),), utc(3, 4)),
        (1, utc(2, 1), (Pause(utc(2, 2), utc(6, 2)),), utc(7, 1)),
        (1, utc(2, 1), (Pause(utc(2, 2), utc(2, 3)), Pause(utc(2, 4), utc(2, 6))), utc(3, 4)),
        (1, utc(2, 1), (Pause(utc(8), utc(9)),), utc(3, 1)),
    ],
    ids=["one day", "over a holiday", "over a made-up saturday", "opened on a sunday of the office", "paused for hours",
         "paused over a holiday", "paused twice", "a pause after the end"],
)  # fmt: skip
def test_a_deadline_is_working_time_less_pauses(
    days: int, opened_at: datetime, pauses: tuple[Pause, ...], expected: datetime
) -> None:
    assert deadline(ServiceLevel(working_days=days, calendar=OFFICE), opened_at, pauses) == expected


def test_a_calendar_without_enough_days_has_no_deadline() -> None:
    never = WorkingCalendar(utc_offset_minutes=0, weekend=(1, 2, 3, 4, 5, 6), holidays=())
    assert deadline(ServiceLevel(working_days=366, calendar=never), utc(2)) == utc(2) + timedelta(days=2_562)
    closed = never.model_copy(update={"weekend": (1, 2, 3, 4, 5, 6, 7)})
    assert deadline(ServiceLevel(working_days=1, calendar=closed), utc(2)) is None


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 20), st.integers(0, 10_000), st.integers(0, 20_000), st.integers(1, 5_000))
def test_a_pause_never_brings_a_deadline_forward_and_more_days_never_do(
    days: int, opened: int, after: int, length: int
) -> None:
    opened_at = utc(1) + timedelta(minutes=opened)
    start = opened_at + timedelta(minutes=after)
    pause = Pause(start, start + timedelta(minutes=length))
    level = ServiceLevel(working_days=days, calendar=OFFICE)
    plain, paused = deadline(level, opened_at), deadline(level, opened_at, (pause,))
    longer = deadline(ServiceLevel(working_days=days + 1, calendar=OFFICE), opened_at)
    assert plain is not None
    assert paused is not None
    assert longer is not None
    assert opened_at < plain <= paused
    assert plain < longer
    if pause.start >= plain:
        assert paused == plain
