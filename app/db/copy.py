"""Moving an embedded database into PostgreSQL: all rows of all tables, counts compared before anything is committed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Table, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.engine import Database, as_dict
from app.db.metadata import metadata
from app.errors import AmendsError, Reason

BATCH = 500
Progress = Callable[[str, int], None]


class CopyRefused(AmendsError):
    """The target is no empty PostgreSQL database, or the counts differ afterwards; nothing was stored."""

    code = "copy_refused"


async def copy(source: Database, target: Database, progress: Progress) -> dict[str, int]:
    """Copy every row; {table: rows}. `progress(table, rows so far)` is called as it goes. Raises CopyRefused.

    Both must be migrated. The source is read in one transaction, the target written in one: it is all there or not at
    all. Stop the web and the worker of the source first; what they wrote afterwards would be missing.
    """
    if source.dialect != "sqlite" or target.dialect != "postgresql":
        raise CopyRefused(Reason("copy_direction"))
    counts: dict[str, int] = {}
    async with source.write() as reading, target.write() as writing:
        for table in metadata.sorted_tables:
            if await _count(writing, table):
                raise CopyRefused(Reason("copy_not_empty", table.name))
        for table in metadata.sorted_tables:
            counts[table.name] = await _copy_table(reading, writing, table, progress)
        for table in metadata.sorted_tables:
            there = await _count(writing, table)
            if there != counts[table.name]:
                raise CopyRefused(Reason("copy_counts_differ", table.name, {"source": counts[table.name], "target": there}))
    return counts


async def _copy_table(reading: AsyncConnection, writing: AsyncConnection, table: Table, progress: Progress) -> int:
    done = 0
    columns = [c for c in table.columns if c.computed is None]
    result = await reading.stream(select(*columns))
    async for part in result.partitions(BATCH):
        rows: list[dict[str, Any]] = [as_dict(row) for row in part]
        await writing.execute(table.insert(), rows)
        done += len(rows)
        progress(table.name, done)
    return done


async def _count(conn: AsyncConnection, table: Table) -> int:
    return (await conn.execute(select(func.count()).select_from(table))).scalar_one()
