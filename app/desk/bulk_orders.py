"""Bulk work as its asker sees it: ordered, previewed, begun, stopped, looked at. The work itself: `bulk_work`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.actor import Actor
from app.audit.events import By, Event
from app.audit.record import record
from app.complaints.pages import Filters
from app.complaints.search_tokens import SearchQuery
from app.db.engine import as_dict
from app.db.ids import new_id
from app.desk.bulk_commands import COMMANDS
from app.desk.bulk_tables import bulk, bulk_item
from app.desk.desk import Desk
from app.errors import Invalid, NotFound, Reason, Refused
from app.outbox.jobs import enqueue

KIND = "bulk"
"""Of its jobs."""
SAMPLE = 10
MAX_IDS = 5_000
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked: a command of COMMANDS with its parameters, for `ids` or for all that `filters` admit."""

    kind: str
    given: Mapping[str, Any]
    ids: Sequence[UUID] | None = None
    filters: Filters | None = None


async def order(desk: Desk, conn: AsyncConnection, actor: Actor, by: By, asked: Order) -> Row:
    """Keep `asked` and let a worker look for what it matches; nothing is changed before `begin`.

    Raises Invalid for parameters that can fit no complaint (an unknown user, incident), and for "all" without a filter.
    """
    if asked.filters is not None and all(getattr(asked.filters, f.name) is None for f in fields(asked.filters)):
        raise Invalid(Reason("bulk_everything", "filter"))
    await COMMANDS[asked.kind](desk, actor, by, asked.given, True)
    at = desk.runtime.clock.now()
    own = new_id(at)
    command = orjson.dumps({"given": asked.given, "ids": None if asked.ids is None else [str(i) for i in asked.ids]})
    row = {
        "id": own,
        "kind": asked.kind,
        "sealed_command": desk.vault.own_key.seal(command, own.bytes),
        "filters": None if asked.filters is None else packed(asked.filters),
        "status": "matching",
        "by_id": actor.id,
        "by": by.name,
        "on_behalf_of": by.on_behalf_of,
        "created_at": at,
    }
    await conn.execute(bulk.insert().values(**row))
    await _enqueue(conn, own, at, actor)
    return await _one(conn, own)


async def begin(desk: Desk, conn: AsyncConnection, actor: Actor, by: By, bulk_id: UUID) -> Row:
    """Let it be done, with the rights of who says so; what was stopped goes on. Raises Refused before all was matched."""
    row = await _one(conn, bulk_id, lock=True)
    if row["status"] not in ("previewed", "stopped") or row["matched_at"] is None:
        raise Refused(Reason("bulk_status", "status", {"status": row["status"]}), code="change_refused")
    at = desk.runtime.clock.now()
    values = {"status": "running", "by_id": actor.id, "by": by.name, "on_behalf_of": by.on_behalf_of, "why_stopped": None}
    await conn.execute(update(bulk).where(bulk.c.id == bulk_id).values(**values, started_at=row["started_at"] or at, ended_at=None))
    count = (await conn.execute(select(func.count()).where(bulk_item.c.bulk_id == bulk_id))).scalar_one()
    told = {"bulk": bulk_id, "kind": row["kind"], "complaints": count, "filters": row["filters"]}
    await record(conn, Event("bulk_begun", at, by, data=told))
    await _enqueue(conn, bulk_id, at, actor)
    return await _one(conn, bulk_id)


async def stop(desk: Desk, conn: AsyncConnection, by: By, bulk_id: UUID) -> Row:
    """Stop it before its next complaint. What was done stays done. Raises Refused where nothing is under way."""
    row = await _one(conn, bulk_id, lock=True)
    if row["status"] not in ("matching", "running", "stopping"):
        raise Refused(Reason("bulk_not_running", "status", {"status": row["status"]}), code="change_refused")
    if row["status"] != "stopping":
        await conn.execute(update(bulk).where(bulk.c.id == bulk_id).values(status="stopping", why_stopped="asked"))
        await record(conn, Event("bulk_stopped", desk.runtime.clock.now(), by, data={"bulk": bulk_id, "kind": row["kind"]}))
    return await _one(conn, bulk_id)


