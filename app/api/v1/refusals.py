"""Pydantic's findings as reasons: a code of ours, the dotted field, words in both languages with the remedy.

What was sent is never repeated in a reason: it may be personal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from app.api.v1.schemas.fields import CURSOR, EMAIL, NAME, NUMBER, TAG
from app.errors import Reason
from app.texts import has
from app.workflow.telling import nearest

Context = Mapping[str, Any]


def _nothing(_context: Context) -> dict[str, Any]:
    return {}


def _bounds(*names: str) -> Callable[[Context], dict[str, Any]]:
    return lambda context: {"limit": next((context[name] for name in names if name in context), "")}


_CODES: Mapping[str, tuple[str, Callable[[Context], dict[str, Any]]]] = {
    "missing": ("field_missing", _nothing),
    "string_type": ("field_text", _nothing),
    "string_too_short": ("field_short", _bounds("min_length")),
    "string_too_long": ("field_long", _bounds("max_length")),
    "int_type": ("field_integer", _nothing),
    "int_parsing": ("field_integer", _nothing),
    "int_parsing_size": ("field_integer", _nothing),
    "int_from_float": ("field_integer", _nothing),
    "bool_type": ("field_boolean", _nothing),
    "bool_parsing": ("field_boolean", _nothing),
    "greater_than_equal": ("field_low", _bounds("ge")),
    "less_than_equal": ("field_high", _bounds("le")),
    "list_type": ("field_list", _nothing),
    "too_short": ("field_few", _bounds("min_length")),
    "too_long": ("field_many", _bounds("max_length")),
    "dict_type": ("field_object", _nothing),
    "model_type": ("field_object", _nothing),
    "model_attributes_type": ("field_object", _nothing),
}
"""What a finding of pydantic is called here, and what its words are filled with; our own types bring their codes along."""


_FORMS: Mapping[str, str] = {
    NAME: "field_name",
    TAG: "field_tag",
    EMAIL: "field_email",
    CURSOR: "cursor_invalid",
    NUMBER: "field_complaint_number",
}
"""A pattern is no remedy for a person: what each of them asks for stands in words."""


def reasons_of(error: ValidationError, query: Sequence[str] = ()) -> list[Reason]:
    """A reason for each finding; `query` names the parameters that are known, when it is about a query string."""
    return [
        _reason(found["type"], found["loc"], found.get("ctx", {}), query, found["input"])
        for found in error.errors(include_url=False)
    ]


def _reason(kind: str, loc: Sequence[int | str], context: Context, query: Sequence[str], sent: object) -> Reason:
    where = place(loc)
    if kind == "literal_error":
        return _choice(where, str(context["expected"]).replace("'", "").replace(" or ", ", "), sent)
    if kind == "extra_forbidden":
        name = str(loc[-1])[:80]
        if not query:
            return Reason("field_unknown", where, {"name": name})
        near = get_close_matches(name, query, 1)
        if near:
            return Reason("query_unknown_near", where, {"name": name, "near": near[0]})
        return Reason("query_unknown", where, {"name": name, "known": ", ".join(query)})
    if kind == "string_pattern_mismatch":
        return Reason(_FORMS.get(context["pattern"], "field_pattern"), where, {"pattern": context["pattern"]})
    if kind in _CODES:
        code, fill = _CODES[kind]
        return Reason(code, where, fill(context))
    if has(f"reasons.{kind}"):
        return Reason(kind, where, dict(context))
    return Reason("field_invalid", where)


def _choice(where: str, known: str, sent: object) -> Reason:
    """What may be sent instead, and which of it was probably meant."""
    near = nearest(sent, known.split(", ")) if isinstance(sent, str) else None
    return (
        Reason("field_choice", where, {"known": known})
        if near is None
        else Reason("field_choice_near", where, {"known": known, "near": near})
    )


def place(loc: Sequence[int | str]) -> str:
    """`steps[0].data.cause`; the names of variants of a body, written <so>, are left out."""
    text = ""
    for part in loc:
        if isinstance(part, int):
            text += f"[{part}]"
        elif not part.startswith("<"):
            text += f".{part[:80]}" if text else part[:80]
    return text or "body"
