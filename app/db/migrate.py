"""Migrations by Alembic, and what a database must be before the product starts on it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from app.db import guards
from app.db.engine import Database
from app.errors import AmendsError

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


class NotMigrated(AmendsError):
    """The database is empty, older than the program, of an unknown revision, or unsafe in its settings."""

    code = "not_migrated"


def config(url: str) -> Config:
    """Alembic's configuration for `url`; `alembic.ini` serves the same folder on the command line."""
    from alembic.config import Config  # a tenth of a second that a process which only serves need not spend

    made = Config()
    made.set_main_option("script_location", str(_MIGRATIONS))
    made.attributes["url"] = url
    return made


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at `url` (async driver) to `revision` and install the guards. Not to be called in a running loop.

    Raises NotMigrated for a database of a revision that this program does not know.
    """
    fresh = url.startswith("sqlite") and not Path(url.partition(":///")[2]).is_file()
    if not fresh and asyncio.run(_state(url)) == "unknown":
        raise NotMigrated(code="database_unknown")
    from alembic import command

    command.upgrade(config(url), revision)


async def _state(url: str) -> str:
    database = Database(url, 2)
    try:
        async with database.read() as conn:
            return await conn.run_sync(state)
    finally:
        await database.close()


def head() -> str:
    """The newest revision this program knows; a house test holds the file to the migrations."""
    return (_MIGRATIONS / ".head").read_text("utf-8").strip()


def state(conn: Connection) -> str:
    """`current`, `empty`, `older` or `unknown`: how the database stands to this program's revisions."""
    tables = inspect(conn).get_table_names()
    if "alembic_version" not in tables:
        return "unknown" if tables else "empty"
    revision = conn.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if revision == head():
        return "current"
    known = {path.stem.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("*.py")}
    return "older" if revision in known else "unknown" if revision else "empty"


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
