"""The hot path on PostgreSQL: statements made once, sent by the driver itself.

SQLAlchemy's adapter for asyncpg costs 0.25 ms of processor time a statement, the driver 0.06 (measured); a step has
three. So the few SELECTs of every request are built and compiled by SQLAlchemy once, and sent like the one write
statement through a pool of the driver's own. Everything else goes through `Database.read` and `Database.write`.
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
FAREWELL = 10.0


class _Connection(asyncpg.Connection):  # type: ignore[misc]
    """Single statements in autocommit leave nothing behind, so nothing is reset when it goes back to the pool."""

    async def reset(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - the shape is given
        """Nothing to reset: that would be another round trip."""


class Direct:
    """A pool of the driver's own connections, opened at first use."""

    def __init__(self, url: str, size: int) -> None:
        self._url, self._size = url.replace("postgresql+asyncpg://", "postgresql://"), size
        self._pool: Any = None
        self._opening = asyncio.Lock()

    async def fetch(self, sql: str, params: Sequence[Any], *, again: bool) -> list[Any]:
        """The records of one statement. `again`: it only reads, so it is sent once more when the connection was lost.

        Raises SQLAlchemy's errors, as every other access does; TimeoutError when no connection came free in 5 s.
        """
        try:
            pool = self._pool or await self._open()
            async with pool.acquire(timeout=5) as connection:
                found: list[Any] = await connection.fetch(sql, *params)
                return found
        except _FAILED as error:
            wrapped = _wrapped(sql, error)
            if again and wrapped.connection_invalidated:
                return await self.fetch(sql, params, again=False)
            raise wrapped from error

    async def close(self) -> None:
        """Close all connections; what is under way has FAREWELL seconds to end."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        try:
            async with asyncio.timeout(FAREWELL):
                await pool.close()
        except TimeoutError:
            pool.terminate()

    def idle(self) -> int:
        """Connections that wait for work."""
        return self._pool.get_idle_size() if self._pool is not None else 0

    def busy(self) -> int:
        """Connections at work."""
        return self._pool.get_size() - self._pool.get_idle_size() if self._pool is not None else 0

    async def _open(self) -> Any:
        async with self._opening:
            if self._pool is None:
                settings = {"jit": "off", "application_name": "amends"}
                self._pool = await asyncpg.create_pool(
                    self._url,
                    min_size=1,
                    max_size=self._size,
                    connection_class=_Connection,
                    init=_init,
                    server_settings=settings,
                    timeout=5,
                    max_inactive_connection_lifetime=0,
                )
            return self._pool


async def _init(connection: Any) -> None:
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=str, decoder=orjson.loads, format="text")


def _wrapped(sql: str, error: Exception) -> DBAPIError:
    state = str(getattr(error, "sqlstate", None) or "")
    wrong = isinstance(error, ValueError)  # a value that the driver cannot send: the connection is as good as before
    lost = (not state and not wrong) or state.startswith(("08", "57P"))
    kind = IntegrityError if state.startswith("23") else OperationalError
    return kind(sql, None, error, connection_invalidated=lost)
