"""Migrations by Alembic, and what a database must be before the product starts on it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from app.db import guards
from app.db.engine import Database
from app.errors import AmendsError

_ROOT = Path(__file__).resolve().parents[2]


class NotMigrated(AmendsError):
    """The database is empty, older than the program, of an unknown revision, or unsafe in its settings."""

    code = "not_migrated"


def config(url: str) -> Config:
    """Alembic's configuration for `url`; `alembic.ini` serves the same folder on the command line."""
    made = Config()
    made.set_main_option("script_location", str(_ROOT / "migrations"))
    made.attributes["url"] = url
    return made


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at `url` (async driver) to `revision` and install the guards. Not to be called in a running loop.

    Raises NotMigrated for a database of a revision that this program does not know.
    """
    fresh = url.startswith("sqlite") and not Path(url.partition(":///")[2]).is_file()
    if not fresh and asyncio.run(_state(url)) == "unknown":
        raise NotMigrated(code="database_unknown")
    command.upgrade(config(url), revision)


async def _state(url: str) -> str:
    database = Database(url, 2)
    try:
        async with database.read() as conn:
            return await conn.run_sync(state)
    finally:
        await database.close()


def head() -> str:
    """The newest revision this program knows."""
    found = ScriptDirectory.from_config(config("")).get_current_head()
    if found is None:
        raise RuntimeError("no migrations are packaged")
    return found


def state(conn: Connection) -> str:
    """`current`, `empty`, `older` or `unknown`: how the database stands to this program's revisions."""
    revision = MigrationContext.configure(conn).get_current_revision()
    if revision is None:
        return "unknown" if inspect(conn).get_table_names() else "empty"
    if revision == head():
        return "current"
    known = {r.revision for r in ScriptDirectory.from_config(config("")).walk_revisions()}
    return "older" if revision in known else "unknown"


def check(conn: Connection) -> None:
    """Raise NotMigrated with the remedy unless the database is current, guarded and durable."""
    found = state(conn)
    if found != "current":
        raise NotMigrated(code=f"database_{found}")
    if lacking := guards.missing(conn):
        raise NotMigrated(code="guards_missing", guards=", ".join(lacking))
    if unsafe := guards.durability(conn):
        raise NotMigrated(code="not_durable", settings=", ".join(unsafe))


async def ready(database: Database) -> None:
    """`check` on a connection of `database`."""
    async with database.read() as conn:
        await conn.run_sync(check)


def ready_now(url: str) -> None:
    """`check` outside a running loop."""

    async def run() -> None:
        database = Database(url, 2)
        try:
            await ready(database)
        finally:
            await database.close()

    asyncio.run(run())
