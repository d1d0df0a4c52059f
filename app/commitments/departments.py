"""Departments as the policy has them: on whose calendar they work, who serves their orders, how long what takes, who is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from app.calendars.span import Span
from app.commitments import reading
from app.errors import Invalid
from app.texts import Words
from app.workflow.reader import Reader, Section
from app.workflow.reading import Names, chosen
from app.workflow.telling import unknown
from app.workflow.yaml_source import Node

TOLD: Final = ("assignee", "team", "owner", "supervisor", "duty")
"""Who can be told of a work order that takes long: who works on it, the department's team, the complaint's owner, its
supervisors, the officer on duty."""


@dataclass(frozen=True, slots=True)
class Level:
    """After how many per cent of a work order's time who is told."""

    percent: int
    tell: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Work:
    """A kind of work of a department."""

    name: str
    title: Words
    lead_time: Span


@dataclass(frozen=True, slots=True)
class Consult:
    """A live consult: which team has the duty expert, how soon he answers, which promise it turns into otherwise."""

    team: str
    within: Span
    otherwise: str


@dataclass(frozen=True, slots=True)
class Department:
    """A department. `lead_time` is for work of no particular kind."""

    name: str
    title: Words
    calendar: str
    team: str
    lead_time: Span
    works: Mapping[str, Work] = field(default_factory=dict)
    levels: tuple[Level, ...] = ()
    consult: Consult | None = None

    def time_for(self, kind: str | None) -> Span:
        """The standard lead time of a kind of work."""
        work = self.works.get(kind) if kind is not None else None
        return work.lead_time if work is not None else self.lead_time


Departments = Mapping[str, Department]


def department_of(departments: Departments, name: str, where: str = "department") -> Department:
    """The department `name`. Raises Invalid with the nearest name, or all there are."""
    found = departments.get(name)
    if found is None:
        raise Invalid(unknown("department_unknown", where, name, departments))
    return found


def read_departments(reader: Reader, node: Node | None, names: Names) -> Departments | None:
    """The section `departments`; None where the file has none."""
    if node is None:
        return None
    found: dict[str, Department] = {}
    for named, value in reader.entries(node).items():
        section = reader.section(
            value, required=("title", "calendar", "team", "lead_time"), optional=("works", "levels", "consult")
        )
        made = None if section is None else _department(section, named.text, names)
        if made is not None:
            found[named.text] = made
    return found


def _department(section: Section, name: str, names: Names) -> Department | None:
    title, calendar, team = section.words("title"), reading.calendar(section, names), section.name("team")
    lead_time = reading.span(section, "lead_time")
    works = {named.text: _work(section, named.text, value) for named, value in section.entries("works").items()}
    levels, consult = _levels(section), _consult(section)
    if title is None or calendar is None or team is None or lead_time is None:
        return None
    kinds = {key: work for key, work in works.items() if work is not None}
    return Department(name, title, calendar, team.text, lead_time, kinds, levels, consult)


def _work(section: Section, name: str, node: Node) -> Work | None:
    own = section.reader.section(node, required=("title", "lead_time"))
    if own is None:
        return None
    title, lead_time = own.words("title"), reading.span(own, "lead_time")
    return None if title is None or lead_time is None else Work(name, title, lead_time)


def _levels(section: Section) -> tuple[Level, ...]:
    found: list[Level] = []
    for node in section.items("levels"):
        own = section.reader.section(node, required=("after", "tell"))
        if own is None:
            continue
        after, tell = reading.percent(own, "after"), chosen(own, "tell", TOLD, "unknown_told")
        if after is not None:
            found.append(Level(after, tell))
    if any(later.percent <= earlier.percent for earlier, later in pairwise(found)):
        section.reader.problems.add(section.mark_of("levels"), "levels_not_rising")
    return tuple(found)


def _consult(section: Section) -> Consult | None:
    own = section.section("consult", required=("within", "otherwise"), optional=("team",))
    if own is None:
        return None
    within, otherwise = reading.span(own, "within"), own.name("otherwise")
    team = own.name("team") or section.name("team")
    return None if within is None or otherwise is None or team is None else Consult(team.text, within, otherwise.text)


def otherwise_known(reader: Reader, sections: Mapping[str, Any], root: Section) -> None:
    """A consult turns into a promise whose kind the policy has; noted where the section stands."""
    kinds = sections.get("promises") or {}
    for department in (sections.get("departments") or {}).values():
        if department.consult is not None and department.consult.otherwise not in kinds:
            reader.problems.unknown(root.mark_of("departments"), "unknown_promise", department.consult.otherwise, kinds)
