"""The job behind bulk work: first what it matches is kept, each tried without storing; then, when told to, each is done once.

It may be killed anywhere: what is matched and what became of each is stored as it goes, the end of an item in the same
write as the change of its complaint, and whoever goes on begins with what still waits.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.access.actor import Actor
from app.access.answers import Answer
from app.access.users import find_by_id
from app.audit.events import By, Event
from app.audit.record import record
from app.complaints.pages import page
from app.complaints.queries import joined, split
from app.complaints.tables import complaint
from app.db.background import Gentle
from app.db.engine import as_dict
from app.db.ids import new_id
from app.db.statement import Update
from app.desk.bulk_commands import COMMANDS
from app.desk.bulk_orders import unpacked
from app.desk.bulk_tables import bulk, bulk_item
from app.desk.change import Changed, Decide, change, rehearse
from app.desk.desk import BY_SYSTEM, Desk
from app.desk.outcome import Reply, Result
from app.desk.sealing import Sealer
from app.desk.situation import Situation
from app.errors import AmendsError, Busy, Conflict, NotFound, Reason, StaleVersion
from app.workflow.definition import Definition

PAGE = 100
"""Complaints matched, or done, before the worker looks whether it is to stop."""
TRIES = 4
Row = Mapping[str, Any]
Keep = Callable[[Mapping[str, Any]], Awaitable[None]]


async def work(desk: Desk, args: Mapping[str, Any], progress: Mapping[str, Any], keep: Keep) -> Mapping[str, Any]:
    """Go on with a bulk where it stands: the job of kind `bulk`."""
    bulk_id, gentle = UUID(args["bulk"]), Gentle(desk.runtime.db)
    while True:
        async with desk.runtime.db.read() as conn:
            row = as_dict((await conn.execute(select(bulk).where(bulk.c.id == bulk_id))).one())
            user = await find_by_id(conn, row["by_id"])
        if row["status"] == "stopping":
            return await _end(desk, row, "stopped")
        if row["status"] not in ("matching", "running"):
            return {"status": row["status"]}
        if user is None or not user.active:  # with whose rights should it be done?
            return await _end(desk, {**row, "why_stopped": "user_gone"}, "stopped")
        actor = user.actor()
        by = By(actor.id, actor.name, min(actor.roles, default="none"), row["on_behalf_of"], f"bulk-{bulk_id}")
        if row["status"] == "matching":
            progress = await _match(desk, actor, by, row, progress)
            await keep(progress)
        elif not await _run(desk, gentle, actor, by, row):
            return await _end(desk, row, "done")
        else:
            await keep(progress)


async def _end(desk: Desk, row: Row, status: str) -> Mapping[str, Any]:
    at = desk.runtime.clock.now()
    mine = (bulk.c.id == row["id"]) & (bulk.c.status == row["status"])
    values = {"status": status, "ended_at": at, "why_stopped": row["why_stopped"]}
    async with desk.runtime.db.write() as conn:
        if (await conn.execute(update(bulk).where(mine).values(**values))).rowcount:
            await record(conn, Event("bulk_ended", at, BY_SYSTEM, data={"bulk": row["id"], "kind": row["kind"], "status": status}))
    return {"status": status}


def _command(desk: Desk, row: Row) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(desk.vault.own_key.open(row["sealed_command"], row["id"].bytes))
    return found


async def _match(desk: Desk, actor: Actor, by: By, row: Row, progress: Mapping[str, Any]) -> Mapping[str, Any]:
    """Keep the next PAGE of what matches, each with why it would be refused as things stand."""
    asked, db, cursor = _command(desk, row), desk.runtime.db, progress.get("cursor")
    missing: list[UUID] = []
    async with db.read() as conn:
        if asked["ids"] is None:
            found, following = await page(conn, db.dialect, unpacked(row["filters"]), "-opened_at", cursor, PAGE)
        else:
            begin = int(cursor or 0)
            wanted = [UUID(i) for i in asked["ids"][begin : begin + PAGE]]
            rows = [split(tuple(r)) for r in await conn.execute(joined().where(complaint.c.id.in_(wanted)))]
            found = sorted(rows, key=lambda pair: wanted.index(pair[0]["id"]))
            missing = [i for i in wanted if i not in {own["id"] for own, _ in found}]
            following = str(begin + PAGE) if begin + PAGE < len(asked["ids"]) else None
    decide = await COMMANDS[row["kind"]](desk, actor, by, asked["given"], True)
    terms, at = await desk.terms(), desk.runtime.clock.now()
    items = []
    for own, person in found:
        item = {"id": new_id(at), "bulk_id": row["id"], "complaint_id": own["id"], "number": own["number"], "status": "waiting"}
        try:
            await rehearse(desk, actor, by, own, person, terms, decide)
        except AmendsError as error:
            item |= _why(error)
        items.append({"code": None, "reasons": None, "ended_at": None, **item})
    for complaint_id in missing:
        item = {"id": new_id(at), "bulk_id": row["id"], "complaint_id": complaint_id, "number": "-", "status": "refused"}
        items.append({**item, **_why(NotFound(Reason("complaint_unknown", "ids"), what="complaint")), "ended_at": at})
    async with db.write() as conn:
        await _store(conn, row["id"], items)
        if following is None:
            mine = (bulk.c.id == row["id"]) & (bulk.c.status == "matching")
            await conn.execute(update(bulk).where(mine).values(status="previewed", matched_at=at))
    return {"cursor": following}


async def _store(conn: AsyncConnection, bulk_id: UUID, items: Sequence[dict[str, Any]]) -> None:
    """Keep `items`, but for those that a worker kept who was killed before it could say so."""
    ids = [item["complaint_id"] for item in items]
    query = select(bulk_item.c.complaint_id).where(bulk_item.c.bulk_id == bulk_id, bulk_item.c.complaint_id.in_(ids))
    there = set((await conn.execute(query)).scalars())
    if new := [item for item in items if item["complaint_id"] not in there]:
        await conn.execute(bulk_item.insert(), new)


async def _run(desk: Desk, gentle: Gentle, actor: Actor, by: By, row: Row) -> bool:
    """Do the next PAGE of those that wait; whether there were any."""
    waiting = (bulk_item.c.bulk_id == row["id"]) & (bulk_item.c.status == "waiting")
    async with desk.runtime.db.read() as conn:
        query = select(bulk_item).where(waiting).order_by(bulk_item.c.id).limit(PAGE)
        items = [as_dict(r) for r in await conn.execute(query)]
    given = _command(desk, row)["given"]
    for item in items:
        try:
            decide = await COMMANDS[row["kind"]](desk, actor, by, given, False)
            async with gentle.turn():
                going = await _do(desk, actor, by, item, decide)
            if not going:
                break  # stopped: the next look says so
        except Busy:
            raise  # the database is away: the job comes again
        except AmendsError as error:
            await _refused(desk, item, error)
    return bool(items)


async def _do(desk: Desk, actor: Actor, by: By, item: Row, decide: Decide) -> bool:
    """Do one, unless it was done: its end and the change of its complaint are one write, on the version read beside it.

    False: the bulk was stopped before.
    """
    stand = (
        select(bulk_item.c.status, complaint.c.version, bulk.c.status.label("bulk"))
        .select_from(bulk_item)
        .join(complaint, complaint.c.id == bulk_item.c.complaint_id)
        .join(bulk, bulk.c.id == bulk_item.c.bulk_id)
        .where(bulk_item.c.id == item["id"])
    )

    async def marked(definition: Definition, situation: Situation, sealer: Sealer) -> Changed:
        changed = await decide(definition, situation, sealer)
        after = changed.situation.complaint
        ended = {"status": "done", "state": after["state"], "version": after["version"], "ended_at": situation.at}
        done = Update(bulk_item, {**item, **ended, "code": None, "reasons": None})
        return replace(changed, updates=[*changed.updates, done])

    for _ in range(TRIES):
        async with desk.runtime.db.read() as conn:
            found = (await conn.execute(stand)).first()
        if found is None:
            raise NotFound(what="complaint")
        if found.bulk != "running":
            return False
        if found.status != "waiting":
            return True
        try:
            await change(desk, actor, by, item["complaint_id"], found.version, _SILENT, marked)
        except (StaleVersion, Conflict):
            continue
        return True
    raise Conflict


async def _refused(desk: Desk, item: Row, error: AmendsError) -> None:
    at: datetime = desk.runtime.clock.now()
    mine = (bulk_item.c.id == item["id"]) & (bulk_item.c.status == "waiting")
    async with desk.runtime.db.write() as conn:
        await conn.execute(update(bulk_item).where(mine).values(status="refused", ended_at=at, **_why(error)))


def _why(error: AmendsError) -> dict[str, Any]:
    """Why it was refused, in both languages, as it was then."""
    told = error.reasons or (Reason(error.problem, params=error.params),)
    reasons = [{"code": r.code, "where": r.where, "zh": r.message("zh"), "en": r.message("en")} for r in told]
    return {"code": told[0].code, "reasons": reasons}


def _silent(_result: Result) -> Answer:
    return Answer(204, {}, None)


_SILENT = Reply(_silent)
