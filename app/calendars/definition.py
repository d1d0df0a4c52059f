"""A calendar as a frozen value: a zone, hours for each weekday, public holidays, dated exceptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.calendars.holidays import days_off, days_worked
from app.texts import Words

DAY: Final = 24 * 60
_CACHED_DAYS: Final = 5_000


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """A stretch of a day, in minutes of the wall clock from its beginning: 0 <= start < end <= 1440; the end is not in it."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Opening:
    """A stretch of open time between two instants in UTC; the end is not in it."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Year:
    """The open time of a year as a line, in microseconds: `begin` and `end` of the year, its openings one after another.

    `starts` are those of the openings since 1970; `before` and `through` how much of the year is open before and through
    each of them. `days` are the working days, as ordinals.
    """

    begin: int
    end: int
    starts: tuple[int, ...]
    before: tuple[int, ...]
    through: tuple[int, ...]
    days: tuple[int, ...]

    @property
    def total(self) -> int:
        """How much of the year is open."""
        return self.through[-1] if self.through else 0


Hours = tuple[Interval, ...]
"""The open stretches of one day, in order, without overlap; none when it is closed."""

ALL_DAY: Final[Hours] = (Interval(0, DAY),)


@dataclass(frozen=True, slots=True)
class Calendar:
    """When work is done. `week` has the hours of Monday to Sunday.

    With a `country` its public holidays are closed, and the weekend days on which it makes up for them are open during
    `make_up`. `exceptions`, by date, go before all else.
    """

    name: str
    title: Words
    zone: ZoneInfo
    week: tuple[Hours, Hours, Hours, Hours, Hours, Hours, Hours]
    country: str | None = None
    make_up: Hours = ()
    exceptions: Mapping[date, Hours] = field(default_factory=lambda: MappingProxyType({}))
    _openings: dict[date, tuple[Opening, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)
    allowances: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    years: dict[int, Year] = field(default_factory=dict, init=False, repr=False, compare=False)

    def hours(self, day: date) -> Hours:
        """The open stretches of `day`."""
        if (given := self.exceptions.get(day)) is not None:
            return given
        if self.country is not None:
            if day in days_off(self.country, day.year):
                return ()
            if self.make_up and day in days_worked(self.country, day.year):
                return self.make_up
        return self.week[day.weekday()]

    def openings(self, day: date) -> tuple[Opening, ...]:
        """The open stretches of `day` as instants; one that lies wholly in an hour the clocks skip is left out."""
        found = self._openings.get(day)
        if found is None:
            edges = ((self.instant(day, part.start), self.instant(day, part.end)) for part in self.hours(day))
            found = tuple(Opening(start, end) for start, end in edges if start < end)
            if len(self._openings) >= _CACHED_DAYS:
                self._openings.clear()  # an import over decades must not fill the memory
            self._openings[day] = found
        return found

    def instant(self, day: date, minute: int) -> datetime:
        """When the wall clock first shows `minute` of `day`, or passes it where the clocks are put forward."""
        return self.instant_of(datetime.combine(day, time()) + timedelta(minutes=minute))

    def instant_of(self, wall: datetime) -> datetime:
        """When the wall clock first shows `wall`, a datetime without zone, or passes it where the clocks are put forward."""
        at = wall.replace(tzinfo=self.zone).astimezone(UTC)
        if self.local(at) == wall:
            return at
        return _change(self.zone, at - abs(self._shift(wall)), at)

    def local(self, at: datetime) -> datetime:
        """The wall clock at the instant `at`, without zone."""
        return at.astimezone(self.zone).replace(tzinfo=None)

    def passed(self, at: datetime) -> datetime:
        """The latest that the wall clock has shown by `at`: `local`, but in an hour shown again the end of that hour."""
        shown = at.astimezone(self.zone)
        wall = shown.replace(tzinfo=None)
        if not shown.fold:
            return wall
        first = at.astimezone(UTC) - abs(self._shift(wall))
        back = _change(self.zone, first, at.astimezone(UTC))
        return wall + (back - first)

    def _shift(self, wall: datetime) -> timedelta:
        """By how much the two readings of a `wall` that is skipped or shown twice differ."""
        one, other = (wall.replace(tzinfo=self.zone, fold=fold).utcoffset() or timedelta() for fold in (0, 1))
        return one - other


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The full second between two instants at which the zone's offset changes."""
    before = before.replace(microsecond=0)
    offset = before.astimezone(zone).utcoffset()
    low, high = 0, int((after - before).total_seconds())
    while low < high:
        middle = (low + high) // 2
        if (before + timedelta(seconds=middle)).astimezone(zone).utcoffset() == offset:
            low = middle + 1
        else:
            high = middle
    return before + timedelta(seconds=low)
