"""A SELECT made once at import: built and compiled by SQLAlchemy Core, sent as text by whoever is nearest to the database."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import orjson
from sqlalchemy import Select
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import asyncpg

_POSTGRESQL = asyncpg.dialect()  # type: ignore[no-untyped-call]
_SQLITE = sqlite.dialect(json_deserializer=orjson.loads)
_Processor = Callable[[Any], Any] | None


class Prepared:
    """The statement for both databases. Rows have its columns as attributes and by position."""

    def __init__(self, statement: Select[Any]) -> None:
        self._statement = statement
        keys = [str(column.name) for column in statement.selected_columns]
        self._make: Callable[[Any], Any] = namedtuple("Row", keys, rename=True)._make  # type: ignore[attr-defined]  # noqa: PYI024

    @cached_property
    def _on_postgresql(self) -> tuple[str, Sequence[str], Mapping[str, Any]]:
        compiled = self._statement.compile(dialect=_POSTGRESQL)
        return str(compiled), compiled.positiontup or (), compiled.params

    @cached_property
    def _on_sqlite(self) -> tuple[str, Sequence[tuple[str, _Processor]], Mapping[str, Any], Sequence[_Processor]]:
        compiled = self._statement.compile(dialect=_SQLITE)
        names = [
            (name, compiled.binds[name].type.dialect_impl(_SQLITE).bind_processor(_SQLITE)) for name in compiled.positiontup or ()
        ]
        results = [c.type.dialect_impl(_SQLITE).result_processor(_SQLITE, None) for c in self._statement.selected_columns]
        return str(compiled), names, compiled.params, results

    def for_postgresql(self, params: Mapping[str, Any]) -> tuple[str, list[Any]]:
        """The text and its parameters; the driver takes and gives the values as they are."""
        sql, names, constants = self._on_postgresql
        return sql, [params[name] if name in params else constants[name] for name in names]

    def for_sqlite(self, params: Mapping[str, Any]) -> tuple[str, list[Any]]:
        """The text and its parameters as SQLite stores such values."""
        sql, names, constants, _ = self._on_sqlite
        given = [(params[name] if name in params else constants[name], process) for name, process in names]
        return sql, [process(value) if process is not None else value for value, process in given]

    def row(self, record: Sequence[Any]) -> Any:
        """A record of PostgreSQL's driver."""
        return self._make(record)

    def sqlite_row(self, record: Sequence[Any]) -> Any:
        """A record of SQLite, its values as Python has them."""
        pairs = zip(record, self._on_sqlite[3], strict=True)
        return self._make([process(value) if process is not None else value for value, process in pairs])
