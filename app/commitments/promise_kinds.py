"""Kinds of promises as the policy has them: whose work they hang on, who may make them, when somebody is reminded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from app.calendars.span import Span
from app.commitments import reading
from app.errors import Invalid
from app.texts import Words
from app.workflow.reader import Reader, Section
from app.workflow.reading import Names, chosen
from app.workflow.telling import unknown
from app.workflow.yaml_source import Node

Word = Literal["result", "progress"]
WORDS: Final = ("result", "progress")
DEFAULT_CALENDAR: Final = "service"


@dataclass(frozen=True, slots=True)
class PromiseKind:
    """A kind of promise.

    `word`: "result" (it will be done by then) or "progress" (I will tell you by then). One of a `department` is counted on
    its calendar, and bound to its lead time. `lead_time` is the earliest for a result, the usual time for what is promised
    by itself. `remind` and `likely_break` say how long before it is due.
    """

    name: str
    title: Words
    word: Word
    calendar: str
    roles: frozenset[str]
    department: str | None = None
    lead_time: Span | None = None
    remind: Span | None = None
    likely_break: Span | None = None


PromiseKinds = Mapping[str, PromiseKind]


def promise_kind(kinds: PromiseKinds, name: str, where: str = "kind") -> PromiseKind:
    """The kind `name`. Raises Invalid with the nearest name, or all there are."""
    found = kinds.get(name)
    if found is None:
        raise Invalid(unknown("promise_kind_unknown", where, name, kinds))
    return found


def read_promises(reader: Reader, node: Node | None, names: Names) -> PromiseKinds | None:
    """The section `promises`; None where the file has none."""
    if node is None:
        return None
    optional = ("department", "calendar", "lead_time", "remind", "likely_break")
    found: dict[str, PromiseKind] = {}
    for named, value in reader.entries(node).items():
        section = reader.section(value, required=("title", "word", "roles"), optional=optional)
        made = None if section is None else _kind(section, named.text, names)
        if made is not None:
            found[named.text] = made
    return found


def _kind(section: Section, name: str, names: Names) -> PromiseKind | None:
    title, word = section.words("title"), section.one_of("word", WORDS, "unknown_word")
    roles, department = frozenset(chosen(section, "roles", names.roles, "unknown_role")), section.name("department")
    calendar = reading.calendar(section, names) or DEFAULT_CALENDAR
    if department is not None and section.get("calendar") is not None:
        section.reader.problems.add(section.mark_of("calendar"), "calendar_of_department")
    spans = [reading.span(section, key) for key in ("lead_time", "remind", "likely_break")]
    if title is None or word is None or (department is None and section.get("department") is not None):
        return None
    told: Word = "result" if word == "result" else "progress"
    return PromiseKind(name, title, told, calendar, roles, department.text if department else None, *spans)


def departments_known(reader: Reader, sections: Mapping[str, Any], root: Section) -> None:
    """A promise names a department that the policy has; noted where the section stands."""
    departments = sections.get("departments") or {}
    for kind in (sections.get("promises") or {}).values():
        if kind.department is not None and kind.department not in departments:
            reader.problems.unknown(root.mark_of("promises"), "unknown_department", kind.department, departments)
