"""Small readers that the sections of a policy share: a value or a list of a form, a number with bounds, names that are known.

Each gives what it read, or notes a problem at its place and leaves it out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from app.texts import Words
from app.workflow.ports import Expression
from app.workflow.reader import Section
from app.workflow.telling import cut
from app.workflow.yaml_source import Items, Scalar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Names:
    """The names of other files that a policy may use; `tags` and `segments` None: they were checked when it was published."""

    calendars: frozenset[str]
    roles: frozenset[str]
    compile: Callable[[str], Expression] | None = None
    tags: frozenset[str] | None = None
    segments: frozenset[str] | None = None

    @property
    def tagging(self) -> frozenset[str] | None:
        """What a rule may ask of tags: one, or all of a group as `group` or `group.*`."""
        groups = {tag.partition(".")[0] for tag in self.tags or ()}
        return None if self.tags is None else self.tags | {f"{group}.*" for group in groups}


def one_value(section: Section, name: str, parse: Callable[[str], T], code: str, **params: object) -> T | None:
    """What `parse` makes of a plain value; None where the key is absent, or where it raises ValueError: the problem `code`."""
    node = section.get(name)
    scalar = None if node is None else section.reader.scalar(node)
    return None if scalar is None else _parsed(section, scalar, parse, code, params)


def each_value(section: Section, name: str, parse: Callable[[str], T], code: str, **params: object) -> tuple[T, ...]:
    """One plain value or a list of them, each as `parse` makes it."""
    found = (_parsed(section, scalar, parse, code, params) for scalar in _scalars(section, name))
    return tuple(one for one in found if one is not None)


def each_of(
    section: Section, name: str, known: Collection[str] | None, code: str, form: tuple[Callable[[str], str], str] | None = None
) -> tuple[str, ...]:
    """One plain text or a list of them, each of `known` (None: any will do), such as `net.slow`.

    `form`: a parser, and the problem of a text that it refuses; such a one is not looked for.
    """
    parse, wrong = form or (str, code)
    found = []
    for scalar in _scalars(section, name):
        text = _parsed(section, scalar, parse, wrong, {})
        if text is not None and known is not None and text not in known:
            section.reader.problems.unknown(scalar.mark, code, text, known)
        found.append(text)
    return tuple(text for text in found if text is not None)


def _scalars(section: Section, name: str) -> Iterator[Scalar]:
    node = section.get(name)
    if node is None:
        return
    if isinstance(node, Items) and not node.items:
        section.reader.problems.add(node.mark, "empty_list")
    for item in node.items if isinstance(node, Items) else (node,):
        scalar = section.reader.scalar(item)
        if scalar is not None:
            yield scalar


def _parsed(section: Section, scalar: Scalar, parse: Callable[[str], T], code: str, params: Mapping[str, object]) -> T | None:
    try:
        return parse(scalar.text)
    except ValueError:
        section.reader.problems.add(scalar.mark, code, None, name=cut(scalar.text), **params)
        return None


def of_form(pattern: re.Pattern[str]) -> Callable[[str], str]:
    """A parser that takes the whole text, if it is of the form."""

    def parse(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(text)
        return text

    return parse


def number(section: Section, name: str, low: int, high: int) -> int | None:
    """A whole number from `low` to `high`; None where the key is absent."""
    found = section.integer(name)
    if found is not None and not low <= found <= high:
        section.reader.problems.add(section.mark_of(name), "bound_out_of_range", low=low, high=high)
        return None
    return found


def chosen(section: Section, name: str, known: Collection[str], code: str) -> tuple[str, ...]:
    """One name or a list of names, each of `known`."""
    found = []
    for named in section.names(name):
        if named.text in known:
            found.append(named.text)
        else:
            section.reader.problems.unknown(named.mark, code, named.text, known)
    return tuple(found)


def titled(section: Section, name: str) -> Mapping[str, Words]:
    """Names of the author's choice, each with its words in both languages."""
    found = {named.text: section.reader.words(node) for named, node in section.entries(name).items()}
    return {name: words for name, words in found.items() if words is not None}


def sentences(section: Section, name: str) -> tuple[Words, ...]:
    """A list of texts in both languages."""
    found = (section.reader.words(node) for node in section.items(name))
    return tuple(words for words in found if words is not None)
