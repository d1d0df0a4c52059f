"""The `forms:` section: fields with their types, options, bounds and conditions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import get_args

from app.texts import Words
from app.workflow import schema
from app.workflow.definition import Condition, Constant, Field, FieldType, Form, Option
from app.workflow.problems import Mark
from app.workflow.reader import Named, Reader, Section
from app.workflow.yaml_source import Node

TYPES: tuple[FieldType, ...] = get_args(FieldType)
OPTIONAL = ("required", "options", "min", "max", "max_length", "must", "personal", "when", "hint")
# Which of the optional keys mean something for a type; the others are refused rather than ignored.
_FITTING: Mapping[str, frozenset[str]] = {
    "text": frozenset({"max_length", "personal"}),
    "string": frozenset({"max_length", "personal"}),
    "choice": frozenset({"options", "personal"}),
    "choices": frozenset({"options", "min", "max"}),
    "integer": frozenset({"min", "max"}),
    "money": frozenset({"min", "max"}),
    "boolean": frozenset({"must"}),
    "date": frozenset(),
    "datetime": frozenset(),
}
_WHEN = re.compile(r"\s*([A-Za-z0-9_.]+)\s*(?:==\s*(?P<one>[^\s\[\]]+)|in\s*\[(?P<many>[^\[\]]+)\])\s*")
_CONSTANT = re.compile(r"\"([^\"']*)\"|'([^\"']*)'|([A-Za-z0-9_-]+)")


def read_forms(reader: Reader, nodes: Mapping[Named, Node]) -> dict[str, Form]:
    """All forms by name."""
    types: dict[str, tuple[FieldType, Mark]] = {}
    forms: dict[str, Form] = {}
    for name, node in nodes.items():
        section = reader.section(node, required=("title", "fields"))
        if section is None:
            continue
        title = section.words("title") or Words(name.text, name.text)
        fields = _fields(section)
        for field, mark in fields.values():
            _same_type_everywhere(reader, types, field, mark)
        if section.get("fields") is not None and not fields:
            reader.problems.add(section.mark_of("fields"), "form_without_fields")
        found = tuple(field for field, _ in fields.values())
        forms[name.text] = Form(name.text, title, found, schema.schemas(title, found))
    return forms


def _same_type_everywhere(reader: Reader, types: dict[str, tuple[FieldType, Mark]], field: Field, mark: Mark) -> None:
    """What is recorded under one name is one fact, so that it must be of one type in all forms."""
    before = types.setdefault(field.name, (field.type, mark))
    if before[0] != field.type:
        reader.problems.add(mark, "field_type_conflict", name=field.name, type=before[0], line=before[1].line)


def _fields(form: Section) -> dict[str, tuple[Field, Mark]]:
    fields: dict[str, tuple[Field, Mark]] = {}
    for name, node in form.entries("fields").items():
        section = form.reader.section(node, required=("type", "title"), optional=OPTIONAL)
        if section is None:
            continue
        field = _field(section, name, {n: f for n, (f, _) in fields.items()})
        if field is not None:
            fields[name.text] = field, name.mark
    return fields


def _field(section: Section, name: Named, before: Mapping[str, Field]) -> Field | None:
    problems = section.reader.problems
    title = section.words("title")
    type_ = section.one_of("type", TYPES, "unknown_field_type")
    if title is None or type_ is None:
        return None
    for key in ("options", "min", "max", "max_length", "must", "personal"):
        if section.get(key) is not None and key not in _FITTING[type_]:
            problems.add(section.mark_of(key), "key_does_not_fit", key=key, type=type_)
    kind: FieldType = next(t for t in TYPES if t == type_)
    options = _options(section, kind)
    low, high = _bounds(section, kind, len(options))
    required, must = section.flag("required"), section.flag("must")
    if must and not required:
        problems.add(section.mark_of("must"), "must_without_required")
    return Field(
        name.text,
        kind,
        title,
        required=required,
        options=options,
        low=low,
        high=high,
        max_length=_max_length(section, kind),
        must=must,
        personal=section.flag("personal"),
        when=_when(section, before),
        hint=section.words("hint"),
    )


def _options(section: Section, kind: FieldType) -> tuple[Option, ...]:
    if kind not in {"choice", "choices"}:
        return ()
    found: list[Option] = []
    for name, node in section.entries("options").items():
        words = section.reader.words(node)
        if words is not None:
            found.append(Option(name.text, words))
    if not found and (section.get("options") is None or not section.entries("options")):
        section.reader.problems.add(section.mark_of("options"), "choice_without_options")
    return tuple(found)


def _bounds(section: Section, kind: FieldType, options: int) -> tuple[int | None, int | None]:
    """The bounds of the field; those of money are written in whole yuan and kept in fen."""
    low, high = section.integer("min"), section.integer("max")
    if low is not None and high is not None and low > high:
        section.reader.problems.add(section.mark_of("min"), "min_above_max", low=low, high=high)
        return None, None
    least, most = {
        "integer": (-schema.MAX_INTEGER, schema.MAX_INTEGER),
        "money": (0, schema.MAX_YUAN),
        "choices": (1, max(options, 1)),
    }.get(kind, (0, 0))
    for key, bound in (("min", low), ("max", high)):
        if bound is not None and kind in {"integer", "money", "choices"} and not least <= bound <= most:
            section.reader.problems.add(section.mark_of(key), "bound_out_of_range", low=least, high=most)
            return None, None
    factor = 100 if kind == "money" else 1
    return (None if low is None else low * factor), (None if high is None else high * factor)


def _max_length(section: Section, kind: FieldType) -> int | None:
    length = section.integer("max_length")
    largest = schema.LARGEST_LENGTH.get(kind)
    if length is None or largest is None:
        return None
    if not 1 <= length <= largest:
        section.reader.problems.add(section.mark_of("max_length"), "bound_out_of_range", low=1, high=largest)
        return None
    return length


def _when(section: Section, before: Mapping[str, Field]) -> Condition | None:
    """`other == constant` or `other in [a, b]`, where `other` stands earlier in the same form."""
    node = section.get("when")
    scalar = None if node is None else section.reader.scalar(node)
    if scalar is None:
        return None
    problems, match = section.reader.problems, _WHEN.fullmatch(scalar.text)
    if match is None:
        problems.add(scalar.mark, "when_not_simple")
        return None
    other = before.get(match[1])
    if other is None:
        problems.unknown(scalar.mark, "when_unknown_field", match[1], before)
        return None
    written = [part.strip() for part in (match["many"] or match["one"]).split(",")]
    values = [_constant(section, scalar.mark, other, part) for part in written]
    found = tuple(v for v in values if v is not None)
    return Condition(other.name, found) if len(found) == len(values) else None


def _constant(section: Section, mark: Mark, other: Field, written: str) -> Constant | None:
    """One constant of a condition, of the type of the field it is compared with."""
    problems, match = section.reader.problems, _CONSTANT.fullmatch(written)
    text = None if match is None else next(group for group in match.groups() if group is not None)
    if text is None:
        problems.add(mark, "when_not_simple")
    elif other.type == "choice":
        if text in {o.value for o in other.options}:
            return text
        problems.unknown(mark, "when_unknown_option", text, [o.value for o in other.options], field=other.name)
    elif other.type == "boolean" and text in {"true", "false"}:
        return text == "true"
    elif other.type == "integer" and re.fullmatch(r"-?[0-9]{1,15}", text):
        return int(text)
    else:
        problems.add(mark, "when_wrong_type", field=other.name, type=other.type)
    return None
