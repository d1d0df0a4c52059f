"""The ways to the database when something goes wrong: no lock is left behind, no failure is final, and none passes for a defect."""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import literal_column, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from app.audit.tables import lease
from app.complaints.tables import complaint
from app.db import direct
from app.db.engine import PRAGMAS, Database, passing
from app.db.prepared import Prepared
from app.db.sqlite_reader import SqliteReader
from app.db.sqlite_writer import TOGETHER, Command, SqliteWriter
from app.db.statement import insert_only, parameter
from tests.conftest import START

MAKE = Command("CREATE TABLE IF NOT EXISTS x (a TEXT NOT NULL)", [()])
PUT = "INSERT INTO x (a) VALUES (?)"
IDS = Prepared(select(complaint.c.id))


@pytest.fixture
async def writer(tmp_path: Path):
    one = SqliteWriter(str(tmp_path / "x.db"), PRAGMAS)
    await one.run([MAKE])
    yield one
    await one.close()


def others(tmp_path: Path) -> list[str]:
    """What another process finds, with the write lock in its hand."""
    connection = sqlite3.connect(tmp_path / "x.db", isolation_level=None, timeout=0)
    try:
        connection.execute("BEGIN IMMEDIATE")
        return [a for (a,) in connection.execute("SELECT a FROM x ORDER BY a")]
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("value", "error"), [(None, IntegrityError), (1 << 70, OverflowError), ("\ud800", UnicodeEncodeError), ({}, OperationalError)]
)
async def test_a_batch_that_fails_for_any_reason_leaves_neither_rows_nor_the_lock(
    writer: SqliteWriter, tmp_path: Path, value: Any, error: type[Exception]
):
    with pytest.raises(error):
        await writer.run([Command(PUT, [("first",)]), Command(PUT, [(value,)])])
    assert others(tmp_path) == []
    assert await writer.run([Command(PUT, [("second",)])])
    assert others(tmp_path) == ["second"]


def _break(writer: SqliteWriter) -> None:
    assert writer._connection is not None
    writer._connection.close()


async def test_a_batch_begins_anew_where_the_one_before_could_not_even_be_undone(writer: SqliteWriter, tmp_path: Path):
    """As after an I/O error in which the connection itself is lost."""
    await asyncio.get_running_loop().run_in_executor(writer._thread, _break, writer)
    with pytest.raises(OperationalError):
        await writer.run([Command(PUT, [("lost",)])])
    assert await writer.run([Command(PUT, [("kept",)])])
    assert others(tmp_path) == ["kept"]


async def test_a_file_that_cannot_be_opened_now_is_opened_later(tmp_path: Path, sqlite_url: str):
    away = tmp_path / "away" / "amends.db"
    writing, reading = SqliteWriter(str(away), PRAGMAS), SqliteReader(str(away), PRAGMAS)
    for _ in range(3):
        with pytest.raises(OperationalError):
            await writing.run([MAKE])
        with pytest.raises(OperationalError):
            await reading.rows(IDS, {})
    away.parent.mkdir()
    away.write_bytes((tmp_path / "amends.db").read_bytes())
    assert await writing.run([MAKE])
    assert await reading.rows(IDS, {}) == []
    await writing.close()
    await asyncio.to_thread(reading.close)


async def test_writes_that_wait_when_the_database_is_closed_are_carried_out_first(sqlite_url: str):
    database = Database(sqlite_url)
    await database.write_batch([MAKE])
    waiting = [asyncio.create_task(database.write_batch([Command(PUT, [(str(n),)])])) for n in range(20)]
    await asyncio.sleep(0)
    await database.close()
    assert all(await asyncio.gather(*waiting))
    assert database._batches is None


async def test_those_that_wait_are_stored_together_and_each_is_told_of_his_own(writer: SqliteWriter, tmp_path: Path):
    """One that cannot be stored takes nobody along, and a caller who went away is served all the same."""
    put = [Command(PUT, [(f"{n:02}",)]) for n in range(40)]
    missed = [put[7], Command("UPDATE x SET a = 'z' WHERE a = ?", [("not there",)], must_touch=True)]
    batches: list[Any] = [[command] for command in put]
    batches[7], batches[20] = missed, [put[20], Command(PUT, [(None,)])]
    waiting = [asyncio.create_task(writer.run(batch)) for batch in batches]
    await asyncio.sleep(0)
    waiting[30].cancel()
    told = await asyncio.gather(*waiting, return_exceptions=True)
    assert told[7] is False
    assert isinstance(told[20], IntegrityError)
    assert isinstance(told[30], asyncio.CancelledError)
    assert all(one is True for n, one in enumerate(told) if n not in {7, 20, 30})
    assert others(tmp_path) == [f"{n:02}" for n in range(40) if n not in {7, 20}]


