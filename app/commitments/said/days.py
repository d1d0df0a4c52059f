"""Which day is named: today, a weekday of this or the next week, a date, the end of a period."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from re import Match
from typing import Final

from app.commitments.said import grammar

_DAYS: Final = {"今": 0, "明": 1, "后": 2, "大": 3}


@dataclass(frozen=True, slots=True)
class Day:
    """A day; `until`: the end of a period, up to which every day may do."""

    date: date
    until: bool = False


@dataclass(frozen=True, slots=True)
class Unclear:
    """Several days can be meant."""

    days: tuple[date, ...]


def day_of(found: Match[str], today: date) -> Day | Unclear | None:
    """The day that a match of the grammar names; today where it names none. ValueError for a date that does not exist."""
    named = found.groupdict()
    if (word := named.get("day")) is not None:
        return Day(today + timedelta(days=_offset(word)))
    if (weekday := named.get("weekday")) is not None:
        return _weekday(weekday, named.get("week"), today)
    if (end := named.get("end")) is not None:
        return _end(end, today)
    if (iso := named.get("iso")) is not None:
        year, month, day = (int(part) for part in iso.replace("/", "-").replace(".", "-").split("-"))
        return Day(date(year, month, day))
    if (one := named.get("one")) is not None:
        return _slashed(int(one), int(named["other"] or 0), today)
    month_word, day_word = named.get("month") or named.get("month2"), named.get("dom") or named.get("dom2")
    if month_word is not None and day_word is not None:
        year_word = named.get("year") or named.get("year2")
        return Day(_dated(_month(month_word), int(day_word), int(year_word) if year_word else None, today))
    if (number := named.get("date")) is not None:
        return _of_month(int(number), named.get("which"), today)
    return Day(today)


def _offset(word: str) -> int:
    if word in ("today", "tonight"):
        return 0
    if word == "tomorrow":
        return 1
    return 2 if word.endswith("tomorrow") else _DAYS[word[0]]


def _weekday(word: str, week: str | None, today: date) -> Day | Unclear:
    """周三 and Wednesday are the next to come; 下周三 is that of the next week, from Monday on; English "next" may be either."""
    chinese = word in "123456日天"
    index = ("123456日".index("日" if word == "天" else word)) if chinese else grammar.WEEKDAYS.index(word[:3])
    this = today - timedelta(days=today.weekday()) + timedelta(days=index)
    if chinese and week:
        return Day(this + timedelta(days=7 * week.count("下")))
    coming = this if this >= today else this + timedelta(days=7)
    if coming == today and week != "this":
        return Unclear((today, today + timedelta(days=7)))
    if week == "next" and coming == this:
        return Unclear((this, this + timedelta(days=7)))
    return Day(this if week == "this" else coming)


def _end(word: str, today: date) -> Day:
    following = "下" in word or "next" in word
    if "day" in word or word == "eod":
        return Day(today)
    if "年" in word or "year" in word:
        return Day(date(today.year + following, 12, 31), until=True)
    if "周" in word or "week" in word:
        return Day(today + timedelta(days=6 - today.weekday() + 7 * following), until=True)
    first = today.replace(day=1)
    if following:
        first = (first + timedelta(days=32)).replace(day=1)
    return Day(first.replace(day=monthrange(first.year, first.month)[1]), until=True)


def _slashed(one: int, other: int, today: date) -> Day | Unclear:
    """3/4 is the 4th of March to some and the 3rd of April to others; 3/20 is one thing only."""
    days = {_dated(month, day, None, today) for month, day in ((one, other), (other, one)) if 1 <= month <= 12}
    if not days:
        raise ValueError(one)
    return Day(days.pop()) if len(days) == 1 else Unclear(tuple(sorted(days)))


def _dated(month: int, day: int, year: int | None, today: date) -> date:
    """A date of this year, or of the next where it is over."""
    if year is not None:
        return date(year, month, day)
    this = date(today.year, month, day) if (month, day) != (2, 29) else _leap_day(today)
    return this if this >= today else date(today.year + 1, month, day)


def _leap_day(today: date) -> date:
    year = next(year for year in range(today.year, today.year + 9) if monthrange(year, 2)[1] == 29)
    return date(year, 2, 29)


def _month(word: str) -> int:
    return int(word) if word.isdigit() else grammar.MONTHS_EN.index(word[:3]) + 1


def _of_month(day: int, which: str | None, today: date) -> Day:
    """The next such day to come; with 本月 or 下月 that of the month."""
    first = today.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    if which is not None:
        return Day((following if "下" in which else first).replace(day=day))
    return Day(today.replace(day=day) if day >= today.day else following.replace(day=day))
