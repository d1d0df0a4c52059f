"""Truth and texts that mean the same on SQLite and PostgreSQL: by character, case and all.

LIKE is not among them: SQLite's takes `a` for `A`.
"""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import ColumnElement, String, func, literal, null
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class ByCodePoint(FunctionElement[str]):
    """A text to be ordered by its characters' numbers, as CEL and SQLite do."""

    name = "by_code_point"
    type = String()
    inherit_cache = True


@compiles(ByCodePoint)
def _plain(element: ByCodePoint, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(ByCodePoint, "postgresql")
def _collated(element: ByCodePoint, compiler: SQLCompiler, **options: Any) -> str:
    # The database's own collation follows a language: there 'B' may stand after 'a'.
    return f'({compiler.process(element.clauses, **options)} COLLATE "C")'


def unknown() -> ColumnElement[bool]:
    """Neither true nor false: NULL."""
    return cast("ColumnElement[bool]", null())


def starts_with(text: ColumnElement[str], part: str) -> ColumnElement[bool]:
    """Whether `text` begins with `part`."""
    return func.substr(text, 1, len(part)) == literal(part, String())


def ends_with(text: ColumnElement[str], part: str) -> ColumnElement[bool]:
    """Whether `text` ends with `part`; a text shorter than that yields fewer characters and so never equals it."""
    return func.substr(text, func.length(text) - (len(part) - 1)) == literal(part, String())


def contains(text: ColumnElement[str], part: str) -> ColumnElement[bool]:
    """Whether `part` occurs in `text`: whether taking it out changes anything."""
    if not part:
        return text == text  # noqa: PLR0124  true, but unknown where the text is
    return func.replace(text, literal(part, String()), literal("", String())) != text
