"""Reads calendars from YAML, with every mistake at its place; the shape is told in `workflows/calendars.yaml`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache, lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

import yaml

from app.calendars.definition import ALL_DAY, DAY, Calendar, Hours, Interval
from app.calendars.problems import CalendarsError, Problem, Problems
from app.calendars.reading import compose, mapping, text_of, title
from app.texts import Words

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
REQUIRED: Final = ("always", "service")
"""The calendars that the program itself asks for: timers without a calendar, and the hours in which customers are called."""

_KEYS: Final = ("title", "zone", "hours", "holidays", "make_up", "exceptions")
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_INTERVAL: Final = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_DATES: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\s*\.\.\s*(\d{4}-\d{2}-\d{2}))?")
_LONGEST_EXCEPTION: Final = 366
_CLOSED: Final[Hours] = ()


def load_calendars(text: str, source: str = "calendars.yaml") -> Mapping[str, Calendar]:
    """The calendars in `text` by name; raises CalendarsError with all problems. `source` is the file's name in them."""
    found = _loaded(text)
    if not isinstance(found, Mapping):
        raise CalendarsError(found, source)
    return found


@lru_cache(maxsize=16)
def _loaded(text: str) -> Mapping[str, Calendar] | Sequence[Problem]:
    """The calendars, or what is wrong. Kept, as workflows are: a start checks, publishes and runs the same text."""
    problems = Problems()
    found: dict[str, Calendar] = {}
    root = compose(text, problems)
    if root is not None:
        entries = mapping(root, "", problems, known=("calendars",), required=("calendars",))
        if "calendars" in entries:
            node = entries["calendars"][1]
            for name, (key, value) in mapping(node, "calendars", problems).items():
                if not _NAME.fullmatch(name):
                    problems.add(key, name, "bad_name", name=name)
                found[name] = _calendar(name, value, problems)
            for name in REQUIRED:
                if name not in found:
                    problems.add(node, "calendars", "calendar_missing", name=name)
    return tuple(problems.all()) if problems else MappingProxyType(found)


def _calendar(name: str, node: yaml.Node, problems: Problems) -> Calendar:
    entries = {
        key: value for key, (_, value) in mapping(node, name, problems, known=_KEYS, required=("title", "zone", "hours")).items()
    }
    so_far = len(problems)
    week = _week(entries["hours"], f"{name}.hours", problems) if "hours" in entries else (ALL_DAY,) * 7
    if not any(week) and len(problems) == so_far:
        problems.add(entries["hours"], f"{name}.hours", "no_working_time")
    country = _country(entries["holidays"], f"{name}.holidays", problems) if "holidays" in entries else None
    make_up = _CLOSED
    if "make_up" in entries:
        make_up = _hours(entries["make_up"], f"{name}.make_up", problems)
        if "holidays" not in entries:
            problems.add(entries["make_up"], f"{name}.make_up", "make_up_without_holidays")
    exceptions = _exceptions(entries["exceptions"], f"{name}.exceptions", problems) if "exceptions" in entries else {}
    return Calendar(
        name=name,
        title=title(entries["title"], f"{name}.title", problems) if "title" in entries else Words(name, name),
        zone=_zone(entries["zone"], f"{name}.zone", problems) if "zone" in entries else ZoneInfo("UTC"),
        week=(week[0], week[1], week[2], week[3], week[4], week[5], week[6]),
        country=country,
        make_up=make_up,
        exceptions=MappingProxyType(exceptions),
    )


def _zone(node: yaml.Node, field: str, problems: Problems) -> ZoneInfo:
    name = text_of(node) or ""
    zones = _zones()
    if name not in zones:
        problems.unknown(node, field, "unknown_zone", name, zones)
        return ZoneInfo("UTC")
    return ZoneInfo(name)


@cache
def _zones() -> frozenset[str]:
    """All zones that there are; asking the machine takes 20 ms."""
    return frozenset(available_timezones())


def _country(node: yaml.Node, field: str, problems: Problems) -> str | None:
    from app.calendars.holidays import countries

    name = text_of(node) or ""
    if name not in countries():
        problems.unknown(node, field, "unknown_country", name, countries())
        return None
    return name


