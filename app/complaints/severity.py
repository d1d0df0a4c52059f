"""Severity: four levels with written criteria, and which level those that hold suggest. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.texts import Words
from app.workflow.ports import Expression, ExpressionError
from app.workflow.reader import Reader, Section
from app.workflow.reading import Names, number
from app.workflow.yaml_source import Node, place_within

KINDS: Final = ("amount", "safety", "vulnerable", "outside", "group", "repeat", "other")
"""What a criterion is about; `outside`: media, regulator, court."""
LEVELS: Final = (1, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class Level:
    """One of the four."""

    level: int
    title: Words
    says: Words


@dataclass(frozen=True, slots=True)
class Criterion:
    """What makes a complaint as severe as `level`. Without `when` a person judges it, and nothing is suggested."""

    name: str
    kind: str
    level: int
    says: Words
    when: Expression | None


@dataclass(frozen=True, slots=True)
class SeverityRules:
    """All four levels, the lowest first, and the criteria in the order of the file."""

    levels: tuple[Level, ...]
    criteria: tuple[Criterion, ...]

    @property
    def facts(self) -> frozenset[str]:
        """What the conditions ask."""
        return frozenset(name for one in self.criteria if one.when is not None for name in one.when.names)

    def suggested(self, known: Mapping[str, object]) -> tuple[int, tuple[Criterion, ...]]:
        """The highest level of the criteria that hold on the facts `known`, and those criteria, the highest first."""
        held = [one for one in self.criteria if one.when is not None and one.when.evaluate(known).value is True]
        held.sort(key=lambda one: -one.level)
        return max((one.level for one in held), default=LEVELS[0]), tuple(held)


def read_severity(reader: Reader, node: Node | None, names: Names) -> SeverityRules | None:
    """The section `severity`."""
    section = None if node is None else reader.section(node, required=("levels", "criteria"))
    if section is None:
        return None
    levels: list[Level] = []
    for inner in section.entries("levels").values():
        told = reader.section(inner, required=("level", "title", "says"))
        if told is None:
            continue
        level, title, says = _level(told), told.words("title"), told.words("says")
        if level is not None and title is not None and says is not None:
            levels.append(Level(level, title, says))
    if not reader.problems and sorted(one.level for one in levels) != list(LEVELS):
        reader.problems.add(section.mark_of("levels"), "severity_levels")
    found = (_criterion(reader, named.text, inner, names) for named, inner in section.entries("criteria").items())
    ordered = sorted(levels, key=lambda one: one.level)
    return SeverityRules(tuple(ordered), tuple(one for one in found if one is not None))


def _criterion(reader: Reader, name: str, node: Node, names: Names) -> Criterion | None:
    told = reader.section(node, required=("kind", "level", "says"), optional=("when",))
    if told is None:
        return None
    kind, level, says = told.one_of("kind", KINDS, "unknown_policy_name"), _level(told), told.words("says")
    when: Expression | None = None
    inner = told.get("when")
    scalar = reader.scalar(inner) if inner is not None else None
    if scalar is not None and names.compile is not None:
        try:
            when = names.compile(scalar.text)
        except ExpressionError as error:
            for each in (error, *error.more):
                mark = place_within(reader.text, scalar, each.line, each.column)
                reader.problems.add(mark, "expression", detail=each.words)
            return None
    return None if kind is None or level is None or says is None else Criterion(name, kind, level, says, when)


def _level(section: Section) -> int | None:
    return number(section, "level", LEVELS[0], LEVELS[-1])


def told(rules: SeverityRules, known: Mapping[str, object]) -> dict[str, Any] | None:
    """What the criteria suggest, as events keep it; None where none holds."""
    level, held = rules.suggested(known)
    return {"level": level, "criteria": [one.name for one in held]} if held else None
