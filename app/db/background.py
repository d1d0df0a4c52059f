"""How background work touches the database: due rows are leased, and on SQLite the web process gets half of the time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import datetime
from time import perf_counter
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, Table, Update, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.engine import Database, as_dict

ROWS = 200
"""Rows at most of one background transaction: on SQLite every other process waits for its end."""


class Gentle(Database):
    """The same database, in smaller bites: on SQLite each write is followed by a pause as long as the lock was held.

    SQLite gives its one write lock to whoever asks in the right moment; a process that writes without pause would
    starve the one that answers people. On PostgreSQL nothing is added.
    """

    def __init__(self, of: Database) -> None:
        vars(self).update(vars(of))  # the same engine and the same lock of this process
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """A stretch of work with writes of its own (a step through the door), followed by its pause."""
        if self.dialect != "sqlite":
            yield
            return
        async with self._turn:
            began = perf_counter()
            yield
            await asyncio.sleep(perf_counter() - began)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """As `Database.write`, then the pause."""
        if self.dialect != "sqlite":
            async with super().write() as conn:
                yield conn
            return
        async with self._turn:
            async with super().write() as conn:
                began = perf_counter()
                yield conn
            await asyncio.sleep(perf_counter() - began)


def has_status(table: FromClause, status: str) -> ColumnElement[bool]:
    """Rows in `status`, written into the text of the statement: for a value sent beside it no partial index is used."""
    return table.c.status == literal(status, literal_execute=True)


def is_due(table: Table, status: str, now: datetime) -> ColumnElement[bool]:
    """Rows of `table` in `status` whose time has come and which nobody holds a lease on."""
    free = or_(table.c.leased_until.is_(None), table.c.leased_until < now)
    return has_status(table, status) & (table.c.due_at <= now) & free


def claim(table: Table, due: ColumnElement[bool], until: datetime, limit: int) -> Any:
    """The statement that leases up to `limit` rows until `until`, the longest due first, and returns them whole.

    Two who ask at once get different rows: a row that another is just taking is skipped. The choice stands in a
    WITH, since PostgreSQL may run a subselect more than once and then lease more than `limit`.
    """
    chosen = select(table.c.id).where(due).order_by(table.c.due_at).limit(limit).with_for_update(skip_locked=True).cte("chosen")
    return update(table).where(table.c.id.in_(select(chosen.c.id))).values(leased_until=until).returning(*table.columns)


def release(table: Table, ids: Collection[UUID], until: datetime) -> Update:
    """Give back leases that were taken until `until`, so that others need not wait for their end."""
    return update(table).where(table.c.id.in_(ids), table.c.leased_until == until).values(leased_until=None)


async def lease_rows(
    database: Database, table: Table, due: ColumnElement[bool], until: datetime, limit: int
) -> list[dict[str, Any]]:
    """Lease due rows, the longest due first. A look comes first, so that an idle worker never takes a write lock."""
    async with database.read() as conn:
        if (await conn.execute(select(table.c.id).where(due).limit(1))).first() is None:
            return []
    async with database.write() as conn:
        rows = [as_dict(row) for row in await conn.execute(claim(table, due, until, limit))]
    return sorted(rows, key=lambda row: (row["due_at"], row["id"]))
