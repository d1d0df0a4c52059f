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


class SqliteReader:
    """A few threads, each with its connection. Reads see what was committed before they began (WAL)."""

    def __init__(self, path: str, pragmas: Sequence[str]) -> None:
        self._path, self._pragmas = path, pragmas
        self._threads = ThreadPoolExecutor(THREADS, "sqlite-reader", initializer=self._connect)
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

    def _connect(self) -> None:
        connection = sqlite3.connect(self._path, timeout=10, isolation_level=None, cached_statements=256, check_same_thread=False)
        for pragma in self._pragmas:
            connection.execute(f"PRAGMA {pragma}")
        self._here.connection = connection
        self._all.append(connection)

    def _rows(self, prepared: Prepared, params: Mapping[str, Any]) -> list[Any]:
        sql, values = prepared.for_sqlite(params)
        try:
            found = self._here.connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise OperationalError(sql, None, error) from error
        return [prepared.sqlite_row(record) for record in found]
