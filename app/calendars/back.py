"""Counting back on calendars: the last open moment before a limit, and what lies a span of working time before a date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

from app.calendars.definition import Calendar, Opening
from app.calendars.span import Span
from app.calendars.time import is_open, local_date

_HORIZON_DAYS: Final = 400
"""How far back open time is looked for; before that the limit itself is given."""


def closing(calendar: Calendar, day: date) -> datetime | None:
    """The end of work on `day`; None where it is closed."""
    openings = calendar.openings(day)
    return openings[-1].end if openings else None


def last_open(calendar: Calendar, limit: datetime) -> datetime:
    """The latest moment of open time that is not after `limit`: `limit` itself while it is open, else the closing before it."""
    limit = limit.astimezone(UTC)
    if is_open(calendar, limit):
        return limit
    return next((opening.end for opening in _openings_before(calendar, limit)), limit)


def subtract(calendar: Calendar, end: datetime, span: Span) -> datetime:
    """The moment from which `span` leads to `end`; never outside open time, so that nobody is woken for it.

    Working time is counted back through open time only, working days to the same time by the wall clock; other spans run
    back and wait for no opening: they come to the last open moment before.
    """
    end = end.astimezone(UTC)
    if not span.working:
        return last_open(calendar, end - timedelta(days=span.days, seconds=span.seconds))
    if span.days:
        return _days_back(calendar, end, span.days)
    left = timedelta(seconds=span.seconds)
    at = end
    for opening in _openings_before(calendar, end):
        stop = min(opening.end, end)
        if left <= stop - opening.start:
            return stop - left
        left -= stop - opening.start
        at = opening.start
    return at


def _days_back(calendar: Calendar, end: datetime, days: int) -> datetime:
    wall = calendar.local(end)
    day = wall.date()
    for _ in range(_HORIZON_DAYS):
        if not days:
            break
        day -= timedelta(days=1)
        days -= bool(calendar.openings(day))
    return last_open(calendar, calendar.instant_of(datetime.combine(day, wall.time())))


def _openings_before(calendar: Calendar, limit: datetime) -> Iterator[Opening]:
    """The openings that begin before `limit`, the latest first."""
    day = local_date(calendar, limit)
    for _ in range(_HORIZON_DAYS):
        for opening in reversed(calendar.openings(day)):
            if opening.start < limit:
                yield opening
        day -= timedelta(days=1)
