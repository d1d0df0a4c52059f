"""One field of a map: where its text comes from, and how it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import time
from typing import get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from yaml.nodes import MappingNode, Node, ScalarNode

from app.integrations.feeds import nodes
from app.integrations.feeds.dates import TOKENS, DateFormat, FormatError, clock_time, compiled
from app.integrations.feeds.mapping import ColumnRef, Columns, Constant, FieldMap, FirstOf, Origin
from app.integrations.feeds.nodes import Notes, place_of
from app.integrations.feeds.problems import cut, listed, nearest
from app.integrations.feeds.targets import FieldType, Target, TargetField
from app.integrations.feeds.template import TemplateError, template
from app.integrations.feeds.values import Bad, convert
from app.texts import Words

_ORIGINS = ("column", "columns", "first_of", "constant", "template")
_KEYS = (*_ORIGINS, "join", "values", "otherwise", "default", "required", "format", "zone", "time")
_TYPES: tuple[FieldType, ...] = tuple(t for t in get_args(FieldType) if t not in {"choice", "name", "tags"})
_MAX_NAME = 80


class FieldReader:
    """Reads the fields of one map; `zone` is the map's own, for fields that name none."""

    def __init__(self, target: Target, notes: Notes) -> None:
        self.target, self.notes = target, notes
        self.zone: ZoneInfo | None = None

    def field(self, field: TargetField, key: ScalarNode, node: Node) -> FieldMap | None:
        """How `field` of the target is filled; None when its origin is not told rightly (noted)."""
        found = self._given(key, node, _KEYS)
        return self._made(field, key, found, attribute=False)

    def attribute(self, key: ScalarNode, node: Node) -> FieldMap | None:
        """How an extra column is kept; its type is text unless the map says otherwise."""
        if not key.value.strip() or len(key.value) > _MAX_NAME:
            self.notes.add(key, "attribute_name", limit=_MAX_NAME)
            return None
        found = self._given(key, node, (*_KEYS, "type"))
        kind: FieldType = "text"
        if "type" in found:
            named = nodes.text(found["type"], self.notes, "type") or ""
            kind = next((t for t in _TYPES if t == named), "text")
            if kind != named:
                self.notes.add(found["type"], "type_unknown", nearest(named, _TYPES), name=named, known=listed(_TYPES))
        limit = 2_000 if kind == "text" else None
        field = TargetField(key.value, kind, Words(key.value, key.value), max_length=limit)
        return self._made(field, key, found, attribute=True)

    def read_zone(self, node: Node) -> ZoneInfo | None:
        """An IANA zone by its name."""
        name = nodes.text(node, self.notes, "zone")
        if name is None:
            return None
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.notes.add(node, "zone_unknown", nearest(name, available_timezones()), name=cut(name))
            return None

    def _given(self, key: ScalarNode, node: Node, names: tuple[str, ...]) -> Mapping[str, Node]:
        """The keys of a field; a bare text is the name of its column."""
        if isinstance(node, ScalarNode):
            return {"column": node}
        if not isinstance(node, MappingNode):
            self.notes.add(node, "field_form", name=key.value)
            return {}
        return {name: value for name, (_, value) in nodes.known(node, self.notes, key.value, names).items()}

    def _made(self, field: TargetField, key: ScalarNode, found: Mapping[str, Node], *, attribute: bool) -> FieldMap | None:
        origin = self._origin(key, found)
        if origin is None:
            return None
        table = self._table(found)
        required = field.required or ("required" in found and nodes.flag(found["required"], self.notes, "required"))
        how = FieldMap(
            field=replace(field, required=required),
            attribute=attribute,
            origin=origin,
            place=place_of(key),
            table=table,
            otherwise=self._text(found, "otherwise"),
            default=self._text(found, "default"),
            format=self._format(field, found),
            zone=self.read_zone(found["zone"]) if "zone" in found else self.zone,
            time=self._time(field, found),
        )
        self._agree(how, key, found)
        return how

    def _origin(self, key: ScalarNode, found: Mapping[str, Node]) -> Origin | None:
        named = [name for name in _ORIGINS if name in found]
        if len(named) != 1:
            self.notes.add(key, "origin_needed", name=key.value, known=listed(_ORIGINS))
            return None
        node = found[named[0]]
        if "join" in found and named[0] != "columns":
            self.notes.add(found["join"], "join_alone")
        if named[0] == "constant":
            constant = nodes.text(node, self.notes, "constant")
            return None if constant is None else Constant(constant)
        if named[0] == "template":
            written = nodes.text(node, self.notes, "template")
            try:
                return None if written is None else template(written, place_of(node))
            except TemplateError as error:
                self.notes.add(node, error.code, detail=error.detail)
                return None
        columns = tuple(ColumnRef(" ".join(name.split()), at) for name, at in nodes.texts(node, self.notes, named[0]))
        if not columns:
            return None
        return FirstOf(columns) if named[0] == "first_of" else Columns(columns, self._text(found, "join") or " ")

    def _text(self, found: Mapping[str, Node], name: str) -> str | None:
        return nodes.text(found[name], self.notes, name) if name in found else None

    def _table(self, found: Mapping[str, Node]) -> Mapping[str, str] | None:
        if "values" not in found:
            if "otherwise" in found:
                self.notes.add(found["otherwise"], "otherwise_alone")
            return None
        table: dict[str, str] = {}
        for key, value in nodes.entries(found["values"], self.notes, "values"):
            if isinstance(value, ScalarNode):
                table[key.value.strip()] = "" if value.value in {"~", "null"} and value.style is None else value.value
            else:
                self.notes.add(value, "text_needed", what="values")
        return table

    def _format(self, field: TargetField, found: Mapping[str, Node]) -> DateFormat | None:
        if "format" not in found:
            return None
        node = found["format"]
        if field.type not in {"date", "datetime"}:
            self.notes.add(node, "format_no_date", name=field.name, type=field.type)
            return None
        written = nodes.text(node, self.notes, "format")
        try:
            return None if written is None else compiled(written)
        except FormatError as error:
            code = "format_lacks" if error.need else "format_wrong"
            rest = cut(str(written)[error.at :], 20)
            self.notes.add(node, code, rest=rest, need=error.need, known=" ".join(TOKENS))
            return None

    def _time(self, field: TargetField, found: Mapping[str, Node]) -> time | None:
        written = self._text(found, "time")
        if written is None:
            return None
        moment = clock_time(written)
        if moment is None or field.type != "datetime":
            self.notes.add(found["time"], "time_wrong" if moment is None else "format_no_date", name=field.name, type=field.type)
        return moment

    def _agree(self, how: FieldMap, key: ScalarNode, found: Mapping[str, Node]) -> None:
        """What the parts of a field must have in common: constants that fit the type, a zone for a bare time."""
        constants = [(name, found[name], t) for name, t in (("otherwise", how.otherwise), ("default", how.default)) if t]
        if isinstance(how.origin, Constant):
            constants.append(("constant", found["constant"], how.origin.text))
        if how.table is not None:
            rows = [value for _, value in nodes.entries(found["values"], Notes(""), "values")]
            constants += [("values", node, text) for node, text in zip(rows, how.table.values(), strict=False) if text]
        for name, node, text in constants:
            if how.table is not None and name == "constant":
                continue
            result = convert(text, how)
            if isinstance(result, Bad):
                self.notes.add(node, "constant_wrong", what=name, reason=result.words)
        if how.field.type == "datetime" and how.format is not None and isinstance(how.origin, Columns | FirstOf):
            if not how.format.zoned and how.zone is None and "zone" not in found:
                self.notes.add(key, "zone_missing", name=how.field.name)
            if not how.format.timed and how.time is None:
                self.notes.add(key, "time_missing", name=how.field.name)
