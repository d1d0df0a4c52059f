"""Alembic on both databases: one line of history, batch mode on SQLite, the guards after every run."""

from __future__ import annotations

import asyncio

from alembic import context
from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.clock import SystemClock
from app.db import guards
from app.schema import metadata
from app.settings import Settings

url = context.config.attributes.get("url") or Settings().database()


def run(connection: Connection) -> None:
    """Migrate inside one transaction; SQLite's foreign keys rest while tables are copied."""
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        connection.execute(text("PRAGMA foreign_keys=OFF"))
        connection.commit()
    context.configure(
        connection=connection, target_metadata=metadata, render_as_batch=sqlite, transaction_per_migration=True, compare_type=True
    )
    with context.begin_transaction():
        context.run_migrations()
    guards.install(connection, SystemClock().now())
    connection.commit()


async def main() -> None:
    """Open one connection and migrate."""
    if url.startswith("sqlite"):
        from pathlib import Path

        Path(url.split("///", 1)[1]).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(url, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(run)
    await engine.dispose()


asyncio.run(main())
