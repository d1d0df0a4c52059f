"""The one order in which anything is resumed: `leaf.idx`. Ids are not the order of commits; this is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit.tables import event, leaf
from app.db.engine import as_dict

START: Final = -1
"""Before the first event."""


async def after(conn: AsyncConnection, idx: int, limit: int) -> list[Mapping[str, Any]]:
    """Up to `limit` events after place `idx` (START: from the beginning), in order; each row with its `idx` and `hash`.

    Whoever remembers the last `idx` seen misses none and sees none twice, however many processes write.
    """
    query = select(leaf.c.idx, leaf.c.hash, event).join(event, event.c.id == leaf.c.event_id)
    return [as_dict(row) for row in await conn.execute(query.where(leaf.c.idx > idx).order_by(leaf.c.idx).limit(limit))]


async def last(conn: AsyncConnection) -> int:
    """The place of the newest sealed event; START when there is none."""
    found = (await conn.execute(select(func.max(leaf.c.idx)))).scalar_one()
    return START if found is None else int(found)
