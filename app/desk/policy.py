"""`policy.yaml`: what the business decides about time, word and money; a section a subject, each read by the room it is of.

`SECTIONS` is the one list of them. A section that the file leaves out is what its room makes of nothing: no clocks, no rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from app.catalogue.answers_policy import AnswersPolicy, read_answers
from app.commitments.feedback_policy import FeedbackPolicy, read_feedback
from app.texts import Words
from app.workflow.problems import DefinitionError, Problems, TooMany
from app.workflow.reader import Reader
from app.workflow.yaml_source import Node

POLICY = "policy"
"""The kind of the definition, and its name."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names of other files that a policy may use; `tags` None: they were checked when it was published."""

    calendars: frozenset[str]
    roles: frozenset[str]
    tags: frozenset[str] | None = None


Read = Callable[[Reader, Node | None, Names], Any]
"""Reads one section; None where the file has none. What is wrong is noted in the reader's problems."""

SECTIONS: Mapping[str, Read] = {"answers": read_answers, "feedback": read_feedback}


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy as published: each section under its name, as its room's reader made it."""

    version: int
    title: Words
    answers: AnswersPolicy
    feedback: FeedbackPolicy


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
