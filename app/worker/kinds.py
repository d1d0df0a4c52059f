"""The kinds of jobs that a room may enqueue (outbox.jobs.enqueue), each with the function that does it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from app.desk import bulk_orders, bulk_work, incident_told
from app.desk.clocks import RETIME
from app.desk.desk import Desk
from app.worker.retime import retime


class Keep(Protocol):
    """Saves how far a job is, and prolongs its lease."""

    async def __call__(self, progress: Mapping[str, Any]) -> None:
        """Raises Interrupted when the worker stops or has lost the job: it goes on from `progress` elsewhere."""


Kind = Callable[[Desk, Mapping[str, Any], Mapping[str, Any], Keep], Awaitable[Mapping[str, Any]]]
"""do(desk, args, progress, keep) → result. Run at least once: it goes on from `progress`, {} at first."""

KINDS: Mapping[str, Kind] = {
    RETIME: retime,
    bulk_orders.KIND: bulk_work.work,
    incident_told.KIND: incident_told.work,
}
