"""Typed reading of marked YAML: each method gives the value or notes a problem and gives None."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from app.texts import Words
from app.workflow.problems import Mark, Problems
from app.workflow.telling import cut, nearest
from app.workflow.yaml_source import Entry, Items, Node, Scalar, Table, compose

NAME = re.compile(r"^[a-z][a-z0-9_]{0,47}$")
MAX_WORDS = 4_000


@dataclass(frozen=True, slots=True)
class Named:
    """A name and where it stands."""

    text: str
    mark: Mark


@dataclass(slots=True)
class Places:
    """Where things stand, for checks that need the whole definition."""

    stages: dict[str, Mark] = field(default_factory=dict)
    forms: dict[str, Mark] = field(default_factory=dict)
    messages: dict[str, Mark] = field(default_factory=dict)
    timers: dict[str, Mark] = field(default_factory=dict)
    transitions: list[Mark] = field(default_factory=list)
    motives: list[Named] = field(default_factory=list)
    flow_broken: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """The names that a file defines; a misspelt one is read as the nearest, so that it is one problem and not ten."""

    stages: Collection[str] = ()
    forms: Collection[str] = ()
    transitions: Collection[str] = ()
    timers: Collection[str] = ()
    messages: Collection[str] = ()

    def this(self, problems: Problems, named: Named | None, known: Collection[str], code: str) -> str | None:
        """The name, or the one it was meant to be; None when there is none like it."""
        if named is None or named.text in known:
            return None if named is None else named.text
        problems.unknown(named.mark, code, named.text, known)
        return nearest(named.text, known)

    def these(self, problems: Problems, names: Iterable[Named], known: Collection[str], code: str) -> tuple[str, ...]:
        """The names that could be understood."""
        found = (self.this(problems, named, known, code) for named in names)
        return tuple(dict.fromkeys(name for name in found if name is not None))


class Section:
    """A mapping whose keys are known: what it misses and what it has too much are problems."""

    def __init__(self, reader: Reader, node: Table, required: Iterable[str], optional: Iterable[str]) -> None:
        self.reader = reader
        self.mark = node.mark
        self._values: dict[str, Node] = {}
        known = [*required, *optional]
        strange: list[Entry] = []
        for entry in node.entries:
            if entry.key.text in known:
                self._values[entry.key.text] = entry.value
            else:
                strange.append(entry)
        for entry in strange:
            reader.problems.unknown(entry.key.mark, "unknown_key", entry.key.text, known)
            meant = nearest(entry.key.text, known)
            if meant is not None:  # read as what it was meant to be, so that it is not told as missing too
                self._values.setdefault(meant, entry.value)
        for name in required:
            if name not in self._values:
                reader.problems.add(node.mark, "missing_key", name=name)

    def get(self, name: str) -> Node | None:
        """The value of a key, if it is there."""
        return self._values.get(name)

    def mark_of(self, name: str) -> Mark:
        """Where the value of a key stands; the section itself when it is absent."""
        node = self._values.get(name)
        return node.mark if node is not None else self.mark

    def words(self, name: str) -> Words | None:
        """A bilingual text."""
        node = self.get(name)
        return None if node is None else self.reader.words(node)

    def name(self, name: str) -> Named | None:
        """A name (a–z, digits, underscore)."""
        node = self.get(name)
        return None if node is None else self.reader.name(node)

    def names(self, name: str) -> tuple[Named, ...]:
        """One name or a list of names."""
        node = self.get(name)
        return () if node is None else self.reader.names(node)

    def one_of(self, name: str, known: Collection[str], code: str) -> str | None:
        """A scalar that is one of `known`."""
        node = self.get(name)
        scalar = None if node is None else self.reader.scalar(node)
        if scalar is None:
            return None
        if scalar.text not in known:
            self.reader.problems.unknown(scalar.mark, code, scalar.text, known)
            return nearest(scalar.text, known)
        return scalar.text

    def integer(self, name: str) -> int | None:
        """A whole number."""
        node = self.get(name)
        scalar = None if node is None else self.reader.scalar(node)
        if scalar is None:
            return None
        if not re.fullmatch(r"-?[0-9]{1,15}", scalar.text):
            self.reader.problems.add(scalar.mark, "not_an_integer", name=name)
            return None
        return int(scalar.text)

    def flag(self, name: str) -> bool:
        """True or false; false when absent."""
        node = self.get(name)
        scalar = None if node is None else self.reader.scalar(node)
        if scalar is None:
            return False
        if scalar.kind != "bool":
            self.reader.problems.add(scalar.mark, "not_a_flag", name=name)
            return False
        return scalar.text.lower() in {"true", "yes", "on", "y"}

    def section(self, name: str, *, required: Iterable[str] = (), optional: Iterable[str] = ()) -> Section | None:
        """A mapping with known keys."""
        node = self.get(name)
        return None if node is None else self.reader.section(node, required=required, optional=optional)

    def entries(self, name: str) -> Mapping[Named, Node]:
        """A mapping from names of the author's choice to what they stand for."""
        node = self.get(name)
        return {} if node is None else self.reader.entries(node)

    def items(self, name: str) -> tuple[Node, ...]:
        """The items of a list."""
        node = self.get(name)
        return () if node is None else self.reader.items(node)


