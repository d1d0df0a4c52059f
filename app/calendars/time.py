"""Counting on calendars: when something is due, whether it is open, how many working days lie between.

A *working day* is a day with any open time. Instants are aware datetimes; results are in UTC.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from app.calendars.definition import Calendar, Opening
from app.calendars.line import SECOND, open_after, open_between, working_day_after
from app.calendars.span import Span

DayPart = Literal["morning", "afternoon", "evening", "night"]


def add(calendar: Calendar, start: datetime, duration: Span) -> datetime:
    """When `duration`, begun at `start`, is over.

    - Working seconds are used up inside open time only. Begun while closed, they begin at the next opening. Used up exactly
      at a closing, they end at that closing. No working seconds: `start`, if open, else the next opening.
    - Working days: see `add_working_days`.
    - Plain seconds and days run on, open or not; a plain day is 24 hours, also where the clocks are changed.
    """
    if not duration.working:
        return start.astimezone(UTC) + timedelta(days=duration.days, seconds=duration.seconds)
    if duration.days:
        return add_working_days(calendar, start, duration.days)
    return open_after(calendar, start, duration.seconds * SECOND)


def add_working_days(calendar: Calendar, start: datetime, days: int) -> datetime:
    """The same time by the wall clock on the working day that is `days` working days after that of `start`.

    Begun while closed, counting begins at the next opening, so that what came in on Saturday is as if it had come when Monday
    opened. A time at which the target day is closed (a lunch break, a shorter day) moves to that day's next opening, or, after
    its last, to that day's end of work: a deadline of N working days always falls on the Nth. No days: `next_open`. An hour
    that the clock shows twice counts, the second time, as its own end, so that who comes later is never due earlier.
    """
    begin = next_open(calendar, start)
    if days <= 0:
        return begin
    wall = calendar.passed(begin)
    day = working_day_after(calendar, wall.date(), days, start)
    due = calendar.instant_of(datetime.combine(day, wall.time()))
    openings = calendar.openings(day)
    for opening in openings:
        if due < opening.end:
            return max(due, opening.start)
    return openings[-1].end


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Whether `at` is open time; the moment of opening is, that of closing is not."""
    return any(opening.start <= at < opening.end for opening in _around(calendar, at))


def next_open(calendar: Calendar, at: datetime) -> datetime:
    """`at` if it is open time, else the next opening."""
    return open_after(calendar, at, 0)


def working_days_between(calendar: Calendar, first: date, last: date) -> int:
    """How many working days there are from `first` to `last`, both counted; none if `last` is before `first`."""
    return sum(1 for n in range((last - first).days + 1) if calendar.openings(first + timedelta(days=n)))


def working_seconds_between(calendar: Calendar, start: datetime, end: datetime) -> int:
    """How many seconds of open time lie between two instants; none if `end` is not after `start`."""
    return open_between(calendar, start, end) // SECOND


def day_part(calendar: Calendar, at: datetime) -> DayPart:
    """Morning (06-12), afternoon (12-18), evening (18-22) or night by the calendar's wall clock."""
    hour = calendar.local(at).hour
    if 6 <= hour < 12:
        return "morning"
    if 12 <= hour < 18:
        return "afternoon"
    return "evening" if 18 <= hour < 22 else "night"


def local_date(calendar: Calendar, at: datetime) -> date:
    """The date at `at` by the calendar's wall clock."""
    return calendar.local(at).date()


def _around(calendar: Calendar, at: datetime) -> Iterator[Opening]:
    """The openings that could hold `at`: where clocks are put back over midnight, those of the next date too."""
    day = local_date(calendar, at)
    yield from calendar.openings(day)
    yield from calendar.openings(day + timedelta(days=1))
