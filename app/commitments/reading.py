"""What the sections of this room have in common when they are read from YAML: stretches of time, roles, calendars."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final, Protocol

from app.calendars.span import Span, parse
from app.workflow.reader import Section

_PERCENT: Final = re.compile(r"([0-9]{1,3}) ?%")
_MOST_PERCENT: Final = 500


class Known(Protocol):
    """The names of other files that a policy may use."""

    @property
    def calendars(self) -> frozenset[str]:
        """The named calendars."""

    @property
    def roles(self) -> frozenset[str]:
        """The roles."""


def span(section: Section, name: str) -> Span | None:
    """A stretch of time such as `2 working_days`; nothing at all is a problem."""
    node = section.get(name)
    scalar = None if node is None else section.reader.scalar(node)
    if scalar is None:
        return None
    try:
        found = parse(scalar.text)
    except ValueError:
        section.reader.problems.add(scalar.mark, "not_a_span", name=name)
        return None
    if not found.days and not found.seconds:
        section.reader.problems.add(scalar.mark, "not_a_span", name=name)
        return None
    return found


def percent(section: Section, name: str) -> int | None:
    """A share of the time such as `80 %`."""
    node = section.get(name)
    scalar = None if node is None else section.reader.scalar(node)
    if scalar is None:
        return None
    found = _PERCENT.fullmatch(scalar.text.strip())
    if found is None or not 0 < int(found[1]) <= _MOST_PERCENT:
        section.reader.problems.add(scalar.mark, "not_a_percentage", name=name, most=_MOST_PERCENT)
        return None
    return int(found[1])


def calendar(section: Section, known: Known, *, name: str = "calendar") -> str | None:
    """The name of a calendar."""
    return section.one_of(name, known.calendars, "unknown_calendar")


def roles(section: Section, known: Known, name: str) -> frozenset[str]:
    """One role or several."""
    return frozenset(some(section, name, known.roles, "unknown_role"))


def some(section: Section, name: str, known: Collection[str], code: str) -> tuple[str, ...]:
    """One name or several of those that are `known`, each once."""
    found: list[str] = []
    for named in section.names(name):
        if named.text not in known:
            section.reader.problems.unknown(named.mark, code, named.text, known)
        else:
            found.append(named.text)
    return tuple(found)
