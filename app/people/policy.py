"""The sections `people` and `callers` of the policy: what people can be able to do, and who calls often or is blocked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from app.people.reading import stretch
from app.texts import Words
from app.workflow.reader import Reader, Section
from app.workflow.reading import Names, each_of, number, sentences, titled
from app.workflow.yaml_source import Node

PHASES: Final = ("care_only", "opportunity", "advisor")
"""How far a team has come with service marketing, in order."""
PRESENCES: Final = ("available", "busy", "after_call", "break", "offline")
MOST_LEVEL: Final = 5
MOST_CAPACITY: Final = 500


@dataclass(frozen=True, slots=True)
class Needed:
    """Which complaints need a skill: those with one of `tags` (or of their groups), of a segment or from a severity on.

    It is asked for until the complaint has stood in its stage for `waits`; then anybody of the team may take it.
    """

    level: int
    tags: tuple[str, ...]
    segments: tuple[str, ...]
    severity: int | None
    waits: timedelta


@dataclass(frozen=True, slots=True)
class Skill:
    """What somebody can be able to do, and by which complaints it is needed."""

    title: Words
    needed: Needed | None


@dataclass(frozen=True, slots=True)
class PeoplePolicy:
    """The skills and languages that there are, by name; `capacity`: complaints in hand where nothing else is told."""

    skills: Mapping[str, Skill] = field(default_factory=dict)
    languages: Mapping[str, Words] = field(default_factory=dict)
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class Frequent:
    """Frequent is who has `complaints` complaints, or `contacts` contacts, in the last `days` days."""

    complaints: int | None
    contacts: int | None
    days: int
    team: str | None
    suggest: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Blocked:
    """What becomes of a blocked caller's complaint: the team it goes to; why somebody may be blocked, for how long at most."""

    team: str | None
    reasons: Mapping[str, Words]
    longest: timedelta
    suggest: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class CallersPolicy:
    """The section `callers`; None for a part that the file leaves out."""

    frequent: Frequent | None
    blocked: Blocked | None


def read_people(reader: Reader, node: Node | None, names: Names) -> PeoplePolicy:
    """The section `people`."""
    section = None if node is None else reader.section(node, optional=("skills", "languages", "capacity"))
    if section is None:
        return PeoplePolicy()
    capacity = number(section, "capacity", 1, MOST_CAPACITY)
    skills = {named.text: skill for named, value in section.entries("skills").items() if (skill := _skill(reader, value, names))}
    return PeoplePolicy(skills, titled(section, "languages"), capacity)


def _skill(reader: Reader, node: Node, names: Names) -> Skill | None:
    section = reader.section(node, required=("title",), optional=("needed",))
    title = None if section is None else section.words("title")
    if section is None or title is None:
        return None
    given = section.section("needed", optional=("level", "tags", "segments", "severity", "waits"))
    if given is None:
        return Skill(title, None)
    level, severity = number(given, "level", 1, MOST_LEVEL), number(given, "severity", 1, 4)
    waits = stretch(given, "waits", timedelta(minutes=30))
    tags = each_of(given, "tags", names.tags, "tag_unknown")
    segments = each_of(given, "segments", names.segments, "unknown_segment")
    needed = Needed(level or 1, tags, segments, severity, waits)
    if not (needed.tags or needed.segments or given.get("severity") is not None):
        reader.problems.add(given.mark, "skill_for_nothing")
    return Skill(title, needed)


def read_callers(reader: Reader, node: Node | None, _names: Names) -> CallersPolicy | None:
    """The section `callers`; None: nobody is told of frequent callers, and nobody can be blocked."""
    section = None if node is None else reader.section(node, optional=("frequent", "blocked"))
    if section is None:
        return None
    often = section.section("frequent", required=("days",), optional=("complaints", "contacts", "team", "suggest"))
    shut = section.section("blocked", required=("reasons",), optional=("team", "longest", "suggest"))
    return CallersPolicy(
        None if often is None else _frequent(often),
        None
        if shut is None
        else Blocked(
            _team(shut), titled(shut, "reasons"), stretch(shut, "longest", timedelta(days=90)), sentences(shut, "suggest")
        ),
    )


def _frequent(section: Section) -> Frequent:
    complaints, contacts = number(section, "complaints", 1, 1_000), number(section, "contacts", 1, 10_000)
    if section.get("complaints") is None and section.get("contacts") is None:
        section.reader.problems.add(section.mark, "missing_key", name="complaints, contacts")
    days = number(section, "days", 1, 730)
    return Frequent(complaints, contacts, days or 1, _team(section), sentences(section, "suggest"))


def _team(section: Section) -> str | None:
    node = section.get("team")
    scalar = None if node is None else section.reader.scalar(node)
    return None if scalar is None else scalar.text
