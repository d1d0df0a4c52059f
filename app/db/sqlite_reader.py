"""What every request reads on SQLite: one trip to a thread with a connection of its own, where the async driver makes five."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy.exc import OperationalError

from app.db.prepared import Prepared

THREADS = 2


def connect(path: str, pragmas: Sequence[str]) -> sqlite3.Connection:
    """A connection in autocommit; each is used by one thread at a time, but closed by another."""
    connection = sqlite3.connect(path, timeout=10, isolation_level=None, cached_statements=256, check_same_thread=False)
    try:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


class SqliteReader:
    """A few threads, each with its connection. Reads see what was committed before they began (WAL)."""

    def __init__(self, path: str, pragmas: Sequence[str]) -> None:
        self._path, self._pragmas = path, pragmas
        self._threads = ThreadPoolExecutor(THREADS, "sqlite-reader")
        self._here = threading.local()
        self._all: list[sqlite3.Connection] = []

    async def rows(self, prepared: Prepared, params: Mapping[str, Any]) -> list[Any]:
        """The rows of `prepared`. Raises SQLAlchemy's OperationalError."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._rows, prepared, params)

    def close(self) -> None:
        """End the threads and their connections."""
        self._threads.shutdown(wait=True)
        for connection in self._all:
            connection.close()

    def _connect(self) -> sqlite3.Connection:
        """At a thread's first read, not at its start: a pool whose threads cannot start never serves again."""
        connection = connect(self._path, self._pragmas)
        self._here.connection = connection
        self._all.append(connection)
        return connection

    def _rows(self, prepared: Prepared, params: Mapping[str, Any]) -> list[Any]:
        sql, values = prepared.for_sqlite(params)
        try:
            connection = getattr(self._here, "connection", None) or self._connect()
            found = connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise OperationalError(sql, None, error) from error
        return [prepared.sqlite_row(record) for record in found]
