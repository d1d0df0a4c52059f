"""MAP.yaml as a Map: checked against the target as a whole, before any file is opened."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from app.integrations.feeds import nodes
from app.integrations.feeds.delimiter import NAMES
from app.integrations.feeds.encoding import ENCODINGS
from app.integrations.feeds.field_loader import FieldReader
from app.integrations.feeds.mapping import FieldMap, Map, Place
from app.integrations.feeds.nodes import Notes
from app.integrations.feeds.problems import listed, nearest
from app.integrations.feeds.reader import FileSpec
from app.integrations.feeds.targets import Target
from app.texts import Words

_TOP = ("target", "title", "file", "zone", "blank", "fields", "keep")
_FILE = ("encoding", "delimiter", "sheet", "header_row")
_DELIMITERS: Mapping[str, str] = {shown: char for char, shown in NAMES.items()} | {"\t": "\t"}


def load(text: str, target: Target, *, source: str = "map.yaml") -> Map:
    """The map in `text` for `target`. Raises MapError with all its mistakes, each with line, column and nearest name."""
    notes = Notes(source)
    root = nodes.parse(text, notes)
    if root is None:
        notes.add(Place(1, 1), "map_empty")
        notes.check()
    found = nodes.known(root, notes, "map", _TOP)
    _target(found, target, notes)
    reader = FieldReader(target, notes)
    if "zone" in found:
        reader.zone = reader.read_zone(found["zone"][1])
    fields = _fields(found, target, reader, notes)
    made = Map(
        target=target.name,
        source=source,
        title=_title(found, notes),
        file=_file(found["file"][1], notes) if "file" in found else FileSpec(),
        blank=frozenset(t.strip() for t, _ in nodes.texts(found["blank"][1], notes, "blank")) if "blank" in found else frozenset(),
        fields=fields,
        sha256=hashlib.sha256(text.encode("utf-8", "replace")).hexdigest(),
    )
    notes.check()
    return made


def _target(found: Mapping[str, tuple[ScalarNode, Node]], target: Target, notes: Notes) -> None:
    """A map says what it is for, so that customers are never read as complaints."""
    if "target" not in found:
        notes.add(Place(1, 1), "target_missing", target=target.name)
        return
    node = found["target"][1]
    named = nodes.text(node, notes, "target")
    if named is not None and named != target.name:
        notes.add(node, "target_other", nearest(named, [target.name]), name=named, target=target.name)


def _title(found: Mapping[str, tuple[ScalarNode, Node]], notes: Notes) -> Words | None:
    return nodes.words(found["title"][1], notes, "title") if "title" in found else None


def _fields(
    found: Mapping[str, tuple[ScalarNode, Node]], target: Target, reader: FieldReader, notes: Notes
) -> tuple[FieldMap, ...]:
    if "fields" not in found:
        notes.add(Place(1, 1), "fields_missing")
        return ()
    made: list[FieldMap] = []
    named: set[str] = set()
    for key, value in nodes.entries(found["fields"][1], notes, "fields"):
        field = target.fields.get(key.value)
        named.add(key.value)
        if field is None:
            near = nearest(key.value, target.fields)
            notes.add(key, "field_unknown", near, name=key.value, target=target.name, known=listed(target.fields, 30))
        elif (how := reader.field(field, key, value)) is not None:
            made.append(how)
    for field in target.fields.values():
        if field.required and field.name not in named:
            notes.add(found["fields"][0], "field_missing", name=field.name, title=field.title)
    if "keep" in found:
        made += _keep(*found["keep"], target, reader, notes)
    return tuple(made)


def _keep(key: ScalarNode, node: Node, target: Target, reader: FieldReader, notes: Notes) -> list[FieldMap]:
    """`keep`: a list of columns that keep their names, or attribute names with what fills them."""
    if not target.attributes:
        notes.add(key, "keep_refused", target=target.name)
        return []
    if isinstance(node, SequenceNode):
        # [A, B] is short for {A: A, B: B}.
        plain = [n for n in node.value if nodes.text(n, notes, "keep") is not None]
        node = MappingNode("tag:yaml.org,2002:map", [(n, n) for n in plain], node.start_mark, node.end_mark)
    made = []
    for name, value in nodes.entries(node, notes, "keep"):
        if name.value in target.fields:
            notes.add(name, "keep_is_field", name=name.value)
        elif (how := reader.attribute(name, value)) is not None:
            made.append(how)
    return made


def _file(node: Node, notes: Notes) -> FileSpec:
    found = {name: value for name, (_, value) in nodes.known(node, notes, "file", _FILE).items()}
    given = {name: nodes.text(value, notes, name) for name, value in found.items()}
    encoding, delimiter, row = given.get("encoding"), given.get("delimiter"), given.get("header_row")
    if encoding is not None and encoding.lower() not in ENCODINGS:
        near = nearest(encoding, ENCODINGS)
        notes.add(found["encoding"], "encoding_not_known", near, name=encoding, known=listed(ENCODINGS))
        encoding = None
    if delimiter is not None and delimiter not in _DELIMITERS:
        notes.add(found["delimiter"], "delimiter_not_known", name=delimiter, known=listed(NAMES.values()))
        delimiter = None
    if row is not None and not re.fullmatch(r"[1-9]\d{0,5}", row, re.ASCII):
        notes.add(found["header_row"], "header_row_not_number")
        row = None
    return FileSpec(
        encoding.lower() if encoding else None,
        _DELIMITERS[delimiter] if delimiter else None,
        given.get("sheet"),
        int(row) if row else None,
    )
