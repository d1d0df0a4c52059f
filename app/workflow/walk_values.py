"""The values in a file of walks: facts by their type, the data of forms by its field's, times told from the present."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from app.workflow import forms, schema
from app.workflow.definition import Definition, FieldType
from app.workflow.ports import FactType
from app.workflow.problems import Mark
from app.workflow.reader import Reader
from app.workflow.samples import AT
from app.workflow.yaml_source import Entry, Items, Node, Scalar, Table

NOW: Final = "now"
KNOWN: Final = "known_"
RECORDED: Final = "recorded."
_DATETIME: Final = re.compile(schema.DATETIME)
_FROM_NOW: Final = re.compile(r"in ([0-9]{1,5}) (minute|hour|day)s?|([0-9]{1,5}) (minute|hour|day)s? ago")
_INTEGER: Final = re.compile(r"-?[0-9]{1,15}")
_YUAN: Final = re.compile(r"(-?[0-9]{1,12})(?:\.([0-9]{1,2}))?")
_TRUE: Final = {"true", "yes", "on"}


def moment(text: str, now: datetime) -> datetime | None:
    """`now`, `in 2 days`, `45 minutes ago`, or a time with its offset; None if it is none of these."""
    if text == NOW:
        return now
    if match := _FROM_NOW.fullmatch(text):
        ahead, unit, back, past = match.groups()
        try:
            return now + timedelta(**{f"{unit}s": int(ahead)}) if ahead else now - timedelta(**{f"{past}s": int(back)})
        except OverflowError:
            return None
    return datetime.fromisoformat(text).astimezone(UTC) if _DATETIME.fullmatch(text) else None


# -------------------------------------------------------------------------------------------------------------- facts


def read_facts(reader: Reader, node: Node, definition: Definition, known: Mapping[str, object]) -> Mapping[str, object]:
    """`known` with what `node` says over it; `~` makes a fact unknown. Times are told from the `now` that it sets."""
    if not isinstance(node, Table):
        reader.problems.add(node.mark, "not_named_entries")
        return known
    types = _types(definition)
    found = dict(known)
    # The present first: the other times in this mapping are told from it.
    for entry in sorted(node.entries, key=lambda one: one.key.text != NOW):
        name = entry.key.text
        if name not in types:
            reader.problems.unknown(entry.key.mark, "unknown_fact", name, types)
        elif isinstance(entry.value, Scalar) and entry.value.kind == "null":
            if f"{KNOWN}{name}" not in definition.types and not name.startswith(RECORDED):
                reader.problems.add(entry.value.mark, "never_unknown", name=name)
            found.pop(name, None)
        else:
            value = _fact(reader, entry, types[name], _now(found))
            if value is not None:
                _check_option(reader, entry, definition, value)
                found[name] = value
    return found


def _types(definition: Definition) -> dict[str, FactType]:
    """What a walk may say: the facts of the house, and what a form recorded before the walk began."""
    facts = {name: type_ for name, type_ in definition.types.items() if not name.startswith(KNOWN)}
    return facts | {f"{RECORDED}{field.name}": forms.FACT_TYPES[field.type] for field in definition.fields.values()}


def _now(known: Mapping[str, object]) -> datetime:
    now = known.get(NOW)
    return now if isinstance(now, datetime) else AT


def _fact(reader: Reader, entry: Entry, type_: FactType, now: datetime) -> object | None:
    name, node = entry.key.text, entry.value
    if type_ == "strings":
        scalars = [reader.scalar(one) for one in (node.items if isinstance(node, Items) else (node,))]
        return [scalar.text for scalar in scalars if scalar is not None]
    scalar = reader.scalar(node)
    if scalar is None:
        return None
    value: object | None
    match type_:
        case "bool":
            value, code = scalar.text.lower() in _TRUE if scalar.kind == "bool" else None, "not_a_flag"
        case "int":
            value, code = int(scalar.text) if _INTEGER.fullmatch(scalar.text) else None, "not_an_integer"
        case "money":
            value, code = _fen(scalar.text), "not_an_amount"
        case "timestamp":
            value, code = moment(scalar.text, now), "not_a_moment"
        case _:
            return scalar.text
    if value is None:
        reader.problems.add(scalar.mark, code, name=name)
    return value


def _fen(text: str) -> int | None:
    match = _YUAN.fullmatch(text)
    if match is None:
        return None
    fen = int((match[2] or "").ljust(2, "0"))
    return int(match[1]) * 100 + (-fen if text.startswith("-") else fen)


def _check_option(reader: Reader, entry: Entry, definition: Definition, value: object) -> None:
    """What a choice recorded is one of its options."""
    field = definition.fields.get(entry.key.text.removeprefix(RECORDED)) if entry.key.text.startswith(RECORDED) else None
    if field is None or not field.options:
        return
    options = {
        option.value for form in definition.forms.values() for f in form.fields if f.name == field.name for option in f.options
    }
    for text in value if isinstance(value, list) else [value]:
        if text not in options:
            reader.problems.unknown(entry.value.mark, "unknown_choice", str(text), options)


# --------------------------------------------------------------------------------------------------------------- data


def read_data(
    reader: Reader, node: Node | None, definition: Definition, facts: Mapping[str, object]
) -> tuple[dict[str, object], dict[str, Mark]]:
    """The data of a step as a program would send it, and where each field stands. What is wrong in it, the form says."""
    data, marks = dict[str, object](), dict[str, Mark]()
    if node is None:
        return data, marks
    if not isinstance(node, Table):
        reader.problems.add(node.mark, "not_named_entries")
        return data, marks
    for entry in node.entries:
        name, value = entry.key.text, entry.value
        marks[name] = entry.key.mark if name not in definition.fields else value.mark
        if isinstance(value, Table):
            reader.problems.add(value.mark, "not_a_value")
        elif isinstance(value, Items):
            scalars = [reader.scalar(item) for item in value.items]
            data[name] = [scalar.text for scalar in scalars if scalar is not None]
        elif value.kind != "null":
            field = definition.fields.get(name)
            data[name] = _sent(value, field.type if field is not None else "string", _now(facts))
    return data, marks


def _sent(scalar: Scalar, type_: FieldType, now: datetime) -> object:
    text = scalar.text
    match type_:
        case "boolean" if scalar.kind == "bool":
            return text.lower() in _TRUE
        case "integer" if _INTEGER.fullmatch(text):
            return int(text)
        case "choices":
            return [text]
        case "datetime" if at := moment(text, now):
            return at.isoformat()
        case "date" if at := moment(text, now):
            return at.date().isoformat()
        case _:
            return text