async def test_waiting_writers_share_one_way_to_the_disk(writer: SqliteWriter, tmp_path: Path):
    """Counted in the log of the file: each transaction appends at least one page to it, and these need only one."""
    log = tmp_path / "x.db-wal"

    async def pages(batches: int) -> int:
        before = log.stat().st_size
        await asyncio.gather(*(writer.run([Command(PUT, [("a",)])]) for _ in range(batches)))
        return (log.stat().st_size - before) // 4096

    assert await pages(1) == 1
    assert await pages(TOGETHER) <= 2


async def test_closing_does_not_wait_for_ever_for_a_statement_that_hangs(postgresql_url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(direct, "FAREWELL", 0.1)
    database = Database(postgresql_url)
    await database.write_statement("SELECT 1", [])
    stuck = asyncio.create_task(database.write_statement("SELECT 1 FROM pg_sleep(300)", []))
    await asyncio.sleep(0.1)
    await database.close()
    with pytest.raises(OperationalError) as error:
        await stuck
    assert passing(error.value)


async def test_a_server_without_a_free_place_is_busy_and_found_again(postgresql_url: str):
    """The role may hold one connection, and somebody else has it: first for the pool's first, then for one more."""
    role, secret = f"amends_test_{secrets.token_hex(6)}", secrets.token_hex(12)
    plain = postgresql_url.replace("postgresql+asyncpg", "postgresql")
    admin = await asyncpg.connect(plain)
    await admin.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{secret}' CONNECTION LIMIT 1")
    parts = urlsplit(postgresql_url)
    url = urlunsplit(parts._replace(netloc=f"{role}:{secret}@{parts.netloc.rpartition('@')[2]}"))
    database = Database(url)
    try:
        other = await asyncpg.connect(url.replace("postgresql+asyncpg", "postgresql"))
        for _ in range(2):
            with pytest.raises(OperationalError) as error:
                await database.write_statement("SELECT 7", [])
            assert passing(error.value)
        with pytest.raises(Exception, match="too many connections") as away:
            async with database.read() as conn:
                await conn.execute(text("SELECT 7"))
        assert passing(away.value)
        await other.close()
        assert await database.write_statement("SELECT 7", []) == 7
        slow = asyncio.create_task(database.write_statement("SELECT 8 FROM pg_sleep(0.3)", []))
        await asyncio.sleep(0.1)
        with pytest.raises(OperationalError) as error:
            await database.write_statement("SELECT 7", [])
        assert passing(error.value)
        assert await slow == 8
    finally:
        await database.close()
        await admin.execute(f"DROP ROLE {role}")
        await admin.close()


async def test_a_wrong_parameter_is_a_defect_and_not_a_busy_database(postgresql_url: str):
    database = Database(postgresql_url)
    with pytest.raises(OperationalError) as error:
        await database.write_statement("SELECT $1::integer", ["seven"])
    assert not passing(error.value)
    await database.close()


@pytest.mark.parametrize("error", [asyncpg.DiskFullError, asyncpg.OutOfMemoryError, asyncpg.TooManyConnectionsError])
def test_a_server_that_has_no_room_is_busy(error: type[asyncpg.PostgresError]):
    assert passing(direct._wrapped("INSERT", error("no room")))


async def test_a_changed_schema_is_met_by_connections_that_prepared_their_statements_before(postgresql_url: str):
    every = Prepared(select(lease.c.name, literal_column("lease").label("whole")))
    database = Database(postgresql_url)
    row = {"id": uuid4(), "name": "seal", "holder": "a", "until": START}
    assert await database.write_statement(insert_only((lease,)), [parameter([row])])
    assert len((await database.rows(every, {}))[0].whole) == 4
    async with database.write() as conn:
        await conn.execute(text("ALTER TABLE lease ADD COLUMN more integer"))
    assert len((await database.rows(every, {}))[0].whole) == 5
    await database.close()


async def test_the_connection_of_a_caller_who_went_away_serves_nobody_else(postgresql_url: str):
    """Nor does one that the server ended while it lay idle: the next caller gets his own answer from a new one."""
    database = Database(postgresql_url, pool_size=2)
    try:
        for _ in range(3):
            slow = asyncio.create_task(database.write_statement("SELECT 8 FROM pg_sleep(0.3)", []))
            await asyncio.sleep(0.05)
            slow.cancel()
            with pytest.raises(asyncio.CancelledError):
                await slow
            assert await database.write_statement("SELECT 7", []) == 7
        own = await database.write_statement("SELECT pg_backend_pid()", [])
        admin = await asyncpg.connect(postgresql_url.replace("postgresql+asyncpg", "postgresql"))
        await admin.fetch("SELECT pg_terminate_backend($1)", own)
        await asyncio.sleep(0.1)
        assert await database.write_statement("SELECT pg_backend_pid()", []) != own
        numbers = await asyncio.gather(*(database.write_statement(f"SELECT {n}", []) for n in range(50)))
        assert numbers == list(range(50))
        assert database.direct is not None
        assert (database.direct.busy(), database.direct.idle()) == (0, 2)
        await admin.close()
    finally:
        await database.close()
