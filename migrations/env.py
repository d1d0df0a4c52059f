"""Alembic on both databases: one line of history, batch mode on SQLite, the guards after every run."""

from __future__ import annotations

import asyncio
from typing import Any

from alembic import context
from sqlalchemy import Connection, Engine, event, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.clock import SystemClock
from app.db import guards
from app.schema import metadata
from app.settings import Settings

LOCK = 7_206_332
"""Any number that no other program on the server is likely to take."""
url = context.config.attributes.get("url") or Settings().database()


def run(connection: Connection) -> None:
    """Migrate and install the guards; who dies in the middle leaves nothing half done, and a second one waits for the first."""
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        with connection.begin():  # of all migrations, see `_as_one`
            _migrate(connection, render_as_batch=True)
            guards.install(connection, SystemClock().now())
        return
    connection.execute(text(f"SELECT pg_advisory_lock({LOCK})"))  # until this connection ends
    connection.commit()
    _migrate(connection, transaction_per_migration=True)
    guards.install(connection, SystemClock().now())
    connection.commit()


def _migrate(connection: Connection, **options: Any) -> None:
    context.configure(connection=connection, target_metadata=metadata, compare_type=True, **options)
    with context.begin_transaction():
        context.run_migrations()


def _as_one(engine: Engine) -> None:
    """On SQLite: a real transaction around all. The driver's own begins with the first row written, not with the first table."""

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout=60000")
        cursor.execute("PRAGMA journal_mode=WAL")  # before the transaction: it cannot be changed while somebody writes
        cursor.execute("PRAGMA foreign_keys=OFF")  # they rest while tables are copied; inside a transaction it has no effect
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(conn: Connection) -> None:
        conn.exec_driver_sql("BEGIN IMMEDIATE")


async def main() -> None:
    """Open one connection and migrate."""
    if url.startswith("sqlite"):
        from pathlib import Path

        Path(url.split("///", 1)[1]).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(url, poolclass=pool.NullPool)
    if url.startswith("sqlite"):
        _as_one(engine.sync_engine)
    async with engine.connect() as connection:
        await connection.run_sync(run)
    await engine.dispose()


asyncio.run(main())
