"""What was filled into a form: checked field by field, normalised, and seen as facts.

Values are never echoed in a reason: they may be personal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time

from app.errors import Reason
from app.texts import Words
from app.workflow import schema
from app.workflow.definition import Definition, Field, FieldType, Form
from app.workflow.ports import FactType
from app.workflow.telling import cut, listed, nearest, tell

Value = str | int | bool | date | datetime | list[str]

FACT_TYPES: Mapping[FieldType, FactType] = {
    "text": "string",
    "string": "string",
    "choice": "string",
    "choices": "strings",
    "integer": "int",
    "money": "money",
    "boolean": "bool",
    "date": "timestamp",
    "datetime": "timestamp",
}

_BLANKS = " \t\r\n\u00a0\u3000\ufeff"
_CONTROLS = {
    "string": re.compile(f"[{schema.CONTROLS_LINE}\ud800-\udfff]"),
    "text": re.compile(f"[{schema.CONTROLS_TEXT}\ud800-\udfff]"),
}
_NOT_BLANK = re.compile(schema.NOT_BLANK)
_DATE = re.compile(schema.DATE)
_DATETIME = re.compile(schema.DATETIME)
_MONEY = re.compile(r"^(0|[1-9][0-9]{0,11})(?:\.([0-9]{1,2}))?$")


_NOTE = Field("note", "text", Words("备注", "Note"))


class _Bad(Exception):
    """A field's value is refused: the stable code, the words that fit the case, and their parameters."""

    def __init__(self, code: str, words: str | None = None, /, **params: object) -> None:
        super().__init__(code)
        self.code, self.words, self.params = code, words or code, params


def validate(form: Form | None, data: object) -> tuple[dict[str, Value], tuple[Reason, ...]]:
    """The normalised values of `data` and the reasons against it, in the order of the form.

    Text becomes NFC without blanks around it, money fen, datetimes UTC; fields left blank are left out. `form` None
    admits no field at all.
    """
    if not isinstance(data, Mapping):
        return {}, (Reason("data_not_object", "data", words=tell("form.data_not_object")),)
    fields = form.by_name if form is not None else {}
    values: dict[str, Value] = {}
    reasons: list[Reason] = []
    for field in fields.values():
        try:
            value = _value_of(field, data)
        except _Bad as bad:
            reasons.append(_reason(field, bad))
        else:
            if value is not None:
                values[field.name] = value
    reasons.extend(_unknown(name, fields) for name in data if name not in fields)
    return values, tuple(reasons)


def validate_note(note: object, *, required: bool) -> tuple[str | None, tuple[Reason, ...]]:
    """The note of a step, normalised like a text field, and the reasons against it."""
    try:
        text = None if note is None else _text(_NOTE, note)
    except _Bad as bad:
        return None, (Reason(bad.code, "note", words=tell(f"form.{bad.words}", field=_NOTE.title, **bad.params)),)
    if text is None and required:
        return None, (Reason("note_required", "note"),)
    return text, ()


def _value_of(field: Field, data: Mapping[str, object]) -> Value | None:
    if not applies(field, data):
        if field.name in data:
            raise _Bad("field_not_applicable", other=field.when.field if field.when else "")
        return None
    if field.name not in data:
        if field.required:
            raise _Bad("field_missing")
        return None
    return _READ[field.type](field, data[field.name])


def applies(field: Field, data: Mapping[str, object]) -> bool:
    """Whether the condition of `field` holds on the data as sent; JSON's 1 and true are different."""
    if field.when is None:
        return True
    if field.when.field not in data:
        return False
    sent = data[field.when.field]
    return any(sent == v and isinstance(sent, bool) == isinstance(v, bool) for v in field.when.values)


def _reason(field: Field, bad: _Bad) -> Reason:
    params: dict[str, object] = {"field": field.title, **bad.params}
    return Reason(bad.code, f"data.{field.name}", words=tell(f"form.{bad.words}", **params))


def _unknown(name: object, fields: Mapping[str, Field]) -> Reason:
    shown = cut(str(name))
    near = nearest(str(name), fields)
    if near is not None:
        words = tell("form.field_unknown_near", name=shown, near=near)
    elif fields:
        words = tell("form.field_unknown", name=shown, known=listed(fields))
    else:
        words = tell("form.field_unknown_none", name=shown)
    return Reason("field_unknown", f"data.{shown}", words=words)


# ------------------------------------------------------------------------------------------------ one reader per type


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise _Bad("field_not_text")
    return value


