"""Messages as rows: leased in order, marked sent, tried again later, or given up."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, exists, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.background import has_status, is_due, lease_rows, release
from app.db.engine import Database, as_dict
from app.db.ids import first_id
from app.outbox.tables import outbox

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Depth:
    """How many messages stand where, and how old the oldest unsent one is, in seconds."""

    unsent: int
    dead: int
    oldest: float


async def lease_messages(database: Database, now: datetime, until: datetime, limit: int) -> list[dict[str, Any]]:
    """Lease up to `limit` unsent messages that are due; none whose complaint has an earlier one that is not settled.

    So a customer never hears of the solution before the apology, whatever fails and is tried again.
    """
    earlier = outbox.alias("earlier")
    waits = exists().where(
        earlier.c.complaint_id == outbox.c.complaint_id,
        has_status(earlier, "unsent"),
        tuple_(earlier.c.created_at, earlier.c.id) < tuple_(outbox.c.created_at, outbox.c.id),
    )
    return await lease_rows(database, outbox, is_due(outbox, "unsent", now) & ~waits, until, limit)


async def give_back(database: Database, ids: Collection[UUID], until: datetime) -> None:
    """Release leases taken until `until` on messages that were not begun."""
    if ids:
        async with database.write() as conn:
            await conn.execute(release(outbox, ids, until))


async def sent(database: Database, row: Row, at: datetime) -> None:
    """It arrived, whoever holds the lease by now."""
    values = {"status": "sent", "sent_at": at, "attempts": row["attempts"] + 1, "leased_until": None, "last_error": None}
    await _set(database, row, values, fenced=False)


async def failed(database: Database, row: Row, error: str, retry_at: datetime | None) -> None:
    """It did not arrive: due again at `retry_at`, or None: a dead letter. Without effect once the lease was lost."""
    values: dict[str, Any] = {"attempts": row["attempts"] + 1, "leased_until": None, "last_error": error[:500]}
    values |= {"status": "dead"} if retry_at is None else {"due_at": retry_at}
    await _set(database, row, values, fenced=True)


async def _set(database: Database, row: Row, values: Mapping[str, Any], *, fenced: bool) -> None:
    mine = and_(outbox.c.id == row["id"], outbox.c.status == "unsent")
    if fenced:
        mine = and_(mine, outbox.c.leased_until == row["leased_until"])
    async with database.write() as conn:
        await conn.execute(update(outbox).where(mine).values(**values))


async def depth(conn: AsyncConnection, now: datetime) -> Depth:
    """The state of the outbox."""
    unsent = select(func.count(), func.min(outbox.c.created_at)).where(has_status(outbox, "unsent"))
    waiting, oldest = (await conn.execute(unsent)).one()
    dead = (await conn.execute(select(func.count()).select_from(outbox).where(has_status(outbox, "dead")))).scalar_one()
    return Depth(waiting, dead, max((now - oldest).total_seconds(), 0.0) if oldest is not None else 0.0)


async def dead_messages(conn: AsyncConnection, limit: int) -> list[dict[str, Any]]:
    """Dead letters, the newest first."""
    query = select(outbox).where(has_status(outbox, "dead")).order_by(outbox.c.created_at.desc(), outbox.c.id).limit(limit)
    return [as_dict(row) for row in await conn.execute(query)]


async def revive(conn: AsyncConnection, ids: Collection[UUID], at: datetime) -> list[dict[str, Any]]:
    """Put dead letters back into the queue under their old ids; their rows as they were."""
    mine = and_(outbox.c.id.in_(ids), outbox.c.status == "dead")
    rows = [as_dict(row) for row in await conn.execute(select(outbox).where(mine).with_for_update())]
    anew = {"status": "unsent", "attempts": 0, "due_at": at, "leased_until": None, "last_error": None}
    await conn.execute(update(outbox).where(mine).values(**anew))
    return rows


async def prune(conn: AsyncConnection, before: datetime, limit: int) -> int:
    """Delete up to `limit` messages sent before `before`; dead letters are kept."""
    old = select(outbox.c.id).where(outbox.c.id < first_id(before), outbox.c.status == "sent", outbox.c.sent_at < before)
    return (await conn.execute(delete(outbox).where(outbox.c.id.in_(old.order_by(outbox.c.id).limit(limit))))).rowcount
