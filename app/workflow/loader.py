"""YAML into a `Definition`, or a `DefinitionError` that names every problem with line, column and nearest name.

The sections are read in the order in which they refer to each other; a misspelt reference is read as the nearest
right name, so that one slip does not raise ten errors. What concerns the flow as a whole stands in `checks`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache

from app.workflow import checks
from app.workflow.definition import Definition
from app.workflow.ports import Vocabulary
from app.workflow.problems import DefinitionError, Mark, Problem, Problems, TooMany
from app.workflow.read_forms import read_forms
from app.workflow.read_stages import read_messages, read_stages, read_timers
from app.workflow.read_steps import Book, read_transitions, recorded_names, sealed_names
from app.workflow.reader import Known, Named, Places, Reader, Section
from app.workflow.yaml_source import Node, Table

REQUIRED = ("workflow", "title", "start", "stages", "transitions")
OPTIONAL = ("role_groups", "forms", "timers", "messages")


def load(
    text: str,
    vocabulary: Vocabulary,
    *,
    name: str | None = None,
    version: int = 0,
    source: str = "complaint.yaml",
) -> Definition:
    """The definition in `text`; `name`, if given, must be its own. Raises DefinitionError with all problems."""
    found = _loaded(text, vocabulary, name)
    if not isinstance(found, Definition):
        raise DefinitionError(found, source)
    return replace(found, version=version)


@lru_cache(maxsize=16)
def _loaded(text: str, vocabulary: Vocabulary, name: str | None) -> Definition | Sequence[Problem]:
    """The definition, or what is wrong. Kept: a start checks, publishes and runs the same text, and reading takes 0.1 s."""
    problems = Problems()
    definition = None
    with suppress(TooMany):
        definition = _read(text.removeprefix("\ufeff"), vocabulary, problems, name)
    return problems.sorted() if problems or definition is None else definition


def _read(text: str, vocabulary: Vocabulary, problems: Problems, name: str | None) -> Definition | None:
    reader = Reader(text, problems)
    root = reader.root(required=REQUIRED, optional=OPTIONAL)
    if root is None:
        return None
    own = root.name("workflow")
    if own is not None and name is not None and own.text != name:
        problems.add(own.mark, "other_workflow", name=own.text, expected=name)
    title = root.words("title")
    nodes = {key: root.entries(key) for key in ("stages", "forms", "timers", "messages", "role_groups")}
    steps = root.items("transitions")
    known = Known(
        stages=_names(nodes["stages"]),
        forms=_names(nodes["forms"]),
        transitions=_step_names(steps),
        timers=_names(nodes["timers"]),
        messages=_names(nodes["messages"]),
    )
    places = Places(forms=_marks(nodes["forms"]), messages=_marks(nodes["messages"]))
    stages = read_stages(reader, nodes["stages"], places)
    forms = read_forms(reader, nodes["forms"])
    messages = read_messages(reader, nodes["messages"], vocabulary)
    groups = _groups(root, nodes["role_groups"], vocabulary)
    start = known.this(problems, root.name("start"), known.stages, "unknown_stage")
    book = Book(vocabulary, stages, forms, groups, known, places, recorded_names(forms), sealed_names(forms))
    transitions = read_transitions(reader, steps, book)
    timers = read_timers(reader, nodes["timers"], vocabulary, known, places)
    _enough(root, problems)
    if len(stages) < len(nodes["stages"]) or own is None or title is None or start not in stages:
        return None
    definition = Definition(
        own.text,
        title,
        start,
        stages,
        forms,
        transitions,
        timers={n: t for n, t in timers.items() if t.stages <= stages.keys()},
        messages=messages,
        types=vocabulary.facts,
    )
    checks.check(definition, places, problems)
    return definition


def _enough(root: Section, problems: Problems) -> None:
    for key in ("stages", "transitions"):
        node = root.get(key)
        if node is not None and not (node.entries if isinstance(node, Table) else getattr(node, "items", ())):
            problems.add(node.mark, "empty_section", name=key)


def _names(nodes: Mapping[Named, Node]) -> tuple[str, ...]:
    return tuple(named.text for named in nodes)


def _marks(nodes: Mapping[Named, Node]) -> dict[str, Mark]:
    return {named.text: named.mark for named in nodes}


def _step_names(steps: tuple[Node, ...]) -> tuple[str, ...]:
    """The names of the transitions, seen before they are read: timers and refusals refer to them."""
    found = (node.get("name") for node in steps if isinstance(node, Table))
    return tuple(dict.fromkeys(getattr(node, "text", "") for node in found if node is not None))


def _groups(root: Section, nodes: Mapping[Named, Node], vocabulary: Vocabulary) -> dict[str, frozenset[str]]:
    """Named sets of roles."""
    problems, known = root.reader.problems, Known()
    groups: dict[str, frozenset[str]] = {}
    for name, node in nodes.items():
        if name.text in vocabulary.roles:
            problems.add(name.mark, "group_named_as_role", name=name.text)
        roles = known.these(problems, root.reader.names(node), vocabulary.roles, "unknown_role")
        groups[name.text] = frozenset(roles)
    return groups


__all__ = ["DefinitionError", "load"]
