"""Due timers go through the door as everybody does, as actor `system`; a firing and its timer's end are one write."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select

from app.access.actor import SYSTEM
from app.access.answers import Answer
from app.complaints.tables import complaint
from app.db.engine import passing
from app.db.statement import Update
from app.desk.clock_firing import fire_clock
from app.desk.desk import BY_SYSTEM, Desk
from app.desk.outcome import Reply, Result
from app.desk.readings import CLOCK
from app.desk.transition import transition
from app.errors import AmendsError, Busy, Conflict, Forbidden, Invalid, NotFound, Refused, StaleVersion
from app.outbox.backoff import WORK
from app.timers.due import end, ended, give_back, lease_due, put_off
from app.timers.tables import timer
from app.worker.context import Worker
from app.workflow.machine import Command

log = structlog.get_logger()
BATCH = 20
ABREAST = 4
"""Timers fired at once on PostgreSQL, each of another complaint; SQLite has one writer."""
ATTEMPTS = 8
TRIES = 4
"""How often a timer is decided again because somebody changed its complaint in that moment."""
SOON = timedelta(seconds=1)
AWAY = timedelta(seconds=20)
Row = Mapping[str, Any]


async def fire_due(worker: Worker) -> int:
    """Fire all timers that are due, until none is or the worker stops; how many were settled."""
    settled = 0
    while not worker.stop.is_set():
        now = worker.now()
        until = now + worker.lease
        rows = await lease_due(worker.db, now, until, BATCH)
        if not rows:
            break
        settled += await _batch(worker, rows, until)
    return settled


async def _batch(worker: Worker, rows: list[dict[str, Any]], until: datetime) -> int:
    """Settle leased timers; those not begun when the worker stops are given back."""
    breadth = asyncio.Semaphore(1 if worker.db.dialect == "sqlite" else ABREAST)
    left: list[Any] = []

    async def one(row: Row) -> bool:
        async with breadth:
            if worker.stop.is_set():
                left.append(row["id"])
                return False
            return await _settle(worker, row)

    done = await asyncio.gather(*(one(row) for row in rows), return_exceptions=True)
    await give_back(worker.db, left, until)
    # The database is away: those timers come back when their lease ends.
    if lost := next((error for error in done if isinstance(error, BaseException)), None):
        raise lost
    return sum(settled is True for settled in done)


async def _settle(worker: Worker, row: Row) -> bool:
    """Fire one timer and see to what becomes of it; whether it is at its end."""
    metrics, now = worker.desk.runtime.metrics, worker.now()
    attempts = row["attempts"] + 1
    try:
        async with worker.db.turn():
            outcome, how = await fire(worker.desk, row, now)
    except Exception as error:
        if isinstance(error, Busy) or passing(error):  # the database takes no writes: as little its fault
            log.warning("timer_waits_for_database", timer=str(row["id"]), name=row["name"], error=type(error).__name__)
            metrics.fired.labels("outrun").inc()
            await put_off(worker.db, row, now + AWAY, row["attempts"], "busy")
            return False
        log.exception("timer_failed", timer=str(row["id"]), name=row["name"], complaint=str(row["complaint_id"]), attempts=attempts)
        why = error.problem if isinstance(error, AmendsError) else type(error).__name__
        outcome, how = ("dead" if attempts >= ATTEMPTS else "retried"), why
    metrics.fired.labels(outcome).inc()
    if outcome == "retried":
        await put_off(worker.db, row, now + WORK.wait(attempts, row["id"]), attempts, how)
        return False
    if outcome == "outrun":  # the complaint is busy, which is no fault of the timer
        await put_off(worker.db, row, now + SOON, row["attempts"], how)
        return False
    if outcome in {"superseded", "refused", "dead"}:
        await end(worker.db, row, outcome, now, how, attempts)
    if outcome in {"done", "refused"}:
        metrics.late.observe(max((now - row["due_at"]).total_seconds(), 0.0))
    return True


async def fire(desk: Desk, row: Row, now: datetime) -> tuple[str, str]:
    """Take the step that a leased timer triggers, or tell the level of a clock: (what became of it, how).

    `done`: the step and the timer's end are stored, in one write. `superseded`: the complaint has ended or re-armed it.
    `refused`: guard, role, form or stage did not admit the step, or nobody is there to take it for. `outrun`: the
    complaint kept changing. `gone`: another worker had it. Everything else is raised.

    Exactly once, even if a lease ran out and two fire it: a firing raises the complaint's version, and one that was
    decided on an older version is not stored but looks at the timer again.
    """
    for _ in range(TRIES):
        async with desk.runtime.db.read() as conn:
            found = (await conn.execute(_STAND.where(timer.c.id == row["id"]))).first()
        if found is None or found.status != "waiting":
            return "gone", ""
        armed = found.armed.get(row["name"])
        if armed is None or armed["seq"] != row["armed_by_seq"]:
            return "superseded", "ended" if armed is None else "armed_again"
        done = Update(timer, {**ended(row, "done", now, "fired"), "attempts": row["attempts"] + 1})
        if row["trigger"] == CLOCK:
            try:
                return await fire_clock(desk, row, done, _superseded(row, now), _SILENT, found.version)
            except (StaleVersion, Conflict):
                continue
            except NotFound as refused:
                return "refused", refused.problem
        steps, version = [Command(row["trigger"], {})], found.version
        try:
            await transition(
                desk, SYSTEM, BY_SYSTEM, row["complaint_id"], steps, _SILENT, expected=version, updates=[done], fired=row["name"]
            )
        except (StaleVersion, Conflict):
            continue
        except (Refused, Invalid, Forbidden, NotFound) as refused:
            return "refused", ", ".join((refused.problem, *(r.code for r in refused.reasons)))
        return "done", "fired"
    return "outrun", "outrun"


def _superseded(row: Row, now: datetime) -> Update:
    return Update(timer, {**ended(row, "superseded", now, "not_due"), "attempts": row["attempts"] + 1})


# Both in one statement, so that the version is that of the moment in which the timer was still waiting.
_STAND = select(timer.c.status, complaint.c.version, complaint.c.armed).join(complaint, complaint.c.id == timer.c.complaint_id)


def _silent(_result: Result) -> Answer:
    return Answer(204, {}, None)


_SILENT = Reply(_silent)
