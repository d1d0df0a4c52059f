"""The one list of background jobs: what a worker does, how often, and what only one worker at a time may do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from app.worker.approvals import expire_asked
from app.worker.context import Worker
from app.worker.fire import fire_due
from app.worker.settle import settle_due
from app.worker.upkeep import beat, fold_search, measure, months, post, prune, purge, remind_owners, seal_events
from app.worker.work import run_jobs


@dataclass(frozen=True, slots=True)
class Job:
    """A background job. `every` None: at each look (AMENDS_POLL_SECONDS). `alone`: by one worker of all at a time."""

    name: str
    every: timedelta | None
    run: Callable[[Worker], Awaitable[int]]
    alone: bool = False


JOBS: tuple[Job, ...] = (
    Job("timers", None, fire_due),
    Job("commitments", None, settle_due),
    Job("outbox", None, post),
    Job("jobs", None, run_jobs),
    Job("approvals", timedelta(seconds=5), expire_asked, alone=True),
    Job("seal", None, seal_events),  # several workers may try: the sealer's own lease lets one
    Job("heartbeat", timedelta(seconds=5), beat),
    Job("search", timedelta(seconds=5), fold_search, alone=True),
    Job("gauges", timedelta(seconds=15), measure),
    Job("answers", timedelta(minutes=10), purge, alone=True),
    Job("reminders", timedelta(minutes=10), remind_owners, alone=True),
    Job("partitions", timedelta(days=1), months, alone=True),
    Job("prune", timedelta(hours=1), prune, alone=True),
)
