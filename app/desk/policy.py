"""`policy.yaml`: what the business decides about time, word and money; a section a subject, each read by the room it is of.

`SECTIONS` is the one list of them. A section that the file leaves out is what its room makes of nothing: no clocks, no rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from app.commitments.appeals import AppealRules, read_appeals
from app.commitments.incidents import IncidentRules, read_incidents
from app.complaints.repeats import RepeatRules, read_repeats
from app.complaints.severity import SeverityRules, read_severity
from app.people.duty import Escalation, read_escalation
from app.texts import Words
from app.workflow.ports import Expression
from app.workflow.problems import DefinitionError, Problems, TooMany
from app.workflow.reader import Reader
from app.workflow.yaml_source import Node

POLICY = "policy"
"""The kind of the definition, and its name."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names of other files that a policy may use."""

    calendars: frozenset[str]
    roles: frozenset[str]
    compile: Callable[[str], Expression] | None = None


Read = Callable[[Reader, Node | None, Names], Any]
"""Reads one section; None where the file has none. What is wrong is noted in the reader's problems."""

SECTIONS: Mapping[str, Read] = {
    "appeals": read_appeals,
    "incidents": read_incidents,
    "repeats": read_repeats,
    "severity": read_severity,
    "escalation": read_escalation,
}


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy as published: each section under its name, as its room's reader made it."""

    version: int
    title: Words
    appeals: AppealRules | None = None
    incidents: IncidentRules | None = None
    repeats: RepeatRules | None = None
    severity: SeverityRules | None = None
    escalation: Escalation | None = None


def load_policy(text: str, names: Names, *, version: int = 0, source: str = "policy.yaml") -> Policy:
    """The policy in `text`. Raises DefinitionError with every problem, its line, its column and the nearest right name."""
    problems = Problems()
    policy: Policy | None = None
    with suppress(TooMany):
        policy = _read(Reader(text.removeprefix("\ufeff"), problems), names, version)
    if problems or policy is None:
        raise DefinitionError(problems.sorted(), source)
    return policy


def _read(reader: Reader, names: Names, version: int) -> Policy | None:
    root = reader.root(required=("title",), optional=tuple(SECTIONS))
    if root is None:
        return None
    title = root.words("title")
    sections = {name: read(reader, root.get(name), names) for name, read in SECTIONS.items()}
    return None if title is None else Policy(version, title, **sections)
