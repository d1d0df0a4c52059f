"""The body of a customer as the CRM sends it."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema, with_config
from typing_extensions import TypedDict

from app.access.plain import clean_text
from app.api.v1.schemas.fields import EMAIL, MAX_INT, NAME, Label, Line, Phone, Words, custom
from app.errors import Invalid

_MANY: Final = 60
_LONG: Final = 500
_NAME: Final = re.compile(NAME)


def _attributes(value: dict[str, Any]) -> dict[str, Any]:
    if len(value) > _MANY:
        raise custom("field_many", limit=_MANY)
    return {_named(name): _plain(inner) for name, inner in value.items()}


def _named(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise custom("attribute_name", pattern=NAME)
    return name


def _plain(value: object) -> object:
    if isinstance(value, str):
        try:
            return clean_text(value, _LONG)
        except Invalid as error:
            raise custom("attribute_value", max=_LONG) from error
    if value is None or isinstance(value, bool) or (isinstance(value, int) and abs(value) <= MAX_INT):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) <= MAX_INT:
        return int(value)
    raise custom("attribute_value", max=_LONG)


_ATTRIBUTE: Final = {
    "anyOf": [
        {"type": "string", "maxLength": _LONG, "pattern": r"^[^\u0000-\u001f\u007f-\u009f]*$"},
        {"type": "integer", "minimum": -MAX_INT, "maximum": MAX_INT},
        {"type": "boolean"},
        {"type": "null"},
    ]
}
Attributes = Annotated[
    dict[str, Any],
    AfterValidator(_attributes),
    WithJsonSchema(
        {
            "type": "object",
            "maxProperties": _MANY,
            "propertyNames": {"pattern": NAME},
            "additionalProperties": _ATTRIBUTE,
            "description": "Plain facts from the CRM that name nobody; merged into those that are known.",
            "examples": [{"tenure_months": 34, "contract": "monthly"}],
        }
    ),
]
Email = Annotated[str, Field(max_length=200, pattern=EMAIL)]


@with_config(ConfigDict(strict=True, extra="forbid"))
class CustomerBody(TypedDict, total=False):
    """What the CRM knows of a customer; what is left out stays as it is, null removes it."""

    name: Line | None
    phone: Phone | None
    email: Email | None
    note: Words | None
    segment: Annotated[Label, Field(max_length=40)] | None
    plan: Label | None
    place: Label | None
    sensitive: bool
    account_manager: Annotated[Line, Field(max_length=100, description="The name of a user.")] | None
    attributes: Attributes
