"""`tags.yaml`: the library of causes in two levels, checked when it is read; what a complaint may be tagged with."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from app.errors import Reason
from app.texts import Words
from app.workflow.problems import DefinitionError, Mark, Problem, Problems, TooMany
from app.workflow.reader import Named, Reader, Section
from app.workflow.telling import cut, unknown
from app.workflow.yaml_source import Node

TAGS: Final = "tags"
"""The kind of the definition, and its name."""
SENSITIVITIES: Final = ("low", "cond", "hard")
"""How careful to be: ordinary, ordinary only once it is well resolved, never an offer."""
_LEAF: Final = re.compile(r"^[a-z][a-z0-9_-]{0,39}\.[a-z][a-z0-9_-]{0,39}$")


@dataclass(frozen=True, slots=True)
class Tag:
    """A cause: the leaf of a group, where in the customer's life with us it lies, how careful to be."""

    id: str
    title: Words
    group: str
    node: str
    sensitivity: str


@dataclass(frozen=True, slots=True)
class Library:
    """A version of the library. A complaint may have a leaf or, while nobody knows more, a group."""

    version: int
    title: Words
    nodes: Mapping[str, Words]
    sensitivities: Mapping[str, Words]
    groups: Mapping[str, Words]
    tags: Mapping[str, Tag]

    @property
    def names(self) -> frozenset[str]:
        """Every id that a complaint may be tagged with."""
        return frozenset({*self.groups, *self.tags})

    def title_of(self, name: str) -> Words | None:
        """The title of a leaf or a group; None for one that this version does not have."""
        tag = self.tags.get(name)
        return tag.title if tag is not None else self.groups.get(name)

    def refused(self, tags: Sequence[str], where: str = "tags", *, before: Collection[str] = ()) -> list[Reason]:
        """A reason for each of `tags` that is not in the library. Those had `before` stay, though they were retired since."""
        wrong = [(n, tag) for n, tag in enumerate(tags) if tag not in self.names and tag not in before]
        return [self._unknown(tag, f"{where}[{n}]", self.names) for n, tag in wrong]

    def refused_cause(self, tag: str, where: str) -> Reason | None:
        """The reason why `tag` cannot be a cause, None when it can: a cause is a leaf, for a group says too little."""
        return None if tag in self.tags else self._unknown(tag, where, self.tags)

    @staticmethod
    def _unknown(tag: str, where: str, known: Collection[str]) -> Reason:
        return unknown("tag_unknown", where, tag, known)


def load_tags(text: str, *, version: int = 0, source: str = "tags.yaml") -> Library:
    """The library in `text`. Raises DefinitionError with every problem, its line, its column and the nearest right name."""
    found = _loaded(text)
    if not isinstance(found, Library):
        raise DefinitionError(found, source)
    return replace(found, version=version)


@lru_cache(maxsize=16)
def _loaded(text: str) -> Library | Sequence[Problem]:
    """The library, or what is wrong. Kept, as workflows are: a start checks, publishes and runs the same text."""
    problems = Problems()
    library: Library | None = None
    with suppress(TooMany):
        library = _library(Reader(text.removeprefix("\ufeff"), problems))
    return problems.sorted() if problems or library is None else library


def _library(reader: Reader) -> Library | None:
    root = reader.root(required=("title", "nodes", "sensitivities", "groups"), optional=())
    if root is None:
        return None
    title = root.words("title")
    nodes = _titled(reader, root.entries("nodes"))
    sensitivities = _titled(reader, root.entries("sensitivities"), SENSITIVITIES)
    groups: dict[str, Words] = {}
    tags: dict[str, Tag] = {}
    for node in root.items("groups"):
        section = reader.section(node, required=("id", "title", "tags"))
        named = section.name("id") if section is not None else None
        if section is None or named is None:
            continue
        if named.text in groups:
            reader.problems.add(named.mark, "named_twice", name=named.text)
        words = section.words("title")
        if words is not None:
            groups[named.text] = words
        for leaf in section.items("tags"):
            _tag(reader, leaf, named.text, nodes, sensitivities, tags)
    return None if title is None else Library(0, title, nodes, sensitivities, groups, tags)


def _titled(reader: Reader, entries: Mapping[Named, Node], known: Collection[str] | None = None) -> dict[str, Words]:
    """Names with their titles; of those that are `known` none may be missing."""
    found: dict[str, Words] = {}
    for named, node in entries.items():
        if known is not None and named.text not in known:
            reader.problems.unknown(named.mark, "unknown_key", named.text, known)
            continue
        words = reader.words(node)
        if words is not None:
            found[named.text] = words
    return found


def _tag(
    reader: Reader, node: Node, group: str, nodes: Collection[str], sensitivities: Collection[str], tags: dict[str, Tag]
) -> None:
    """Read one leaf into `tags`."""
    section = reader.section(node, required=("id", "title", "node", "sensitivity"))
    if section is None:
        return
    found = _leaf(reader, section, group)
    title = section.words("title")
    place = section.one_of("node", nodes, "tag_node_unknown")
    care = section.one_of("sensitivity", sensitivities, "tag_sensitivity_unknown")
    if found is None:
        return
    name, mark = found
    if name in tags:
        reader.problems.add(mark, "named_twice", name=name)
    if title is not None and place is not None and care is not None:
        tags[name] = Tag(name, title, group, place, care)


def _leaf(reader: Reader, section: Section, group: str) -> tuple[str, Mark] | None:
    node = section.get("id")
    scalar = None if node is None else reader.scalar(node)
    if scalar is None:
        return None
    if not _LEAF.fullmatch(scalar.text):
        reader.problems.add(scalar.mark, "tag_id", name=cut(scalar.text), group=group)
        return None
    if scalar.text.partition(".")[0] != group:
        near = f"{group}.{scalar.text.partition('.')[2]}"
        reader.problems.add(scalar.mark, "tag_of_other_group", near, name=cut(scalar.text), group=group)
        return None
    return scalar.text, scalar.mark
