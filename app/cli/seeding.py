"""`amends seed`: several processes make complaints, the parent counts them."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import Callable
from datetime import timedelta
from multiprocessing.queues import Queue
from random import Random

from asyncpg import UniqueViolationError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.access.vault import Vault
from app.boot import build_desk
from app.clock import SystemClock
from app.complaints.tables import complaint
from app.db import guards
from app.db.engine import Database
from app.desk.desk import Desk
from app.errors import Conflict, Reason
from app.integrations.seeding.making import SPAN, Maker
from app.integrations.seeding.storing import store, with_search_index, without_search_index
from app.settings import Settings

BATCH = 250
TRIES = 5
LARGE = 20_000
"""From so many complaints on the search index is built at the end."""


async def seed(settings: Settings, count: int, seed_: int, progress: Callable[[int, int], None], *, more: bool = False) -> None:
    """Store `count` synthetic complaints of the last year. Conflict when there are complaints already and not `more`."""
    database = Database(settings.database(), 2)
    Vault.of(settings)  # made once here, or every child would try to make it
    try:
        async with database.read() as conn:
            if not more and (await conn.execute(select(complaint.c.id).limit(1))).first() is not None:
                raise Conflict(Reason("seed_not_empty"), code="already_there")
        async with database.write() as conn:
            since = SystemClock().now() - SPAN * 1.1
            await conn.run_sync(lambda sync: None if database.dialect == "sqlite" else guards.partitions(sync, since))
        if count >= LARGE:
            await without_search_index(database)
        try:
            await asyncio.to_thread(_spread, settings, count, seed_, progress, 1 if database.dialect == "sqlite" else _processes())
        finally:
            await with_search_index(database)
    finally:
        await database.close()


def _processes() -> int:
    """One for each processor but one, which the database needs; two at least, since they wait for it."""
    return max(2, (os.cpu_count() or 2) - 1)


def _spread(settings: Settings, count: int, seed_: int, progress: Callable[[int, int], None], processes: int) -> None:
    context = multiprocessing.get_context("spawn")
    told: Queue[int | None] = context.Queue()
    shares = [count // processes + (n < count % processes) for n in range(processes)]
    children = [context.Process(target=_child, args=(settings, share, seed_ * 1000 + n, told)) for n, share in enumerate(shares)]
    for child in children:
        child.start()
    done = ended = 0
    while ended < len(children):
        made = told.get()
        ended += made is None
        done += made or 0
        progress(done, count)
    for child in children:
        child.join()
    if any(child.exitcode for child in children):
        raise Conflict(Reason("seed_failed"))


def _child(settings: Settings, count: int, seed_: int, told: Queue[int | None]) -> None:
    try:
        asyncio.run(_make(settings, count, seed_, told))
    finally:
        told.put(None)


async def _make(settings: Settings, count: int, seed_: int, told: Queue[int | None]) -> None:
    desk: Desk = await build_desk(settings, SystemClock())
    try:
        definition = await desk.current_workflow("complaint")
        maker = Maker(desk, definition, await desk.terms(), Random(seed_), desk.runtime.clock.now() - timedelta(minutes=1))  # noqa: S311 - repeatable
        while count > 0:
            size = min(BATCH, count)
            await _batch(desk, maker, size)
            count -= size
            told.put(size)
    finally:
        await desk.runtime.db.close()


async def _batch(desk: Desk, maker: Maker, size: int) -> None:
    """Make and store a batch; a number that was drawn before makes it be drawn anew."""
    for attempt in range(TRIES):
        try:
            await store(desk.runtime.db, await maker.batch(size))
        except (IntegrityError, UniqueViolationError):
            if attempt == TRIES - 1:
                raise
        else:
            return
