"""Storing many rows fast: COPY on PostgreSQL, one transaction a batch on SQLite."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db.engine import Database
from app.db.json import dumps
from app.db.statement import Insert, by_table
from app.db.types import Json
from app.desk.many import store_inserts


async def store(database: Database, inserts: list[Insert]) -> None:
    """Store the rows in one transaction."""
    async with database.write() as conn:
        if database.dialect == "postgresql":
            await _copy(conn, inserts)
        else:
            await store_inserts(conn, database.dialect, inserts)


async def _copy(conn: AsyncConnection, inserts: list[Insert]) -> None:
    await conn.execute(text("SELECT 1"))  # opens the transaction, which the driver's own call then joins
    driver: Any = (await conn.get_raw_connection()).driver_connection
    for table, rows in by_table(inserts).items():
        columns = _columns(table)
        records = [[dumps(v) if json and (v := row.get(n)) is not None else row.get(n) for n, json in columns] for row in rows]
        await driver.copy_records_to_table(table.name, records=records, columns=[name for name, _ in columns])


@cache
def _columns(table: Table) -> list[tuple[str, bool]]:
    """The columns, each with whether it holds JSON, which the driver takes as text."""
    return [(str(column.name), isinstance(column.type, type(Json))) for column in table.columns]


INDEX = "ix_search_text_grams"


async def without_search_index(database: Database) -> None:
    """Drop the inverted index of the search before a large load; `with_search_index` builds it anew, many times faster."""
    if database.dialect == "postgresql":
        async with database.read() as conn:
            await conn.execute(text(f"DROP INDEX IF EXISTS {INDEX}"))


async def with_search_index(database: Database) -> None:
    """Build the inverted index if it is not there, and let the planner know the tables."""
    if database.dialect == "postgresql":
        async with database.read() as conn:
            await conn.execute(text("SET maintenance_work_mem = '1GB'"))
            await conn.execute(text(f"CREATE INDEX IF NOT EXISTS {INDEX} ON search_text USING gin (grams)"))
            await conn.execute(text("RESET maintenance_work_mem"))
            await conn.execute(text("ANALYZE"))
