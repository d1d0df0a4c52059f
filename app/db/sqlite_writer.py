"""SQLite's one writer: whole plans in a single trip to one thread, and those that wait go to the disk together.

The async driver makes a trip for every statement; a step has ten. On the embedded database, where the lock is held for
all of them, that is most of the time. What is left is the COMMIT, which waits for the disk as long for sixteen plans as for
one (measured: see docs/benchmarks.md).
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
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


Batch = Sequence[Command]
TOGETHER = 16
"""Batches in one transaction at most: other processes wait for its end."""
_COMMIT = "COMMIT"


@dataclass(frozen=True, slots=True)
class _Waiting:
    batch: Batch
    told: asyncio.Future[bool]


class SqliteWriter:
    """A connection and a thread of its own.

    `turn` is shared with the other writers of the process; SQLite's own lock keeps other processes out.
    """

    def __init__(self, path: str, pragmas: Sequence[str], turn: asyncio.Lock | None = None) -> None:
        self._path, self._pragmas = path, pragmas
        self._turn = turn or asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, "sqlite-writer")
        self._connection: sqlite3.Connection | None = None
        self._waiting: deque[_Waiting] = deque()
        self._work: asyncio.Task[None] | None = None

    async def run(self, batch: Batch) -> bool:
        """All of `batch` in one transaction; False when a row that had to be there was not, and then nothing is stored.

        Raises SQLAlchemy's IntegrityError and OperationalError, as every other write does. A caller who goes away does not
        take the batch along: it is stored all the same.
        """
        loop = asyncio.get_running_loop()
        mine = _Waiting(batch, loop.create_future())
        self._waiting.append(mine)
        if self._work is None:
            self._work = loop.create_task(self._all())
        return await mine.told

    async def close(self) -> None:
        """Store what waits, then end the thread and its connection."""
        while self._work is not None:
            await asyncio.wait({self._work})
        await asyncio.to_thread(self._end)

    async def _all(self) -> None:
        """Store group after group until nobody waits; between two groups the others may write."""
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                async with self._turn:
                    group = [self._waiting.popleft() for _ in range(min(TOGETHER, len(self._waiting)))]
                    try:
                        told = await loop.run_in_executor(self._thread, self._run, [one.batch for one in group])
                    except Exception as error:  # noqa: BLE001 - no thread to be had: each caller hears of it
                        told = [error] * len(group)
                for one, result in zip(group, told, strict=True):
                    _tell(one.told, result)
        finally:
            self._work = None

    def _end(self) -> None:
        self._thread.submit(self._close)
        self._thread.shutdown(wait=True)

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _run(self, group: Sequence[Batch]) -> list[bool | BaseException]:
        """What became of each. All in one transaction if all can be stored, else each in one of its own."""
        if len(group) > 1:
            found = self._store([command for batch in group for command in batch])
            # A failed COMMIT is told to all: nobody knows whether it reached the disk, so nothing is stored again.
            if found is True or (isinstance(found, DBAPIError) and found.statement == _COMMIT):
                return [found] * len(group)
        return [self._store(batch) for batch in group]

    def _store(self, batch: Batch) -> bool | BaseException:
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
            sql = _COMMIT
            connection.execute(sql)
        except BaseException as error:  # noqa: BLE001 - told to the caller
            # Not only the database's own errors: a value that the driver cannot bind would leave the lock behind.
            self._undo()
            return _wrapped(sql, error) if isinstance(error, sqlite3.Error) else error
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


def _tell(told: asyncio.Future[bool], result: bool | BaseException) -> None:
    if told.done():  # the caller went away
        return
    if isinstance(result, BaseException):
        told.set_exception(result)
    else:
        told.set_result(result)


def _wrapped(sql: str, error: sqlite3.Error) -> DBAPIError:
    kind = IntegrityError if isinstance(error, sqlite3.IntegrityError) else OperationalError
    wrapped = kind(sql, None, error)
    wrapped.__cause__ = error
    return wrapped


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
