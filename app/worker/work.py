"""Jobs that rooms enqueued: run one by one, resumed from their progress, tried again, given up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from app.errors import AmendsError
from app.outbox import jobs
from app.outbox.backoff import WORK
from app.worker.context import Worker
from app.worker.kinds import KINDS, Kind

log = structlog.get_logger()
ATTEMPTS = 8


class Interrupted(Exception):
    """The job is to be left where it stands: the worker stops, or another one has it."""


async def run_jobs(worker: Worker, kinds: Mapping[str, Kind] = KINDS) -> int:
    """Run all jobs that are due, until none is or the worker stops; how many were done."""
    count = 0
    while not worker.stop.is_set():
        now = worker.now()
        row = await jobs.lease_job(worker.db, now, now + worker.lease)
        if row is None:
            break
        count += await _run(worker, row, kinds.get(row["kind"]))
    return count


async def _run(worker: Worker, row: dict[str, Any], kind: Kind | None) -> bool:
    """Run one leased job; whether it is done."""
    if kind is None:
        await jobs.failed(worker.db, row, worker.now(), "kind_unknown", None)
        return False

    async def keep(progress: Mapping[str, Any]) -> None:
        until = worker.now() + worker.lease
        if not await jobs.keep(worker.db, row, until, progress):
            raise Interrupted
        row["leased_until"] = until
        if worker.stop.is_set():
            raise Interrupted

    try:
        result = await kind(worker.desk, row["args"], row["progress"] or {}, keep)
    except Interrupted:
        await jobs.give_back(worker.db, row)
        return False
    except Exception as error:
        attempts = row["attempts"] + 1
        log.exception("job_failed", job=str(row["id"]), kind=row["kind"], attempts=attempts)
        why = error.problem if isinstance(error, AmendsError) else type(error).__name__
        now = worker.now()
        retry_at = now + WORK.wait(attempts, row["id"]) if attempts < ATTEMPTS else None
        await jobs.failed(worker.db, row, now, why, retry_at)
        return False
    return await jobs.done(worker.db, row, worker.now(), result)
