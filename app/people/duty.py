"""Who is on duty for what was escalated: the roster of the policy, hours of weekdays with a fallback. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from app.calendars.definition import Calendar
from app.workflow.reader import Reader, Section
from app.workflow.reading import Names, chosen
from app.workflow.yaml_source import Node

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_USER: Final = re.compile(r"\S{1,100}")


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is called: a person by the name of the user, or whoever holds a role."""

    person: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """A line of the roster: weekdays (Monday is 0), minutes of the day; the end is not in it. One over midnight is two."""

    days: frozenset[int]
    start: int
    end: int
    duty: Duty

    def covers(self, wall: datetime) -> bool:
        """Whether it is on at this reading of the wall clock."""
        return wall.weekday() in self.days and self.start <= wall.hour * 60 + wall.minute < self.end


@dataclass(frozen=True, slots=True)
class Escalation:
    """The roster, read on the clock of `calendar`, and who is called where no line of it covers the moment."""

    calendar: str
    roster: tuple[Shift, ...]
    fallback: Duty

    def on_duty(self, calendar: Calendar, at: datetime) -> Duty:
        """Who is on duty at `at`: the first line that covers it."""
        wall = calendar.local(at)
        return next((shift.duty for shift in self.roster if shift.covers(wall)), self.fallback)


def read_escalation(reader: Reader, node: Node | None, names: Names) -> Escalation | None:
    """The section `escalation`."""
    section = None if node is None else reader.section(node, required=("calendar", "fallback"), optional=("roster",))
    if section is None:
        return None
    calendar = section.one_of("calendar", names.calendars, "unknown_calendar")
    inner = section.get("fallback")
    told = reader.section(inner, optional=("person", "role")) if inner is not None else None
    fallback = _duty(reader, told, names) if told is not None else None
    shifts = [_shift(reader, each, names) for each in section.items("roster")] if section.get("roster") is not None else []
    if calendar is None or fallback is None:
        return None
    return Escalation(calendar, tuple(shift for shift in shifts if shift is not None), fallback)


def _duty(reader: Reader, section: Section, names: Names) -> Duty | None:
    given = [name for name in ("person", "role") if section.get(name) is not None]
    if len(given) != 1:
        reader.problems.choose(section.mark, "one_of_these", ("person", "role"))
        return None
    if given == ["role"]:
        role = section.one_of("role", names.roles, "unknown_policy_name")
        return None if role is None else Duty(role=role)
    node = section.get("person")
    scalar = reader.scalar(node) if node is not None else None
    if scalar is None:
        return None
    if not _USER.fullmatch(scalar.text):
        reader.problems.add(scalar.mark, "not_a_user")
        return None
    return Duty(person=scalar.text)


def _shift(reader: Reader, node: Node, names: Names) -> Shift | None:
    section = reader.section(node, required=("days", "hours"), optional=("person", "role"))
    duty = _duty(reader, section, names) if section is not None else None
    if section is None or duty is None:
        return None
    days = frozenset(DAYS.index(day) for day in chosen(section, "days", DAYS, "unknown_policy_name"))
    inner = section.get("hours")
    scalar = reader.scalar(inner) if inner is not None else None
    found = _HOURS.fullmatch(scalar.text) if scalar is not None else None
    if scalar is None or found is None:
        if scalar is not None:
            reader.problems.add(scalar.mark, "not_hours")
        return None
    start, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    if not start < end <= 24 * 60:
        reader.problems.add(scalar.mark, "not_hours")
        return None
    return Shift(days, start, end, duty)


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Who is called now: the user, if it is a person who is there and active; else whoever holds the role."""

    user: UUID | None
    role: str | None
    name: str
