"""Reads the section `clocks` of the policy; every mistake with its place and the remedy."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Final, get_args

from app.calendars.line import SECOND
from app.calendars.span import Span, parse_some
from app.commitments import reading
from app.commitments.clock_policy import BREACH, Actions, ClockRule, Clocks, Level, Target, When
from app.workflow.definition import MEANINGS, Kind
from app.workflow.reader import Named, Reader, Section
from app.workflow.reading import Names, chosen, each_of, each_value, of_form, one_value
from app.workflow.yaml_source import Node, Scalar

KINDS: Final = frozenset(get_args(Kind))
CONTACTS: Final = frozenset({"in", "out"})
PEOPLE: Final = frozenset({"owner", "assignee", "team"})
REASSIGN: Final = frozenset({"owner", "duty", "team"})
_TARGET: Final = ("segment", "severity", "tag", "channel", "team", "workflow", "calendar")
_ACTIONS: Final = ("notify", "reassign", "team", "severity", "transition")
_WHEN: Final = ("opened", "moved", "means", "kind", "contact")
_TAG: Final = of_form(re.compile(r"[a-z][a-z0-9_-]*(\.([a-z0-9_-]+|\*))?"))
_LABEL: Final = of_form(re.compile(r"\S(.{0,78}\S)?"))
_PERCENT: Final = of_form(re.compile(r"([1-9][0-9]?)\s*%"))
_BEFORE: Final = {"minutes": 60, "hours": 3_600}
_NOTHING: Final = "none"


def read_clocks(reader: Reader, node: Node | None, names: Names) -> Clocks:
    """The clocks by name, in the order of the file; none where there is no section."""
    found: dict[str, ClockRule] = {}
    for named, value in reader.entries(node).items() if node is not None else ():
        rule = _rule(reader, named, value, names)
        if rule is not None:
            found[named.text] = rule
    return MappingProxyType(found)


def _rule(reader: Reader, named: Named, node: Node, names: Names) -> ClockRule | None:
    optional = ("stops", "resumes", "restarts", "pauses", "warn", BREACH)
    section = reader.section(node, required=("title", "calendar", "starts", "targets"), optional=optional)
    if section is None:
        return None
    title = section.words("title")
    calendar = _calendar(section, "calendar", names)
    starts, stops, resumes, restarts = (_when(section, key) for key in ("starts", "stops", "resumes", "restarts"))
    if starts == When() and section.get("starts") is not None:
        reader.problems.add(section.mark_of("starts"), "clock_never_starts")
    targets = _targets(section, calendar, names)
    warns = _warns(section, names)
    at_breach = section.section(BREACH, optional=_ACTIONS)
    breach = Level(BREACH, actions=Actions() if at_breach is None else _actions(at_breach, names))
    pauses = _pauses(section)
    if title is None or not targets:
        return None
    return ClockRule(named.text, title, starts, stops, resumes, restarts, pauses, targets, warns, breach)


def _calendar(section: Section, key: str, names: Names) -> str | None:
    return section.one_of(key, names.calendars, "unknown_calendar") if section.get(key) is not None else None


def _when(section: Section, key: str) -> When:
    inner = section.section(key, optional=_WHEN)
    if inner is None:
        return When()
    return When(
        inner.flag("opened"),
        inner.flag("moved"),
        frozenset(chosen(inner, "means", MEANINGS, "unknown_meaning")),
        frozenset(chosen(inner, "kind", KINDS, "unknown_kind")),
        frozenset(chosen(inner, "contact", CONTACTS, "unknown_contact")),
    )


def _pauses(section: Section) -> frozenset[str]:
    """In stages of which kinds the clock rests: while we wait for the customer, unless the file says otherwise."""
    node = section.get("pauses")
    if node is None:
        return frozenset({"waiting_customer"})
    if isinstance(node, Scalar) and node.text == _NOTHING:
        return frozenset()
    return frozenset(chosen(section, "pauses", KINDS, "unknown_kind"))


def _targets(section: Section, calendar: str | None, names: Names) -> tuple[Target, ...]:
    """The rows in order; the last fits all, and only the last."""
    problems = section.reader.problems
    nodes = section.items("targets")
    found: list[Target] = []
    for row, node in enumerate(nodes, start=1):
        inner = section.reader.section(node, required=("within",), optional=_TARGET)
        if inner is None:
            continue
        within = one_value(inner, "within", _within, "not_a_span")
        own = _calendar(inner, "calendar", names) or calendar
        target = Target(
            row,
            *(within or (Span(working=False, days=1), "")),
            own or "always",
            frozenset(each_of(inner, "segment", names.segments, "unknown_segment")),
            reading.severities(inner),
            each_of(inner, "tag", names.tagging, "tag_unknown", (_TAG, "not_a_tag")),
            frozenset(each_value(inner, "channel", _LABEL, "not_a_label")),
            frozenset(each_value(inner, "team", _LABEL, "not_a_label")),
            frozenset(each_value(inner, "workflow", _LABEL, "not_a_label")),
        )
        found.append(target)
        conditions = any(inner.get(key) is not None for key in _TARGET if key != "calendar")
        if row < len(nodes) and not conditions:
            problems.add(inner.mark, "clock_rows_below")
        elif row == len(nodes) and conditions:
            problems.add(inner.mark, "clock_last_row")
    if not nodes and section.get("targets") is not None:
        problems.add(section.mark_of("targets"), "clock_last_row")
    return tuple(found)


def _within(text: str) -> tuple[Span, str]:
    """The time and how it is told."""
    told = " ".join(text.split())
    return parse_some(told), told


def _warns(section: Section, names: Names) -> tuple[Level, ...]:
    found: dict[str, Level] = {}
    for node in section.items("warn"):
        inner = section.reader.section(node, optional=("at", "before", *_ACTIONS))
        if inner is None:
            continue
        level = _level(inner, _actions(inner, names))
        if level is not None and level.name in found:
            section.reader.problems.add(inner.mark, "named_twice", name=level.name)
        elif level is not None:
            found[level.name] = level
    return tuple(found.values())


def _level(section: Section, actions: Actions) -> Level | None:
    if (section.get("at") is None) == (section.get("before") is None):
        section.reader.problems.add(section.mark, "level_at_or_before")
        return None
    if section.get("at") is not None:
        text = one_value(section, "at", _PERCENT, "not_a_share")
        share = None if text is None else text.rstrip("% ")
        return None if share is None else Level(share, percent=int(share), actions=actions)
    before = one_value(section, "before", _before, "not_a_time_before")
    return None if before is None else Level(before[0], before=before[1], actions=actions)


def _before(text: str) -> tuple[str, int]:
    """The name of a level that is so much before the breach, and how much that is, in microseconds."""
    number, _, unit = text.strip().partition(" ")
    unit = unit.strip().removeprefix("working_")
    seconds = _BEFORE.get(unit) or _BEFORE.get(f"{unit}s")
    if not re.fullmatch(r"[1-9][0-9]{0,4}", number) or seconds is None:
        raise ValueError(text)
    return f"{number}{unit[0]}_before", int(number) * seconds * SECOND


def _actions(section: Section, names: Names) -> Actions:
    """What is done at a level."""
    known = PEOPLE | (frozenset(names.roles) - {"system"})
    notify = chosen(section, "notify", known, "unknown_notified")
    reassign = section.one_of("reassign", REASSIGN, "unknown_reassign") if section.get("reassign") is not None else None
    team = one_value(section, "team", _LABEL, "not_a_label")
    if (reassign == "team") != (team is not None):
        section.reader.problems.add(section.mark_of("team"), "reassign_needs_team")
    severity = section.integer("severity") if section.get("severity") is not None else None
    if severity is not None and not 1 <= severity <= 4:
        section.reader.problems.add(section.mark_of("severity"), "not_a_severity", name=str(severity))
    step = section.name("transition")
    if step is None:
        return Actions(notify, reassign, team, severity)
    return Actions(notify, reassign, team, severity, step.text, step.mark.line)
