"""Dead letters: messages, jobs and timers that were given up, listed and put back into their queues."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit.events import By, Event
from app.db.background import ROWS, Gentle
from app.db.engine import Database
from app.db.statement import by_table
from app.outbox import jobs, messages
from app.outbox.tables import job, outbox
from app.timers import due as timers
from app.timers.tables import timer

Letter = Mapping[str, Any]


async def dead_letters(conn: AsyncConnection, limit: int) -> Sequence[Letter]:
    """What was given up, the newest first: {kind, id, topic, complaint_id, created_at, attempts, last_error}.

    `kind` is message, job or timer; `topic` the channel, the kind of job, or the name of the timer.
    """
    found = [_letter("message", r, "topic") for r in await messages.dead_messages(conn, limit)]
    found += [_letter("job", r, "kind") for r in await jobs.dead_jobs(conn, limit)]
    found += [_letter("timer", r, "name") for r in await timers.dead(conn, limit)]
    return sorted(found, key=lambda letter: letter["created_at"], reverse=True)[:limit]


def _letter(kind: str, row: Mapping[str, Any], topic: str) -> Letter:
    return {
        "kind": kind,
        "id": row["id"],
        "topic": row[topic],
        "complaint_id": row.get("complaint_id"),
        "created_at": row["armed_at"] if kind == "timer" else row["created_at"],
        "attempts": row["attempts"],
        "last_error": row["outcome"] if kind == "timer" else row["last_error"],
    }


async def replay_letters(database: Database, by: By, at: datetime, ids: Collection[UUID] | None = None) -> int:
    """Put the dead letters `ids` (None: all) back under their old ids, with an event each; how many there were."""
    gentle, count = Gentle(database), 0
    wanted = None if ids is None else list(dict.fromkeys(ids))
    while wanted is None or wanted:
        batch, wanted = (None, None) if wanted is None else (wanted[:ROWS], wanted[ROWS:])
        async with gentle.write() as conn:
            revived = await _revive(conn, by, at, batch if batch is not None else await _some(conn))
        count += revived
        if batch is None and not revived:
            break
    return count


async def _some(conn: AsyncConnection) -> list[UUID]:
    """A batch of whatever is dead."""
    found: list[UUID] = []
    for table in (outbox, job, timer):
        found += (await conn.execute(select(table.c.id).where(table.c.status == "dead").limit(ROWS // 3))).scalars()
    return found


async def _revive(conn: AsyncConnection, by: By, at: datetime, ids: list[UUID]) -> int:
    revived = [_letter("message", r, "topic") for r in await messages.revive(conn, ids, at)]
    revived += [_letter("job", r, "kind") for r in await jobs.revive(conn, ids, at)]
    found = await timers.revive(conn, ids)
    customers = {r["id"]: r["customer_id"] for r in found}
    revived += [_letter("timer", r, "name") for r in found]
    events = [
        Event(
            "replayed",
            at,
            by,
            letter["complaint_id"],
            customers.get(letter["id"]),
            data={name: letter[name] for name in ("kind", "id", "topic", "last_error")},
        )
        for letter in revived
    ]
    for table, rows in by_table([row for event in events for row in event.rows()]).items():
        await conn.execute(table.insert(), [dict(r) for r in rows])
    return len(revived)
