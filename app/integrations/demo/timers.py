"""Timers of one demo complaint, fired as the worker fires them, but by the demo's clock. Nobody else's are looked at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.access.actor import SYSTEM
from app.complaints.tables import complaint
from app.db.engine import as_dict
from app.db.statement import Update
from app.desk.clock_firing import fire_clock
from app.desk.desk import BY_SYSTEM, Desk
from app.desk.outcome import Reply
from app.desk.readings import CLOCK
from app.desk.transition import transition
from app.timers.due import ended
from app.timers.tables import timer
from app.workflow.machine import Command

ENDS = ("done", "superseded")


async def next_due(desk: Desk, complaint_id: UUID, until: datetime) -> dict[str, Any] | None:
    """The complaint's earliest timer due by `until` that is still armed; None when none is."""
    due = (timer.c.complaint_id == complaint_id) & (timer.c.status == "waiting") & (timer.c.due_at <= until)
    async with desk.runtime.db.read() as conn:
        armed = (await conn.execute(select(complaint.c.armed).where(complaint.c.id == complaint_id))).scalar_one()
        rows = [as_dict(row) for row in await conn.execute(select(timer).where(due).order_by(timer.c.due_at, timer.c.id))]
    return next((row for row in rows if armed.get(row["name"], {}).get("seq") == row["armed_by_seq"]), None)


async def fire(desk: Desk, row: Mapping[str, Any], now: datetime, reply: Reply) -> None:
    """Take the step that the timer triggers, or tell the level of a clock, as actor `system`; with the timer's end in one write."""
    done, superseded = (Update(timer, {**ended(row, how, now, "fired"), "attempts": row["attempts"] + 1}) for how in ENDS)
    if row["trigger"] == CLOCK:
        await fire_clock(desk, row, done, superseded, reply, None)
        return
    steps = [Command(row["trigger"], {})]
    await transition(desk, SYSTEM, BY_SYSTEM, row["complaint_id"], steps, reply, updates=[done], fired=row["name"])
