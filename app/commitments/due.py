"""Promises, work orders and consults that the worker has to look at: leased, given back, put off."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, or_, select, update

from app.db.background import release
from app.db.engine import Database, as_dict

Row = Mapping[str, Any]


async def lease_next(database: Database, table: Table, now: datetime, until: datetime, limit: int) -> list[dict[str, Any]]:
    """Lease up to `limit` rows whose `next_at` has come, the longest due first. An idle worker never takes a write lock."""
    own = table.c
    due = (own.next_at <= now) & or_(own.leased_until.is_(None), own.leased_until < now)
    async with database.read() as conn:
        if (await conn.execute(select(own.id).where(due).limit(1))).first() is None:
            return []
    chosen = select(own.id).where(due).order_by(own.next_at).limit(limit).with_for_update(skip_locked=True).cte("chosen")
    take = update(table).where(own.id.in_(select(chosen.c.id))).values(leased_until=until).returning(*table.columns)
    async with database.write() as conn:
        rows = [as_dict(row) for row in await conn.execute(take)]
    return sorted(rows, key=lambda row: (row["next_at"], row["id"]))


async def give_back(database: Database, table: Table, ids: Collection[UUID], until: datetime) -> None:
    """Release leases taken until `until` on rows that were not begun."""
    if ids:
        async with database.write() as conn:
            await conn.execute(release(table, ids, until))


async def put_off(database: Database, table: Table, row: Row, not_before: datetime, attempts: int) -> None:
    """Try a row again later; `next_at` stays, by which its lateness is told, the lease keeps others away till then."""
    values = {"leased_until": not_before, "attempts": attempts}
    async with database.write() as conn:
        await conn.execute(update(table).where(table.c.id == row["id"], table.c.next_at == row["next_at"]).values(**values))
