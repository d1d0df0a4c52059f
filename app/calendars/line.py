"""Open time as one line: how much of it lies between two instants, and where on it an amount ends.

A year is laid out once for each calendar; after that both questions are a search in a sorted list. Amounts are whole
microseconds, so that what is added up in any order comes out the same.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, timedelta
from typing import Final

from app.calendars.definition import Calendar, Year

SECOND: Final = 1_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO: Final = timedelta(microseconds=1)
_KEPT_YEARS: Final = 100
_HORIZON_YEARS: Final = 11
"""How far ahead open time is looked for. The loader refuses calendars without any; exceptions could still close years."""


class NoOpenTime(Exception):
    """A calendar has no open time within the ten years that are looked through."""

    def __init__(self, calendar: Calendar, at: datetime) -> None:
        super().__init__(f"calendar {calendar.name} has no open time after {at.isoformat()}")


def micros(at: datetime) -> int:
    """`at` in microseconds since 1970."""
    return (at - _EPOCH) // _MICRO


def instant(us: int) -> datetime:
    """The instant `us` microseconds after the beginning of 1970, UTC."""
    return _EPOCH + timedelta(microseconds=us)


def open_between(calendar: Calendar, start: datetime, end: datetime) -> int:
    """How many microseconds of open time lie between two instants; none if `end` is not after `start`."""
    first, last = micros(start), micros(end)
    if last <= first:
        return 0
    one, number = _year_at(calendar, start, first)
    if last < one.end:
        return _position(one, last) - _position(one, first)
    found = one.total - _position(one, first)
    while True:
        number += 1
        one = _year(calendar, number)
        if last < one.end:
            return found + _position(one, last)
        found += one.total


def open_after(calendar: Calendar, start: datetime, amount: int, *, at_opening: bool = False) -> datetime:
    """When `amount` microseconds of open time after `start` are over; with none, `start` if open, else the next opening.

    Used up exactly at a closing they end at that closing or, `at_opening`, at the opening that follows. Raises NoOpenTime.
    """
    one, number = _year_at(calendar, start, micros(start))
    wanted = _position(one, micros(start)) + amount
    look = bisect_left if amount > 0 and not at_opening else bisect_right
    empty = 0
    while True:
        place = look(one.through, wanted)
        if place < len(one.through):
            return instant(one.starts[place] + wanted - one.before[place])
        wanted -= one.total
        empty = 0 if one.total else empty + 1
        if empty > _HORIZON_YEARS:
            raise NoOpenTime(calendar, start)
        number += 1
        one = _year(calendar, number)


def working_day_after(calendar: Calendar, day: date, count: int, start: datetime) -> date:
    """The working day that is `count` working days after `day`. Raises NoOpenTime, naming `start`."""
    number, empty = day.year, 0
    one = _year(calendar, number)
    place = bisect_right(one.days, day.toordinal()) + count - 1
    while place >= len(one.days):
        place -= len(one.days)
        empty = 0 if one.days else empty + 1
        if empty > _HORIZON_YEARS:
            raise NoOpenTime(calendar, start)
        number += 1
        one = _year(calendar, number)
    return date.fromordinal(one.days[place])


def _position(year: Year, us: int) -> int:
    """How much of the year was open until `us`."""
    place = bisect_right(year.starts, us) - 1
    return 0 if place < 0 else min(year.before[place] + us - year.starts[place], year.through[place])


def _year_at(calendar: Calendar, at: datetime, us: int) -> tuple[Year, int]:
    """The year of the calendar's wall clock in which `at` lies, and its number."""
    number = at.astimezone(UTC).year
    one = _year(calendar, number)
    if us >= one.end:
        return _year(calendar, number + 1), number + 1
    if us < one.begin:
        return _year(calendar, number - 1), number - 1
    return one, number


def _year(calendar: Calendar, number: int) -> Year:
    found = calendar.years.get(number)
    if found is None:
        if len(calendar.years) >= _KEPT_YEARS:
            calendar.years.clear()
        found = calendar.years[number] = _laid_out(calendar, number)
    return found


def _laid_out(calendar: Calendar, number: int) -> Year:
    starts: list[int] = []
    before: list[int] = []
    through: list[int] = []
    days: list[int] = []
    total = 0
    first, after = date(number, 1, 1), date(number + 1, 1, 1)
    for day in range((after - first).days):
        openings = calendar.openings(first + timedelta(days=day))
        if openings:
            days.append(first.toordinal() + day)
        for opening in openings:
            start, end = micros(opening.start), micros(opening.end)
            starts.append(start)
            before.append(total)
            total += end - start
            through.append(total)
    edges = micros(calendar.instant(first, 0)), micros(calendar.instant(after, 0))
    return Year(*edges, tuple(starts), tuple(before), tuple(through), tuple(days))
