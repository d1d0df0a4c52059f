"""A stretch of time as people give it: two working days, four working hours, seven days."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

UNITS: Final[dict[str, tuple[bool, str, int]]] = {
    "minutes": (False, "seconds", 60),
    "hours": (False, "seconds", 3_600),
    "days": (False, "days", 1),
    "working_minutes": (True, "seconds", 60),
    "working_hours": (True, "seconds", 3_600),
    "working_days": (True, "days", 1),
}
"""Unit -> whether only open time counts, whether it is told in seconds or days, and how many of these it is."""

_TEXT: Final = re.compile(r"\s*(\d{1,6})\s+([a-z_]+)\s*")
_LONGEST_DAYS: Final = 36_500


@dataclass(frozen=True, slots=True)
class Span:
    """`seconds` or `days`, one of them zero; only open time counts if `working`."""

    working: bool
    seconds: int = 0
    days: int = 0

    def __post_init__(self) -> None:
        if self.seconds < 0 or self.days < 0 or (self.seconds and self.days):
            raise ValueError("a span is a number of seconds or of days, and none of them negative")
        if self.days + self.seconds / 86_400 > _LONGEST_DAYS:
            raise ValueError("a span is at most a hundred years")


def parse(text: str) -> Span:
    """The span that `text` gives, such as `2 working_days`, `4 working_hours` or `7 days`; raises ValueError."""
    found = _TEXT.fullmatch(text)
    unit = found[2] if found else ""
    unit = unit if unit in UNITS else unit + "s"  # "1 working_day"
    if found is None or unit not in UNITS:
        raise ValueError(f"{text!r} is no span; write a number and one of {', '.join(UNITS)}")
    working, kind, factor = UNITS[unit]
    amount = int(found[1]) * factor
    return Span(working, seconds=amount) if kind == "seconds" else Span(working, days=amount)


def parse_some(text: str) -> Span:
    """The span that `text` gives, more than nothing; raises ValueError."""
    span = parse(text)
    if not (span.days or span.seconds):
        raise ValueError(f"{text!r} is no time at all")
    return span


def parse_plain(text: str) -> timedelta:
    """The plain time that `text` gives, such as `15 minutes`, perhaps none; raises ValueError for working time."""
    span = parse(text)
    if span.working:
        raise ValueError(f"{text!r} is working time, and no plain one")
    return timedelta(days=span.days, seconds=span.seconds)