class Reader:
    """Reads nodes of one file and collects what is wrong with them."""

    def __init__(self, text: str, problems: Problems) -> None:
        self.text = text
        self.problems = problems

    def root(self, *, required: Iterable[str], optional: Iterable[str]) -> Section | None:
        """The whole file as a mapping with known keys."""
        node = compose(self.text, self.problems)
        return None if node is None else self.section(node, required=required, optional=optional)

    def section(self, node: Node, *, required: Iterable[str] = (), optional: Iterable[str] = ()) -> Section | None:
        """`node` as a mapping with known keys."""
        if not isinstance(node, Table):
            self.problems.add(node.mark, "not_a_mapping", keys=", ".join([*required, *optional]))
            return None
        return Section(self, node, required, optional)

    def entries(self, node: Node) -> dict[Named, Node]:
        """`node` as a mapping from names to nodes."""
        if not isinstance(node, Table):
            self.problems.add(node.mark, "not_named_entries")
            return {}
        named = ((self.name(entry.key), entry.value) for entry in node.entries)
        return {name: value for name, value in named if name is not None}

    def items(self, node: Node) -> tuple[Node, ...]:
        """`node` as a list."""
        if not isinstance(node, Items):
            self.problems.add(node.mark, "not_a_list")
            return ()
        return node.items

    def scalar(self, node: Node) -> Scalar | None:
        """`node` as a plain value that is not empty."""
        if not isinstance(node, Scalar):
            self.problems.add(node.mark, "not_a_value")
            return None
        if not node.text.strip() or node.kind == "null":
            self.problems.add(node.mark, "empty_value")
            return None
        return node

    def name(self, node: Node) -> Named | None:
        """`node` as a name."""
        scalar = self.scalar(node)
        if scalar is None:
            return None
        if not NAME.fullmatch(scalar.text):
            self.problems.add(scalar.mark, "not_a_name", name=cut(scalar.text))
            return None
        return Named(scalar.text, scalar.mark)

    def names(self, node: Node) -> tuple[Named, ...]:
        """`node` as one name or a list of names, each once."""
        found: dict[str, Named] = {}
        for item in node.items if isinstance(node, Items) else (node,):
            named = self.name(item)
            if named is None:
                continue
            if named.text in found:
                self.problems.add(named.mark, "named_twice", name=named.text)
            found.setdefault(named.text, named)
        if isinstance(node, Items) and not node.items:
            self.problems.add(node.mark, "empty_list")
        return tuple(found.values())

    def words(self, node: Node) -> Words | None:
        """`node` as a text in both languages."""
        if not isinstance(node, Table):
            self.problems.add(node.mark, "missing_translation", lang="zh, en")
            return None
        for entry in node.entries:
            if entry.key.text in {"zh", "en"}:
                continue
            if isinstance(entry.value, Scalar) and entry.value.kind == "null":
                self.problems.add(entry.key.mark, "comma_in_braces", name=cut(entry.key.text))
            else:
                self.problems.unknown(entry.key.mark, "unknown_key", entry.key.text, ["zh", "en"])
        told = {lang: self._one_language(node, lang) for lang in ("zh", "en")}
        zh, en = told["zh"], told["en"]
        return None if zh is None or en is None else Words(zh, en)

    def _one_language(self, node: Table, lang: str) -> str | None:
        part = node.get(lang)
        if part is None or (isinstance(part, Scalar) and (part.kind == "null" or not part.text.strip())):
            self.problems.add(part.mark if part is not None else node.mark, "missing_translation", lang=lang)
            return None
        if not isinstance(part, Scalar):
            self.problems.add(part.mark, "not_a_value")
            return None
        if len(part.text) > MAX_WORDS:
            self.problems.add(part.mark, "text_too_long", limit=MAX_WORDS)
            return None
        return part.text.strip()
