"""Asking the record: who did what, when; newest first, by what an index serves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.audit.tables import event
from app.db.ids import first_id

_TOLERANCE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events; None = no matter. `until` is not included. Times are UTC, of recording."""

    actor: str | None = None
    actor_id: UUID | None = None
    type: str | None = None
    complaint: UUID | None = None
    customer: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    request_id: str | None = None


async def find(conn: AsyncConnection, wanted: Wanted, before: UUID | None, limit: int) -> list[Mapping[str, Any]]:
    """Up to `limit` events, newest first; those older than the event `before`."""
    query = select(event).order_by(event.c.id.desc()).limit(limit)
    for column, value in (
        (event.c.actor, wanted.actor),
        (event.c.actor_id, wanted.actor_id),
        (event.c.type, wanted.type),
        (event.c.complaint_id, wanted.complaint),
        (event.c.customer_id, wanted.customer),
        (event.c.request_id, wanted.request_id),
    ):
        if value is not None:
            query = query.where(column == value)
    # An id begins with its time, so a stretch of time is a range of the primary key (and of months); `at` then decides.
    if wanted.since is not None:
        query = query.where(event.c.id >= first_id(wanted.since - _TOLERANCE), event.c.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(event.c.id < first_id(wanted.until + _TOLERANCE), event.c.at < wanted.until)
    if before is not None:
        query = query.where(event.c.id < before)
    return [dict(row) for row in (await conn.execute(query)).mappings()]
