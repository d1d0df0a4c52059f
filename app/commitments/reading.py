"""What the sections of this room have in common when they are read from YAML: stretches of time, shares, calendars, severities."""

from __future__ import annotations

import re
from typing import Final

from app.calendars.span import Span, parse_some
from app.workflow.reader import Section
from app.workflow.reading import Names, each_value, one_value

_PERCENT: Final = re.compile(r"([0-9]{1,3}) ?%")
_MOST_PERCENT: Final = 500
_SEVERITY: Final = re.compile(r"([1-4])(?:-([1-4]))?")


def span(section: Section, name: str) -> Span | None:
    """A stretch of time such as `2 working_days`; nothing at all is a problem."""
    return one_value(section, name, parse_some, "not_a_span")


def percent(section: Section, name: str) -> int | None:
    """A share of the time such as `80 %`."""
    return one_value(section, name, _percent, "not_a_percentage", most=_MOST_PERCENT)


def calendar(section: Section, names: Names, *, name: str = "calendar") -> str | None:
    """The name of a calendar."""
    return section.one_of(name, names.calendars, "unknown_calendar")


def severities(section: Section) -> frozenset[int]:
    """Levels of severity: one or a range such as `3-4`, or a list of them; empty where the key is absent."""
    return frozenset().union(*each_value(section, "severity", _severities, "not_a_severity"))


def _percent(text: str) -> int:
    found = _PERCENT.fullmatch(text.strip())
    if found is None or not 0 < int(found[1]) <= _MOST_PERCENT:
        raise ValueError(text)
    return int(found[1])


def _severities(text: str) -> range:
    found = _SEVERITY.fullmatch(text)
    if found is None or (found[2] is not None and found[2] < found[1]):
        raise ValueError(text)
    return range(int(found[1]), int(found[2] or found[1]) + 1)
