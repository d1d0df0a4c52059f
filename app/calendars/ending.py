"""Calendars that end: the make-up days of next year are not decided, or not known to this release."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from app.calendars.definition import Calendar
from app.calendars.holidays import known_through


def ending(calendars: Mapping[str, Calendar], at: datetime) -> list[tuple[str, int]]:
    """(calendar, next year) for each whose country decides its days year by year and has not told those of next year.

    A dated exception within that year says that somebody has seen to it.
    """
    found: list[tuple[str, int]] = []
    for name, calendar in calendars.items():
        coming = calendar.local(at).year + 1
        known = None if calendar.country is None else known_through(calendar.country, coming - 1)
        if known is not None and known < coming and not any(day.year == coming for day in calendar.exceptions):
            found.append((name, coming))
    return found
