"""YAML read node by node: every text as it is written (Yes stays Yes), every mistake with its line and column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from app.integrations.feeds.mapping import Place
from app.integrations.feeds.problems import MapError, Problem, cut, listed, meant, nearest, tell
from app.texts import Words

MAX_BYTES = 262_144
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


class Notes:
    """Collects every mistake, so that a reader mends them all at once."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.problems: list[Problem] = []

    def add(self, at: Node | Place, code: str, near: str | None = None, /, **params: object) -> None:
        """Note one mistake; `near` is the name that was probably meant."""
        place = at if isinstance(at, Place) else place_of(at)
        words = tell(code, meant=meant(near), **params)
        self.problems.append(Problem(place.line, place.column, code, words, near))

    def check(self) -> None:
        """Raise MapError when anything was noted."""
        if self.problems:
            raise MapError(self.problems, self.source)


def parse(text: str, notes: Notes) -> Node | None:
    """The root node of `text`; raises MapError when it is no YAML."""
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        notes.add(Place(1, 1), "map_too_large", limit=MAX_BYTES)
        notes.check()
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
        notes.add(place, "map_not_yaml", detail=error.problem or error.context or "")
    except yaml.reader.ReaderError as error:
        notes.add(Place(1, 1), "map_not_yaml", detail=f"{error.reason} (#x{error.character:04x})")
    except RecursionError:
        notes.add(Place(1, 1), "map_too_deep")
    notes.check()
    return None


def place_of(node: Node) -> Place:
    """Where `node` stands."""
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)


def entries(node: Node | None, notes: Notes, what: str) -> Iterator[tuple[ScalarNode, Node]]:
    """Key and value nodes of a mapping, each key once; anything else is noted."""
    if node is None:
        return
    if not isinstance(node, MappingNode):
        notes.add(node, "mapping_needed", what=what)
        return
    seen: set[str] = set()
    for key, value in node.value:
        if not isinstance(key, ScalarNode):
            notes.add(key, "key_not_text", what=what)
        elif key.value in seen:
            notes.add(key, "key_twice", name=cut(key.value))
        else:
            seen.add(key.value)
            yield key, value


def known(node: Node | None, notes: Notes, what: str, names: Iterable[str]) -> Mapping[str, tuple[ScalarNode, Node]]:
    """The entries of a mapping by name; names that are not among `names` are noted with the nearest right one."""
    right = tuple(names)
    found: dict[str, tuple[ScalarNode, Node]] = {}
    for key, value in entries(node, notes, what):
        if key.value in right:
            found[key.value] = (key, value)
        else:
            notes.add(key, "key_unknown", nearest(key.value, right), name=cut(key.value), what=what, known=listed(right))
    return found


def text(node: Node, notes: Notes, what: str) -> str | None:
    """The text of a scalar as written; None, noted, for anything else or nothing."""
    if isinstance(node, ScalarNode) and not (node.style is None and node.value in _NULLS):
        return str(node.value)
    notes.add(node, "text_needed", what=what)
    return None


def texts(node: Node, notes: Notes, what: str) -> list[tuple[str, Place]]:
    """The texts of a list, or of a single scalar, each with its place."""
    nodes = node.value if isinstance(node, SequenceNode) else [node]
    return [(found, place_of(n)) for n in nodes if (found := text(n, notes, what)) is not None]


def flag(node: Node, notes: Notes, what: str) -> bool:
    """Whether it is true, as YAML writes true and false; anything else is noted."""
    if isinstance(node, ScalarNode) and node.value in {"true", "false"}:
        return bool(node.value == "true")
    notes.add(node, "flag_needed", what=what)
    return False


def words(node: Node, notes: Notes, what: str) -> Words | None:
    """A text in both languages: {zh: …, en: …}."""
    found = known(node, notes, what, ("zh", "en"))
    if set(found) != {"zh", "en"}:
        notes.add(node, "words_needed", what=what)
        return None
    zh, en = text(found["zh"][1], notes, what), text(found["en"][1], notes, what)
    return Words(zh, en) if zh is not None and en is not None else None
