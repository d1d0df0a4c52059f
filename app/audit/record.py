"""Writing events in the transaction of the change that they tell of: both are stored, or neither."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit.events import By, Event
from app.db.statement import by_table

BY_PROGRAM = By(None, "system", "system")
"""Who acts where nobody is named: the program itself, at its start."""


async def record(conn: AsyncConnection, *events: Event) -> None:
    """Store `events` in the caller's transaction."""
    for table, rows in by_table([row for event in events for row in event.rows()]).items():
        await conn.execute(table.insert(), [dict(row) for row in rows])
