"""The one write of a complaint. Everything a step changes is a row of one plan, stored together or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.complaints.tables import FIXED, complaint
from app.customers.tables import customer
from app.db.engine import Database, passing, persistently, violated
from app.db.sqlite_writer import Command, insert_sql, update_sql, values
from app.db.statement import Guarded, Insert, Row, Update, by_table, guarded, insert_only, parameter
from app.errors import Busy

_MUTABLE = tuple(c.name for c in complaint.columns if c.name not in FIXED)
_GRACE = 5.0
_SAME = {table: f'UPDATE "{table.name}" SET version = version WHERE id = ? AND version = ?' for table in (customer, complaint)}  # noqa: S608
"""Touches nothing, but tells whether the row still is at the version that was consulted."""


class Outcome(Enum):
    """What became of a plan."""

    STORED = "stored"
    LOST = "lost"  # the complaint (or the customer it was decided on) has moved on: read again, decide again
    REPEATED = "repeated"  # the Idempotency-Key was used meanwhile: read its answer


@dataclass(frozen=True, slots=True)
class Plan:
    """All rows of one step.

    `complaint` is the whole new row (its "version" already the new one); `expected` the version it was decided on,
    None when the plan opens the complaint. `customer` is (id, version) when facts of the customer were consulted, `beside`
    that of another complaint that has to stay as it was read. `guarded` are rows with a state of their own that others
    change too: each must still be as it was read, or nothing is stored.
    """

    complaint: Row | None
    expected: int | None
    inserts: Sequence[Insert] = ()
    updates: Sequence[Update] = ()
    customer: tuple[UUID, int] | None = None
    beside: tuple[UUID, int] | None = None
    guarded: Sequence[Guarded] = ()


async def commit(database: Database, plan: Plan) -> Outcome:
    """Store `plan` whole or not at all; nobody may be told of success before this returned.

    Shielded: a caller who goes away, or a time limit, does not cut a write in two; it is waited for up to 5 s.
    Raises Busy where the database is away or has no room. Where the connection was lost the write may or may not have
    happened: the same Idempotency-Key finds out.
    """
    task = asyncio.ensure_future(persistently(lambda: _store(database, plan)))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=_GRACE)
        raise
    except (DBAPIError, OSError) as error:
        if "stored_answer" in (violated(error) or ""):
            return Outcome.REPEATED
        if any(one.read is None and one.table.name in (violated(error) or "") for one in plan.guarded):
            return Outcome.LOST  # another made the row first: it is there to be read now
        if passing(error):
            raise Busy from error
        raise


async def store_rows(conn: AsyncConnection, dialect: str, inserts: Sequence[Insert]) -> None:
    """Only new rows, in the caller's transaction: for imports, where a batch of complaints comes in at once."""
    groups = by_table(inserts)
    if dialect == "postgresql":
        await conn.exec_driver_sql(insert_only(tuple(groups)), tuple(parameter(rows) for rows in groups.values()))
        return
    for table, rows in groups.items():
        await conn.execute(table.insert(), [_full(table, row) for row in rows])


async def _store(database: Database, plan: Plan) -> Outcome:
    if plan.complaint is None and not plan.inserts:
        return Outcome.STORED  # somebody else did it: there is nothing left to store
    if database.dialect == "postgresql":
        return await _store_postgresql(database, plan)
    return await _store_sqlite(database, plan)


def _inserts(plan: Plan) -> list[Insert]:
    """All new rows, those too that only one may make."""
    return [*plan.inserts, *(Insert(one.table, one.row) for one in plan.guarded if one.read is None and one.row is not None)]


async def _store_postgresql(database: Database, plan: Plan) -> Outcome:
    groups = by_table(_inserts(plan))
    if plan.complaint is None or plan.expected is None:
        head = {complaint: [plan.complaint]} if plan.complaint is not None else {}
        everything: dict[Table, list[Row]] = {**head, **groups}
        sql = insert_only(tuple(everything))
        params = [parameter(rows) for rows in everything.values()]
    else:
        changed: dict[Table, list[Row]] = {}
        for update in plan.updates:
            changed.setdefault(update.table, []).append(update.row)
        watched: dict[tuple[Table, tuple[str, ...]], list[Row]] = {}
        removed: dict[Table, list[Row]] = {}
        for one in plan.guarded:
            if one.read is not None:
                watched.setdefault((one.table, one.by), []).append(one.read)
                (removed if one.row is None else changed).setdefault(one.table, []).append(one.row or one.read)
        locked = customer if plan.customer is not None else None
        sql = guarded(
            complaint,
            FIXED,
            tuple(groups),
            tuple(changed),
            locked,
            beside=plan.beside is not None,
            watched=tuple(watched),
            removed=tuple(removed),
        )
        params = [parameter([{**plan.complaint, "expected": plan.expected}])]
        params += [parameter([{"id": one[0], "version": one[1]}]) for one in (plan.customer, plan.beside) if one is not None]
        params += [parameter(rows) for rows in (*watched.values(), *groups.values(), *changed.values(), *removed.values())]
    return Outcome.STORED if await database.write_statement(sql, params) else Outcome.LOST


async def _store_sqlite(database: Database, plan: Plan) -> Outcome:
    batch: list[Command] = []
    if plan.complaint is not None and plan.expected is None:
        batch.append(Command(insert_sql(complaint), [values(complaint, plan.complaint)]))
    elif plan.complaint is not None:
        for table, one in ((customer, plan.customer), (complaint, plan.beside)):
            if one is not None:
                batch.append(Command(_SAME[table], [(one[0].hex, one[1])], must_touch=True))
        row = [*values(complaint, plan.complaint, _MUTABLE), plan.complaint["id"].hex, plan.expected]
        batch.append(Command(update_sql(complaint, FIXED, "id = ? AND version = ?"), [row], must_touch=True))
    batch += [_guarded(one, one.read) for one in plan.guarded if one.read is not None]
    for table, rows in by_table(_inserts(plan)).items():
        batch.append(Command(insert_sql(table), [values(table, row) for row in rows]))
    for update in plan.updates:
        row = [*values(update.table, update.row), update.row["id"].hex]
        batch.append(Command(update_sql(update.table, frozenset(), "id = ?"), [row], must_touch=True))
    return Outcome.STORED if await database.write_batch(batch) else Outcome.LOST


def _guarded(one: Guarded, read: Row) -> Command:
    """SQLite: the row changed or deleted, if it still is as it was read."""
    same = "".join(f' AND "{column}" IS ?' for column in one.by)
    now = [read["id"].hex, *(values(one.table, read, [column])[0] for column in one.by)]
    if one.row is None:
        return Command(f'DELETE FROM "{one.table.name}" WHERE id = ?{same}', [now], must_touch=True)  # noqa: S608 - our own names
    return Command(update_sql(one.table, frozenset(), f"id = ?{same}"), [[*values(one.table, one.row), *now]], must_touch=True)


def _full(table: Table, row: Row) -> dict[str, Any]:
    return {c.name: row.get(c.name) for c in table.columns if c.computed is None}
