"""`policy.yaml`: what the business decides about time, word and money; a section a subject, each read by the room it is of.

`SECTIONS` is the one list of them. A section that the file leaves out is what its room makes of nothing: no clocks, no rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from app.catalogue.answers_policy import AnswersPolicy, read_answers
from app.commitments.appeals import AppealRules, read_appeals
from app.commitments.clock_policy import Clocks
from app.commitments.clock_reader import read_clocks
from app.commitments.compensation import Compensation
from app.commitments.compensation_loader import read_compensation
from app.commitments.departments import Departments, otherwise_known, read_departments
from app.commitments.feedback_policy import FeedbackPolicy, read_feedback
from app.commitments.incidents import IncidentRules, read_incidents
from app.commitments.promise_kinds import PromiseKinds, departments_known, read_promises
from app.complaints.repeats import RepeatRules, read_repeats
from app.complaints.severity import SeverityRules, read_severity
from app.contacts.channels import Channels, channels_known, read_channels
from app.people.duty import Escalation, read_escalation
from app.people.policy import CallersPolicy, PeoplePolicy, read_callers, read_people
from app.people.queue_policy import QueuePolicy, read_queue
from app.texts import Words
from app.workflow.problems import DefinitionError, Problem, Problems, TooMany
from app.workflow.reader import Reader, Section
from app.workflow.reading import Names
from app.workflow.yaml_source import Node

POLICY = "policy"
"""The kind of the definition, and its name."""


Read = Callable[[Reader, Node | None, Names], Any]
"""Reads one section; None where the file has none. What is wrong is noted in the reader's problems."""

SECTIONS: Mapping[str, Read] = {
    "channels": read_channels,
    "clocks": read_clocks,
    "departments": read_departments,
    "promises": read_promises,
    "people": read_people,
    "queue": read_queue,
    "callers": read_callers,
    "compensation": read_compensation,
    "appeals": read_appeals,
    "incidents": read_incidents,
    "repeats": read_repeats,
    "severity": read_severity,
    "escalation": read_escalation,
    "answers": read_answers,
    "feedback": read_feedback,
}

CHECKS: tuple[Callable[[Reader, Mapping[str, Any], Section], None], ...] = (departments_known, otherwise_known, channels_known)
"""What one section says of another; noted in the reader's problems."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy as published: each section under its name, as its room's reader made it."""

    version: int
    title: Words
    clocks: Clocks
    answers: AnswersPolicy
    feedback: FeedbackPolicy
    channels: Channels | None = None
    departments: Departments | None = None
    promises: PromiseKinds | None = None
    people: PeoplePolicy = field(default_factory=PeoplePolicy)
    queue: QueuePolicy = field(default_factory=QueuePolicy)
    callers: CallersPolicy | None = None
    compensation: Compensation | None = None
    appeals: AppealRules | None = None
    incidents: IncidentRules | None = None
    repeats: RepeatRules | None = None
    severity: SeverityRules | None = None
    escalation: Escalation | None = None


def load_policy(text: str, names: Names, *, version: int = 0, source: str = "policy.yaml") -> Policy:
    """The policy in `text`. Raises DefinitionError with every problem, its line, its column and the nearest right name."""
    found = _loaded(text, names)
    if not isinstance(found, Policy):
        raise DefinitionError(found, source)
    return replace(found, version=version)


@lru_cache(maxsize=16)
def _loaded(text: str, names: Names) -> Policy | Sequence[Problem]:
    """The policy, or what is wrong. Kept, as workflows are: a start checks, publishes and runs the same text."""
    problems = Problems()
    policy: Policy | None = None
    with suppress(TooMany):
        policy = _read(Reader(text.removeprefix("\ufeff"), problems), names)
    return problems.sorted() if problems or policy is None else policy


def _read(reader: Reader, names: Names) -> Policy | None:
    root = reader.root(required=("title",), optional=tuple(SECTIONS))
    if root is None:
        return None
    title = root.words("title")
    sections = {name: read(reader, root.get(name), names) for name, read in SECTIONS.items()}
    for check in CHECKS:
        check(reader, sections, root)
    return None if title is None else Policy(0, title, **sections)
