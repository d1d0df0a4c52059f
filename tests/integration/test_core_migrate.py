"""A migration is there whole or not at all, whoever dies in the middle of it, and two who migrate at once do it once."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from app.db.engine import Database
from app.db.guards import APPEND_ONLY
from app.db.migrate import check, upgrade
from tests.databases import Postgres, in_thread

KILLED = """
import os, sys
from alembic import op
real, left = op.create_table, int(sys.argv[2])

def create_table(*args, **more):
    global left
    left -= 1
    if left < 0:
        os._exit(9)
    return real(*args, **more)

op.create_table = create_table
from app.db.migrate import upgrade
upgrade(sys.argv[1])
"""


def migrating(url: str, left: int) -> subprocess.Popen[bytes]:
    """A process that migrates the database at `url`, and dies when it is about to make table number `left`."""
    return subprocess.Popen([sys.executable, "-c", KILLED, url, str(left)], stderr=subprocess.PIPE, cwd=Path(__file__).parents[2])


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path):
    """An empty database that nobody has migrated."""
    if request.param == "sqlite":
        connection = sqlite3.connect(tmp_path / "new.db")
        connection.execute("PRAGMA journal_mode=WAL")  # who opens a file first sets it, and nobody else may write just then
        connection.close()
        yield f"sqlite+aiosqlite:///{tmp_path / 'new.db'}"
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    name, _ = postgres.create()
    url = postgres.url(name).replace("postgresql://", "postgresql+asyncpg://")

    async def emptied() -> None:
        database = Database(url, 2)
        async with database.write() as conn:
            await conn.execute(text("DROP SCHEMA public CASCADE"))
            await conn.execute(text("CREATE SCHEMA public"))
        await database.close()

    in_thread(lambda: asyncio.run(emptied()))
    yield url
    postgres.drop(name)


async def tables(url: str) -> int:
    database = Database(url, 2)
    try:
        async with database.read() as conn:
            await conn.run_sync(check)
            return len(await conn.run_sync(lambda sync: inspect(sync).get_table_names()))
    finally:
        await database.close()


def test_a_migration_that_is_killed_leaves_nothing_and_is_done_the_next_time(empty_url: str):
    for left in (0, 4, 11):
        died = migrating(empty_url, left)
        assert (died.communicate(timeout=60)[1], died.returncode) == (b"", 9)
    in_thread(lambda: upgrade(empty_url))
    assert in_thread(lambda: asyncio.run(tables(empty_url))) > 11


def test_several_who_migrate_an_empty_database_at_once_all_find_it_migrated(empty_url: str):
    many = [migrating(empty_url, 1000) for _ in range(3)]
    assert [(one.communicate(timeout=120)[1][-500:], one.returncode) for one in many] == [(b"", 0)] * 3
    assert in_thread(lambda: asyncio.run(tables(empty_url))) > 11


async def test_no_partition_of_an_append_only_table_can_be_emptied(postgresql_url: str):
    database = Database(postgresql_url, 2)
    async with database.read() as conn:
        found = await conn.execute(text("SELECT inhrelid::regclass::text, inhparent::regclass::text FROM pg_inherits"))
        names = [part for part, parent in found if parent in APPEND_ONLY]
    assert len(names) > 12
    for name in names:
        with pytest.raises(Exception, match="append-only"):
            async with database.write() as conn:
                await conn.execute(text(f"TRUNCATE {name}"))
    await database.close()
