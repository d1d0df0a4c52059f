"""The types of fields that come in: each checks exactly what its JSON Schema says, and tells what is wrong as a code.

What a schema cannot say (a text that is blank once its ends are cut, a number that cannot be dialled) is refused too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.access.identifiers import e164
from app.access.plain import clean_text
from app.errors import Invalid
from app.workflow import schema

_LINE: Final = r"^[^\u0000-\u001f\u007f-\u009f]*$"
_LINES: Final = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$"
_LINE_END: Final = re.compile(r"\r\n?")
_YUAN: Final = r"^(0|[1-9][0-9]{0,7})(\.[0-9]{1,2})?$"
_UUID: Final = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
NAME: Final = r"^[a-z][a-z0-9_]{0,59}$"
TAG: Final = r"^[a-z][a-z0-9_-]{0,39}(\.[a-z][a-z0-9_-]{0,39})?$"
EMAIL: Final = r"^[^@\s\u0000-\u0020\u007f-\u009f]{1,64}@[A-Za-z0-9.-]{1,130}$"
CURSOR: Final = r"^[A-Za-z0-9_-]+$"
NUMBER: Final = r"^[0-9A-HJKMNP-TV-Z]{12}$"
PHONE: Final = r"^\+?[0-9][0-9 ()./-]{1,30}$"
MAX_INT: Final = 2**53 - 1
"""Beyond this JSON numbers lose digits in browsers."""

_yuan, _uuid, _instant = re.compile(_YUAN), re.compile(_UUID), re.compile(schema.DATETIME)


class Body(BaseModel):
    """A body: types are not converted, unknown fields are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def plain(most: int, *, least: int = 1, lines: bool = False) -> list[Any]:
    """Marks of a plain text of `least` to `most` characters, NFC, its ends cut; `lines` admits line feed and tab."""

    def clean(value: str) -> str:
        try:
            return clean_text(_LINE_END.sub("\n", value) if lines else value, most, multiline=lines, min_length=least)
        except Invalid as error:
            reason = error.reasons[0]
            raise custom(reason.code, **reason.params) from error

    # That it must not be blank is left out: a second pattern for that makes programs that generate texts very slow.
    told: dict[str, Any] = {"type": "string", "minLength": least, "maxLength": most, "pattern": _LINES if lines else _LINE}
    return [AfterValidator(clean), WithJsonSchema(told)]


def custom(code: str, **params: Any) -> PydanticCustomError:
    """A refusal with a code of `texts/`."""
    return PydanticCustomError(code, code, params)


def _read_yuan(value: object) -> int:
    if not isinstance(value, str) or not _yuan.fullmatch(value):
        raise custom("field_yuan")
    whole, _, cents = value.partition(".")
    return int(whole) * 100 + int(cents.ljust(2, "0") or 0)


def _read_uuid(value: object) -> UUID:
    if not isinstance(value, str) or not _uuid.fullmatch(value):
        raise custom("field_uuid")
    return UUID(value)


def _read_instant(value: object) -> datetime:
    if not isinstance(value, str) or not _instant.fullmatch(value):
        raise custom("field_time")
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise custom("field_time") from error


def _whole(value: object) -> object:
    """JSON Schema calls 3.0 an integer, and some clients send it so."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) <= MAX_INT else value


def _check_phone(value: str) -> str:
    if not re.fullmatch(PHONE, value) or e164(value) is None:
        raise custom("phone_invalid")
    return value


def _distinct(values: Sequence[object]) -> Sequence[object]:
    if len(set(values)) != len(values):
        raise custom("field_repeated")
    return values


def distinct(most: int, least: int = 0) -> list[Any]:
    """Marks of a list of up to `most` different values."""
    return [Field(min_length=least, max_length=most, json_schema_extra={"uniqueItems": True}), AfterValidator(_distinct)]


def read_as(read: Callable[[Any], Any], told: dict[str, Any]) -> list[Any]:
    """Marks of a type that `read` makes of the JSON value, described by `told`."""
    return [BeforeValidator(read), WithJsonSchema(told)]


Yuan = Annotated[
    int, *read_as(_read_yuan, {"type": "string", "pattern": _YUAN, "description": "Decimal yuan.", "examples": ["30.00"]})
]
"""Fen, from a decimal yuan string."""
Id = Annotated[UUID, *read_as(_read_uuid, {"type": "string", "format": "uuid", "pattern": _UUID})]
Instant = Annotated[
    datetime,
    *read_as(
        _read_instant,
        {"type": "string", "format": "date-time", "pattern": schema.DATETIME, "examples": ["2026-03-12T18:00:00+08:00"]},
    ),
]
"""UTC, from an RFC 3339 time with its zone."""
Version = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=999_999_999)]
Name = Annotated[str, Field(pattern=NAME)]
"""A name of the configuration."""
Phone = Annotated[
    str, AfterValidator(_check_phone), WithJsonSchema({"type": "string", "pattern": PHONE, "examples": ["13961235611"]})
]
Tag = Annotated[str, Field(pattern=TAG, examples=["net.area"])]
"""A tag of the library; the two levels are parted by a dot."""
Severity = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=4, description="1 lowest … 4 highest.")]
Verification = Annotated[
    int,
    BeforeValidator(_whole),
    Field(ge=0, le=3, description="0 none, 1 number match, 2 password or code, 3 document at the shop."),
]
Emotion = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=5, description="1 calm … 5 furious.")]
Line = Annotated[str, *plain(200)]
Label = Annotated[str, *plain(80)]
Words = Annotated[str, *plain(4_000, lines=True)]
Story = Annotated[str, *plain(20_000, lines=True)]
ExternalId = Annotated[str, *plain(120)]
Tags = Annotated[list[Tag], *distinct(20)]
