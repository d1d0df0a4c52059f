"""Plain text as it is let in: the same check for the API, forms, imports and the command line."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from app.errors import Invalid, Reason

# Control characters (a CR LF pair is made LF first), and halves of surrogate pairs, which no encoding can store.
_REFUSED: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_REFUSED_MULTILINE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def clean_text(value: object, max_length: int, *, multiline: bool = False, where: str | None = None, min_length: int = 0) -> str:
    """`value` in NFC, without white space at its ends, `min_length` to `max_length` characters.

    `multiline` admits line feed and tab. Raises Invalid with one reason: text_expected, text_too_long, text_surrogate,
    text_control (both with the position, from 1) or text_empty.
    """
    if not isinstance(value, str):
        raise Invalid(Reason("text_expected", where))
    if len(value) > 4 * max_length + 1000:  # far too long: not worth normalising
        raise Invalid(Reason("text_too_long", where, {"max": max_length}))
    text = value.replace("\r\n", "\n") if multiline else value
    found = (_REFUSED_MULTILINE if multiline else _REFUSED).search(text)
    if found is not None:
        character = ord(found.group())
        code = "text_surrogate" if character >= 0xD800 else "text_control"
        raise Invalid(Reason(code, where, {"character": f"U+{character:04X}", "at": found.start() + 1}))
    text = unicodedata.normalize("NFC", text).strip()
    if len(text) > max_length:
        raise Invalid(Reason("text_too_long", where, {"max": max_length}))
    if len(text) < min_length:
        raise Invalid(Reason("text_empty", where, {"min": min_length}))
    return text
