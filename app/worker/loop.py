"""The worker: one round on demand, or all jobs side by side until it is told to stop."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import structlog

from app.audit.lease import hold
from app.clock import FrozenClock
from app.desk.desk import Desk
from app.worker.context import Worker, hired
from app.worker.jobs import JOBS, Job
from app.worker.upkeep import leave

log = structlog.get_logger()
LONGEST_PAUSE = 30.0
"""Seconds between two looks while a job keeps failing (the database is away)."""
FAREWELL = 5.0


async def run_once(desk: Desk, now: datetime) -> dict[str, int]:
    """Every job once, in the order of the list, as if it were `now`: {job: how many it settled}. Errors are raised."""
    async with hired(desk, FrozenClock(now), asyncio.Event()) as worker:
        try:
            return {job.name: await _once(worker, job) for job in JOBS}
        finally:
            await leave(worker)


async def run(desk: Desk, stop: asyncio.Event) -> None:
    """All jobs side by side, so that a slow receiver delays no timer, until `stop` is set.

    What is under way then is finished, what is leased and not begun is given back. A job that fails is logged and
    tried again; it ends neither the others nor the worker. Raises OutboxSecretInvalid at once.
    """
    async with hired(desk, desk.runtime.clock, stop) as worker:
        log.info("worker_started", worker=str(worker.id), jobs=len(JOBS))
        await asyncio.gather(*(_forever(worker, job) for job in JOBS))
        try:
            async with asyncio.timeout(FAREWELL):
                await leave(worker)
        except Exception:
            log.exception("worker_row_left_behind", worker=str(worker.id))  # its leases end by themselves
        log.info("worker_stopped", worker=str(worker.id))


async def _forever(worker: Worker, job: Job) -> None:
    settings = worker.desk.runtime.settings
    usual = job.every.total_seconds() if job.every is not None else settings.poll_seconds
    failures = 0
    while not worker.stop.is_set():
        pause = usual
        try:
            await _once(worker, job)
            failures = 0
        except Exception:
            failures += 1
            pause = min(max(settings.poll_seconds, 0.1) * 2 ** min(failures, 10), LONGEST_PAUSE)
            log.exception("background_job_failed", job=job.name, failures=failures, again_in=pause)
        await _rest(worker.stop, pause)


async def _once(worker: Worker, job: Job) -> int:
    if job.alone:
        now = worker.now()
        # Held for as long as the job may take; a worker that dies in it is replaced after that.
        async with worker.db.write() as conn:
            if not await hold(conn, job.name, worker.holder, now, now + max(worker.lease, timedelta(minutes=5))):
                return 0
    return await job.run(worker)


async def _rest(stop: asyncio.Event, seconds: float) -> None:
    """Wait for `seconds`, or for the wish to stop."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
