"""Jobs as rows: work that outlives the request that asked for it; leased like messages, resumed where it stood."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.background import has_status, is_due, lease_rows
from app.db.engine import Database, as_dict
from app.db.ids import first_id, new_id
from app.db.statement import Insert
from app.outbox.tables import job

Row = Mapping[str, Any]


def enqueue(kind: str, args: Mapping[str, Any], at: datetime, by: UUID | None = None, due: datetime | None = None) -> Insert:
    """The row of a job of `kind` (see worker.kinds), for the plan of the change that asks for it. `args` name nobody."""
    row = {"id": new_id(at), "kind": kind, "args": dict(args), "created_at": at, "created_by": by, "due_at": due or at}
    return Insert(job, {**row, "status": "waiting", "attempts": 0})


async def lease_job(database: Database, now: datetime, until: datetime) -> dict[str, Any] | None:
    """Lease the job that is due longest; one at a time, since a job may take long."""
    rows = await lease_rows(database, job, is_due(job, "waiting", now), until, 1)
    return rows[0] if rows else None


async def keep(database: Database, row: Row, until: datetime, progress: Mapping[str, Any]) -> bool:
    """Save how far a job is and hold it until `until`; False when its lease was lost and another goes on with it."""
    return await _set(database, row, {"leased_until": until, "progress": dict(progress)})


async def done(database: Database, row: Row, at: datetime, result: Mapping[str, Any]) -> bool:
    """The job is done."""
    ended = {"status": "done", "result": dict(result), "ended_at": at, "leased_until": None, "last_error": None}
    return await _set(database, row, {**ended, "attempts": row["attempts"] + 1})


async def failed(database: Database, row: Row, at: datetime, error: str, retry_at: datetime | None) -> bool:
    """The job failed: due again at `retry_at`, or None: dead."""
    values: dict[str, Any] = {"attempts": row["attempts"] + 1, "leased_until": None, "last_error": error[:500]}
    values |= {"status": "dead", "ended_at": at} if retry_at is None else {"due_at": retry_at}
    return await _set(database, row, values)


async def give_back(database: Database, row: Row) -> bool:
    """Let another worker go on with a job at once."""
    return await _set(database, row, {"leased_until": None})


async def _set(database: Database, row: Row, values: Mapping[str, Any]) -> bool:
    mine = and_(job.c.id == row["id"], job.c.status == "waiting", job.c.leased_until == row["leased_until"])
    async with database.write() as conn:
        return (await conn.execute(update(job).where(mine).values(**values))).rowcount > 0


async def dead_jobs(conn: AsyncConnection, limit: int) -> list[dict[str, Any]]:
    """Jobs given up after too many errors, the newest first."""
    query = select(job).where(has_status(job, "dead")).order_by(job.c.created_at.desc(), job.c.id).limit(limit)
    return [as_dict(row) for row in await conn.execute(query)]


async def revive(conn: AsyncConnection, ids: list[UUID], at: datetime) -> list[dict[str, Any]]:
    """Let dead jobs run again from their progress; their rows as they were."""
    mine = and_(job.c.id.in_(ids), job.c.status == "dead")
    rows = [as_dict(row) for row in await conn.execute(select(job).where(mine).with_for_update())]
    await conn.execute(update(job).where(mine).values(status="waiting", attempts=0, due_at=at, leased_until=None, ended_at=None))
    return rows


async def prune(conn: AsyncConnection, before: datetime, limit: int) -> int:
    """Delete up to `limit` jobs done before `before`; dead ones are kept."""
    old = select(job.c.id).where(job.c.id < first_id(before), job.c.status == "done", job.c.ended_at < before)
    return (await conn.execute(delete(job).where(job.c.id.in_(old.order_by(job.c.id).limit(limit))))).rowcount