def _week(node: yaml.Node, field: str, problems: Problems) -> tuple[Hours, ...]:
    if text_of(node) == "always":
        return (ALL_DAY,) * 7
    week: dict[int, Hours] = {}
    for key, (key_node, value) in mapping(node, field, problems).items():
        hours = _hours(value, f"{field}.{key}", problems)
        for day in _weekdays(key, key_node, f"{field}.{key}", problems):
            if day in week:
                problems.add(key_node, f"{field}.{key}", "weekday_twice", name=WEEKDAYS[day])
            week[day] = hours
    return tuple(week.get(day, _CLOSED) for day in range(7))


def _weekdays(key: str, node: yaml.Node, field: str, problems: Problems) -> list[int]:
    """The weekdays that `mon`, `mon-fri` or `sat, sun` name, Monday being 0."""
    days: list[int] = []
    for part in key.lower().split(","):
        ends = [name.strip() for name in part.split("-")]
        unknown = [name for name in ends if name not in WEEKDAYS]
        if unknown or len(ends) > 2:
            problems.unknown(node, field, "unknown_weekday", unknown[0] if unknown else part.strip(), WEEKDAYS)
            continue
        first, last = WEEKDAYS.index(ends[0]), WEEKDAYS.index(ends[-1])
        if last < first:
            problems.add(node, field, "weekdays_backwards", name=part.strip())
        days += range(first, last + 1)
    return days


def _hours(node: yaml.Node, field: str, problems: Problems) -> Hours:
    """The open stretches of a day: a list of `09:00-12:00`, or `closed`, or `all_day`."""
    word = text_of(node)
    if word in {"closed", "all_day"}:
        return _CLOSED if word == "closed" else ALL_DAY
    nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
    if not nodes:
        problems.add(node, field, "no_hours")
    marked: list[tuple[Interval, yaml.Node]] = []
    for item in nodes:
        interval = _interval(item, field, problems)
        if interval is not None:
            marked.append((interval, item))
    marked.sort(key=lambda pair: pair[0])
    for (before, _), (after, item) in pairwise(marked):
        if after.start < before.end:
            problems.add(item, field, "overlap", one=_clock(before), other=_clock(after))
    return tuple(interval for interval, _ in marked)


def _interval(node: yaml.Node, field: str, problems: Problems) -> Interval | None:
    text = text_of(node) or ""
    found = _INTERVAL.fullmatch(text)
    if found is None:
        problems.add(node, field, "not_an_interval", text=text[:40])
        return None
    hours, minutes, to_hours, to_minutes = (int(part) for part in found.groups())
    start, end = hours * 60 + minutes, to_hours * 60 + to_minutes
    if max(minutes, to_minutes) > 59 or max(start, end) > DAY:
        problems.add(node, field, "no_such_time", text=text)
        return None
    if end <= start:
        problems.add(node, field, "ends_before_start", text=text)
        return None
    return Interval(start, end)


def _exceptions(node: yaml.Node, field: str, problems: Problems) -> dict[date, Hours]:
    if not isinstance(node, yaml.SequenceNode):
        problems.add(node, field, "not_a_list")
        return {}
    found: dict[date, Hours] = {}
    for number, item in enumerate(node.value, start=1):
        where = f"{field}[{number}]"
        entries = mapping(item, where, problems, known=("dates", "hours", "why"), required=("dates", "hours"))
        hours = _hours(entries["hours"][1], f"{where}.hours", problems) if "hours" in entries else _CLOSED
        if "dates" not in entries:
            continue
        dates = entries["dates"][1]
        for day in _days(dates, f"{where}.dates", problems):
            if day in found:
                problems.add(dates, f"{where}.dates", "date_twice", name=day.isoformat())
            found[day] = hours
    return found


def _days(node: yaml.Node, field: str, problems: Problems) -> list[date]:
    """The dates that `2026-12-31` or `2026-10-01..2026-10-03` names."""
    text = text_of(node) or ""
    found = _DATES.fullmatch(text)
    try:
        first, last = (date.fromisoformat(part) for part in (found[1], found[2] or found[1])) if found else (None, None)
    except ValueError:
        first = last = None
    if first is None or last is None:
        problems.add(node, field, "not_a_date", text=text[:40])
        return []
    if not 0 <= (last - first).days < _LONGEST_EXCEPTION:
        problems.add(node, field, "dates_backwards", text=text)
        return []
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _clock(interval: Interval) -> str:
    return "-".join(f"{minute // 60:02d}:{minute % 60:02d}" for minute in (interval.start, interval.end))
