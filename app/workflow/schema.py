"""A form as JSON Schema 2020-12, exact: what it admits, `forms.validate` accepts.

Patterns carry what `format` only hints at, so that a client need not assert formats to be right. They are written so
that Python, ECMAScript and Rust read them alike, and run in linear time.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from app.texts import LANGS, Lang, Words
from app.workflow.definition import Condition, Field, Schema

CONTROLS_LINE = r"\u0000-\u001f\u007f-\u009f"
CONTROLS_TEXT = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f"  # tab, LF and CR stay
NOT_BLANK = r"[^\s\ufeff]"
MAX_INTEGER = 2**53 - 1  # beyond this JSON numbers lose digits in browsers
MAX_YUAN = 99_999_999
DEFAULT_LENGTH = {"string": 200, "text": 4_000}
LARGEST_LENGTH = {"string": 1_000, "text": 20_000}

_YEAR = "(19|20|21)[0-9]{2}"
_LEAP = "((19|20|21)(0[48]|[2468][048]|[13579][26])|2000)"
_DATE = (
    f"({_YEAR}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
    f"|02-(0[1-9]|1[0-9]|2[0-8]))|{_LEAP}-02-29)"
)
_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]"
DATE = f"^{_DATE}$"
DATETIME = rf"^{_DATE}T{_CLOCK}:[0-5][0-9](\.[0-9]{{1,9}})?(Z|[+-]{_CLOCK})$"


def schemas(title: Words, fields: tuple[Field, ...]) -> Mapping[Lang, Schema]:
    """The JSON Schema of a form's data in each language; they differ in their titles only."""
    return MappingProxyType({lang: _form(title, fields, lang) for lang in LANGS})


def _form(title: Words, fields: tuple[Field, ...], lang: Lang) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title.in_(lang),
        "type": "object",
        "properties": {f.name: _field(f, lang) for f in fields},
        "required": [f.name for f in fields if f.required and f.when is None],
        "additionalProperties": False,
    }
    branches = [_branch(f, f.when) for f in fields if f.when is not None]
    if branches:
        schema["allOf"] = branches
    return schema


def _branch(f: Field, when: Condition) -> dict[str, Any]:
    """A field with a condition: asked for while it holds, refused while it does not."""
    values = list(when.values)
    return {
        "if": {
            "properties": {when.field: {"const": values[0]} if len(values) == 1 else {"enum": values}},
            "required": [when.field],
        },
        "then": {"required": [f.name]} if f.required else {},
        "else": {"properties": {f.name: False}},
    }


def _field(f: Field, lang: Lang) -> dict[str, Any]:
    schema: dict[str, Any] = {"title": f.title.in_(lang)}
    if f.hint is not None:
        schema["description"] = f.hint.in_(lang)
    match f.type:
        case "text" | "string":
            schema |= _words(f)
        case "choice":
            schema |= {"type": "string", **_options(f, lang)}
        case "choices":
            schema |= {"type": "array", "items": {"type": "string", **_options(f, lang)}, "uniqueItems": True}
            schema |= {"minItems": least_choices(f), "maxItems": most_choices(f)}
        case "integer":
            schema |= {"type": "integer", "minimum": low_integer(f), "maximum": high_integer(f)}
        case "money":
            schema |= {"type": "string", "pattern": money_pattern(f), "x-unit": "yuan"}
        case "boolean":
            schema |= {"type": "boolean"}
            if f.must:
                schema |= {"const": True, "enum": [True]}
        case "date":
            schema |= {"type": "string", "format": "date", "pattern": DATE}
        case "datetime":
            schema |= {"type": "string", "format": "date-time", "pattern": DATETIME}
    schema["x-type"] = f.type
    if f.personal:
        schema["x-personal"] = True
    return schema


def _words(f: Field) -> dict[str, Any]:
    controls = CONTROLS_TEXT if f.type == "text" else CONTROLS_LINE
    schema: dict[str, Any] = {"type": "string", "maxLength": longest(f), "pattern": f"^[^{controls}]*$"}
    if f.required:
        # A second pattern, not one for both: `^[^c]*[^c\s][^c]*$` would take quadratic time on hostile text.
        schema |= {"minLength": 1, "allOf": [{"pattern": NOT_BLANK}]}
    return schema


def _options(f: Field, lang: Lang) -> dict[str, Any]:
    return {
        "enum": [o.value for o in f.options],
        "x-titles": {o.value: o.title.in_(lang) for o in f.options},
    }


def longest(f: Field) -> int:
    """The most characters of a text as sent."""
    return f.max_length or DEFAULT_LENGTH[f.type]


def least_choices(f: Field) -> int:
    """How many options must be chosen when the field is sent."""
    return f.low if f.low is not None else int(f.required)


def most_choices(f: Field) -> int:
    """How many options may be chosen."""
    return f.high if f.high is not None else len(f.options)


def low_integer(f: Field) -> int:
    """The least integer admitted."""
    return -MAX_INTEGER if f.low is None else f.low


def high_integer(f: Field) -> int:
    """The greatest integer admitted."""
    return MAX_INTEGER if f.high is None else f.high


def yuan_bounds(f: Field) -> tuple[int, int]:
    """The least and greatest amount in whole yuan, both admitted."""
    return (f.low or 0) // 100, MAX_YUAN if f.high is None else f.high // 100


def money_pattern(f: Field) -> str:
    """Decimal yuan between the bounds with at most two digits after the point."""
    low, high = yuan_bounds(f)
    whole = rf"{high}(\.00?)?"
    if low < high:
        whole = rf"({_range(low, high - 1)})(\.[0-9]{{1,2}})?|{whole}"
    return f"^({whole})$"


def _range(low: int, high: int) -> str:
    """A pattern of the integers from `low` to `high` without leading zeros; 0 <= low <= high."""
    parts: list[str] = []
    while low <= high:
        # The widest block low … low+10^k-1 that starts at a multiple of 10^k and ends within the bounds.
        k = 0
        while low and low % 10 ** (k + 1) == 0 and low + 10 ** (k + 1) - 1 <= high:
            k += 1
        head = low // 10**k
        # Heads that share all but their last digit make one class: 3[2-7][0-9]{k}.
        last = min(9 - head % 10, (high - low + 1) // 10**k - 1)
        digit = str(head % 10) if last == 0 else f"[{head % 10}-{head % 10 + last}]"
        parts.append(f"{head // 10 or ''}{digit}{f'[0-9]{{{k}}}' if k else ''}")
        low += (last + 1) * 10**k
    return "|".join(parts)


EMPTY: Mapping[Lang, Schema] = schemas(Words("无需填写", "Nothing to fill in"), ())
