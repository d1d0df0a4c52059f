"""From a said date to a moment on a calendar. What can be meant in two ways is refused with the question and both readings.

A stretch ("within two weeks") ends with the last open moment before its limit; a named day ends with its work ("by
Wednesday" and 周三前 hold that day, English "before Wednesday" does not); the parts of a day end at 12, 13, 18 and 22 o'clock.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from re import Match
from typing import Final

from app.calendars.back import closing, last_open
from app.calendars.definition import Calendar
from app.calendars.span import Span
from app.calendars.time import add, add_working_days, is_open, local_date, next_open
from app.commitments.said import grammar
from app.commitments.said.days import Day, Unclear, day_of
from app.commitments.said.words import normal
from app.errors import Invalid, Reason

FARTHEST: Final = timedelta(days=800)
MOST_CHARACTERS: Final = 80
_NOON: Final = 12


@dataclass(frozen=True, slots=True)
class Said:
    """What was said, at which moment, on whose calendar."""

    text: str
    now: datetime
    calendar: Calendar
    where: str

    @property
    def today(self) -> date:
        """The date by the calendar's wall clock."""
        return local_date(self.calendar, self.now)

    def unclear(self, code: str, readings: Sequence[datetime]) -> Invalid:
        """The refusal that asks back, with the readings that lie ahead."""
        told = ", ".join(moment(self.calendar, at) for at in sorted(set(readings)) if at > self.now)
        return Invalid(Reason(code, self.where, {"said": self.text[:MOST_CHARACTERS], "readings": told or "-"}))


def moment(calendar: Calendar, at: datetime) -> str:
    """A moment as RFC 3339 by the calendar's wall clock, to the minute."""
    return at.astimezone(calendar.zone).isoformat(timespec="minutes")


def read_date(text: str, now: datetime, calendar: Calendar, where: str = "due") -> datetime:
    """The moment that `text` says at `now`, in UTC, always ahead.

    Raises Invalid: due_not_understood, due_ambiguous and due_closed (with the readings), in_the_past, due_too_far.
    """
    said = Said(text, now.astimezone(UTC), calendar, where)
    plain = normal(text) if len(text) <= MOST_CHARACTERS else ""
    try:
        due = _span(said, plain) or _named(said, plain)
    except (ValueError, OverflowError):  # the 31st of February, the year 9999
        due = None
    if due is None:
        raise Invalid(Reason("due_not_understood", where, {"said": text[:MOST_CHARACTERS]}))
    if due <= said.now:
        raise Invalid(Reason("in_the_past", where))
    if due - said.now > FARTHEST:
        raise Invalid(Reason("due_too_far", where, {"days": FARTHEST.days}))
    return due


def _span(said: Said, plain: str) -> datetime | None:
    found = grammar.SPAN_ZH.fullmatch(plain) or grammar.SPAN_EN.fullmatch(plain)
    if found is None or (found["unit"] in ("日", "月") and found["within"] is None):
        return None
    unit = grammar.UNITS[found["unit"]]
    if found["unit"] == "月" and "个" not in plain:
        return None  # 三月内 is March to some and three months to others; 三个月内 is not
    if found.groupdict().get("working"):
        unit = {grammar.DAYS: grammar.WORKING_DAYS, grammar.HOURS: grammar.WORKING_HOURS}.get(unit, "")
    if found["n"] == "半":
        amount, unit = grammar.HALVES.get(unit, (0, unit))
    else:
        amount = int(found["n"])
    return _ahead(said, amount, unit) if amount else None


def _ahead(said: Said, amount: int, unit: str) -> datetime | None:
    match unit:
        case grammar.MINUTES:
            return said.now + timedelta(minutes=amount)
        case grammar.HOURS:
            return said.now + timedelta(hours=amount)
        case grammar.WORKING_HOURS:
            return add(said.calendar, said.now, Span(working=True, seconds=amount * 3600))
        case grammar.WORKING_DAYS:
            day = local_date(said.calendar, add_working_days(said.calendar, said.now, amount))
            return closing(said.calendar, day)
        case grammar.DAYS:
            return _until(said, said.today + timedelta(days=amount))
        case grammar.WEEKS:
            return _until(said, said.today + timedelta(days=7 * amount))
        case grammar.MONTHS:
            return _until(said, _months_on(said.today, amount))
    return None


