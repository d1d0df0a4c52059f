"""Upkeep: the worker's sign of life, figures for operators, and what has served its time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.answers import purge_answers
from app.audit.lease import let_go
from app.audit.seal import seal
from app.complaints.search_sql import tidy
from app.db.background import ROWS
from app.db.guards import partitions
from app.desk.reminding import remind
from app.outbox import jobs, messages
from app.outbox.deliver import Posting, deliver
from app.outbox.tables import worker as worker_table
from app.timers import due as timers
from app.worker.context import Worker
from app.worker.render import renderer

KEPT = timedelta(days=90)
"""How long ended timers, sent messages and done jobs are kept; the events tell of them for ever."""
FORGOTTEN = timedelta(days=1)
SEALER_ABSENT = timedelta(seconds=15)
"""After how long another worker takes the sealing over."""


async def post(worker: Worker) -> int:
    """Deliver what is due in the outbox."""
    settings = worker.desk.runtime.settings
    posting = Posting(
        worker.db, worker.clock, worker.carrier, renderer(worker.desk), settings.outbox_attempts, worker.lease, worker.stop
    )
    return await deliver(posting)


async def seal_events(worker: Worker) -> int:
    """Seal all pending events, batch by batch."""
    count = 0
    while not worker.stop.is_set():
        now = worker.now()
        done = await seal(worker.db, worker.holder, now, now + SEALER_ABSENT)
        count += done
        if done < ROWS:
            break
    return count


async def beat(worker: Worker) -> int:
    """The worker's row says that it lives; rows of workers that were killed long ago go."""
    now = worker.now()
    async with worker.db.write() as conn:
        mine = update(worker_table).where(worker_table.c.id == worker.id).values(seen_at=now)
        if (await conn.execute(mine)).rowcount == 0:
            row = {"id": worker.id, "host": worker.host, "pid": worker.pid, "started_at": worker.started_at, "seen_at": now}
            await conn.execute(worker_table.insert().values(**row))
            await conn.execute(delete(worker_table).where(worker_table.c.seen_at < now - FORGOTTEN))
    return 0


async def leave(worker: Worker) -> None:
    """A worker that ends in good order takes its row and its leases along."""
    async with worker.db.write() as conn:
        await conn.execute(delete(worker_table).where(worker_table.c.id == worker.id))
        await let_go(conn, worker.holder)


async def fold_search(worker: Worker) -> int:
    """Fold what writes put off into the search index, so that no request has to wait for it."""
    async with worker.db.write() as conn:
        await tidy(conn, worker.db.dialect)
    return 0


async def measure(worker: Worker) -> int:
    """The gauges of /metrics."""
    metrics, now = worker.desk.runtime.metrics, worker.now()
    async with worker.db.read() as conn:
        due, late = await timers.due_and_late(conn, now)
        outbox = await messages.depth(conn, now)
    metrics.timers_due.set(due)
    metrics.timers_late.set(late)
    metrics.outbox_depth.labels("unsent").set(outbox.unsent)
    metrics.outbox_depth.labels("dead").set(outbox.dead)
    metrics.outbox_age.set(outbox.oldest)
    return 0


async def purge(worker: Worker) -> int:
    """Delete the answers kept for repeated requests once their day is over."""
    return await _in_batches(worker, lambda conn: purge_answers(conn, worker.now(), ROWS))


async def remind_owners(worker: Worker) -> int:
    """Tell owners of feedback and suggestions that are due, and of answers that expire."""
    async with worker.db.write() as conn:
        return await remind(worker.desk, conn, worker.now())


async def prune(worker: Worker) -> int:
    """Delete what ended long ago: timers, messages, jobs."""
    before: datetime = worker.now() - KEPT
    count = 0
    for room in (timers.prune, messages.prune, jobs.prune):
        count += await _in_batches(worker, lambda conn, room=room: room(conn, before, ROWS))  # type: ignore[misc]
    return count


async def _in_batches(worker: Worker, step: Callable[[AsyncConnection], Awaitable[int]]) -> int:
    count = 0
    while not worker.stop.is_set():
        async with worker.db.write() as conn:
            done = await step(conn)
        count += done
        if done < ROWS:
            break
    return count


async def months(worker: Worker) -> int:
    """On PostgreSQL: partitions for the months to come, a year ahead, so that none is ever missing when it begins."""
    if worker.db.dialect == "postgresql":
        # From next month on: rows of this one may lie in the default partition already, which bars a new one for them.
        coming = worker.now().replace(day=1) + timedelta(days=32)
        async with worker.db.write() as conn:
            # A new partition locks its table for a moment: rather not today than a queue of writers behind a long reader.
            await conn.execute(text("SET LOCAL lock_timeout = '2s'"))
            await conn.run_sync(partitions, coming)
    return 0