async def look(conn: AsyncConnection, bulk_id: UUID) -> Row:
    """How it stands: the row with `counts`, and what the preview found: `would_refuse` by reason, a `sample`."""
    row = await _one(conn, bulk_id)
    mine = bulk_item.c.bulk_id == bulk_id
    grouped = select(bulk_item.c.status, func.count()).where(mine).group_by(bulk_item.c.status)
    counts = {"waiting": 0, "done": 0, "refused": 0}
    counts |= {str(status): count for status, count in await conn.execute(grouped)}
    by_code = (
        select(bulk_item.c.code, func.count(), func.min(bulk_item.c.number))
        .where(mine, bulk_item.c.code.is_not(None))
        .group_by(bulk_item.c.code)
        .order_by(func.count().desc(), bulk_item.c.code)
    )
    refused = [{"code": code, "count": n, "number": number} for code, n, number in await conn.execute(by_code)]
    for each in refused:
        one = select(bulk_item.c.reasons).where(mine, bulk_item.c.code == each["code"]).limit(1)
        each["reasons"] = (await conn.execute(one)).scalar_one()
    first = select(bulk_item).where(mine).order_by(bulk_item.c.id).limit(SAMPLE)
    sample = [as_dict(r) for r in await conn.execute(first)]
    return {**row, "counts": {**counts, "total": sum(counts.values())}, "refused": refused, "sample": sample}


async def latest(conn: AsyncConnection, before: UUID | None, limit: int) -> list[Row]:
    """Bulk work, the newest first."""
    query = select(bulk).order_by(bulk.c.id.desc()).limit(limit)
    return [as_dict(r) for r in await conn.execute(query if before is None else query.where(bulk.c.id < before))]


async def results(conn: AsyncConnection, bulk_id: UUID, after: UUID | None, limit: int) -> list[Row]:
    """What became of each complaint, in the order in which they were taken. NotFound."""
    await _one(conn, bulk_id)
    query = select(bulk_item).where(bulk_item.c.bulk_id == bulk_id).order_by(bulk_item.c.id).limit(limit)
    return [as_dict(r) for r in await conn.execute(query if after is None else query.where(bulk_item.c.id > after))]


async def _one(conn: AsyncConnection, bulk_id: UUID, *, lock: bool = False) -> dict[str, Any]:
    query = select(bulk).where(bulk.c.id == bulk_id)
    row = (await conn.execute(query.with_for_update() if lock else query)).first()
    if row is None:
        raise NotFound(what="bulk")
    return as_dict(row)


async def _enqueue(conn: AsyncConnection, bulk_id: UUID, at: datetime, actor: Actor) -> None:
    job = enqueue(KIND, {"bulk": str(bulk_id)}, at, actor.id)
    await conn.execute(job.table.insert().values(**job.row))


def packed(filters: Filters) -> dict[str, Any]:
    """Filters as JSON keeps them; of a search only the keyed hashes, as in the index."""
    found: dict[str, Any] = {}
    for name in (f.name for f in fields(filters)):
        value = getattr(filters, name)
        if isinstance(value, SearchQuery):
            trail = None if value.trail is None else value.trail.hex()
            value = {"grams": list(value.grams), "trail": trail, "exact": value.exact}
        elif isinstance(value, UUID | datetime):
            value = {"id" if isinstance(value, UUID) else "time": str(value)}
        if value is not None:
            found[name] = list(value) if isinstance(value, tuple) else value
    return found


def unpacked(kept: Mapping[str, Any]) -> Filters:
    """What `packed` kept."""
    found: dict[str, Any] = {}
    for name, value in kept.items():
        match value:
            case {"id": text}:
                found[name] = UUID(text)
            case {"time": text}:
                found[name] = datetime.fromisoformat(text)
            case {"grams": grams, "trail": trail, "exact": exact}:
                found[name] = SearchQuery(tuple(grams), None if trail is None else bytes.fromhex(trail), exact)
            case _:
                found[name] = value
    return Filters(**found)
