"""SQLite's one writer: a whole plan in a single trip to one thread.

The async driver makes a trip for every statement; a step has ten. On the embedded database, where the lock is held for
all of them, that is most of the time (measured: see docs/benchmarks.md).
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from app.db.json import dumps
from app.db.sqlite_reader import connect
from app.db.statement import Row, columns

_DIALECT = sqlite.dialect(json_serializer=dumps)
_Processor = Callable[[Any], Any] | None


@dataclass(frozen=True, slots=True)
class Command:
    """One statement for each of `rows`; where `must_touch`, a row that it does not find undoes the whole batch."""

    sql: str
    rows: Sequence[Sequence[Any]]
    must_touch: bool = False


class SqliteWriter:
    """A connection and a thread of its own. Callers take turns by the database's lock; other processes by SQLite's."""

    def __init__(self, path: str, pragmas: Sequence[str]) -> None:
        self._path, self._pragmas = path, pragmas
        self._thread = ThreadPoolExecutor(1, "sqlite-writer")
        self._connection: sqlite3.Connection | None = None

    async def run(self, batch: Sequence[Command]) -> bool:
        """All of `batch` in one transaction; False when a row that had to be there was not, and then nothing is stored.

        Raises SQLAlchemy's IntegrityError and OperationalError, as every other write does.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, batch)

    def close(self) -> None:
        """End the thread and its connection."""
        self._thread.submit(self._close)
        self._thread.shutdown(wait=True)

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _run(self, batch: Sequence[Command]) -> bool:
        sql = "BEGIN IMMEDIATE"
        try:
            connection = self._connection = self._connection or connect(self._path, self._pragmas)
            connection.execute(sql)
            for command in batch:
                sql = command.sql
                touched = connection.executemany(sql, command.rows).rowcount
                if command.must_touch and touched != len(command.rows):
                    self._undo()
                    return False
            sql = "COMMIT"
            connection.execute(sql)
        except BaseException as error:
            # Not only the database's own errors: a value that the driver cannot bind would leave the lock behind.
            self._undo()
            if isinstance(error, sqlite3.Error):
                raise _wrapped(sql, error) from error
            raise
        return True

    def _undo(self) -> None:
        """End the transaction. Where even that fails the connection goes, and the lock with it; the next batch opens another."""
        if self._connection is None:
            return
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            self._close()


def _wrapped(sql: str, error: sqlite3.Error) -> DBAPIError:
    kind = IntegrityError if isinstance(error, sqlite3.IntegrityError) else OperationalError
    return kind(sql, None, error)


@cache
def _processors(table: Table) -> tuple[tuple[str, _Processor], ...]:
    return tuple((str(c.name), c.type.dialect_impl(_DIALECT).bind_processor(_DIALECT)) for c in table.columns if c.computed is None)


def values(table: Table, row: Row, names: Sequence[str] | None = None) -> list[Any]:
    """The values of `row` as SQLite stores them, in the order of the table's columns (or of `names`)."""
    chosen = _processors(table) if names is None else [p for p in _processors(table) if p[0] in set(names)]
    return [process(row.get(name)) if process is not None else row.get(name) for name, process in chosen]


@cache
def insert_sql(table: Table) -> str:
    """INSERT of a whole row."""
    names = columns(table)
    return f'INSERT INTO "{table.name}" ({", ".join(names)}) VALUES ({", ".join("?" * len(names))})'  # noqa: S608 - our own names


@cache
def update_sql(table: Table, fixed: frozenset[str], where: str) -> str:
    """UPDATE of all columns but `fixed`, by a condition with its own placeholders."""
    setters = ", ".join(f"{name} = ?" for name in columns(table) if name.strip('"') not in fixed)
    return f'UPDATE "{table.name}" SET {setters} WHERE {where}'  # noqa: S608 - our own names
