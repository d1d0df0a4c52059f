"""Taking many complaints in at once, for imports and seeding: the same rows as one by one, stored in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.complaints.tables import complaint as complaint_table
from app.complaints.write import store_rows
from app.db.statement import Insert
from app.desk.intake import Opened
from app.desk.outcome import event_inserts


async def known_refs(conn: AsyncConnection, source: str, refs: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """Which external references of `source` were taken in before: {reference: {id, number, recorded}}."""
    own = complaint_table.c
    query = select(own.external_ref, own.id, own.number, own.recorded).where(own.source == source, own.external_ref.in_(refs))
    return {ref: {"id": id_, "number": number, "recorded": recorded} for ref, id_, number, recorded in await conn.execute(query)}


async def store_many(conn: AsyncConnection, dialect: str, opened: Sequence[Opened], customers: Sequence[Insert] = ()) -> None:
    """Store new complaints, after the rows of their new `customers`. A unique violation undoes the caller's transaction."""
    inserts: list[Insert] = [*customers]
    inserts += [Insert(complaint_table, one.complaint) for one in opened]
    for one in opened:
        inserts += [*one.inserts, *event_inserts(one.events)[0]]
    await store_inserts(conn, dialect, inserts)


async def store_inserts(conn: AsyncConnection, dialect: str, inserts: Sequence[Insert]) -> None:
    """Store rows that use cases have composed, in the caller's transaction."""
    await store_rows(conn, dialect, inserts)
