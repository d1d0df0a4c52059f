"""Due reminders, promises, work orders and consults: leased, and settled through the door as actor `system`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import structlog

from app.commitments.due import give_back, lease_next, put_off
from app.db.engine import passing
from app.desk.settling import KINDS, settle
from app.errors import Busy, Conflict
from app.outbox.backoff import WORK
from app.worker.context import Worker
from app.worker.fire import AWAY, SOON

log = structlog.get_logger()
BATCH = 20


async def settle_due(worker: Worker) -> int:
    """Settle all that is due, until nothing is or the worker stops; how many were settled."""
    return sum([await _kind(worker, kind) for kind in KINDS])


async def _kind(worker: Worker, kind: str) -> int:
    table, settled = KINDS[kind][0], 0
    while not worker.stop.is_set():
        now = worker.now()
        until = now + worker.lease
        rows = await lease_next(worker.db, table, now, until, BATCH)
        if not rows:
            break
        for number, row in enumerate(rows):
            if worker.stop.is_set():
                await give_back(worker.db, table, [one["id"] for one in rows[number:]], until)
                break
            settled += await _one(worker, kind, row, now)
    return settled


async def _one(worker: Worker, kind: str, row: dict[str, Any], now: datetime) -> bool:
    """Settle one row. What fails is tried again ever later, and never given up: a word that was given does not lapse."""
    table, metrics = KINDS[kind][0], worker.desk.runtime.metrics
    attempts = row["attempts"] + 1
    try:
        async with worker.db.turn():
            done = await settle(worker.desk, kind, row)
    except Exception as error:
        if isinstance(error, Busy | Conflict) or passing(error):  # the complaint or the database is busy: no fault of the row
            metrics.fired.labels("outrun").inc()
            await put_off(worker.db, table, row, now + (SOON if isinstance(error, Conflict) else AWAY), row["attempts"])
            return False
        log.exception("settling_failed", kind=kind, row=str(row["id"]), complaint=str(row["complaint_id"]), attempts=attempts)
        metrics.fired.labels("retried").inc()
        await put_off(worker.db, table, row, now + WORK.wait(min(attempts, 8), row["id"]), attempts)
        return False
    metrics.fired.labels("done" if done else "superseded").inc()
    if done:
        metrics.late.observe(max((now - row["next_at"]).total_seconds(), 0.0))
    return done
