"""Due timers: leased by a worker, and ended in one of the ways that a timer can end."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, exists, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.background import has_status, is_due, lease_rows, release
from app.db.engine import Database, as_dict
from app.db.ids import first_id
from app.timers.tables import timer

Row = Mapping[str, Any]
ENDED = ("done", "superseded", "refused")


async def lease_due(database: Database, now: datetime, until: datetime, limit: int) -> list[dict[str, Any]]:
    """Lease up to `limit` timers that are due, at most one of each complaint: its earliest.

    After an outage that outlasted two deadlines of one complaint the first fires first, and may end the second.
    """
    earlier = timer.alias("earlier")
    waits = exists().where(
        earlier.c.complaint_id == timer.c.complaint_id,
        has_status(earlier, "waiting"),
        tuple_(earlier.c.due_at, earlier.c.id) < tuple_(timer.c.due_at, timer.c.id),
    )
    return await lease_rows(database, timer, is_due(timer, "waiting", now) & ~waits, until, limit)


async def give_back(database: Database, ids: Collection[UUID], until: datetime) -> None:
    """Release leases taken until `until` on timers that were not begun."""
    if ids:
        async with database.write() as conn:
            await conn.execute(release(timer, ids, until))


def ended(row: Row, status: str, at: datetime, outcome: str) -> dict[str, Any]:
    """The whole row of a timer at its end; `outcome` says how (codes, never anybody's words)."""
    return {**row, "status": status, "ended_at": at, "outcome": outcome[:200], "leased_until": None}


async def end(database: Database, row: Row, status: str, at: datetime, outcome: str, attempts: int) -> None:
    """End a timer that changes nothing; one that has ended meanwhile stays as it is."""
    values = {"status": status, "ended_at": at, "outcome": outcome[:200], "leased_until": None, "attempts": attempts}
    async with database.write() as conn:
        await conn.execute(update(timer).where(timer.c.id == row["id"], timer.c.status == "waiting").values(**values))


async def put_off(database: Database, row: Row, not_before: datetime, attempts: int, why: str) -> None:
    """Try a timer again later. Its `due_at` stays, by which its lateness is told; the lease keeps others away till then."""
    values = {"leased_until": not_before, "attempts": attempts, "outcome": why[:200]}
    async with database.write() as conn:
        await conn.execute(update(timer).where(timer.c.id == row["id"], timer.c.status == "waiting").values(**values))


async def due_and_late(conn: AsyncConnection, now: datetime) -> tuple[int, float]:
    """How many timers are due and have not fired, leased ones included, and how many seconds the first of them is late."""
    query = select(func.count(), func.min(timer.c.due_at)).where(has_status(timer, "waiting"), timer.c.due_at <= now)
    count, first = (await conn.execute(query)).one()
    return count, (now - first).total_seconds() if first is not None else 0.0


async def dead(conn: AsyncConnection, limit: int) -> Sequence[Row]:
    """Timers given up after too many errors, the newest first."""
    query = select(timer).where(timer.c.status == "dead").order_by(timer.c.ended_at.desc(), timer.c.id).limit(limit)
    return [as_dict(row) for row in await conn.execute(query)]


async def revive(conn: AsyncConnection, ids: Collection[UUID]) -> list[dict[str, Any]]:
    """Let dead timers fire after all; their rows as they were."""
    mine = and_(timer.c.id.in_(ids), timer.c.status == "dead")
    rows = [as_dict(row) for row in await conn.execute(select(timer).where(mine).with_for_update())]
    anew = {"status": "waiting", "attempts": 0, "leased_until": None, "ended_at": None, "outcome": None}
    await conn.execute(update(timer).where(mine).values(**anew))
    return rows


async def prune(conn: AsyncConnection, before: datetime, limit: int) -> int:
    """Delete up to `limit` timers that ended before `before`; dead ones are kept."""
    # Ids begin with the time of arming: the primary key finds the old rows without another index.
    old = select(timer.c.id).where(timer.c.id < first_id(before), timer.c.status.in_(ENDED), timer.c.ended_at < before)
    return (await conn.execute(delete(timer).where(timer.c.id.in_(old.order_by(timer.c.id).limit(limit))))).rowcount