def _text(field: Field, value: object) -> str | None:
    text = _string(value)
    if len(text) > schema.longest(field):
        raise _Bad("field_too_long", limit=schema.longest(field))
    if field.type == "string":
        text = text.strip(_BLANKS)
    if _CONTROLS[field.type].search(text):
        raise _Bad("field_control_character", f"field_control_character_{field.type}")
    if not _NOT_BLANK.search(text):
        if field.required:
            raise _Bad("field_missing")
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip(_BLANKS)
    return unicodedata.normalize("NFC", text)


def _choice(field: Field, value: object) -> str:
    chosen = _string(value)
    if all(o.value != chosen for o in field.options):
        near = nearest(chosen, [o.value for o in field.options])
        known = listed(_option_words(field))
        raise _Bad("field_not_an_option", "field_not_an_option_near" if near else None, near=near, known=known)
    return chosen


def _option_words(field: Field) -> Iterator[Words]:
    for option in field.options:
        yield Words(f"{option.value}({option.title.zh})", f"{option.value} ({option.title.en})")


def _choices(field: Field, value: object) -> list[str]:
    if not isinstance(value, list):
        raise _Bad("field_not_a_list")
    least, most = schema.least_choices(field), schema.most_choices(field)
    if not least <= len(value) <= most:
        raise _Bad("field_choice_count", least=least, most=most)
    chosen = [_choice(field, item) for item in value]
    if len(set(chosen)) != len(chosen):
        raise _Bad("field_chosen_twice")
    return chosen


def _integer(field: Field, value: object) -> int:
    # JSON Schema calls 3.0 an integer, and many clients send it so.
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _Bad("field_not_an_integer")
    low, high = schema.low_integer(field), schema.high_integer(field)
    if not low <= value <= high:
        raise _Bad("field_out_of_range", low=low, high=high)
    return value


def _money(field: Field, value: object) -> int:
    """Fen of a decimal yuan string such as "12.50"."""
    match = _MONEY.match(_string(value).strip(_BLANKS))
    if match is None:
        raise _Bad("field_not_money")
    fen = int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))
    low, high = schema.yuan_bounds(field)
    if not low * 100 <= fen <= high * 100:
        raise _Bad("field_out_of_range", "field_out_of_range_money", low=low, high=high)
    return fen


def _boolean(field: Field, value: object) -> bool:
    if not isinstance(value, bool):
        raise _Bad("field_not_a_boolean")
    if field.must and not value:
        raise _Bad("field_must_be_ticked")
    return value


def _date(_: Field, value: object) -> date:
    text = _string(value).strip(_BLANKS)
    if not _DATE.match(text):
        raise _Bad("field_not_a_date")
    return date.fromisoformat(text)


def _datetime(_: Field, value: object) -> datetime:
    text = _string(value).strip(_BLANKS)
    if not _DATETIME.match(text):
        raise _Bad("field_not_a_datetime")
    return datetime.fromisoformat(text).astimezone(UTC)


_READ: Mapping[FieldType, Callable[[Field, object], Value | None]] = {
    "text": _text,
    "string": _text,
    "choice": _choice,
    "choices": _choices,
    "integer": _integer,
    "money": _money,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
}


# ---------------------------------------------------------------------------------------------- stored, and as facts


def stored(values: Mapping[str, Value]) -> dict[str, object]:
    """The values as JSON: money stays fen, dates and UTC times become text."""
    return {n: v.isoformat().replace("+00:00", "Z") if isinstance(v, date) else v for n, v in values.items()}


def form_facts(values: Mapping[str, Value]) -> dict[str, object]:
    """`form.<field>` for what was filled in."""
    return {f"form.{name}": _as_fact(value) for name, value in values.items()}


def recorded_facts(definition: Definition, recorded: Mapping[str, object]) -> dict[str, object]:
    """The `recorded.…` facts that guards of `definition` name, from values as `stored` made them.

    Of a sealed value guards only ask whether it is known; its reference stands for it.
    """
    return {
        f"recorded.{name}": _as_fact(_restored(definition.fields[name], recorded[name]))
        for name in definition.recorded
        if recorded.get(name) is not None
    }


def _restored(field: Field, value: object) -> object:
    if field.type == "date" and isinstance(value, str):
        return date.fromisoformat(value)
    if field.type == "datetime" and isinstance(value, str):
        return datetime.fromisoformat(value)
    return value


def _as_fact(value: object) -> object:
    """Expressions know timestamps only; a date counts from its midnight UTC."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, time(), UTC)
    return value
