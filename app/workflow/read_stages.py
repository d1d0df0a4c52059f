"""The `stages:`, `timers:` and `messages:` sections."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from typing import get_args

from app.texts import Words
from app.workflow.definition import Duration, Kind, Script, Situation, Stage, Timer, Unit
from app.workflow.ports import Vocabulary
from app.workflow.reader import Known, Named, Places, Reader, Section
from app.workflow.yaml_source import Node

KINDS: tuple[Kind, ...] = get_args(Kind)
UNITS: tuple[Unit, ...] = get_args(Unit)
TMF = ("acknowledged", "inProgress", "held", "pending", "resolved", "closed", "cancelled", "rejected")
GATES = ("offer",)
LEAVING = "leaving"
TIMER_KEYS = ("title", "in", "trigger", "after", "at", "calendar", "ended_by")  # the first three are required
_DURATION = re.compile(r"([0-9]{1,6})\s*([a-z_]+)")
_EMOTIONS = re.compile(r"([1-5])(?:\s*-\s*([1-5]))?")
_LONGEST_DAYS = 3_660


def read_stages(reader: Reader, nodes: Mapping[Named, Node], places: Places) -> dict[str, Stage]:
    """All stages by name, in the order of the file."""
    stages: dict[str, Stage] = {}
    for name, node in nodes.items():
        section = reader.section(node, required=("title", "kind", "tmf"), optional=("gate", "scripts"))
        if section is None:
            continue
        title = section.words("title") or Words(name.text, name.text)
        kind_ = section.one_of("kind", KINDS, "unknown_kind")
        tmf = section.one_of("tmf", TMF, "unknown_tmf") or TMF[0]
        gate = section.one_of("gate", GATES, "unknown_gate")
        kind: Kind = next((k for k in KINDS if k == kind_), "working")
        stages[name.text] = Stage(name.text, title, kind, tmf, gate, _scripts(section, places))
        places.stages[name.text] = name.mark
    return stages


def _scripts(stage: Section, places: Places) -> tuple[Script, ...]:
    found: list[Script] = []
    for node in stage.items("scripts"):
        section = stage.reader.section(node, required=("say",), optional=("when",))
        words = None if section is None else section.words("say")
        if section is not None and words is not None:
            found.append(Script(_situation(section, places), words))
    default = Situation()
    if stage.get("scripts") is not None and all(script.when != default for script in found):
        stage.reader.problems.add(stage.mark_of("scripts"), "scripts_without_default")
    return tuple(found)


def _situation(script: Section, places: Places) -> Situation:
    when = script.section("when", optional=("motive", "segment", "emotion"))
    if when is None:
        return Situation()
    motives = when.names("motive")
    places.motives.extend(motives)
    return Situation(
        frozenset(n.text for n in motives),
        frozenset(n.text for n in when.names("segment")),
        _emotions(when),
    )


def _emotions(when: Section) -> frozenset[int]:
    node = when.get("emotion")
    scalar = None if node is None else when.reader.scalar(node)
    if scalar is None:
        return frozenset()
    match = _EMOTIONS.fullmatch(scalar.text.strip())
    low, high = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if low > high:
        when.reader.problems.add(scalar.mark, "not_an_emotion")
    return frozenset(range(low, high + 1))


def read_messages(reader: Reader, nodes: Mapping[Named, Node], vocabulary: Vocabulary) -> dict[str, Words]:
    """The texts sent to customers; their placeholders are known and the same in both languages."""
    messages: dict[str, Words] = {}
    for name, node in nodes.items():
        words = reader.words(node)
        if words is None:
            continue
        messages[name.text] = words
        zh, en = _placeholders(reader, name, words.zh), _placeholders(reader, name, words.en)
        if zh is None or en is None:
            continue
        for unknown in sorted((zh | en) - vocabulary.placeholders):
            reader.problems.unknown(name.mark, "unknown_placeholder", unknown, vocabulary.placeholders)
        if zh != en:
            reader.problems.add(name.mark, "placeholders_differ", names=", ".join(sorted(zh ^ en)))
    return messages


def _placeholders(reader: Reader, name: Named, text: str) -> set[str] | None:
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        reader.problems.add(name.mark, "broken_placeholder", name=name.text)
        return None
    return {field for _, field, _, _ in parts if field is not None}


def read_timers(
    reader: Reader, nodes: Mapping[Named, Node], vocabulary: Vocabulary, known: Known, places: Places
) -> dict[str, Timer]:
    """All timers by name; those whose names cannot be resolved are left out, with a problem each."""
    timers: dict[str, Timer] = {}
    for name, node in nodes.items():
        section = reader.section(node, required=TIMER_KEYS[:3], optional=TIMER_KEYS[3:])
        timer = None if section is None else _timer(section, name, vocabulary, known)
        if timer is not None:
            timers[name.text] = timer
            places.timers[name.text] = section.mark_of("trigger") if section is not None else name.mark
    return timers


def _timer(section: Section, name: Named, vocabulary: Vocabulary, known: Known) -> Timer | None:
    problems = section.reader.problems
    title = section.words("title") or Words(name.text, name.text)
    stages = known.these(problems, section.names("in"), known.stages, "unknown_stage")
    trigger = known.this(problems, section.name("trigger"), known.transitions, "unknown_transition")
    ends = section.names("ended_by") or (Named(LEAVING, section.mark),)
    by_transitions = known.these(problems, ends, [*known.transitions, LEAVING], "unknown_transition")
    after, at = _after(section), _at(section, vocabulary)
    if (section.get("after") is None) == (section.get("at") is None):
        problems.add(section.mark, "after_or_at")
    calendar = section.one_of("calendar", vocabulary.calendars, "unknown_calendar") or "always"
    if after is not None and after.unit == "working_days" and calendar == "always":
        problems.add(section.mark_of("after"), "working_days_need_calendar")
    if trigger is None or not stages or (after is None and at is None):
        return None
    return Timer(
        name.text,
        title,
        frozenset(stages),
        trigger,
        calendar,
        after=after,
        at=at,
        by_leaving=LEAVING in by_transitions,
        by_transitions=frozenset(by_transitions) - {LEAVING},
    )


def _after(timer: Section) -> Duration | None:
    node = timer.get("after")
    scalar = None if node is None else timer.reader.scalar(node)
    if scalar is None:
        return None
    problems, match = timer.reader.problems, _DURATION.fullmatch(scalar.text.strip())
    if match is None:
        problems.add(scalar.mark, "not_a_duration")
        return None
    # "1 day" and "7 days" are both what people write.
    unit = next((u for u in UNITS if match[2] in {u, u.removesuffix("s")}), None)
    if unit is None:
        problems.unknown(scalar.mark, "unknown_unit", match[2], UNITS)
        return None
    duration = Duration(int(match[1]), unit)
    days = duration.amount if duration.span is None else duration.span.total_seconds() / 86_400
    if not 0 < days <= _LONGEST_DAYS:
        problems.add(scalar.mark, "duration_out_of_range", days=_LONGEST_DAYS)
        return None
    return duration


def _at(timer: Section, vocabulary: Vocabulary) -> str | None:
    node = timer.get("at")
    scalar = None if node is None else timer.reader.scalar(node)
    if scalar is None:
        return None
    stamps = {name for name, type_ in vocabulary.facts.items() if type_ == "timestamp"}
    if scalar.text in stamps:
        return scalar.text
    if scalar.text in vocabulary.facts:
        timer.reader.problems.choose(scalar.mark, "not_a_timestamp", stamps, name=scalar.text)
    else:
        timer.reader.problems.unknown(scalar.mark, "unknown_fact", scalar.text, stamps)
    return None
