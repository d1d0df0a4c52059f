"""The hot path on PostgreSQL: statements made once, sent by the driver itself.

SQLAlchemy's adapter for asyncpg costs 0.25 ms of processor time a statement, the driver 0.06 (measured); a step has
three. So the few SELECTs of every request are built and compiled by SQLAlchemy once, and sent like the one write
statement over connections of the driver's own. Everything else goes through `Database.read` and `Database.write`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg
import orjson
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

_FAILED = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, ConnectionError)
"""What the driver raises; the third when the server went away in the middle of an answer."""
_SAID_NO = (asyncpg.PostgresError, ValueError)
"""The server refused the statement, or the driver a value: the connection is as good as before, unless it was closed with that."""
WAIT = 5.0
"""Seconds that a statement waits for a connection, and a connection for the server."""
FAREWELL = 10.0


class Direct:
    """A few connections of the driver's own, opened when they are needed, the last used first.

    The driver's own pool starts a task and two timers each time a connection is lent: twice what a small SELECT costs.
    """

    def __init__(self, url: str, size: int) -> None:
        self._url = url.replace("postgresql+asyncpg://", "postgresql://")
        self._places = asyncio.Semaphore(size)
        self._size = size
        self._free: list[Any] = []
        self._lent: set[Any] = set()

    async def fetch(self, sql: str, params: Sequence[Any], *, again: bool) -> list[Any]:
        """The records of one statement. `again`: it only reads, so it is sent once more when the connection was lost.

        Raises SQLAlchemy's errors, as every other access does; TimeoutError when no connection came free in 5 s.
        """
        try:
            return await self._fetch(sql, params)
        except _FAILED as error:
            wrapped = _wrapped(sql, error)
            if again and wrapped.connection_invalidated:
                return await self.fetch(sql, params, again=False)
            raise wrapped from error

    async def close(self) -> None:
        """Close all connections; what is under way has FAREWELL seconds to end."""
        try:
            async with asyncio.timeout(FAREWELL):
                for _ in range(self._size):
                    await self._places.acquire()
                while self._free:
                    await self._free.pop().close()
        except TimeoutError:
            for connection in (*self._lent, *self._free):
                connection.terminate()
            self._free.clear()
        self._places = asyncio.Semaphore(self._size)

    def idle(self) -> int:
        """Connections that wait for work."""
        return len(self._free)

    def busy(self) -> int:
        """Connections at work."""
        return len(self._lent)

    async def _fetch(self, sql: str, params: Sequence[Any]) -> list[Any]:
        places = self._places
        if places.locked():
            async with asyncio.timeout(WAIT):
                await places.acquire()
        else:
            await places.acquire()
        try:
            connection = await self._take()
            self._lent.add(connection)
            try:
                found: list[Any] = await connection.fetch(sql, *params)
            except BaseException as error:
                if not isinstance(error, _SAID_NO):
                    connection.terminate()  # whatever it still does, nobody waits for it
                raise
            finally:
                self._lent.discard(connection)
                if not connection.is_closed():
                    self._free.append(connection)
        finally:
            places.release()
        return found

    async def _take(self) -> Any:
        """A connection that is alive as far as is known: one lost while it lay idle is not handed out."""
        while self._free:
            connection = self._free.pop()
            if not connection.is_closed():
                return connection
        made = await asyncpg.connect(self._url, timeout=WAIT, server_settings={"jit": "off", "application_name": "amends"})
        await made.set_type_codec("jsonb", schema="pg_catalog", encoder=str, decoder=orjson.loads, format="text")
        return made


def _wrapped(sql: str, error: Exception) -> DBAPIError:
    state = str(getattr(error, "sqlstate", None) or "")
    wrong = isinstance(error, ValueError)  # a value that the driver cannot send: the connection is as good as before
    lost = (not state and not wrong) or state.startswith(("08", "57P"))
    kind = IntegrityError if state.startswith("23") else OperationalError
    return kind(sql, None, error, connection_invalidated=lost)
