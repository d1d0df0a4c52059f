"""What only one process may do at a time: whoever holds the lease does it, and loses it by not coming back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit.tables import lease
from app.db.ids import new_id


async def hold(conn: AsyncConnection, name: str, holder: str, now: datetime, until: datetime) -> bool:
    """Take or prolong the lease `name`; False while another holds it.

    In the caller's transaction: the lease's row stays locked to its end, so that two holders cannot work at once even
    where the time of one runs out in the middle.
    """
    insert: Any = sqlite.insert(lease) if conn.dialect.name == "sqlite" else postgresql.insert(lease)
    row = {"id": new_id(now), "name": name, "holder": holder, "until": until}
    taken = insert.values(**row).on_conflict_do_update(
        index_elements=["name"],
        set_={"holder": holder, "until": until},
        where=or_(lease.c.holder == holder, lease.c.until < now),
    )
    return (await conn.execute(taken.returning(lease.c.id))).first() is not None


async def let_go(conn: AsyncConnection, holder: str) -> None:
    """Give up all leases of `holder`."""
    await conn.execute(delete(lease).where(lease.c.holder == holder))
