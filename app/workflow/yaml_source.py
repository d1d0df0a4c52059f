"""YAML as a tree of marked values: nothing is constructed, duplicates and bombs are refused, every place is known.

Scalars keep the text that was written, so that an option called `yes` or `no` stays what its author typed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

from app.workflow.problems import Mark, Problems
from app.workflow.telling import cut

MAX_TEXT = 500_000
MAX_NODES = 50_000
MAX_DEPTH = 40
_TAG = "tag:yaml.org,2002:"
_KINDS = {"str", "int", "bool", "null", "float", "timestamp", "map", "seq", "merge", "value"}
_UNPRINTABLE = re.compile("[^\\t\\n\\r -~\\x85\\xa0-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A plain value: its text, the kind YAML sees in it (str, int, bool, null …), where it starts in the source."""

    text: str
    kind: str
    mark: Mark
    start: int
    plain: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of a mapping with its value."""

    key: Scalar
    value: Node


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping in the order of the file, each key once."""

    entries: tuple[Entry, ...]
    mark: Mark

    def get(self, name: str) -> Node | None:
        """The value of key `name`."""
        return next((e.value for e in self.entries if e.key.text == name), None)


@dataclass(frozen=True, slots=True)
class Items:
    """A sequence."""

    items: tuple[Node, ...]
    mark: Mark


Node = Scalar | Table | Items


def compose(text: str, problems: Problems) -> Node | None:
    """The tree of `text`, or None when it is no YAML that can be read at all."""
    if len(text) > MAX_TEXT:
        problems.add(Mark(1, 1), "file_too_large", limit=MAX_TEXT)
        return None
    if bad := _UNPRINTABLE.search(text):
        problems.add(_mark_of(text, bad.start()), "not_yaml_character", character=f"U+{ord(bad[0]):04X}")
        return None
    try:
        # libyaml composes by recursion on the C stack, so that depth is measured on the flat events first.
        if not _shallow(text, problems):
            return None
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        place = error.problem_mark or error.context_mark
        mark = Mark(place.line + 1, place.column + 1) if place else Mark(1, 1)
        problems.add(mark, "not_yaml", detail=error.problem or error.context or "")
        return None
    if root is None:
        problems.add(Mark(1, 1), "empty_file")
        return None
    try:
        _Measure().height(root, 0)
    except _TooMuch as much:
        problems.add(_mark(much.node), much.code, limit=much.limit)
        return None
    return _Convert(problems).node(root)


def _mark_of(text: str, index: int) -> Mark:
    before = text[:index]
    return Mark(before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1)


def _mark(node: Any) -> Mark:
    """Where a node or an event of PyYAML starts."""
    return Mark(node.start_mark.line + 1, node.start_mark.column + 1)


def _shallow(text: str, problems: Problems) -> bool:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                problems.add(_mark(event), "too_deep", limit=MAX_DEPTH)
                return False
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return True


class _TooMuch(Exception):
    """Ends the measuring from any depth."""

    def __init__(self, code: str, node: yaml.Node, limit: int) -> None:
        super().__init__(code)
        self.code, self.node, self.limit = code, node, limit


class _Measure:
    """Size and height of the tree with all aliases written out, summed without walking the copies."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[int, int]] = {}
        self._open: set[int] = set()

    def height(self, node: yaml.Node, depth: int) -> int:
        """How deep the tree goes below `node`; raises _TooMuch for cycles and for what is too large or too deep."""
        if id(node) in self._open:
            raise _TooMuch("alias_cycle", node, MAX_DEPTH)
        if id(node) not in self._known:
            self._open.add(id(node))
            heights = [self.height(child, depth + 1) for child in _children(node)]
            self._open.discard(id(node))
            size = 1 + sum(self._known[id(child)][0] for child in _children(node))
            if size > MAX_NODES:
                raise _TooMuch("alias_bomb", node, MAX_NODES)
            self._known[id(node)] = size, 1 + max(heights, default=0)
        height = self._known[id(node)][1]
        if depth + height > MAX_DEPTH + 1:
            raise _TooMuch("too_deep", node, MAX_DEPTH)
        return height


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return node.value if isinstance(node, yaml.SequenceNode) else []


class _Convert:
    """PyYAML's nodes into ours; refuses explicit tags, keys that are no names, and the same key twice."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems

    def node(self, node: yaml.Node) -> Node:
        kind = node.tag.removeprefix(_TAG)
        if kind not in _KINDS:
            self._problems.add(_mark(node), "explicit_tag", tag=cut(kind))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node)
        if isinstance(node, yaml.SequenceNode):
            return Items(tuple(self.node(item) for item in node.value), _mark(node))
        return Scalar(str(node.value), kind, _mark(node), node.start_mark.index, plain=not getattr(node, "style", None))

    def _mapping(self, node: yaml.MappingNode) -> Table:
        entries: dict[str, Entry] = {}
        for key_node, value_node in node.value:
            key = self.node(key_node)
            value = self.node(value_node)
            if not isinstance(key, Scalar):
                self._problems.add(key.mark, "key_not_a_name")
            elif key.text in entries:
                first = entries[key.text].key.mark.line
                self._problems.add(key.mark, "duplicate_key", name=key.text, first=first)
            else:
                entries[key.text] = Entry(key, value)
        return Table(tuple(entries.values()), _mark(node))


def place_within(source: str, scalar: Scalar, line: int, column: int) -> Mark:
    """Where a character of a scalar's value stands in the file; `line` and `column` count from 1 in the value.

    Works for plain, quoted, literal and folded scalars: the value's visible characters are found again in the source.
    """
    lines = scalar.text.split("\n")
    offset = sum(len(part) + 1 for part in lines[: line - 1]) + column - 1
    wanted = [c for c in scalar.text[:offset] if not c.isspace()]
    at = scalar.start
    if not scalar.plain:
        # Past the quote, or past the line of `|` and `>` with its indicators.
        at = source.index("\n", at) + 1 if source[at] in "|>" else at + 1
    for character in wanted:
        while at < len(source) and source[at] != character:
            at += 1
        at += 1
    while at < len(source) and source[at].isspace():
        at += 1
    return _mark_of(source, min(at, len(source)))