def _months_on(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _until(said: Said, day: date) -> datetime:
    """The last open moment up to the end of `day`; none that lies ahead: the question, with the next one."""
    limit = said.calendar.instant(day, 24 * 60)
    due = last_open(said.calendar, limit)
    if due > said.now:
        return due
    raise said.unclear("due_closed", [_next_closing(said, limit)])


def _next_closing(said: Said, after: datetime) -> datetime:
    day = local_date(said.calendar, next_open(said.calendar, after))
    return closing(said.calendar, day) or after


def _named(said: Said, plain: str) -> datetime | None:
    found = grammar.DAY_ZH.fullmatch(plain)
    before = False
    if found is None:
        before = grammar.BEFORE_EN.search(plain) is not None
        bare = " ".join(grammar.FILLERS_EN.sub(" ", plain).split())
        patterns = (grammar.DAY_THEN_TIME_EN, grammar.TIME_THEN_DAY_EN, grammar.TIME_EN)
        found = next((match for pattern in patterns if (match := pattern.fullmatch(bare)) is not None), None)
    if found is None or not any(found.groups()) or _bare(found, plain):
        return None
    day = day_of(found, said.today)
    if isinstance(day, Day) and day.date < said.today:
        raise Invalid(Reason("in_the_past", said.where))
    if isinstance(day, Unclear):
        raise said.unclear("due_ambiguous", [due for one in day.days if (due := closing(said.calendar, one)) is not None])
    if day is None:
        return None
    named = found.groupdict()
    timed = named["hour"] is not None or named["part"] is not None or named.get("day") == "tonight"
    if day.until:
        return None if timed else _until(said, day.date)
    if before and not timed:
        return _until(said, day.date - timedelta(days=1))
    return _at(said, day, named) if timed else _by_close(said, day.date)


def _bare(found: Match[str], plain: str) -> bool:
    """A number alone: 10 o'clock, the 10th or ten days?"""
    return found["hour"] is not None and plain.isdigit()


def _by_close(said: Said, day: date) -> datetime:
    due = closing(said.calendar, day)
    if due is None:
        raise _closed(said, day)
    return due


def _closed(said: Said, day: date) -> Invalid:
    """Nobody works on that day: the closing before it, or that of the next day that is open?"""
    start = said.calendar.instant(day, 0)
    return said.unclear("due_closed", [last_open(said.calendar, start), _next_closing(said, start)])


def _at(said: Said, day: Day, named: Mapping[str, str | None]) -> datetime:
    part = named["part"] or ("evening" if named.get("day") == "tonight" else None)
    if not said.calendar.openings(day.date):
        raise _closed(said, day.date)
    if named["hour"] is None:
        end = grammar.PARTS.get(part or "")
        if end is None:
            raise Invalid(Reason("due_not_understood", said.where, {"said": said.text[:MOST_CHARACTERS]}))
        limit = said.calendar.instant(day.date, end)
        due = last_open(said.calendar, limit)
        return due if limit - due < timedelta(hours=4) and due > said.now else limit
    hours = _hours(int(named["hour"]), part, named.get("half"), named["minute"] is not None)
    minute = _minute(named["minute"]) or 0
    meant = [said.calendar.instant(day.date, hour * 60 + minute) for hour in hours]
    ahead = [at for at in meant if at > said.now] or meant[-1:]
    working = [at for at in ahead if is_open(said.calendar, at)] or ahead
    if len(ahead) < len(meant) and len(meant) > 1 and not is_open(said.calendar, working[0]):
        raise said.unclear("due_ambiguous", working)
    if len(working) > 1 and int(named["hour"]) not in (9, 10, 11, 12):
        raise said.unclear("due_ambiguous", working)
    return working[0]


def _minute(text: str | None) -> int | None:
    if text is None:
        return None
    return {"半": 30, "1刻": 15, "3刻": 45}.get(text) or _below(int(text.rstrip("分")), 60)


def _below(value: int, limit: int) -> int:
    if value >= limit:
        raise ValueError(value)
    return value


def _hours(hour: int, part: str | None, half: str | None, exact: bool) -> list[int]:
    """The hours that can be meant, of 24; 10 in the morning or at night is for the calendar to tell."""
    _below(hour, 25)
    if half is not None and half[0] in "ap":
        if not 1 <= hour <= _NOON:
            raise ValueError(hour)
        return [hour % _NOON + (_NOON if half[0] == "p" else 0)]
    if part in grammar.AFTER_NOON and hour < _NOON:
        return [hour + _NOON]
    if part in grammar.BEFORE_NOON or hour == 0 or hour > _NOON:
        return [hour]
    if part == "中午" or (hour == _NOON and exact):
        return [hour if hour > 3 else hour + _NOON]
    return [hour] if hour == _NOON else [hour, hour + _NOON]
