"""Grants that nobody decided on in time, or whose complaint came to nothing, end by themselves; whoever asked is told."""

from __future__ import annotations

import structlog

from app.commitments.grants_queries import ending
from app.db.background import ROWS
from app.desk.grants_approval import expire_grant
from app.errors import Conflict
from app.worker.context import Worker

log = structlog.get_logger()


async def expire_asked(worker: Worker) -> int:
    """End all that are waited for no longer; how many. One whose complaint keeps changing is looked at next time."""
    ended = 0
    while not worker.stop.is_set():
        async with worker.db.read() as conn:
            late = await ending(conn, worker.now(), ROWS)
        done = 0
        for complaint_id, grant_id in late:
            if worker.stop.is_set():
                break
            try:
                async with worker.db.turn():
                    done += await expire_grant(worker.desk, complaint_id, grant_id)
            except Conflict:
                log.warning("approval_outrun", grant=str(grant_id))
        ended += done
        if done < ROWS:
            break
    return ended
